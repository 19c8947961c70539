// Merges the small segments of runs that are over into one file. The essay is in run_merge.cpp.
#pragma once

#include <cstdint>
#include <string>

#include <wideline/sink.hpp>

#include "platform/clock.hpp"
#include "platform/file_system.hpp"

namespace wideline::journal_files {

/// Of `service`, as safe_service_name gives it. Returns how many segments became fewer by: 0 if few are small. Reads
/// and writes some megabytes at most, and syncs once. Whatever fails leaves each event in the segments, and the next
/// start tries again. Throws std::bad_alloc alone.
std::size_t merge_ended_runs(const std::string& directory, const std::string& service, const JournalOptions& options,
                             platform::FileSystem& files, platform::Clock& clock);

}  // namespace wideline::journal_files
