// nlohmann::json as a field's value: written as JSON text at once, within the event's limits.
#include <cmath>
#include <new>
#include <nlohmann/json.hpp>
#include <string>

#include "encoding/json_number.hpp"
#include "encoding/json_string.hpp"
#include "encoding/utf8.hpp"
#include "event/open_event.hpp"

namespace wideline {
namespace {

using detail::OpenEvent;

/// Json is nlohmann::json or nlohmann::ordered_json.
template <class Json>
class JsonWriter {
public:
    explicit JsonWriter(OpenEvent& event) : event_(event), limits_(event.home->limits) {}

    const std::string& write(const Json& value, std::uint32_t depth) {
        put(value, depth);
        return text_;
    }
    [[nodiscard]] bool cut() const { return cut_; }

private:
    // Leaves room for the brackets of what is open, whatever the depth.
    static constexpr std::size_t kMostBytes = detail::kMaxValueBytes / 2;

    void put(const Json& value, std::uint32_t depth) {
        switch (value.type()) {
            case nlohmann::json::value_t::boolean:
                text_ += value.template get<bool>() ? "true" : "false";
                return;
            case nlohmann::json::value_t::number_integer:
                return put_number(
                    [&](char* out) { return json_text::write_int(out, value.template get<std::int64_t>()); });
            case nlohmann::json::value_t::number_unsigned:
                return put_number(
                    [&](char* out) { return json_text::write_uint(out, value.template get<std::uint64_t>()); });
            case nlohmann::json::value_t::number_float:
                return put_double(value.template get<double>());
            case nlohmann::json::value_t::string:
                return put_string(*value.template get_ptr<const std::string*>());
            case nlohmann::json::value_t::array:
                return put_array(value, depth);
            case nlohmann::json::value_t::object:
                return put_object(value, depth);
            case nlohmann::json::value_t::null:
                text_ += "null";
                return;
            default:  // binary, discarded: JSON has no text for them
                ++event_.not_finite;
                text_ += "null";
                return;
        }
    }
    template <class Write>
    void put_number(Write write) {
        char number[json_text::kNumberBound];
        text_.append(number, static_cast<std::size_t>(write(number) - number));
    }
    void put_double(double value) {
        if (std::isfinite(value)) return put_number([&](char* out) { return json_text::write_double(out, value); });
        ++event_.not_finite;
        text_ += "null";
    }
    void put_string(std::string_view value) {
        if (value.size() > limits_.string_bytes) {
            value = json_text::cut(value, limits_.string_bytes);
            cut_ = true;
        }
        const std::size_t size = text_.size();
        text_.resize(size + json_text::string_bound(value.size()));
        char* const begin = text_.data() + size;
        std::uint64_t replaced = 0;
        text_.resize(size + static_cast<std::size_t>(json_text::write_string(begin, value, replaced) - begin));
        if (replaced != 0) event_.replaced += replaced;
    }
    void put_array(const Json& value, std::uint32_t depth) {
        if (depth > limits_.depth) return put_too_deep();
        text_ += '[';
        std::uint32_t items = 0;
        for (const Json& item : value) {
            if (!room_for(items++)) break;
            if (items > 1) text_ += ',';
            put(item, depth + 1);
        }
        text_ += ']';
    }
    void put_object(const Json& value, std::uint32_t depth) {
        if (depth > limits_.depth) return put_too_deep();
        text_ += '{';
        std::uint32_t members = 0;
        for (auto member = value.begin(); member != value.end(); ++member) {
            if (!room_for(members++)) break;
            if (members > 1) text_ += ',';
            put_string(member.key());
            text_ += ':';
            put(member.value(), depth + 1);
        }
        text_ += '}';
    }
    bool room_for(std::uint32_t before) {
        if (before < limits_.array_items && text_.size() < kMostBytes) return true;
        cut_ = true;
        return false;
    }
    void put_too_deep() {
        cut_ = true;
        text_ += "null";
    }

    OpenEvent& event_;
    const Limits& limits_;
    std::string text_;
    bool cut_ = false;
};

/// A scalar is written as what it is: a number can be added to, and rules compare it. False for arrays and objects.
template <class Json, class Put>
bool put_scalar(const Json& value, Put put) {
    switch (value.type()) {
        case nlohmann::json::value_t::boolean:
            put(value.template get<bool>());
            return true;
        case nlohmann::json::value_t::number_integer:
            put(value.template get<std::int64_t>());
            return true;
        case nlohmann::json::value_t::number_unsigned:
            put(value.template get<std::uint64_t>());
            return true;
        case nlohmann::json::value_t::number_float:
            put(value.template get<double>());
            return true;
        case nlohmann::json::value_t::string:
            put(std::string_view(*value.template get_ptr<const std::string*>()));
            return true;
        case nlohmann::json::value_t::array:
        case nlohmann::json::value_t::object:
            return false;
        default:
            put(nullptr);
            return true;  // null, binary, discarded
    }
}

}  // namespace

template <class T>
void Event::put_any_json(detail::Name name, Operation operation, const T& value) noexcept {
    if (arena_ == nullptr) return put_empty(name, operation, Type::null);
    const bool appends = operation == Operation::append;
    const auto put = [&](const auto& scalar) {
        if (appends)
            write<Operation::append>(name, scalar);
        else
            write<Operation::set>(name, scalar);
    };
    if (put_scalar(value, put)) return;
    try {
        JsonWriter<T> writer(static_cast<OpenEvent&>(*this));
        const std::string& text = writer.write(value, appends ? 2 : 1);
        if (writer.cut()) ++truncated_;
        if (text.size() > detail::kMaxValueBytes) {
            ++truncated_;
            return;
        }
        if (!has_room(detail::Record::size_of(name.size, text.size()))) return;
        std::byte* const to = begin_record(cursor_, name, Type::json, operation, text.size());
        std::memcpy(to, text.data(), text.size());
        static_cast<OpenEvent&>(*this).json_keys.fetch_or(std::uint64_t{1} << name.hash % 64,
                                                          std::memory_order_relaxed);
        commit(to + detail::padded(text.size()), name.hash, operation);
    } catch (const std::bad_alloc&) {
        ++truncated_;
    }
}

void Event::put_json(detail::Name name, Operation operation, const nlohmann::json& value) noexcept {
    put_any_json(name, operation, value);
}
void Event::put_json(detail::Name name, Operation operation, const nlohmann::ordered_json& value) noexcept {
    put_any_json(name, operation, value);
}

template <class T>
void detail::RecordWriter::put_json(const T& value) noexcept {
    if (pending_ == 0) return;
    if (put_scalar(value, [&](const auto& scalar) { put_value(*this, scalar); })) return;
    try {
        JsonWriter<T> writer(static_cast<OpenEvent&>(event_));
        const std::string& text = writer.write(value, depth_ + 1);
        if (writer.cut()) cut();
        put(Type::json, text.data(), text.size());
    } catch (const std::bad_alloc&) {
        cut();
    }
}

void detail::RecordWriter::json(const nlohmann::json& value) noexcept { put_json(value); }
void detail::RecordWriter::json(const nlohmann::ordered_json& value) noexcept { put_json(value); }

}  // namespace wideline
