#include "journal/lost_section.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "journal/little_endian.hpp"

namespace wideline::journal_files {
namespace {

constexpr std::size_t kFixedBytes = 28;

}  // namespace

std::string lost_section(std::span<const LostEvents> lost) {
    std::string section;
    for (const LostEvents& one : lost) {
        const auto length = static_cast<std::uint16_t>(
            std::min<std::size_t>(one.rule.size(), std::numeric_limits<std::uint16_t>::max()));
        append_little_endian(section, one.events);
        append_little_endian(section, one.errors);
        append_little_endian(section, std::bit_cast<std::uint64_t>(one.weight));
        append_little_endian(section, static_cast<std::uint16_t>(one.reason));
        append_little_endian(section, length);
        section.append(one.rule, 0, length);
    }
    return section;
}

bool decode_lost(std::string_view section, std::vector<LostEvents>& into) {
    while (!section.empty()) {
        if (section.size() < kFixedBytes) return false;
        LostEvents one;
        one.events = little_endian_at<std::uint64_t>(section, 0);
        one.errors = little_endian_at<std::uint64_t>(section, 8);
        one.weight = std::bit_cast<double>(little_endian_at<std::uint64_t>(section, 16));
        one.reason = static_cast<LossReason>(little_endian_at<std::uint16_t>(section, 24));
        const auto length = little_endian_at<std::uint16_t>(section, 26);
        section.remove_prefix(kFixedBytes);
        if (section.size() < length || !std::isfinite(one.weight) || one.weight < 0) return false;
        one.rule = section.substr(0, length);
        section.remove_prefix(length);
        into.push_back(std::move(one));
    }
    return true;
}

void add(std::span<const LostEvents> more, std::vector<LostEvents>& sum) {
    for (const LostEvents& one : more) {
        const auto known = std::find_if(sum.begin(), sum.end(), [&one](const LostEvents& there) {
            return there.rule == one.rule && there.reason == one.reason;
        });
        if (known == sum.end()) {
            sum.push_back(one);
            continue;
        }
        known->events += one.events;
        known->errors += one.errors;
        known->weight += one.weight;
    }
}

}  // namespace wideline::journal_files
