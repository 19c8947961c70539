// site_traffic: asks the site for everything that the recorded traffic asked for, over keep-alive connections.
//
//   site_traffic PORT TRAFFIC.csv.gz TRUTH_FILE [ROUNDS [SECONDS [CLIENTS]]]
//
// Sends the record ROUNDS times, evenly spread over SECONDS (or as fast as it goes, where that is slower), and checks
// each answer's status and size against the record. Writes what it counted to TRUTH_FILE. Exit status 1 where an answer
// was unlike the record, 2 for wrong usage.

#include <fmt/core.h>
#include <httplib.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <exception>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "progress.hpp"
#include "recorded_traffic.hpp"
#include "tally.hpp"

namespace {

using site::Answer;
using site::RecordedRequest;
using site::Tally;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

struct Plan {
    int port = 0;
    std::string traffic;
    std::string truth;
    int rounds = 4;
    int seconds = 20;
    int clients = 32;
};

/// A W3C trace context, as the proxy in front of a real site would send it.
std::string new_traceparent(std::mt19937_64& random) {
    return fmt::format("00-{:016x}{:016x}-{:016x}-01", random() | 1, random(), random() | 1);
}

/// The requests still to be sent, and what was reached: shared by the clients.
class Schedule {
public:
    Schedule(const std::vector<RecordedRequest>& record, const Plan& plan)
        : record_(record),
          total_(record.size() * static_cast<std::size_t>(plan.rounds)),
          interval_(std::chrono::duration<double>{plan.seconds} / static_cast<double>(total_)) {}

    /// The next request, when its time has come; null when all are sent.
    const RecordedRequest* next() {
        const std::size_t number = next_.fetch_add(1, std::memory_order_relaxed);
        if (number >= total_) return nullptr;
        std::this_thread::sleep_until(
            begin_ + std::chrono::duration_cast<Clock::duration>(interval_ * static_cast<double>(number)));
        return &record_[number % record_.size()];
    }

    void answered(const Answer& answer) {
        requests_.fetch_add(1, std::memory_order_relaxed);
        bytes_.fetch_add(answer.bytes, std::memory_order_relaxed);
    }

    [[nodiscard]] std::size_t total() const noexcept { return total_; }
    [[nodiscard]] bool over() const noexcept { return requests_.load(std::memory_order_relaxed) >= total_; }
    [[nodiscard]] site::Reached reached() const noexcept {
        return {requests_.load(std::memory_order_relaxed), bytes_.load(std::memory_order_relaxed)};
    }

private:
    const std::vector<RecordedRequest>& record_;
    const std::size_t total_;
    const std::chrono::duration<double> interval_;
    const Clock::time_point begin_ = Clock::now();
    std::atomic<std::size_t> next_ = 0;
    std::atomic<std::uint64_t> requests_ = 0;
    std::atomic<std::uint64_t> bytes_ = 0;
};

httplib::Headers headers_of(const RecordedRequest& request, std::mt19937_64& random) {
    httplib::Headers headers{{"User-Agent", request.user_agent},
                             {"traceparent", new_traceparent(random)},
                             {"X-Demo-Status", std::to_string(request.status)},
                             {"X-Demo-Bytes", std::to_string(request.bytes)},
                             {"X-Demo-Client", std::to_string(request.client)}};
    if (!request.referrer_host.empty()) headers.emplace("Referer", "http://" + request.referrer_host + "/");
    return headers;
}

/// One keep-alive connection.
class Client {
public:
    explicit Client(int port) : http_("127.0.0.1", port) {
        http_.set_keep_alive(true);
        http_.set_tcp_nodelay(true);
        http_.set_url_encode(false);  // the recorded paths are encoded as they were sent
        http_.set_read_timeout(30s);
    }

