// The requests that are under way in living processes that write a journal, read from their arenas without touching
// them: what `wideline ps` shows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/clock.hpp"
#include "platform/file_system.hpp"

namespace wideline::journal_files {

struct OpenRequest {
    std::int64_t start_ns = 0;  ///< By the machine's monotonic clock.
    std::string line;           ///< As its event would be written now; its outcome is `crashed`, which it is not.
};

struct OpenRequests {
    std::vector<OpenRequest> requests;  ///< The oldest first.
    std::uint64_t notes = 0;            ///< Of arenas in the journal, of dead processes too.
    std::uint64_t processes = 0;        ///< That live.
    std::vector<std::string> problems;  ///< Sentences: a note or arenas that cannot be read.
};

/// Of the processes of this machine that this user's journal names; a journal is named by its directory. Each request
/// is as it was at one moment of the call. Throws std::bad_alloc.
[[nodiscard]] OpenRequests open_requests(const std::string& directory, platform::FileSystem& files,
                                         platform::Clock& clock);

}  // namespace wideline::journal_files
