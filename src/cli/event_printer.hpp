// Events on standard output, in the form that was asked for.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/output.hpp"
#include "read/event_line.hpp"
#include "sinks/event_page.hpp"

namespace wideline::cli {

/// Throws as Output does.
class EventPrinter {
public:
    struct Form {
        bool pretty = false;
        std::vector<std::string> fields;  ///< Only these, in this order; empty for all.
    };

    explicit EventPrinter(const Form& form);

    /// Whether lines come out as they are, so that many can be written at once.
    [[nodiscard]] bool whole_lines() const noexcept { return whole_lines_; }
    void print_lines(std::string_view lines);
    /// False where the line is no JSON object. It must have read::kReadableBehind readable bytes behind it.
    bool print(std::string_view line);
    void flush() { output_.flush(); }
    /// Of a terminal: a person sees each event when it is found, though it may be the only one for minutes.
    void show();
    [[nodiscard]] bool printed() const noexcept { return printed_; }

private:
    bool append_page(std::string_view line);
    bool append_fields(std::string_view line);

    std::vector<std::string> labels_;
    read::EventLine some_fields_;
    bool whole_lines_;
    std::vector<std::pair<std::string, read::JsonText>> all_fields_;
    std::unique_ptr<EventPage> page_;
    Output output_;
    std::string shown_;
    bool printed_ = false;
};

}  // namespace wideline::cli
