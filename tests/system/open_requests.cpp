// open_requests JOURNAL SECONDS: a service for `wideline ps` to look at. One request is stuck until a line comes on
// standard input, one has fields of every kind and outgrows its first arena, one is written by two threads, and four
// threads open and end requests meanwhile, each with two fields of the same number.
#include <wideline/wideline.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace wl = wideline;
using namespace std::chrono_literals;

int main(int count, char** arguments) {
    if (count != 3) return 2;
    const wl::Recorder recorder = wl::install({
        .service = {.name = "stuck"},
        .sampler = wl::TailSampler{}.otherwise(0),
        .sinks = {wl::journal(arguments[1])},
    });
    std::atomic<bool> over{false};
    std::atomic<std::uint64_t> begun{0};
    std::vector<std::thread> threads;
    for (std::uint64_t thread = 0; thread < 4; ++thread)
        threads.emplace_back([&, thread] {
            for (std::uint64_t i = thread; !over; i += 4) {
                wl::Request request("brief");
                wl::set("first", i);
                if (i % 64 == 0) wl::set("long", std::string(9000, static_cast<char>('a' + i / 64 % 26)));
                wl::set("second", i);
                begun.fetch_add(1, std::memory_order_relaxed);
            }
        });
    {
        wl::Request stuck("stuck \"one\"");
        wl::set("user.id", "u_42");
        wl::add("tries", 3);
        for (int i = 0; i < 40; ++i) wl::append("seen", std::string(300, 'x'));
        wl::note("waiting for the lock");
        wl::set("last", true);
        std::puts("stuck");
        std::fflush(stdout);
        (void)std::getchar();
    }
    std::puts("ended");
    std::fflush(stdout);
    std::this_thread::sleep_for(std::chrono::seconds(std::atoi(arguments[2])));
    over = true;
    for (std::thread& thread : threads) thread.join();
    std::printf("%llu\n", static_cast<unsigned long long>(begun.load()));
}
