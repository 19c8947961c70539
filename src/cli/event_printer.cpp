#include "cli/event_printer.hpp"

#include "platform/terminal.hpp"

namespace wideline::cli {
namespace {

std::string json_escaped(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '"' || c == '\\') escaped.push_back('\\');
        escaped.push_back(c);
    }
    return escaped;
}

}  // namespace

EventPrinter::EventPrinter(const Form& form)
    : some_fields_(form.fields), whole_lines_(!form.pretty && form.fields.empty()) {
    for (const std::string& field : form.fields) labels_.push_back("\"" + json_escaped(field) + "\":");
    if (form.pretty)
        page_ = std::make_unique<EventPage>(platform::stdout_takes_colour() ? Colour::ansi : Colour::none, form.fields);
}

void EventPrinter::print_lines(std::string_view lines) {
    if (lines.empty()) return;
    printed_ = true;
    output_.write(lines);
    if (!lines.ends_with('\n')) output_.write("\n");  // The next file's first event is a line of its own.
}

bool EventPrinter::print(std::string_view line) {
    if (whole_lines_) {
        print_lines(line);
        return true;
    }
    shown_.clear();
    if (!(page_ ? append_page(line) : append_fields(line))) return false;
    print_lines(shown_);
    return true;
}

void EventPrinter::show() {
    if (platform::stdout_is_terminal()) output_.flush();
}

bool EventPrinter::append_page(std::string_view line) {
    if (!some_fields_.read_all(line, all_fields_)) return false;
    std::vector<ShownField> shown;
    shown.reserve(all_fields_.size());
    for (const auto& [key, value] : all_fields_) shown.push_back({key, read::unescaped(value)});
    page_->append(shown_, shown);
    return true;
}

bool EventPrinter::append_fields(std::string_view line) {
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

}  // namespace wideline::cli
