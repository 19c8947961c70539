#include "query/weighted_calls.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "query/sql_tokens.hpp"

namespace wideline::query {

std::string with_weight(std::string_view sql, std::string_view weight) {
    std::string made;
    Tokens tokens(sql);
    for (std::string_view token = tokens.next(); !token.empty(); token = tokens.next()) {
        made += token;
        const bool requests = is_word(token, "requests");
        if ((!requests && !is_word(token, "wquantile")) || !tokens.ahead().starts_with('(')) continue;
        while (token != "(") made += token = tokens.next();
        if (requests && !tokens.ahead().starts_with(')')) continue;  // It has its weight.
        made.append(weight).append(requests ? "" : ", ");
    }
    return made;
}

bool reads_weight(std::string_view sql) {
    Tokens tokens(sql);
    for (std::string_view token = tokens.next(); !token.empty(); token = tokens.next()) {
        if (token.size() > 2 && token.front() == '"') token = token.substr(1, token.size() - 2);
        if (is_word(token, kWeightColumn)) return true;
    }
    return false;
}

std::string without_weight(std::string title) {
    static constexpr std::array<std::array<std::string_view, 2>, 10> kWritten = {
        {{"requests(sample_weight)", "requests()"},
         {"requests(COALESCE(sample_weight, 0))", "requests()"},
         {"requests(1)", "requests()"},
         {"requests(0)", "requests()"},
         {"requests(COALESCE(\"wideline.weight\", sample_weight, 0))", "requests()"},
         {"wquantile(COALESCE(\"wideline.weight\", sample_weight, 0), ", "wquantile("},
         {"wquantile(sample_weight, ", "wquantile("},
         {"wquantile(COALESCE(sample_weight, 0), ", "wquantile("},
         {"wquantile(1, ", "wquantile("},
         {"wquantile(0, ", "wquantile("}}};
    for (const auto& [called, written] : kWritten)
        for (std::size_t at = title.find(called); at != std::string::npos; at = title.find(called, at + 1))
            title.replace(at, called.size(), written);
    return title;
}

}  // namespace wideline::query
