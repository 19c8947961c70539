// docs/durability.md says for each loss which test shows it: the names there are names of tests.
#include <filesystem>
#include <fstream>
#include <string>

#include "catch.hpp"
#include "journal/test_batch.hpp"

using wideline::testing_journal::contents_of;

TEST_CASE("Every test that docs/durability.md names is there") {
    const std::string root = WIDELINE_SOURCE_DIR;
    std::string sources;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root + "/tests"))
        if (entry.path().extension() == ".cpp") sources += contents_of(entry.path().string());

    std::ifstream page(root + "/docs/durability.md");
    int named = 0;
    for (std::string line; std::getline(page, line);) {
        if (!line.starts_with("| ")) continue;
        for (std::size_t begin = line.find('*'); begin != std::string::npos; begin = line.find('*', begin)) {
            const std::size_t end = line.find('*', begin + 1);
            REQUIRE(end != std::string::npos);
            const std::string name = line.substr(begin + 1, end - begin - 1);
            INFO(name);
            CHECK(sources.find("\"" + name + "\")") != std::string::npos);
            ++named;
            begin = end + 1;
        }
    }
    CHECK(named >= 10);
}
