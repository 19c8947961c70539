// Calls that a signal interrupts, and writes that the system takes in part: the linker leads the library's calls of
// write and its siblings here first (--wrap, see tests/CMakeLists.txt).
#ifdef WIDELINE_WRAPS_CALLS

#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "catch.hpp"
#include "journal/test_batch.hpp"
#include "platform/file_system.hpp"

namespace {

std::atomic<int> calls{0};
std::atomic<bool> interrupts{false};

/// Every second call is interrupted.
bool interrupted() {
    if (!interrupts || calls++ % 2 != 0) return false;
    errno = EINTR;
    return true;
}

}  // namespace

extern "C" {

ssize_t __real_write(int descriptor, const void* bytes, std::size_t count);
int __real_fdatasync(int descriptor);
int __real_ftruncate(int descriptor, off_t length);

ssize_t __wrap_write(int descriptor, const void* bytes, std::size_t count) {
    if (interrupted()) return -1;
    return __real_write(descriptor, bytes, interrupts && count > 7 ? 7 : count);
}

int __wrap_fdatasync(int descriptor) { return interrupted() ? -1 : __real_fdatasync(descriptor); }

int __wrap_ftruncate(int descriptor, off_t length) { return interrupted() ? -1 : __real_ftruncate(descriptor, length); }

}  // extern "C"

TEST_CASE("A file takes all that is appended, whatever signals come and however little the system takes at once") {
    const wideline::testing_journal::TemporaryDirectory directory;
    auto file = wideline::platform::FileSystem::real().create(directory.path("file"));
    REQUIRE(file.ok());
    std::string bytes;
    for (int i = 0; i < 1000; ++i) bytes += std::to_string(i) + " ";
    interrupts = true;
    calls = 0;
    const bool ok = file.value()->append(bytes).ok() && file.value()->append("cut").ok() &&
                    file.value()->truncate(bytes.size()).ok() && file.value()->sync().ok();
    interrupts = false;
    CHECK(ok);
    CHECK(calls > 1000);  // Or nothing came here, and this test tests nothing.
    CHECK(wideline::testing_journal::contents_of(directory.path("file")) == bytes);
}

#endif
