// A batch made by hand, and a directory that goes away: for tests of the journal and of what reads it.
#pragma once

#include <zstd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <wideline/sink.hpp>

namespace wideline::testing_journal {

class TestBatch final : public Batch {
public:
    /// `lines` become the batch; `events` of them, of which `errors` failed, between `first` and `last` (microseconds).
    TestBatch(std::string lines, std::uint64_t events, std::uint64_t errors, std::uint64_t sequence,
              std::int64_t first = 0, std::int64_t last = 0, std::vector<SampledAway> away = {})
        : lines_(std::move(lines)), away_(std::move(away)) {
        json_lines_ = lines_;
        events_ = events;
        errors_ = errors;
        weight_ = static_cast<double>(events);
        first_ = TimePoint(std::chrono::microseconds(first));
        last_ = TimePoint(std::chrono::microseconds(last));
        stream_ = 0x1122334455667788;
        sequence_ = sequence;
        sampled_away_ = away_;
        frame_ = compress(lines_);
    }

    void set_lost(std::vector<LostEvents> lost) {
        losses_ = std::move(lost);
        lost_ = losses_;
    }

    static std::string compress(const std::string& lines) {
        std::string frame(ZSTD_compressBound(lines.size()), '\0');
        ZSTD_CCtx* const context = ZSTD_createCCtx();
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
        const std::size_t size = ZSTD_compress2(context, frame.data(), frame.size(), lines.data(), lines.size());
        ZSTD_freeCCtx(context);
        if (ZSTD_isError(size) != 0) throw std::runtime_error(ZSTD_getErrorName(size));
        frame.resize(size);
        return frame;
    }

protected:
    std::string_view compressed() const noexcept override { return frame_; }

private:
    std::string lines_;
    std::vector<SampledAway> away_;
    std::vector<LostEvents> losses_;
    std::string frame_;
};

/// One event as the library writes them, `second` seconds after 2026-11-23T22:00:00Z.
inline std::string event_line(int number, int second, const std::string& outcome = "success") {
    char time[64];
    std::snprintf(time, sizeof time, "2026-11-23T22:%02d:%02d.000000Z", second / 60, second % 60);
    return std::string("{\"timestamp\":\"") + time +
           "\",\"name\":\"request\",\"duration_ms\":" + std::to_string(number) + ".5,\"outcome\":\"" + outcome +
           "\",\"sample_weight\":1,\"number\":" + std::to_string(number) + "}\n";
}

class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "wideline-test-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
        path_ = name;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] std::string path(const std::string& name = {}) const {
        return name.empty() ? path_ : path_ + "/" + name;
    }
    /// Full paths, sorted by name.
    [[nodiscard]] std::vector<std::string> files() const {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(path_)) found.push_back(entry.path().string());
        std::sort(found.begin(), found.end());
        return found;
    }

private:
    std::string path_;
};

inline std::string contents_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const std::string& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace wideline::testing_journal
