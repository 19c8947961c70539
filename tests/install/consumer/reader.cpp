// A user's program that reads a journal back.
#include <wideline/reader.hpp>
#include <wideline/wideline.hpp>

#include <cstdio>
#include <filesystem>

namespace wl = wideline;

int main() {
    const std::filesystem::path directory = "reader-logs";
    std::filesystem::remove_all(directory);
    {
        wl::Recorder recorder = wl::install({.sinks = {wl::journal(directory.string())}});
        for (int i = 0; i < 100; ++i) {
            WIDELINE_REQUEST("pay");
            wl::set("http.route", i % 10 == 0 ? "/pay" : "/search");
            wl::set("amount", i);
        }
    }
    double sum = 0;
    wl::Reader reader{directory, {.where = {"http.route=/pay", "amount>=50"}, .max = 4}};
    for (const wl::StoredEvent& event : reader) sum += event.number("amount").value_or(-1000) * event.weight();
    const bool good = sum == 50 + 60 + 70 + 80 && reader.problems().empty();
    std::filesystem::remove_all(directory);
    std::puts(good ? "a user's program reads what was logged" : "a user's program reads something else");
    return good ? 0 : 1;
}
