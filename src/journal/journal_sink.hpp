// The journal: the sink that writes segments into a directory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <wideline/sink.hpp>

#include "journal/segment_writer.hpp"
#include "platform/file_system.hpp"

namespace wideline::journal_files {

/// `files` must outlive it. Threads as Sink says.
class JournalSink final : public Sink {
public:
    JournalSink(std::string directory, JournalOptions options, platform::FileSystem& files);
    ~JournalSink() override;

    /// Makes the directory and proves that it can be written, leaving nothing in it. Throws std::system_error.
    void open(const Service& service) override;
    /// When it returns, the kernel has the batch: it survives the process. When it throws (std::system_error), no part
    /// of the batch is in a segment, and the same batch may be delivered again.
    void deliver(const Batch& batch) override;
    void close() override;

private:
    void make_room();
    platform::Result<std::unique_ptr<SegmentWriter>> open_segment();
    platform::Status prove_writable();
    platform::Status prove_writable_by(const std::string& probe);

    std::string directory_;
    JournalOptions options_;
    platform::FileSystem& files_;
    std::string service_;
    std::uint64_t next_number_ = 0;
    std::unique_ptr<SegmentWriter> segment_;
};

}  // namespace wideline::journal_files
