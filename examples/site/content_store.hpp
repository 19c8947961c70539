// Where the site's content comes from: a cache in front of a database.
//
// Both are simulated, because a demo must run without either, but they behave like the real ones: they take real time
// on the request's thread, popular paths are found in the cache and rare ones are not, few connections serve many
// threads, some queries are slow, and some never answer. Everything they do is told to the current event.
#pragma once

#include <atomic>
#include <cstddef>
#include <list>
#include <mutex>
#include <semaphore>
#include <string>
#include <string_view>
#include <unordered_map>

#include "visit.hpp"

namespace site {

/// How a request got its content. `failure` names what went wrong, and is empty where nothing did; then a stale copy
/// was served, so the visitor sees the page all the same.
struct Content {
    std::string_view failure;
};

/// Safe to use from any number of threads.
class ContentStore {
public:
    /// Gets what `path` leads to, in real time. Writes the current event's cache.*, db.* and render.* fields, and its
    /// error where a step fails.
    [[nodiscard]] Content load(std::string_view path, const Resource& resource, const Visitor& visitor);

private:
    /// Least recently used paths go first.
    class PathCache {
    public:
        [[nodiscard]] bool find(std::string_view path);
        void insert(std::string_view path);
        [[nodiscard]] std::size_t size();

    private:
        std::mutex mutex_;
        std::list<std::string> by_age_;
        std::unordered_map<std::string_view, std::list<std::string>::iterator> places_;  // views into by_age_
    };

    [[nodiscard]] bool look_up(std::string_view path);
    [[nodiscard]] Content query(std::string_view path, const Resource& resource);
    [[nodiscard]] Content run_query(std::string_view summary);

    static constexpr std::ptrdiff_t kConnections = 16;

    PathCache cache_;
    std::counting_semaphore<kConnections> connections_{kConnections};
    std::atomic<int> connections_in_use_ = 0;
};

}  // namespace site
