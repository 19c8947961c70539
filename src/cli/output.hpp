// Standard output, gathered into large writes, and what is on its other end.
#pragma once

#include <string>
#include <string_view>

namespace wideline::cli {

/// The reader of our output has gone (`| head`): thrown up to main, which ends quietly.
struct ClosedPipe {};

class Output {
public:
    Output() = default;
    ~Output() = default;
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    /// Throws ClosedPipe, or std::system_error where the output cannot be written (a full disk).
    void write(std::string_view bytes);
    /// Nothing is written by the destructor, for it could not say that it failed.
    void flush();

    /// Whether standard output is a pipe that nobody reads any more.
    [[nodiscard]] static bool is_closed();

private:
    static void write_through(std::string_view bytes);

    std::string waiting_;
};

}  // namespace wideline::cli
