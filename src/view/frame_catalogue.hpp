// Where the frames of a journal lie and what their indexes say: all that the page's server keeps of it in memory, some
// 100 bytes a frame. Events are read again from their frames when somebody asks for them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "platform/file_system.hpp"
#include "read/followed_file.hpp"
#include "read/frame_facts.hpp"
#include "read/segment_reader.hpp"

namespace wideline::view {

/// One with an index, or all that follow each other without: there a line may begin in one and end in the next.
struct Frame : read::FrameFacts {
    std::shared_ptr<const std::string> path;
    std::uint64_t offset = 0;  ///< Of its index, where it has one.
    bool indexed = false;
    std::uint64_t stream = 0;
    std::uint64_t sequence = 0;
    std::uint64_t sequences = 1;
    std::shared_ptr<const std::vector<LostEvents>> lost = {};  ///< Null if nothing was.
};

/// The journal at one moment. Nothing in it changes.
struct Snapshot {
    std::vector<Frame> frames;          ///< Each once, those that end last first.
    std::vector<std::string> problems;  ///< Sentences: damage, files that cannot be read.
    std::uint64_t version = 0;          ///< Another number where anything is different.
};

/// Any thread. `files` must outlive it.
class FrameCatalogue {
public:
    /// Problems past so many are counted, and not kept.
    static constexpr std::size_t kMostProblems = 50;

    FrameCatalogue(platform::FileSystem& files, std::vector<std::string> paths);

    /// Looks at what is new in the segments (the names and sizes of files, where nothing is) and gives all there is.
    [[nodiscard]] std::shared_ptr<const Snapshot> refresh();

private:
    struct Segment {
        read::FollowedFile file;
        std::shared_ptr<const std::string> path;
        bool listed = false;
        std::vector<Frame> frames;
        std::vector<std::string> problems;
        std::string open_end;  // Damage behind which nothing follows yet: what a writer may be about to finish.
    };

    [[nodiscard]] std::vector<std::string> list(std::vector<std::string>& problems);
    bool refresh_segment(const std::string& path, std::vector<std::string>& problems);
    void read_new(Segment& segment);
    [[nodiscard]] std::shared_ptr<const Snapshot> snapshot(std::vector<std::string> problems) const;

    platform::FileSystem& files_;
    const std::vector<std::string> paths_;
    std::mutex mutex_;
    std::map<std::string, Segment> segments_;
    std::vector<std::string> last_problems_;
    std::shared_ptr<const Snapshot> last_;
};

}  // namespace wideline::view
