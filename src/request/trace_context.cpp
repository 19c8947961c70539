#include "request/trace_context.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace wideline {

namespace {

// ---- bytes

bool is_lower_alpha(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// 0..15, or 16 for what is no lower-case hex digit.
unsigned hex_digit(char c) noexcept {
    if (is_digit(c)) return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    return 16;
}

/// At most 16 digits, all of them.
std::optional<std::uint64_t> parse_hex(std::string_view digits) noexcept {
    std::uint64_t value = 0;
    for (const char c : digits) {
        const unsigned digit = hex_digit(c);
        if (digit == 16) return std::nullopt;
        value = value << 4 | digit;
    }
    return value;
}

char* write_hex(char* out, std::uint64_t value, int digits) noexcept {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) *out++ = "0123456789abcdef"[value >> shift & 15];
    return out;
}

bool is_ows(char c) noexcept { return c == ' ' || c == '\t'; }

std::string_view without_ows(std::string_view text) noexcept {
    while (!text.empty() && is_ows(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_ows(text.back())) text.remove_suffix(1);
    return text;
}

/// Cuts off and returns what stands before the next `separator`; `rest` is null after the last piece.
std::string_view next_piece(std::string_view& rest, char separator) noexcept {
    const std::size_t end = rest.find(separator);
    const std::string_view piece = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return piece;
}

// ---- tracestate

struct Member {
    std::string_view key;
    std::string_view value;
};

bool is_key(std::string_view key) noexcept {
    if (key.empty() || key.size() > 256 || !(is_lower_alpha(key[0]) || is_digit(key[0]))) return false;
    return std::all_of(key.begin(), key.end(), [](char c) {
        return is_lower_alpha(c) || is_digit(c) || c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
    });
}

/// Spaces before it are a part of a value; those after it were taken off with the member's.
bool is_value(std::string_view value) noexcept {
    if (value.empty() || value.size() > 256) return false;
    return std::all_of(value.begin(), value.end(),
                       [](char c) { return c >= 0x20 && c <= 0x7e && c != ',' && c != '='; });
}

std::optional<Member> parse_member(std::string_view text) noexcept {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const Member member{text.substr(0, equals), text.substr(equals + 1)};
    if (!is_key(member.key) || !is_value(member.value)) return std::nullopt;
    return member;
}

struct Members {
    std::array<Member, kMaxTracestateMembers> all;
    std::size_t size = 0;

    [[nodiscard]] const Member* find(std::string_view key) const noexcept {
        const auto end = all.begin() + static_cast<std::ptrdiff_t>(size);
        const auto found = std::find_if(all.begin(), end, [&](const Member& member) { return member.key == key; });
        return found == end ? nullptr : &*found;
    }
};

/// False where the header is malformed.
bool parse_members(std::string_view header, Members& members) noexcept {
    for (std::string_view rest = header; !rest.empty();) {
        const std::string_view text = without_ows(next_piece(rest, ','));
        if (text.empty()) continue;
        const std::optional<Member> member = parse_member(text);
        if (!member || members.size == kMaxTracestateMembers) return false;
        members.all[members.size++] = *member;
    }
    return true;
}

// ---- what OpenTelemetry has in its member

constexpr std::size_t kRandomDigits = 14;

/// The first part of that name: `rv` of `ot=th:8;rv:6e6d1a75832a2f`. Empty if there is none.
std::string_view part_of_ot(std::string_view tracestate, std::string_view name) noexcept {
    std::string_view rest = tracestate_member(tracestate, "ot").value_or(std::string_view{});
    while (!rest.empty()) {
        std::string_view value = next_piece(rest, ';');
        if (next_piece(value, ':') == name) return value;
    }
    return {};
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view header) noexcept {
    const std::string_view text = without_ows(header);
    if (text.size() < kTraceparentBytes || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
    const auto version = parse_hex(text.substr(0, 2));
    const auto high = parse_hex(text.substr(3, 16));
    const auto low = parse_hex(text.substr(19, 16));
    const auto parent = parse_hex(text.substr(36, 16));
    const auto flags = parse_hex(text.substr(53, 2));
    if (!version || !high || !low || !parent || !flags) return std::nullopt;
    if (*version == 0xff || (*high == 0 && *low == 0) || *parent == 0) return std::nullopt;
    if (text.size() > kTraceparentBytes && (*version == 0 || text[kTraceparentBytes] != '-')) return std::nullopt;
    const unsigned known = *version == 0 ? TraceContext::kSampled | TraceContext::kRandom : TraceContext::kSampled;
    return TraceContext{*high, *low, *parent, static_cast<std::uint8_t>(*flags & known)};
}

std::optional<std::uint64_t> parse_span_id(std::string_view digits) noexcept {
    const auto id = digits.size() == 16 ? parse_hex(digits) : std::nullopt;
    return id.value_or(0) == 0 ? std::nullopt : id;
}

void format_traceparent(char (&out)[kTraceparentBytes], const TraceContext& context) noexcept {
    char* at = write_hex(out, 0, 2);
    *at++ = '-';
    at = write_hex(at, context.trace_id_high, 16);
    at = write_hex(at, context.trace_id_low, 16);
    *at++ = '-';
    at = write_hex(at, context.parent_span_id, 16);
    *at++ = '-';
    write_hex(at, context.flags & (TraceContext::kSampled | TraceContext::kRandom), 2);
}

bool is_valid_tracestate(std::string_view header) noexcept {
    Members members;
    return parse_members(header, members);
}

bool is_tracestate_key(std::string_view key) noexcept { return is_key(key); }

std::optional<std::string_view> tracestate_member(std::string_view tracestate, std::string_view key) noexcept {
    Members members;
    if (!parse_members(tracestate, members)) return std::nullopt;
    const Member* const member = members.find(key);
    return member == nullptr ? std::nullopt : std::optional(member->value);
}

std::optional<std::uint64_t> randomness_of(std::string_view tracestate) noexcept {
    const std::string_view digits = part_of_ot(tracestate, "rv");
    return digits.size() == kRandomDigits ? parse_hex(digits) : std::nullopt;
}

std::optional<std::uint64_t> threshold_of(std::string_view tracestate) noexcept {
    const std::string_view digits = part_of_ot(tracestate, "th");
    if (digits.empty() || digits.size() > kRandomDigits) return std::nullopt;
    const auto threshold = parse_hex(digits);
    if (!threshold) return std::nullopt;
    return *threshold << 4 * (kRandomDigits - digits.size());
}

std::size_t copy_tracestate(char (&out)[kMaxTracestateBytes], std::string_view header) noexcept {
    constexpr std::size_t kLongMember = 128;
    if (header.size() <= kMaxTracestateBytes) {
        if (!header.empty()) std::memcpy(out, header.data(), header.size());
        return header.size();
    }
    Members members;
    if (!parse_members(header, members)) return 0;
    const auto bytes_of = [&](std::size_t i) { return members.all[i].key.size() + 1 + members.all[i].value.size(); };

    std::array<bool, kMaxTracestateMembers> left_out{};
    std::size_t bytes = members.size;  // the commas, and one too many, taken off here:
    if (bytes > 0) --bytes;
    for (std::size_t i = 0; i < members.size; ++i) bytes += bytes_of(i);
    for (const std::size_t longer_than : {kLongMember, std::size_t{0}}) {
        for (std::size_t i = members.size; i > 0 && bytes > kMaxTracestateBytes; --i) {
            if (left_out[i - 1] || bytes_of(i - 1) <= longer_than) continue;
            left_out[i - 1] = true;
            bytes -= bytes_of(i - 1) + 1;
        }
    }

    char* at = out;
    for (std::size_t i = 0; i < members.size; ++i) {
        if (left_out[i]) continue;
        if (at != out) *at++ = ',';
        at = std::copy(members.all[i].key.begin(), members.all[i].key.end(), at);
        *at++ = '=';
        at = std::copy(members.all[i].value.begin(), members.all[i].value.end(), at);
    }
    return static_cast<std::size_t>(at - out);
}

}  // namespace wideline
