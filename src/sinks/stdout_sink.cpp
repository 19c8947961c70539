#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <nlohmann/json.hpp>

#include <wideline/sink.hpp>

#include "platform/terminal.hpp"
#include "sinks/event_page.hpp"
#include "sinks/lines.hpp"

namespace wideline {
namespace {

/// As many bytes as it takes at once. Whoever shares it may have made it non-blocking: then it is waited for, as a pipe
/// that blocks would wait. Throws std::system_error.
std::size_t write_some(std::string_view text) {
    for (;;) {
        const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
        if (written >= 0) return static_cast<std::size_t>(written);
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            pollfd room{STDOUT_FILENO, POLLOUT, 0};
            (void)::poll(&room, 1, -1);
        } else if (errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "writing events to stdout");
        }
    }
}

class Stdout {
public:
    /// `text` is whole lines. If a write fails inside a line, the next call ends that line first: otherwise it would
    /// spoil the line after it. Throws std::system_error.
    void write(std::string_view text) {
        while (!rest_of_line_.empty()) rest_of_line_.erase(0, write_some(rest_of_line_));
        std::string_view rest = text;
        try {
            while (!rest.empty()) rest.remove_prefix(write_some(rest));
        } catch (const std::system_error&) {
            const std::size_t written = text.size() - rest.size();
            if (written != 0 && text[written - 1] != '\n') rest_of_line_ = rest.substr(0, rest.find('\n') + 1);
            throw;
        }
    }

private:
    std::string rest_of_line_;
};

class LinesOnStdout final : public Sink {
public:
    void deliver(const Batch& batch) override { out_.write(batch.json_lines()); }
    [[nodiscard]] SinkPtr for_child() const override { return stdout_sink(); }

private:
    Stdout out_;
};

class PagesOnStdout final : public Sink {
public:
    explicit PagesOnStdout(Colour colour) : page_(colour) {}

    void deliver(const Batch& batch) override {
        text_.clear();
        for_each_line(batch.json_lines(), [this](std::string_view line) { append(line); });
        out_.write(text_);
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

    Stdout out_;
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
