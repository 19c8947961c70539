// Writes into a journal what dead processes left in their arenas, and clears away the files that they had begun.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <wideline/redaction.hpp>
#include <wideline/sink.hpp>

#include "platform/clock.hpp"
#include "platform/file_system.hpp"

namespace wideline::journal_files {

struct Recovery {
    std::uint64_t processes = 0;   ///< dead ones, all of whose events are in the journal now
    std::uint64_t finished = 0;    ///< events written now whose requests had ended
    std::uint64_t crashed = 0;     ///< and those whose requests had not
    std::uint64_t not_hashed = 0;  ///< values that were removed, for the secret to hash them by is not there
    /// What could not be done, a sentence each; the next recovery tries again.
    std::vector<std::string> problems;
};

/// Each event is written once, whether its process died or a recovery of it did: the essay is in recovery.cpp. Arenas
/// of processes that live are left alone, whoever looks. Redacts as the dead process was to; its hashes take the
/// secrets that `redaction` has for the same patterns. Never throws for what it finds; std::bad_alloc.
[[nodiscard]] Recovery recover_arenas(const std::string& directory, const JournalOptions& options,
                                      platform::FileSystem& files, platform::Clock& clock,
                                      const Redaction& redaction = {});

}  // namespace wideline::journal_files
