// A service whose old code writes to std::clog: what it writes within a request is in the request's event.
#include <iostream>
#include <streambuf>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <wideline/wideline.hpp>

namespace wl = wideline;

namespace {

/// Each line becomes a note of the request that is current on its thread, and goes where it went before.
class NotesOfLines : public std::streambuf {
public:
    explicit NotesOfLines(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(this)) {}
    ~NotesOfLines() override { stream_.rdbuf(before_); }

protected:
    int_type overflow(int_type character) override {
        if (traits_type::eq_int_type(character, traits_type::eof())) return traits_type::not_eof(character);
        thread_local std::string line;
        if (const char next = traits_type::to_char_type(character); next != '\n') {
            line += next;
        } else {
            wl::note(line);
            line.clear();
        }
        return before_->sputc(traits_type::to_char_type(character));
    }
    int sync() override { return before_->pubsync(); }

private:
    std::ostream& stream_;
    std::streambuf* before_;
};

void order(int item) {
    WIDELINE_REQUEST("order");
    std::clog << "item " << item << " is short" << std::endl;
}

}  // namespace

int main() {
    std::vector<nlohmann::json> events;
    {
        wl::Recorder recorder = wl::install({.service = {.name = "shop"}, .sinks = {wl::memory_sink(&events)}});
        const NotesOfLines notes(std::clog);
        order(7);
    }
    std::cout << events.at(0).at("notes") << '\n';
    return events.at(0).at("notes").at(0).at("text") == "item 7 is short" ? 0 : 1;
}
