// Any expressions, asked of any lines: what grep finds, by leaving out frames by their filter and lines by their bytes,
// is what a plain reading of every line finds.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "fuzz/choices.hpp"
#include "journal/line_pairs.hpp"
#include "journal/pair_filter.hpp"
#include "read/byte_window.hpp"
#include "read/frame_search.hpp"
#include "read/lines.hpp"
#include "read/plain_search.hpp"

using namespace wideline;
using testing_fuzz::Choices;

namespace {

struct Question {
    std::vector<std::string> expressions;
    read::Match::Combine combine = read::Match::Combine::all;
    std::string lines;
};

/// Bytes that may break a line are no part of one.
std::string on_one_line(std::string_view text) {
    std::string line(text);
    std::replace(line.begin(), line.end(), '\n', ' ');
    return line;
}

class Grammar {
public:
    explicit Grammar(Choices& choices) : choices_(choices) {}

    std::string expression() {
        const std::string word(text());
        std::string left = choices_.pick(3) == 0 ? "\"" + word + "\"" : word;
        if (choices_.pick(4) == 0) return left;
        left += choices_.one_of({"=", "!=", "<", "<=", ">", ">=", "~"});
        return left + std::string(choices_.pick(3) == 0 ? pattern() : text());
    }
    std::string line() {
        std::string made = choices_.pick(12) == 1 ? " {" : "{";
        const std::size_t fields = choices_.pick(6);
        for (std::size_t i = 0; i < fields; ++i) {
            made += i == 0 ? "" : ",";
            made += string(text()) + blank() + ":" + blank() + value(0) + blank();
        }
        made += "}";
        if (choices_.pick(24) == 1) made.insert(choices_.pick(256) % made.size(), choices_.bytes(2));
        return on_one_line(made) + (choices_.pick(12) == 1 ? "\r\n" : "\n");
    }

private:
    std::string_view text() {
        if (choices_.pick(8) == 1) return choices_.bytes(20);
        return choices_.one_of(
            {"a",
             "b",
             "a.b",
             "trace_id",
             "timestamp",
             "7",
             "7.0",
             "70e-1",
             "-0",
             "0",
             "true",
             "null",
             "text",
             "a/b",
             "say \"hi\"",
             "back\\slash",
             "ü",
             "=",
             "-1",
             "18446744073709551615",
             "18446744073709551616",
             "9007199254740993",
             "9007199254740992.0",
             "",
             "\xF0\x9F\x98\x80",
             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"});
    }
    std::string_view pattern() {
        return choices_.one_of({"^a", "t$", "a.b", "[a-z]+", "x|a", "ex?t", "(a|b)*/", "\\d", ".", "^$", "a{2,3}b", "h",
                                "[^\"]", "\\.", "a*", "ba+", "[]]a"});
    }
    std::string blank() { return std::string(choices_.pick(10) == 1 ? choices_.one_of({" ", "\t", "  ", "\r"}) : ""); }
    std::string string(std::string_view text) {
        std::string json = "\"";
        for (const char c : text) {
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, choices_.pick(2) == 0 ? "\\u%04x" : "\\u%04X",
                          static_cast<unsigned>(static_cast<unsigned char>(c)));
            const bool ascii = static_cast<unsigned char>(c) < 0x80;
            if (ascii && (static_cast<unsigned char>(c) < 0x20 || choices_.pick(20) == 1))
                json += escaped;
            else if (c == '"' || c == '\\' || (c == '/' && choices_.pick(3) == 1))
                json += std::string("\\") + c;
            else
                json += c;
        }
        return json + "\"";
    }
    std::string value(int depth) {
        const std::size_t kind = choices_.pick(depth < 2 ? 8 : 6);
        if (kind < 2)
            return std::string(choices_.one_of({"7",
                                                "7.0",
                                                "70e-1",
                                                "0.7E+1",
                                                "-0",
                                                "0",
                                                "-0.0",
                                                "0e5",
                                                "true",
                                                "false",
                                                "null",
                                                "18446744073709551615",
                                                "18446744073709551616",
                                                "-1",
                                                "1e18",
                                                "9007199254740993",
                                                "9007199254740992.0",
                                                "1e308",
                                                "5e-324",
                                                "-0.5"}));
        if (kind < 6) return string(text());
        const std::size_t items = choices_.pick(4);
        std::string made = kind == 6 ? "[" : "{";
        for (std::size_t i = 0; i < items; ++i) {
            made += i == 0 ? "" : ",";
            made += blank();
            if (kind == 7) made += string(text()) + ":";
            made += value(depth + 1);
        }
        return made + blank() + (kind == 6 ? "]" : "}");
    }

    Choices& choices_;
};

/// By the grammar; or an expression a line, up to the first line that begins as an event.
Question question_of(Choices choices) {
    Question question;
    const std::size_t form = choices.pick(4);
    if (form % 2 == 1) question.combine = read::Match::Combine::any;
    if (form < 2) {
        Grammar grammar(choices);
        for (std::size_t left = 1 + choices.pick(3); left != 0; --left)
            question.expressions.push_back(grammar.expression());
        while (!choices.empty()) question.lines += grammar.line();
        return question;
    }
    std::string_view text = choices.rest();
    while (!text.empty() && !text.starts_with('{') && question.expressions.size() < 6) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        question.expressions.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    question.lines = text;
    return question;
}

[[noreturn]] void fail(const Question& question, const char* what, std::string_view line) {
    std::fprintf(stderr, "%s\n", what);
    for (const std::string& each : question.expressions) std::fprintf(stderr, "expression: %s\n", each.c_str());
    std::fprintf(stderr, "%s of them; line: %.*s\n", question.combine == read::Match::Combine::all ? "all" : "any",
                 static_cast<int>(line.size()), line.data());
    std::abort();
}

/// Nothing where an expression is none.
std::optional<std::vector<testing_read::PlainExpression>> plain(const Question& question) {
    std::vector<testing_read::PlainExpression> expressions;
    for (const std::string& each : question.expressions) {
        auto parsed = testing_read::PlainExpression::parse(each);
        if (!parsed) return std::nullopt;
        expressions.push_back(std::move(*parsed));
    }
    return expressions;
}

bool holds(const Question& question, const std::vector<testing_read::PlainExpression>& expressions,
           const std::vector<testing_read::PlainField>& fields) {
    const auto of_event = [&fields](const auto& expression) { return expression.holds(fields); };
    return question.combine == read::Match::Combine::any && !expressions.empty()
               ? std::any_of(expressions.begin(), expressions.end(), of_event)
               : std::all_of(expressions.begin(), expressions.end(), of_event);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Longer ones only take longer: the plain regular expressions are quadratic.
    if (size > 8192) return 0;
    Question question = question_of(Choices(data, size));
    for (std::string& each : question.expressions) std::replace(each.begin(), each.end(), '\0', ' ');  // Of no command.
    const auto match = read::Match::parse(question.expressions, question.combine);
    if (!match.ok()) {
        const std::string why = match.failure().sentence();
        for (const std::string_view limit : {"more than", "at most", "back reference"})
            if (why.find(limit) != why.npos) return 0;
        if (plain(question)) fail(question, "what is an expression was refused", why);
        return 0;
    }
    const auto expressions = plain(question);
    if (!expressions) fail(question, "what is no expression was taken", "");

    const std::string padded = question.lines + std::string(read::kReadableBehind, '\0');
    const std::string_view lines = std::string_view(padded).substr(0, question.lines.size());
    std::string found;
    std::uint64_t count = 0;
    read::FrameSearch(match.value(), {}).search(lines, read::Share::all, found, count);

    journal_files::FrameIndex index;
    std::vector<std::uint64_t> pairs;
    if (journal_files::append_pairs_of_lines(pairs, lines)) {
        journal_files::PairFilterBuilder builder;
        builder.add(pairs);
        index.pair_filter = builder.finish(std::size_t{1} << 16);
    }
    const bool may_hold = match.value().may_hold(index);

    // A line that is no JSON may be found or not, where the part that was looked at is right; others must agree.
    std::string_view left = found;
    read::for_each_line(lines, [&](std::string_view line) {
        const std::string shown = std::string(line) + (line.ends_with('\n') ? "" : "\n");
        const bool ours = left.starts_with(shown);
        const auto fields = testing_read::PlainEvent::fields_of(line);
        if (fields && holds(question, *expressions, *fields) != ours)
            fail(question, ours ? "found, and does not match" : "matches, and was not found", line);
        if (fields && ours && !may_hold) fail(question, "the filter rules out what matches", line);
        if (ours) left.remove_prefix(shown.size());
    });
    if (!left.empty()) fail(question, "found what is no line", left);
    return 0;
}
