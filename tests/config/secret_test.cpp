#include <wideline/secret.hpp>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <concepts>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <stdexcept>

#include "catch.hpp"

using namespace wideline;

namespace {

template <class T>
concept Printable = requires(std::ostream& to, const T& value) {
    to << value;
};
static_assert(!Printable<Secret>);

class SecretFile {
public:
    SecretFile(const std::string& text, mode_t mode) {
        std::string name = (std::filesystem::temp_directory_path() / "wideline-secret-XXXXXX").string();
        const int descriptor = ::mkstemp(name.data());
        REQUIRE(descriptor >= 0);
        ::close(descriptor);
        path_ = name;
        write(text);
        REQUIRE(::chmod(path_.c_str(), mode) == 0);
    }
    ~SecretFile() { std::filesystem::remove(path_); }
    SecretFile(const SecretFile&) = delete;
    SecretFile& operator=(const SecretFile&) = delete;

    void write(const std::string& text) const { std::ofstream(path_) << text; }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

std::string refusal_of(const Secret& secret) {
    try {
        (void)secret.reveal();
    } catch (const std::runtime_error& refusal) {
        return refusal.what();
    }
    return {};
}

}  // namespace

TEST_CASE("A secret is read again each time it is used, from where it was said to be") {
    CHECK(!Secret{});
    CHECK(Secret{}.reveal().empty());
    CHECK(secret("in code").reveal() == "in code");

    const SecretFile file("first\r\n", 0600);
    const Secret of_file = secret_from_file(file.path());
    CHECK(of_file);
    CHECK(of_file.reveal() == "first");
    file.write("second\n");
    CHECK(of_file.reveal() == "second");

    ::setenv("WIDELINE_TEST_SECRET", "one", 1);
    const Secret of_variable = secret_from_env("WIDELINE_TEST_SECRET");
    CHECK(of_variable.reveal() == "one");
    ::setenv("WIDELINE_TEST_SECRET", "two", 1);
    CHECK(of_variable.reveal() == "two");
    ::unsetenv("WIDELINE_TEST_SECRET");
    CHECK(refusal_of(of_variable).find("WIDELINE_TEST_SECRET") != std::string::npos);
}

TEST_CASE("A secret file that others can read, or that is not a file, is refused by a sentence without its content") {
    const SecretFile open_to_all("pepper", 0644);
    const std::string sentence = refusal_of(secret_from_file(open_to_all.path()));
    CHECK(sentence.find(open_to_all.path()) != std::string::npos);
    CHECK(sentence.find("pepper") == std::string::npos);
    const std::string directory = std::filesystem::temp_directory_path().string();
    CHECK(refusal_of(secret_from_file(directory)).find("not a regular file") != std::string::npos);
    CHECK(refusal_of(secret_from_file(directory + "/wideline-no-such-secret")).find("cannot open") !=
          std::string::npos);
    const SecretFile large(std::string(70'000, 'x'), 0600);
    CHECK(refusal_of(secret_from_file(large.path())).find("64 KiB") != std::string::npos);
}
