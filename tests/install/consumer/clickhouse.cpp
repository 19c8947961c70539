// A user's program that forwards a journal by a configuration file: it names no backend in code.
#include <wideline/forward.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace wl = wideline;

int main() {
    std::ofstream("forward.json") << R"({"forward": [{"name": "all", "to": [
        {"clickhouse": {"url": "http://127.0.0.1:1", "table": "events"}}, {"http": {"url": "http://127.0.0.1:1"}}]}]})";
    std::filesystem::remove_all("forward-logs");
    bool good = false;
    {
        wl::Forwarder forwarder{"forward-logs", wl::load_forward("forward.json")};
        good = forwarder.stats().routes.size() == 2;
    }
    std::filesystem::remove_all("forward-logs");
    std::puts(good ? "a user's program forwards" : "a user's program does not forward");
    return good ? 0 : 1;
}
