// Ctrl-C that stops the statement that runs, and not the program.
#pragma once

#include "query/database.hpp"

namespace wideline::cli {

/// While it lives. One at a time; made and asked by the thread that reads from the terminal. Which thread the signal
/// comes to is not known, so it is told through a pipe. Throws std::system_error where there can be none.
class Interrupt {
public:
    explicit Interrupt(query::Database& database);
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    /// Waits until there is a line on standard input, or its end. False where Ctrl-C comes first.
    [[nodiscard]] bool line_comes() noexcept;
    /// Whether Ctrl-C was pressed since this was asked last.
    bool taken() noexcept;
};

}  // namespace wideline::cli
