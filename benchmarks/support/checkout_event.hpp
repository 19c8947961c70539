// The event that every benchmark writes: 40 fields, of which 20 are strings, 8 integers, 6 doubles, 4 booleans and 2
// arrays; some 1,036 bytes as JSON. Values come from memory, so that no compiler knows their length.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace wideline::bench {

struct Checkout {
    std::string method = "POST";
    std::string route = "/api/v2/checkout/{cart}";
    std::string path = "/api/v2/checkout/c_8f2e1b7a9d";
    std::string scheme = "https";
    std::string user_agent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) Chrome/32.0";
    std::string client = "203.0.113.195";
    std::string server = "checkout-7d9f8c6b5-x2x4q";
    std::string region = "eu-central-1";
    std::string user_id = "usr_01HF3ZK8Q7";
    std::string plan = "enterprise";
    std::string session = "s_9b1deb4d3b7d4bad";
    std::string tenant = "acme-industries";
    std::string cart_id = "c_8f2e1b7a9d";
    std::string currency = "EUR";
    std::string provider = "stripe";
    std::string payment_method = "card";
    std::string card_brand = "visa";
    std::string db_system = "postgresql";
    std::string cache_key = "cart:c_8f2e1b7a9d";
    std::string build = "1.4.2+g8f2e1b7";

    std::int64_t status = 200;
    std::int64_t request_bytes = 1843;
    std::int64_t response_bytes = 48213;
    std::int64_t items = 7;
    std::int64_t db_queries = 12;
    std::int64_t retries = 0;
    std::int64_t queue_depth = 23;
    std::int64_t port = 44321;

    double total = 1284.95;
    double tax = 205.16;
    double discount = 0.125;
    double db_ms = 18.734512;
    double payment_ms = 142.081934;
    double cache_ms = 0.381277;

    bool cache_hit = true;
    bool new_user = false;
    bool express = true;
    bool fraud_checked = true;

    std::array<std::int64_t, 3> item_ids = {48213, 99120, 7};
    std::array<std::string, 2> flags = {"new_checkout", "fast_tax"};
};

// FIELD(key, member) for each, in the order in which a service would learn them.
#define WIDELINE_BENCH_STRINGS(FIELD)        \
    FIELD("http.request.method", method)     \
    FIELD("http.route", route)               \
    FIELD("url.path", path)                  \
    FIELD("url.scheme", scheme)              \
    FIELD("user_agent.original", user_agent) \
    FIELD("client.address", client)          \
    FIELD("server.address", server)          \
    FIELD("cloud.region", region)            \
    FIELD("user.id", user_id)                \
    FIELD("user.plan", plan)                 \
    FIELD("session.id", session)             \
    FIELD("tenant", tenant)                  \
    FIELD("cart.id", cart_id)                \
    FIELD("cart.currency", currency)         \
    FIELD("payment.provider", provider)      \
    FIELD("payment.method", payment_method)  \
    FIELD("payment.brand", card_brand)       \
    FIELD("db.system", db_system)            \
    FIELD("cache.key", cache_key)            \
    FIELD("build", build)
#define WIDELINE_BENCH_INTEGERS(FIELD)               \
    FIELD("http.response.status_code", status)       \
    FIELD("http.request.body.size", request_bytes)   \
    FIELD("http.response.body.size", response_bytes) \
    FIELD("cart.items", items)                       \
    FIELD("db.queries", db_queries)                  \
    FIELD("retries", retries)                        \
    FIELD("queue.depth", queue_depth)                \
    FIELD("client.port", port)
#define WIDELINE_BENCH_DOUBLES(FIELD)        \
    FIELD("cart.total", total)               \
    FIELD("cart.tax", tax)                   \
    FIELD("cart.discount", discount)         \
    FIELD("db.duration_ms", db_ms)           \
    FIELD("payment.duration_ms", payment_ms) \
    FIELD("cache.duration_ms", cache_ms)
#define WIDELINE_BENCH_BOOLEANS(FIELD) \
    FIELD("cache.hit", cache_hit)      \
    FIELD("user.new", new_user)        \
    FIELD("checkout.express", express) \
    FIELD("fraud.checked", fraud_checked)
#define WIDELINE_BENCH_ARRAYS(FIELD) \
    FIELD("cart.item_ids", item_ids) \
    FIELD("feature_flags", flags)
#define WIDELINE_BENCH_FIELDS(FIELD) \
    WIDELINE_BENCH_STRINGS(FIELD)    \
    WIDELINE_BENCH_INTEGERS(FIELD)   \
    WIDELINE_BENCH_DOUBLES(FIELD)    \
    WIDELINE_BENCH_BOOLEANS(FIELD)   \
    WIDELINE_BENCH_ARRAYS(FIELD)

/// In memory that the compiler cannot see through.
inline Checkout& checkout() {
    static Checkout* volatile const values = new Checkout;
    return *values;
}

}  // namespace wideline::bench
