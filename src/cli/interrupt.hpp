// Ctrl-C that stops the statement that runs, and not the program.
#pragma once

#include "query/database.hpp"

namespace wideline::cli {

/// While it lives. One at a time; made and asked by the thread that reads from the terminal.
class Interrupt {
public:
    explicit Interrupt(query::Database& database);
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    /// Whether Ctrl-C was pressed since this was asked last. A read from the terminal fails then.
    bool taken() noexcept;
};

}  // namespace wideline::cli
