// Event::fail by an exception: its type, what it says, and what is nested in it.
#include <cxxabi.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <typeinfo>

#include <wideline/event.hpp>

#include "encoding/utf8.hpp"

namespace wideline {

namespace {

constexpr int kMostNested = 8;
constexpr std::string_view kNoStdException = "an exception that is not a std::exception";

/// As it is written in C++, or as the compiler names it where memory is used up.
class TypeName {
public:
    explicit TypeName(const std::type_info& type) noexcept
        : demangled_(abi::__cxa_demangle(type.name(), nullptr, nullptr, nullptr), &std::free), mangled_(type.name()) {}
    [[nodiscard]] std::string_view view() const noexcept { return demangled_ != nullptr ? demangled_.get() : mangled_; }

private:
    std::unique_ptr<char, decltype(&std::free)> demangled_;
    const char* mangled_;
};

/// In a catch block, of what was caught.
TypeName type_of_caught() noexcept {
    const std::type_info* const caught = abi::__cxa_current_exception_type();
    return TypeName(caught != nullptr ? *caught : typeid(void));
}

/// "type: message; type: message" of what is nested, the outermost first.
class Causes {
public:
    void add_nested_in(const std::exception& outer, int depth = 0) noexcept {
        const auto* const holder = dynamic_cast<const std::nested_exception*>(std::addressof(outer));
        const std::exception_ptr nested = holder != nullptr ? holder->nested_ptr() : nullptr;
        if (nested == nullptr || depth == kMostNested) return;
        try {
            std::rethrow_exception(nested);
        } catch (const std::exception& inner) {
            add(TypeName(typeid(inner)).view(), inner.what());
            add_nested_in(inner, depth + 1);
        } catch (...) {
            add(type_of_caught().view(), kNoStdException);
        }
    }
    [[nodiscard]] std::string_view view() const noexcept { return {text_, size_}; }

private:
    void add(std::string_view type, std::string_view message) noexcept {
        if (size_ != 0) put("; ");
        put(type);
        put(": ");
        put(message);
    }
    void put(std::string_view part) noexcept {
        part = json_text::cut(part, sizeof text_ - size_);
        if (!part.empty()) std::memcpy(text_ + size_, part.data(), part.size());
        size_ += part.size();
    }

    std::size_t size_ = 0;
    char text_[2048];
};

}  // namespace

void Event::fail_by(const std::exception& exception) noexcept {
    Causes causes;
    causes.add_nested_in(exception);
    const TypeName type(typeid(exception));
    fail({.type = type.view(), .message = exception.what(), .why = causes.view()});
}

void Event::fail_by(const std::exception_ptr& exception) noexcept {
    if (exception == nullptr) return;
    try {
        std::rethrow_exception(exception);
    } catch (const std::exception& caught) {
        fail_by(caught);
    } catch (...) {
        fail({.type = type_of_caught().view(), .message = kNoStdException});
    }
}

}  // namespace wideline
