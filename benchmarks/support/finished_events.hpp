// Requests that have ended and wait to be encoded, as the pipeline gets them: checkouts of a shop whose values differ
// from request to request about as much as they do in a service.
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <wideline/wideline.hpp>

#include "event/open_event.hpp"
#include "support/checkout_event.hpp"

namespace wideline::bench {

inline std::string random_hex(std::mt19937_64& random, std::size_t size) {
    std::string text(size, '0');
    for (char& c : text) c = "0123456789abcdef"[random() % 16];
    return text;
}

/// 12 routes, 40 servers, 5,000 users, 200 tenants; carts, sessions and durations of each request's own.
inline Checkout varied_checkout(std::mt19937_64& random) {
    const auto below = [&](std::uint64_t limit) { return static_cast<std::int64_t>(random() % limit); };
    const auto one_of = [&](std::initializer_list<const char*> texts) {
        return std::string(texts.begin()[random() % texts.size()]);
    };
    const auto milliseconds = [&](double median) {
        return std::round(std::lognormal_distribution<double>(std::log(median), 0.8)(random) * 1e6) / 1e6;
    };
    Checkout values;
    const std::string cart = "c_" + random_hex(random, 10);
    values.method = one_of({"POST", "POST", "GET", "PUT"});
    values.route = one_of({"/api/v2/checkout/{cart}", "/api/v2/cart/{cart}", "/api/v2/cart/{cart}/items",
                           "/api/v2/checkout/{cart}/pay", "/api/v2/cart/{cart}/coupon", "/api/v2/search"});
    values.path = values.route.substr(0, values.route.find('{')) + cart;
    values.user_agent = one_of({"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) Chrome/32.0",
                                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/132.0",
                                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari/604.1",
                                "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/130.0 Mobile"});
    values.client = "203.0." + std::to_string(below(256)) + "." + std::to_string(below(256));
    values.server = "checkout-7d9f8c6b5-" + std::to_string(100 + below(40));
    values.region = one_of({"eu-central-1", "eu-west-1", "us-east-1"});
    values.user_id = "usr_01HF3Z" + std::to_string(1000 + below(5000));
    values.plan = one_of({"free", "free", "free", "pro", "enterprise"});
    values.session = "s_" + random_hex(random, 16);
    values.tenant = "tenant-" + std::to_string(below(200));
    values.cart_id = cart;
    values.currency = one_of({"EUR", "EUR", "USD", "GBP"});
    values.payment_method = one_of({"card", "card", "paypal", "invoice"});
    values.card_brand = one_of({"visa", "mastercard", "amex"});
    values.cache_key = "cart:" + cart;
    values.status = below(50) == 0 ? 503 : 200;
    values.request_bytes = 200 + below(4000);
    values.response_bytes = 500 + below(60000);
    values.items = 1 + below(12);
    values.db_queries = 1 + below(20);
    values.retries = below(20) == 0 ? 1 : 0;
    values.queue_depth = below(40);
    values.port = 1024 + below(60000);
    values.total = static_cast<double>(below(200000)) / 100;
    values.tax = std::round(values.total * 19) / 100;
    values.discount = static_cast<double>(below(8)) / 8;
    values.db_ms = milliseconds(12);
    values.payment_ms = milliseconds(120);
    values.cache_ms = milliseconds(0.4);
    values.cache_hit = below(3) != 0;
    values.new_user = below(10) == 0;
    values.express = below(2) == 0;
    values.item_ids = {below(100000), below(100000), below(100000)};
    values.flags = {one_of({"new_checkout", "old_checkout"}), one_of({"fast_tax", "eu_vat", "dark_mode"})};
    return values;
}

class FinishedEvents {
public:
    /// The events `first`, `first` + 1, … of a shop's day.
    explicit FinishedEvents(std::size_t count, std::size_t first = 0)
        : home_((count + 8) * detail::ArenaPool::kSmallest + (std::size_t{8} << 20), Limits{}) {
        std::mt19937_64 random{7 + first};
        for (std::size_t i = 0; i < count; ++i) {
            values_.push_back(count == 1 ? checkout() : varied_checkout(random));
            events_.push_back(make(values_.back(), random, first + i));
        }
    }

    [[nodiscard]] const std::vector<Checkout>& values() const noexcept { return values_; }
    [[nodiscard]] const std::vector<std::unique_ptr<detail::OpenEvent>>& events() const noexcept { return events_; }

private:
    std::unique_ptr<detail::OpenEvent> make(const Checkout& values, std::mt19937_64& random, std::size_t number) {
        auto event = std::make_unique<detail::OpenEvent>();
        event->home = &home_;
        event->small_arena = home_.arenas.acquire(detail::ArenaPool::kSmallest);
        event->begin();
        detail::ArenaHeader& arena = *event->small_arena;
        arena.start_us = 1'795'471'262'123'456 + static_cast<std::int64_t>(number * 1'237 + random() % 1'000);
        arena.trace_id_high = random();
        arena.trace_id_low = random();
        arena.span_id = random();
        arena.parent_span_id = random();
        event->put_record(detail::Type::name, "checkout");
#define FIELD(key, member) event->set(key, values.member);
        WIDELINE_BENCH_FIELDS(FIELD)
#undef FIELD
        event->fate().duration_ns = static_cast<std::int64_t>((values.db_ms + values.payment_ms) * 1e6);
        const bool failed = values.status >= 500;
        event->fate().outcome = failed ? detail::Outcome::error : detail::Outcome::success;
        event->fate().weight = failed ? 1 : 100;
        event->fate().rule = failed ? 0 : 1;
        event->seal();
        return event;
    }

    detail::EventHome home_;
    std::vector<Checkout> values_;
    std::vector<std::unique_ptr<detail::OpenEvent>> events_;
};

/// What stands in every line of these events besides their fields.
inline const Service kService{"checkout", "1.4.2", "production", "checkout-7d9f8c6b5-x2x4q:12"};
inline const std::vector<std::string> kRules{"error", "otherwise"};

}  // namespace wideline::bench
