#include <wideline/secret.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace wideline {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 10;

class OpenFile {
public:
    explicit OpenFile(const std::string& path)
        : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

[[noreturn]] void refuse(const std::string& sentence) { throw std::runtime_error(sentence); }

[[noreturn]] void refuse_with_errno(const std::string& what) {
    refuse(what + ": " + std::generic_category().message(errno));
}

/// Secrets of containers belong to root and are readable by a group.
bool only_owner_reads(const struct stat& found) noexcept {
    if ((found.st_mode & 0077) == 0) return true;
    return found.st_uid == 0 && (found.st_mode & 0077) == 0040;
}

std::string read_file(const std::string& path) {
    const OpenFile file(path);
    if (file.descriptor() < 0) refuse_with_errno("cannot open the secret " + path);
    struct stat found {};
    if (::fstat(file.descriptor(), &found) != 0) refuse_with_errno("cannot look at the secret " + path);
    if (!S_ISREG(found.st_mode)) refuse("the secret " + path + " is not a regular file");
    if (!only_owner_reads(found)) refuse("other users can read the secret " + path + ": run chmod 600 on it");
    std::string text;
    std::array<char, 4096> part{};
    for (;;) {
        const ssize_t bytes = ::read(file.descriptor(), part.data(), part.size());
        if (bytes < 0 && errno == EINTR) continue;
        if (bytes < 0) refuse_with_errno("cannot read the secret " + path);
        if (bytes == 0) break;
        text.append(part.data(), static_cast<std::size_t>(bytes));
        if (text.size() > kMostBytes) refuse("the secret " + path + " is larger than 64 KiB");
    }
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
}

}  // namespace

std::string Secret::reveal() const {
    switch (kind_) {
        case Kind::none:
            break;
        case Kind::literal:
            return text_;
        case Kind::env:
            if (const char* const value = std::getenv(text_.c_str())) return value;
            refuse("the environment variable " + text_ + ", which holds a secret, is not set");
        case Kind::file:
            return read_file(text_);
    }
    return {};
}

Secret secret(std::string value) { return {Secret::Kind::literal, std::move(value)}; }
Secret secret_from_env(std::string name) { return {Secret::Kind::env, std::move(name)}; }
Secret secret_from_file(std::string path) { return {Secret::Kind::file, std::move(path)}; }

}  // namespace wideline