    Answer ask(const RecordedRequest& recorded) {
        Answer answer;
        httplib::Request request;
        request.method = recorded.method;
        request.path = recorded.path;
        request.headers = headers_of(recorded, random_);
        request.content_receiver = [&answer](const char*, std::size_t size, std::uint64_t, std::uint64_t) {
            answer.bytes += size;
            return true;
        };
        const httplib::Result result = http_.send(request);
        if (!result) {
            answer.connection = httplib::to_string(result.error());
            return answer;
        }
        answer.status = result->status;
        answer.failure = result->get_header_value("X-Demo-Failure");
        return answer;
    }

    bool healthy() {
        const httplib::Result result = http_.Get("/healthz");
        return result && result->status == 200;
    }

private:
    httplib::Client http_;
    std::mt19937_64 random_{std::random_device{}()};
};

Tally send_requests(Schedule& schedule, int port) {
    Tally tally;
    Client client{port};
    while (const RecordedRequest* request = schedule.next()) {
        const Answer answer = client.ask(*request);
        tally.count(*request, answer);
        schedule.answered(answer);
    }
    return tally;
}

/// What a load balancer does: asks twice a second whether the site is well.
Tally check_health(const Schedule& schedule, int port) {
    Tally tally;
    Client client{port};
    while (!schedule.over()) {
        if (!client.healthy()) fmt::print(stderr, "site_traffic: a health check failed\n");
        tally.count_health_check();
        for (int tenth = 0; tenth < 5 && !schedule.over(); ++tenth) std::this_thread::sleep_for(100ms);
    }
    return tally;
}

Tally run_clients(Schedule& schedule, const Plan& plan) {
    std::vector<Tally> tallies(static_cast<std::size_t>(plan.clients) + 1);
    std::vector<std::thread> threads;
    threads.emplace_back([&] { tallies[0] = check_health(schedule, plan.port); });
    for (std::size_t number = 1; number < tallies.size(); ++number)
        threads.emplace_back([&, number] { tallies[number] = send_requests(schedule, plan.port); });
    {
        site::Progress progress{schedule.total()};
        for (; !schedule.over(); std::this_thread::sleep_for(20ms)) progress.show(schedule.reached());
        progress.end(schedule.reached());
    }
    Tally all;
    for (std::thread& thread : threads) thread.join();
    for (const Tally& tally : tallies) all.merge(tally);
    return all;
}

int run(const Plan& plan) {
    const std::vector<RecordedRequest> record = site::read_recorded_traffic(plan.traffic);
    const Clock::time_point begin = Clock::now();
    Schedule schedule{record, plan};
    const Tally tally = run_clients(schedule, plan);
    const double seconds = std::chrono::duration<double>{Clock::now() - begin}.count();

    std::ofstream truth{plan.truth};
    truth << tally.json(seconds, plan.rounds, plan.clients) << '\n';
    if (!truth.flush()) throw std::runtime_error{fmt::format("{}: cannot be written", plan.truth)};
    for (const std::string& example : tally.examples()) fmt::print(stderr, "site_traffic: {}\n", example);
    return tally.mismatches() == 0 ? 0 : 1;
}

int positive_number(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number <= 0)
        throw std::invalid_argument{fmt::format("{} is not a positive number", text)};
    return number;
}

Plan plan_of(const std::vector<std::string_view>& arguments) {
    if (arguments.size() < 3 || arguments.size() > 6)
        throw std::invalid_argument{"usage: site_traffic PORT TRAFFIC.csv.gz TRUTH_FILE [ROUNDS [SECONDS [CLIENTS]]]"};
    Plan plan{.port = positive_number(arguments[0]),
              .traffic = std::string{arguments[1]},
              .truth = std::string{arguments[2]}};
    if (arguments.size() > 3) plan.rounds = positive_number(arguments[3]);
    if (arguments.size() > 4) plan.seconds = positive_number(arguments[4]);
    if (arguments.size() > 5) plan.clients = positive_number(arguments[5]);
    return plan;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        return run(plan_of({arguments + 1, arguments + count}));
    } catch (const std::invalid_argument& error) {
        fmt::print(stderr, "site_traffic: {}\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "site_traffic: {}\n", error.what());
        return 1;
    }
}
