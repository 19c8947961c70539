#include "cli/cat.hpp"

#include <chrono>
#include <memory>
#include <stdexcept>

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "platform/terminal.hpp"
#include "read/selection.hpp"
#include "sinks/event_page.hpp"

namespace wideline::cli {
namespace {

using read::Piece;
using read::Selection;
using read::Share;

std::optional<read::TimePoint> moment(const std::string& option, const std::string& text) {
    if (text.empty()) return std::nullopt;
    const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    const auto parsed = read::parse_moment(text, now);
    if (!parsed)
        throw std::invalid_argument(option +
                                    " takes a time like 2026-11-23T22:00:00Z or 2026-11-23, or a span before now "
                                    "like 15m, 2h or 3d, not \"" +
                                    text + "\"");
    return parsed;
}

Selection::Bounds bounds_of(const CatOptions& options) {
    return {moment("--since", options.since), moment("--until", options.until),
            options.errors ? Selection::Bounds::Outcome::failed : Selection::Bounds::Outcome::any};
}

/// Writes events in the form that was asked for.
class Printer {
public:
    explicit Printer(const CatOptions& options)
        : fields_(options.fields),
          some_fields_(options.fields),
          whole_lines_(!options.pretty && options.fields.empty()) {
        for (const std::string& field : fields_) labels_.push_back("\"" + json_escaped(field) + "\":");
        if (options.pretty)
            page_ = std::make_unique<EventPage>(platform::stdout_takes_colour() ? Colour::ansi : Colour::none,
                                                options.fields);
    }

    /// Whether lines come out as they are, so that many can be written at once.
    [[nodiscard]] bool whole_lines() const noexcept { return whole_lines_; }
    void print_lines(std::string_view lines) {
        if (lines.empty()) return;
        printed_ = true;
        output_.write(lines);
    }
    /// False where the line is no JSON object.
    bool print(std::string_view line) {
        if (whole_lines_) {
            print_lines(line);
            return true;
        }
        shown_.clear();
        if (!(page_ ? append_page(line) : append_fields(line))) return false;
        print_lines(shown_);
        return true;
    }
    void flush() { output_.flush(); }
    [[nodiscard]] bool printed() const noexcept { return printed_; }

private:
    static std::string json_escaped(std::string_view text) {
        std::string escaped;
        for (const char c : text) {
            if (c == '"' || c == '\\') escaped.push_back('\\');
            escaped.push_back(c);
        }
        return escaped;
    }

    bool append_page(std::string_view line) {
        if (!some_fields_.read_all(line, all_fields_)) return false;
        std::vector<ShownField> shown;
        shown.reserve(all_fields_.size());
        for (const auto& [key, value] : all_fields_) shown.push_back({key, read::unescaped(value)});
        page_->append(shown_, shown);
        return true;
    }

    bool append_fields(std::string_view line) {
        if (!some_fields_.read(line)) return false;
        shown_.push_back('{');
        for (std::size_t i = 0; i < labels_.size(); ++i) {
            const read::JsonText value = some_fields_.values()[i];
            if (value.empty()) continue;
            if (shown_.size() > 1) shown_.push_back(',');
            shown_.append(labels_[i]).append(value);
        }
        shown_ += "}\n";
        return true;
    }

    std::vector<std::string> fields_;
    std::vector<std::string> labels_;
    read::EventLine some_fields_;
    bool whole_lines_;
    std::vector<std::pair<std::string, read::JsonText>> all_fields_;
    std::unique_ptr<EventPage> page_;
    Output output_;
    std::string shown_;
    bool printed_ = false;
};

}  // namespace

ExitStatus cat(const CatOptions& options) {
    Selection selection(bounds_of(options));
    Printer printer(options);
    std::uint64_t bad_lines = 0;

    Input input(options.paths);
    input.set_wanted([&selection](const auto& index) { return selection.of(&index) != Share::none; });
    ExitStatus status = input.for_each([&](const read::SegmentReader&, const Piece& piece) {
        if (piece.kind != Piece::Kind::lines) return;
        const bool all = selection.of(piece.index) == Share::all;
        if (all && printer.whole_lines()) return printer.print_lines(piece.lines);
        for_each_line(piece.lines, [&](std::string_view line) {
            const auto taken = all ? true : selection.takes(line);
            if (!taken || (*taken && !printer.print(line))) ++bad_lines;
        });
    });
    printer.flush();

    if (bad_lines != 0) {
        complain(std::to_string(bad_lines) + " lines are no JSON objects and were left out");
        status = worse(status, ExitStatus::nothing_or_problems);
    }
    if (!printer.printed() && status == ExitStatus::done) {
        complain(selection.takes_everything() ? "there are no events"
                                              : "no event was selected; widen --since, --until or --errors");
        status = ExitStatus::nothing_or_problems;
    }
    return status;
}

}  // namespace wideline::cli
