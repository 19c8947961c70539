#include "request/recorded_events.hpp"

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"

using request_test::Json;
using request_test::RecordedEvents;
namespace wl = wideline;

TEST_CASE("The last words on an event can read what was written so far, and what they write themselves") {
    wl::Options options;
    options.enrich = [](wl::Event& event, const wl::EventView& view) {
        event.set("seen.name", view.name());
        event.set("seen.failed", view.failed());
        event.set("seen.cancelled", view.cancelled());
        event.set("seen.long", view.duration().count() > 0);
        if (const auto items = view.find("items")) event.set("seen.items", items->number());
        event.set("big", std::string(9000, 'b'));
        event.set("seen.big", view.find("big")->text.size());
        event.set("seen.nothing", view.find("nothing").has_value());
    };
    RecordedEvents log{options};
    {
        wl::Request request{"GET", log.recorder()};
        wl::add("items", 2);
        wl::add("items", 3);
        wl::rename("GET /cart");
        wl::cancel("gone");
    }
    const Json event = log.event();
    CHECK(event.at("seen.name") == "GET /cart");
    CHECK(event.at("seen.failed") == false);
    CHECK(event.at("seen.cancelled") == true);
    CHECK(event.at("seen.long") == true);
    CHECK(event.at("seen.items") == 5);
    CHECK(event.at("seen.big") == 9000);
    CHECK(event.at("seen.nothing") == false);
}

TEST_CASE("They read what other threads of the request wrote, while those go on writing") {
    wl::Options options;
    options.enrich = [](wl::Event& event, const wl::EventView& view) {
        const auto found = view.find("elsewhere");
        event.set("seen", found ? found->number() : -1);
    };
    RecordedEvents log{options};
    for (int i = 0; i < 50; ++i) {
        wl::Request request{"r", log.recorder()};
        const wl::Handle handle = request.handle();
        std::atomic<bool> written{false};
        std::jthread other([&written, handle](const std::stop_token& stop) {
            const wl::Attach attach{handle};
            wl::set("elsewhere", 1);
            written = true;
            for (int n = 0; !stop.stop_requested(); ++n) wl::set("text", std::string(n % 3000, 't'));
        });
        while (!written) std::this_thread::yield();
        request.finish();
        other.request_stop();
        REQUIRE(log.recorder().flush(std::chrono::seconds(60)));  // so that there is memory for the next
    }
    REQUIRE(log.events().size() == 50);
    for (const Json& event : log.events()) CHECK(event.at("seen") == 1);
}

TEST_CASE("Enrich takes callables on the event alone as well, and none") {
    const std::function<void(wl::Event&)> on_event = [](wl::Event& event) { event.set("enriched", true); };
    const auto generic = [](auto& event) { event.set("enriched", true); };
    for (const wl::Options& options :
         {wl::Options{.enrich = on_event}, wl::Options{.enrich = generic},
          wl::Options{.enrich = [](wl::Event&event) { event.set("enriched", true); }},
          wl::Options{.enrich = [](wl::Event&event, const wl::EventView&) { event.set("enriched", true); }}}) {
        RecordedEvents log{options};
        { wl::Request request{"r", log.recorder()}; }
        CHECK(log.event().at("enriched") == true);
    }
    for (const wl::Options& options : {wl::Options{}, wl::Options{.enrich = std::function<void(wl::Event&)>{}}}) {
        CHECK_FALSE(options.enrich);
        RecordedEvents log{options};
        { wl::Request request{"r", log.recorder()}; }
        CHECK_FALSE(log.event().contains("enriched"));
    }
}
