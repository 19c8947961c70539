#include "content_store.hpp"

#include <random>
#include <thread>

#include <wideline/wideline.hpp>

namespace wl = wideline;
using namespace std::chrono_literals;

namespace site {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::size_t kCachedPaths = 400;  // of about 1,500 in the traffic: the popular ones stay
constexpr auto kPoolTimeout = 100ms;
constexpr auto kQueryTimeout = 300ms;

// Shares of requests that meet each trouble: rare enough for a healthy site, common enough for a run of 20 seconds.
constexpr double kCacheUnreachable = 0.001;
constexpr double kSlowQuery = 0.006;
constexpr double kQueryTimesOut = 0.006;
constexpr double kTemplateFails = 0.001;

std::mt19937_64& random_source() {
    thread_local std::mt19937_64 source{std::random_device{}()};
    return source;
}

bool happens(double share) { return std::bernoulli_distribution{share}(random_source()); }

/// Sleeps for a time around `typical`, now and then several times as long, as services do.
void take_about(Milliseconds typical) {
    std::this_thread::sleep_for(typical * std::lognormal_distribution<double>{0.0, 0.5}(random_source()));
}

std::string_view text_of(std::string_view summary) {
    if (summary == "SELECT sessions") return "SELECT account, plan FROM sessions WHERE token = $1";
    if (summary == "SELECT pages") return "SELECT body, author FROM pages WHERE path = $1";
    if (summary == "SELECT comments") return "SELECT author, body FROM comments WHERE page = $1 ORDER BY written";
    return "SELECT name, size FROM files WHERE path = $1";
}

Content fail_query(std::string_view summary) {
    wl::fail({.type = "db_timeout",
              .message = "the database did not answer within 300 ms",
              .why = "a migration holds an exclusive lock on the table",
              .fix = "run migrations with lock_timeout set, and retry this one outside peak hours",
              .link = "https://www.postgresql.org/docs/current/explicit-locking.html"});
    wl::set("db.query.text", text_of(summary));
    return {"db_timeout"};
}

Content fail_pool() {
    wl::fail({.type = "db_pool_exhausted",
              .message = "no database connection became free within 100 ms",
              .why = "all 16 connections were busy with other requests",
              .fix = "find the slow queries of these seconds (db.query.duration_ms), then size the pool",
              .link = "https://github.com/brettwooldridge/HikariCP/wiki/About-Pool-Sizing"});
    return {"db_pool_exhausted"};
}

Content render(const Resource& resource) {
    auto timing = wl::time("render");
    wl::set("render.template", resource.route.starts_with("/blog/") ? "post.html" : "page.html");
    take_about(0.4ms);
    if (!happens(kTemplateFails)) return {};
    wl::fail({.type = "template_error",
              .message = "the template uses a variable that is not set: author.name",
              .why = "the page was imported before authors were recorded",
              .fix = "give the template a default: {{ author.name | default('unknown') }}",
              .link = "https://jinja.palletsprojects.com/en/stable/templates/#jinja-filters.default"});
    return {"template_error"};
}

}  // namespace

bool ContentStore::PathCache::find(std::string_view path) {
    const std::scoped_lock lock{mutex_};
    const auto place = places_.find(path);
    if (place == places_.end()) return false;
    by_age_.splice(by_age_.begin(), by_age_, place->second);
    return true;
}

void ContentStore::PathCache::insert(std::string_view path) {
    const std::scoped_lock lock{mutex_};
    if (places_.contains(path)) return;
    by_age_.emplace_front(path);
    places_.emplace(by_age_.front(), by_age_.begin());
    if (by_age_.size() <= kCachedPaths) return;
    places_.erase(by_age_.back());
    by_age_.pop_back();
}

std::size_t ContentStore::PathCache::size() {
    const std::scoped_lock lock{mutex_};
    return by_age_.size();
}

Content ContentStore::load(std::string_view path, const Resource& resource, const Visitor& visitor) {
    if (visitor.account != 0) {
        if (const Content session = run_query("SELECT sessions"); !session.failure.empty()) return session;
    }
    const bool hit = look_up(path);
    wl::set("cache.hit", hit);
    if (!hit) {
        if (const Content row = query(path, resource); !row.failure.empty()) return row;
        cache_.insert(path);
    }
    return resource.rendered() ? render(resource) : Content{};
}

bool ContentStore::look_up(std::string_view path) {
    auto timing = wl::time("cache.lookup");
    wl::set("cache.key", path);
    wl::set("cache.entries", cache_.size());
    if (happens(kCacheUnreachable)) {
        std::this_thread::sleep_for(20ms);
        wl::note("the cache did not answer within 20 ms: asking the database");
        return false;
    }
    take_about(0.1ms);
    return cache_.find(path);
}

Content ContentStore::query(std::string_view path, const Resource& resource) {
    const Content row = run_query(resource.rendered() ? "SELECT pages" : "SELECT files");
    if (!row.failure.empty() || !resource.rendered()) return row;
    if (path.starts_with("/blog/")) return run_query("SELECT comments");
    return {};
}

Content ContentStore::run_query(std::string_view summary) {
    wl::set("db.system.name", "postgresql");
    wl::set("db.namespace", "site");
    wl::set("db.query.summary", summary);
    const auto asked = Clock::now();
    const bool connected = connections_.try_acquire_for(kPoolTimeout);
    wl::add("db.pool.wait_ms", Milliseconds{Clock::now() - asked}.count());
    if (!connected) return fail_pool();

    wl::maximum("db.pool.in_use", connections_in_use_.fetch_add(1, std::memory_order_relaxed) + 1);
    wl::add("db.queries", 1);
    Content content;
    {
        auto timing = wl::time("db.query");
        if (happens(kQueryTimesOut)) {
            std::this_thread::sleep_for(kQueryTimeout);
            content = fail_query(summary);
        } else if (happens(kSlowQuery)) {
            take_about(350ms);
            wl::note("slow query: the planner chose a sequential scan");
        } else {
            take_about(summary == "SELECT sessions" ? 0.3ms : 2ms);
        }
    }
    connections_in_use_.fetch_sub(1, std::memory_order_relaxed);
    connections_.release();
    if (content.failure.empty()) wl::add("db.rows", summary == "SELECT comments" ? 12 : 1);
    return content;
}

}  // namespace site
