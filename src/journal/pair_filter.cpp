// Layout of the payload: u32 probes a pair (1 to 16), and then the bits, 8 a byte, lowest first. The probes of a hash h
// are at bits (a >> 32) * bits >> 32, for a = h, h + d, h + 2d, …, where d is h with its halves exchanged, made odd.
#include "journal/pair_filter.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <optional>
#include <system_error>

#include "encoding/json_number.hpp"
#include "encoding/pair_hash.hpp"
#include "journal/line_pairs.hpp"
#include "journal/little_endian.hpp"

namespace wideline::journal_files {
namespace {

constexpr std::uint32_t kProbes = 4;
constexpr std::uint32_t kMostProbes = 16;
constexpr std::size_t kHeaderBytes = 4;
// More bits a pair are wasted on four probes; with fewer, half of what is asked for would pass.
constexpr std::size_t kMostBitsOfPair = 12;
constexpr std::size_t kLeastBitsOfPair = 2;

/// Of the index without its filter: the fixed part, the section's head, and the usual few rules.
constexpr std::size_t kOtherIndexBytes = 224;
/// Below this a frame is decompressed in the time in which its index is read.
constexpr std::size_t kLeastFilteredFrame = 8 << 10;

constexpr std::size_t kRecent = 4096;

class Probes {
public:
    Probes(std::uint64_t pair, std::uint64_t bits) noexcept : at_(pair), step_(std::rotl(pair, 32) | 1), bits_(bits) {}

    std::uint64_t next() noexcept {
        const std::uint64_t bit = (at_ >> 32) * bits_ >> 32;
        at_ += step_;
        return bit;
    }

private:
    std::uint64_t at_;
    std::uint64_t step_;
    std::uint64_t bits_;
};

template <class Number>
std::optional<Number> whole_text_as(std::string_view text) noexcept {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return number;
}

/// What the number is hashed by that `value` writes, into kWholeNumberBound bytes: 0 of them where it has no hash.
/// Nothing where `value` writes no number.
std::optional<std::size_t> digits_of(char* out, std::string_view value) noexcept {
    if (value.starts_with('+')) value.remove_prefix(1);
    const auto written = [out](char* end) { return static_cast<std::size_t>(end - out); };
    if (const auto number = whole_text_as<std::int64_t>(value)) return written(json_text::write_int(out, *number));
    if (const auto number = whole_text_as<std::uint64_t>(value)) return written(json_text::write_uint(out, *number));
    double number = 0;
    const char* const end = value.data() + value.size();
    const auto [stopped, error] = std::from_chars(value.data(), end, number);
    if (stopped != end || value.empty()) return std::nullopt;
    return error == std::errc{} ? whole_number(out, number) : 0;
}

/// As the pair is held: some keys' twice.
bool has_pair(std::string_view filter, std::string_view key, std::uint64_t pair) noexcept {
    return filter_may_contain(filter, pair) &&
           (key != kKeyCountedTwice || filter_may_contain(filter, second_pair_hash(pair)));
}

}  // namespace

std::size_t filter_room(std::size_t compressed_bytes) noexcept {
    const std::size_t index = compressed_bytes / 100 * 6;
    return compressed_bytes < kLeastFilteredFrame || index < kOtherIndexBytes ? 0 : index - kOtherIndexBytes;
}

PairFilterBuilder::PairFilterBuilder() : recent_(kRecent) { clear(); }

void PairFilterBuilder::add(std::span<const std::uint64_t> pairs) {
    std::size_t kept = kept_.size();
    kept_.resize(kept + pairs.size());
    for (const std::uint64_t pair : pairs) {
        std::uint64_t& seen = recent_[pair % kRecent];
        kept_[kept] = pair;
        kept += seen != pair ? 1 : 0;
        seen = pair;
    }
    kept_.resize(kept);
}

std::string PairFilterBuilder::finish(std::size_t room) {
    std::string filter;
    const std::size_t wanted = kept_.size() * kMostBitsOfPair / 8 + 1;
    const std::size_t bytes = std::min(wanted, room < kHeaderBytes ? 0 : room - kHeaderBytes);
    if (!kept_.empty() && bytes * 8 >= kept_.size() * kLeastBitsOfPair) {
        append_little_endian(filter, kProbes);
        filter.resize(kHeaderBytes + bytes);
        auto* const bits = reinterpret_cast<unsigned char*>(filter.data() + kHeaderBytes);
        for (const std::uint64_t pair : kept_) {
            Probes probes(pair, bytes * 8);
            for (std::uint32_t i = 0; i < kProbes; ++i) {
                const std::uint64_t bit = probes.next();
                bits[bit / 8] = static_cast<unsigned char>(bits[bit / 8] | 1U << bit % 8);
            }
        }
    }
    clear();
    return filter;
}

void PairFilterBuilder::clear() noexcept {
    kept_.clear();
    // What no pair of that place can be: 0 belongs to the first one.
    std::fill(recent_.begin(), recent_.end(), 0);
    recent_[0] = 1;
}

std::string filter_of(PairFilterBuilder& builder, std::string_view lines, std::span<const std::uint64_t> pairs,
                      std::size_t compressed_bytes) {
    const std::size_t room = filter_room(compressed_bytes);
    if (room == 0) return {};
    std::vector<std::uint64_t> read;
    if (pairs.empty()) {
        if (!append_pairs_of_lines(read, lines)) return {};
        pairs = read;
    }
    builder.add(pairs);
    return builder.finish(room);
}

bool filter_may_contain(std::string_view filter, std::uint64_t pair) noexcept {
    if (filter.size() <= kHeaderBytes) return true;
    const auto count = little_endian_at<std::uint32_t>(filter, 0);
    if (count == 0 || count > kMostProbes) return true;
    filter.remove_prefix(kHeaderBytes);
    Probes probes(pair, std::uint64_t{filter.size()} * 8);
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint64_t bit = probes.next();
        if ((static_cast<unsigned char>(filter[bit / 8]) >> bit % 8 & 1) == 0) return false;
    }
    return true;
}

bool may_contain(std::string_view filter, std::string_view key, std::string_view value) noexcept {
    if (filter.empty() || !has_pair_hash(key)) return true;
    const std::uint64_t hash = key_hash(key);
    if (has_pair(filter, key, pair_hash(hash, value))) return true;
    char digits[kWholeNumberBound];
    const auto size = digits_of(digits, value);
    return size && (*size == 0 || has_pair(filter, key, pair_hash(hash, {digits, *size})));
}

}  // namespace wideline::journal_files
