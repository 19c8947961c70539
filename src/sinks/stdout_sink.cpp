#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <nlohmann/json.hpp>

#include <wideline/sink.hpp>

#include "platform/terminal.hpp"
#include "sinks/event_page.hpp"
#include "sinks/lines.hpp"

namespace wideline {
namespace {

void write_out(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw std::system_error(errno, std::generic_category(), "writing events to stdout");
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

class LinesOnStdout final : public Sink {
public:
    void deliver(const Batch& batch) override { write_out(batch.json_lines()); }
    [[nodiscard]] SinkPtr for_child() const override { return stdout_sink(); }
};

class PagesOnStdout final : public Sink {
public:
    explicit PagesOnStdout(Colour colour) : page_(colour) {}

    void deliver(const Batch& batch) override {
        text_.clear();
        for_each_line(batch.json_lines(), [this](std::string_view line) { append(line); });
        write_out(text_);
    }
    [[nodiscard]] SinkPtr for_child() const override { return stdout_sink(); }

private:
    void append(std::string_view line) {
        fields_.clear();
        const auto event = nlohmann::ordered_json::parse(line);
        for (const auto& [key, value] : event.items())
            fields_.push_back({key, value.is_string() ? value.get<std::string>() : value.dump()});
        page_.append(text_, fields_);
    }

    EventPage page_;
    std::vector<ShownField> fields_;
    std::string text_;
};

}  // namespace

SinkPtr stdout_sink() {
    if (!platform::stdout_is_terminal()) return std::make_shared<LinesOnStdout>();
    return std::make_shared<PagesOnStdout>(platform::stdout_takes_colour() ? Colour::ansi : Colour::none);
}

}  // namespace wideline
