// The disk that most tests of the journal write to behaves as a real one does.
#include "journal/simulated_disk.hpp"

#include <iterator>
#include <set>

#include "catch.hpp"
#include "journal/test_batch.hpp"

using namespace wideline;
using testing_journal::SimulatedDisk;
using testing_journal::TemporaryDirectory;

namespace {

/// Does random things to a file system, and says what came of each.
class Walk {
public:
    Walk(platform::FileSystem& files, std::string root, unsigned seed)
        : files_(files), root_(std::move(root)), random_(seed) {}

    std::string step() {
        const std::string file = root_ + kFiles[random_() % std::size(kFiles)];
        const std::string other = root_ + kFiles[random_() % std::size(kFiles)];
        const std::string directory = root_ + kDirectories[random_() % std::size(kDirectories)];
        const std::string either = random_() % 2 == 0 ? file : directory;
        const unsigned number = static_cast<unsigned>(random_());
        switch (random_() % 14) {
            case 0:
            case 1:
                return created(file);
            case 2:
                return locked(either);
            case 3:
                return "rename " + said(files_.rename(file, other));
            case 4:
                return "remove " + said(files_.remove(file));
            case 5:
                return "make " + said(files_.make_directory(directory));
            case 6:
                return number % 8 == 0 ? "sync " + said(files_.sync_directory(directory)) : std::string();
            case 7:
                return kind_and_size(either);
            case 8:
                return listed();
            default:
                return file_ ? in_file(number) : std::string();
        }
    }

private:
    static constexpr const char* kFiles[] = {"/a", "/b", "/d/a", "/d/b", "/d/e/a"};
    static constexpr const char* kDirectories[] = {"", "/d", "/d/e"};

    std::string created(const std::string& path) {
        auto file = files_.create(path);
        if (!file.ok()) return "create " + said(file.failure());
        file_ = std::move(file.value());
        path_ = path;
        return "created";
    }

    std::string locked(const std::string& path) {
        const auto file = files_.open(path);
        if (!file.ok()) return "open " + said(file.failure());
        return "lock " + std::to_string(file.value()->try_lock().value());
    }

    std::string kind_and_size(const std::string& path) {
        const auto directory = files_.is_directory(path);
        const auto state = files_.state(path);
        if (!directory.ok() || !state.ok()) return "state " + said(directory.failure()) + said(state.failure());
        return directory.value() ? "directory" : "file of " + std::to_string(state.value().bytes);
    }

    std::string in_file(unsigned number) {
        const platform::FileState state = file_->state().value();
        switch (number % 5) {
            case 0:
                return "truncate " + said(file_->truncate(state.bytes / 2));
            case 1:
                return std::to_string(state.bytes) + (state.in_place ? " there" : " gone");
            case 2:
                return "own lock " + std::to_string(file_->try_lock().value());
            case 3:
                return locked(path_) + (number % 8 == 0 ? said(file_->sync()) : std::string());
            default:
                return "append " + said(file_->append(std::string(number % 30, 'x')));
        }
    }

    std::string listed() {
        std::string text = "list";
        for (const char* const directory : kDirectories) {
            const auto entries = files_.list(root_ + directory);
            if (!entries.ok()) {
                text += " " + said(entries.failure());
                continue;
            }
            std::set<std::string> names;
            for (const auto& entry : entries.value()) names.insert(entry.name + (entry.directory ? "/" : ""));
            for (const std::string& name : names) text += " " + name;
        }
        return text;
    }

    static std::string said(const platform::Status& status) { return status.ok() ? "ok" : said(status.failure()); }
    static std::string said(const platform::Failure& failure) { return std::to_string(failure.error_number); }

    platform::FileSystem& files_;
    std::string root_;
    std::mt19937 random_;
    std::unique_ptr<platform::File> file_;
    std::string path_;
};

}  // namespace

TEST_CASE("The simulated disk gives the answers that the operating system gives") {
    for (unsigned seed = 0; seed < 40; ++seed) {
        TemporaryDirectory directory;
        SimulatedDisk disk;
        REQUIRE(disk.make_directory("/root").ok());
        Walk real(platform::FileSystem::real(), directory.path(), seed);
        Walk simulated(disk, "/root", seed);
        for (int step = 0; step < 200; ++step) {
            INFO("seed " << seed << ", step " << step);
            const std::string expected = real.step();
            REQUIRE(simulated.step() == expected);
        }
    }
}
