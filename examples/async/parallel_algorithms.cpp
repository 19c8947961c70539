// std::execution (C++17's parallel algorithms): what runs in them writes to the request that called them.
#include <algorithm>
#include <execution>
#include <numeric>
#include <vector>

#include <nlohmann/json.hpp>
#include <wideline/wideline.hpp>

namespace wl = wideline;

namespace {

void import_rows(const std::vector<int>& rows) {
    WIDELINE_REQUEST("import");
    std::for_each(std::execution::par, rows.begin(), rows.end(), wl::carry([](int row) {
                      if (row % 100 == 0) wl::add("rows.odd", 1);
                  }));
    wl::set("rows", rows.size());
}

}  // namespace

int main() {
    std::vector<nlohmann::json> events;
    std::vector<int> rows(10'000);
    std::iota(rows.begin(), rows.end(), 0);
    {
        wl::Recorder recorder = wl::install({.service = {.name = "importer"}, .sinks = {wl::memory_sink(&events)}});
        import_rows(rows);
    }
    return events.size() == 1 && events[0].at("rows.odd") == 100 ? 0 : 1;
}
