// What a call that can fail gives back: a Status, or a Result with the value. The compiler refuses to drop either.
// Inside the library nothing throws for an error of the operating system; only set-up and sinks turn one into an
// exception, by Failure::raise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace wideline::platform {

struct Failure {
    std::string what;  ///< What was tried or found, as the beginning of a sentence: "cannot append to".
    std::string path;  ///< The file; empty where there is none.
    std::optional<std::uint64_t> offset;  ///< Where in the file, in bytes, where that is known.
    int error_number = 0;                 ///< errno, 0 where the operating system gave none.

    /// "cannot append to logs/a.jsonl.zst at byte 512: No space left on device".
    [[nodiscard]] std::string sentence() const;
    /// Throws std::system_error with the sentence and the error number.
    [[noreturn]] void raise() const;
};

class [[nodiscard]] Status {
public:
    Status() = default;
    Status(Failure failure) : failure_(std::move(failure)) {}  // NOLINT: a failure is a status

    [[nodiscard]] bool ok() const noexcept { return !failure_.has_value(); }
    /// Only where it is not ok().
    [[nodiscard]] const Failure& failure() const { return *failure_; }
    void raise_if_failed() const {
        if (failure_) failure_->raise();
    }

private:
    std::optional<Failure> failure_;
};

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}            // NOLINT: a value is a result
    Result(Failure failure) : content_(std::in_place_index<1>, std::move(failure)) {}  // NOLINT: so is a failure

    [[nodiscard]] bool ok() const noexcept { return content_.index() == 0; }
    /// Only where it is ok(); std::bad_variant_access otherwise.
    [[nodiscard]] T& value() { return std::get<0>(content_); }
    [[nodiscard]] const T& value() const { return std::get<0>(content_); }
    /// Only where it is not ok().
    [[nodiscard]] const Failure& failure() const { return std::get<1>(content_); }

private:
    std::variant<T, Failure> content_;
};

}  // namespace wideline::platform
