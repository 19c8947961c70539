// A Boost.Log record with the event's fields as attribute values; the back end throws it away.
#ifdef WIDELINE_BENCH_HAS_BOOST_LOG
#include <benchmark/benchmark.h>

#include <boost/log/attributes/attribute_value_impl.hpp>
#include <boost/log/core.hpp>
#include <boost/log/sinks/basic_sink_backend.hpp>
#include <boost/log/sinks/unlocked_frontend.hpp>
#include <boost/log/sources/logger.hpp>
#include <boost/log/sources/record_ostream.hpp>
#include <boost/smart_ptr/make_shared.hpp>

#include "support/allocations.hpp"
#include "support/checkout_event.hpp"

namespace {

namespace logging = boost::log;
using wideline::bench::Checkout;
using wideline::bench::checkout;

class Nowhere : public logging::sinks::basic_sink_backend<logging::sinks::concurrent_feeding> {
public:
    void consume(const logging::record_view& record) { benchmark::DoNotOptimize(record.attribute_values().size()); }
};

void boost_log(benchmark::State& state) {
    const Checkout& values = checkout();
    const auto sink = boost::make_shared<logging::sinks::unlocked_sink<Nowhere>>();
    logging::core::get()->add_sink(sink);
    logging::sources::logger logger;
    // The names are looked up once, as BOOST_LOG_ATTRIBUTE_KEYWORD does.
#define FIELD(key, member) static const logging::attribute_name name_of_##member{key};
    WIDELINE_BENCH_FIELDS(FIELD)
#undef FIELD
    const wideline::bench::Allocations allocations(state);
    for (auto _ : state) {
        logging::record record = logger.open_record();
#define FIELD(key, member) \
    record.attribute_values().insert(name_of_##member, logging::attributes::make_attribute_value(values.member));
        WIDELINE_BENCH_FIELDS(FIELD)
#undef FIELD
        logger.push_record(std::move(record));
    }
    logging::core::get()->remove_sink(sink);
}
BENCHMARK(boost_log);

}  // namespace
#endif
