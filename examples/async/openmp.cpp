// OpenMP: the threads of a parallel region write to the request that the region is in.
#include <vector>

#include <nlohmann/json.hpp>
#include <wideline/wideline.hpp>

namespace wl = wideline;

namespace {

int expensive(int row) { return row % 7; }

void import_rows(int rows) {
    WIDELINE_REQUEST("import");
    const wl::Handle request = wl::handle();
    int sum = 0;
#pragma omp parallel num_threads(4)
    {
        const wl::Attach attach{request};  // once a thread, not once a row
        int mine = 0;
#pragma omp for reduction(+ : sum)
        for (int row = 0; row < rows; ++row) {
            sum += expensive(row);
            ++mine;
        }
        wl::add("rows", mine);  // a write costs some 10 ns: counts are added up first
    }
    wl::set("sum", sum);
}

}  // namespace

int main() {
    std::vector<nlohmann::json> events;
    {
        wl::Recorder recorder = wl::install({.service = {.name = "importer"}, .sinks = {wl::memory_sink(&events)}});
        import_rows(10'000);
    }
    return events.size() == 1 && events[0].at("rows") == 10'000 && events[0].at("sum") == 29'994 ? 0 : 1;
}
