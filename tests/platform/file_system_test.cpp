#include "platform/file_system.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <system_error>

#include "catch.hpp"
#include "journal/test_batch.hpp"

using wideline::platform::FileSystem;
using wideline::testing_journal::contents_of;
using wideline::testing_journal::TemporaryDirectory;
using wideline::testing_journal::write_file;

TEST_CASE("A file is created only where there is none, and no link is followed") {
    TemporaryDirectory directory;
    FileSystem& files = FileSystem::real();
    write_file(directory.path("there"), "x");
    CHECK(files.create(directory.path("there")).failure().error_number == EEXIST);
    std::filesystem::create_symlink(directory.path("nowhere"), directory.path("link"));
    CHECK(files.create(directory.path("link")).failure().error_number == EEXIST);
    CHECK_FALSE(std::filesystem::exists(directory.path("nowhere")));
}

TEST_CASE("What is appended is at the end, also after the file was cut") {
    TemporaryDirectory directory;
    auto file = FileSystem::real().create(directory.path("file"));
    REQUIRE(file.ok());
    REQUIRE(file.value()->append("whole half").ok());
    REQUIRE(file.value()->truncate(5).ok());
    REQUIRE(file.value()->append(" again").ok());
    CHECK(contents_of(directory.path("file")) == "whole again");
    CHECK(file.value()->state().value().bytes == 11);
    CHECK(file.value()->state().value().in_place);
    std::filesystem::remove(directory.path("file"));
    CHECK_FALSE(file.value()->state().value().in_place);
    CHECK(file.value()->sync().ok());
    CHECK(file.value()->close().ok());
    CHECK(file.value()->close().ok());
}

TEST_CASE("Skipping stops at the end of a file") {
    TemporaryDirectory directory;
    write_file(directory.path("file"), "0123456789");
    auto file = FileSystem::real().open(directory.path("file"));
    REQUIRE(file.ok());
    CHECK(file.value()->skip(4).value() == 4);
    char next = 0;
    CHECK(file.value()->read({&next, 1}).value() == 1);
    CHECK(next == '4');
    CHECK(file.value()->skip(100).value() == 5);
    CHECK(file.value()->read({&next, 1}).value() == 0);
}

TEST_CASE("Directories are made with their parents, and a file in the way is named") {
    TemporaryDirectory directory;
    FileSystem& files = FileSystem::real();
    CHECK(files.make_directories(directory.path("a/b/c")).ok());
    CHECK(files.make_directories(directory.path("a/b/c/")).ok());
    CHECK(files.is_directory(directory.path("a/b/c")).value());
    write_file(directory.path("file"), "x");
    const auto made = files.make_directories(directory.path("file/d"));
    REQUIRE_FALSE(made.ok());
    CHECK(made.failure().path == directory.path("file"));
    CHECK(made.failure().error_number == ENOTDIR);
}

TEST_CASE("A file that is closed is locked no more, also where a child that was forked meanwhile lives on") {
    TemporaryDirectory directory;
    FileSystem& files = FileSystem::real();
    auto file = files.create(directory.path("file"));
    REQUIRE(file.ok());
    REQUIRE(file.value()->try_lock().value());
    auto other = files.open(directory.path("file"));
    CHECK_FALSE(other.value()->try_lock().value());
    const pid_t child = ::fork();
    if (child == 0) {
        ::pause();
        ::_exit(0);
    }
    REQUIRE(file.value()->close().ok());
    CHECK(other.value()->try_lock().value());
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
}

TEST_CASE("A forked child has none of the files that its parent writes, and leaves the parent its lock") {
    TemporaryDirectory directory;
    FileSystem& files = FileSystem::real();
    auto file = files.create(directory.path("file"));
    REQUIRE(file.ok());
    REQUIRE(file.value()->try_lock().value());
    const pid_t child = ::fork();
    if (child == 0) {
        const auto written = file.value()->append("child");
        const bool refused = !written.ok() && written.failure().error_number == EBADF;
        ::_exit(refused && file.value()->close().ok() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
    auto other = files.open(directory.path("file"));
    CHECK_FALSE(other.value()->try_lock().value());
    CHECK(file.value()->append("parent").ok());
    CHECK(contents_of(directory.path("file")) == "parent");
}

TEST_CASE("The lock of a process that is killed is free") {
    TemporaryDirectory directory;
    FileSystem& files = FileSystem::real();
    write_file(directory.path("file"), "x");
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto file = files.open(directory.path("file"));
        const char locked = file.ok() && file.value()->try_lock().value() ? 1 : 0;
        if (::write(ready[1], &locked, 1) == 1) ::pause();
        ::_exit(0);
    }
    char locked = 0;
    REQUIRE(::read(ready[0], &locked, 1) == 1);
    const auto file = files.open(directory.path("file"));
    CHECK(locked == 1);
    CHECK_FALSE(file.value()->try_lock().value());
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    CHECK(file.value()->try_lock().value());
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_CASE("A failure is a sentence with path, offset and reason, and is thrown as one") {
    const wideline::platform::Failure failure{"cannot append to", "logs/a.jsonl.zst", 512, ENOSPC};
    CHECK(failure.sentence() == "cannot append to logs/a.jsonl.zst at byte 512: No space left on device");
    try {
        failure.raise();
    } catch (const std::system_error& error) {
        CHECK(std::string(error.what()) == failure.sentence());
        CHECK(error.code() == std::errc::no_space_on_device);
    }
}
