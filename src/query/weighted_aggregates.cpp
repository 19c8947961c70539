#include "query/weighted_aggregates.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace wideline::query {
namespace {

struct Weighted {
    double value;
    double weight;
};

/// Lies in memory of DuckDB, which begins and ends it by the functions below.
struct Sample {
    std::vector<Weighted>* values;
    double share;
};

const duck::Api& api() { return *duck::load_api().value(); }

Sample& sample_of(duck::AggregateState state) { return *reinterpret_cast<Sample*>(state); }

duck::Index size(duck::FunctionInfo) { return sizeof(Sample); }

void begin(duck::FunctionInfo, duck::AggregateState state) { sample_of(state) = {nullptr, -1}; }

void destroy(duck::AggregateState* states, duck::Index count) {
    for (duck::Index i = 0; i < count; ++i) delete sample_of(states[i]).values;
}

/// One of the arguments.
class Argument {
public:
    Argument(duck::Chunk chunk, duck::Index number) {
        const duck::Vector vector = api().data_chunk_get_vector(chunk, number);
        data_ = static_cast<const double*>(api().vector_get_data(vector));
        validity_ = api().vector_get_validity(vector);
    }
    [[nodiscard]] bool null(duck::Index row) const {
        return validity_ != nullptr && (validity_[row / 64] >> (row % 64) & 1) == 0;
    }
    [[nodiscard]] double at(duck::Index row) const { return data_[row]; }
    /// As read::weight_of has it.
    [[nodiscard]] double weight(duck::Index row) const { return null(row) ? 1 : std::max(0.0, data_[row]); }

private:
    const double* data_;
    const std::uint64_t* validity_;
};

void update(duck::FunctionInfo info, duck::Chunk chunk, duck::AggregateState* states) {
    const Argument weights(chunk, 0);
    const Argument value(chunk, 1);
    const Argument share(chunk, 2);
    for (duck::Index row = 0; row < api().data_chunk_get_size(chunk); ++row) {
        if (value.null(row) || share.null(row)) continue;
        if (!(share.at(row) >= 0 && share.at(row) <= 1))
            return api().aggregate_function_set_error(info, "wquantile takes a share from 0 to 1, like 0.99");
        const double weight = weights.weight(row);
        if (std::isnan(value.at(row)) || !(weight > 0)) continue;
        Sample& sample = sample_of(states[row]);
        if (sample.values == nullptr) sample.values = new std::vector<Weighted>;
        sample.values->push_back({value.at(row), weight});
        sample.share = share.at(row);
    }
}

void combine(duck::FunctionInfo, duck::AggregateState* sources, duck::AggregateState* targets, duck::Index count) {
    for (duck::Index i = 0; i < count; ++i) {
        const Sample& source = sample_of(sources[i]);
        Sample& target = sample_of(targets[i]);
        if (source.values == nullptr) continue;
        if (target.values == nullptr) target.values = new std::vector<Weighted>;
        target.values->insert(target.values->end(), source.values->begin(), source.values->end());
        target.share = source.share;
    }
}

double quantile(Sample& sample) {
    std::sort(sample.values->begin(), sample.values->end(),
              [](const Weighted& a, const Weighted& b) { return a.value < b.value; });
    double total = 0;
    for (const Weighted& each : *sample.values) total += each.weight;
    double reached = 0;
    for (const Weighted& each : *sample.values) {
        reached += each.weight;
        if (reached >= sample.share * total) return each.value;
    }
    return sample.values->back().value;
}

void finish(duck::FunctionInfo, duck::AggregateState* states, duck::Vector result, duck::Index count,
            duck::Index offset) {
    auto* const data = static_cast<double*>(api().vector_get_data(result));
    api().vector_ensure_validity_writable(result);
    std::uint64_t* const validity = api().vector_get_validity(result);
    for (duck::Index i = 0; i < count; ++i) {
        Sample& sample = sample_of(states[i]);
        const duck::Index row = offset + i;
        if (sample.values == nullptr)
            validity[row / 64] &= ~(std::uint64_t{1} << (row % 64));
        else
            data[row] = quantile(sample);
    }
}

// --- requests

double& sum_of(duck::AggregateState state) { return *reinterpret_cast<double*>(state); }

duck::Index sum_size(duck::FunctionInfo) { return sizeof(double); }

void sum_begin(duck::FunctionInfo, duck::AggregateState state) { sum_of(state) = 0; }

void sum_update(duck::FunctionInfo, duck::Chunk chunk, duck::AggregateState* states) {
    const Argument weights(chunk, 0);
    for (duck::Index row = 0; row < api().data_chunk_get_size(chunk); ++row) sum_of(states[row]) += weights.weight(row);
}

void sum_combine(duck::FunctionInfo, duck::AggregateState* sources, duck::AggregateState* targets, duck::Index count) {
    for (duck::Index i = 0; i < count; ++i) sum_of(targets[i]) += sum_of(sources[i]);
}

void sum_finish(duck::FunctionInfo, duck::AggregateState* states, duck::Vector result, duck::Index count,
                duck::Index offset) {
    auto* const data = static_cast<double*>(api().vector_get_data(result));
    for (duck::Index i = 0; i < count; ++i) data[offset + i] = sum_of(states[i]);
}

// ---

/// What is the same for both: they take and give doubles.
platform::Status add(Database& database, const char* name, int arguments,
                     const std::function<void(duck::AggregateFunction)>& set_functions) {
    duck::AggregateFunction function = api().create_aggregate_function();
    duck::LogicalType number = api().create_logical_type(duck::TypeId::double_);
    api().aggregate_function_set_name(function, name);
    for (int i = 0; i < arguments; ++i) api().aggregate_function_add_parameter(function, number);
    api().aggregate_function_set_return_type(function, number);
    // Else DuckDB leaves rows out that have a null.
    api().aggregate_function_set_special_handling(function);
    set_functions(function);
    const duck::State registered = api().register_aggregate_function(database.connection(), function);
    api().destroy_aggregate_function(&function);
    api().destroy_logical_type(&number);
    if (registered != duck::State::success)
        return platform::Failure{std::string("DuckDB does not take the aggregate function ") + name, {}, {}, 0};
    return {};
}

}  // namespace

platform::Status add_weighted_aggregates(Database& database) {
    const auto requests = add(database, "requests", 1, [](duck::AggregateFunction function) {
        api().aggregate_function_set_functions(function, sum_size, sum_begin, sum_update, sum_combine, sum_finish);
    });
    if (!requests.ok()) return requests.failure();
    return add(database, "wquantile", 3, [](duck::AggregateFunction function) {
        api().aggregate_function_set_functions(function, size, begin, update, combine, finish);
        api().aggregate_function_set_destructor(function, destroy);
    });
}

}  // namespace wideline::query
