// What a search can ask a frame's filter for: the same pair has the same hash however its value was written.
#include "encoding/pair_hash.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"

namespace {

using wideline::key_hash;
using wideline::pair_hash;

std::vector<std::uint64_t> hashes_of(std::string_view json) {
    std::vector<std::uint64_t> hashes;
    wideline::append_pair_hashes(hashes, key_hash("k"), json);
    return hashes;
}

std::vector<std::uint64_t> of(const std::vector<std::string>& values) {
    std::vector<std::uint64_t> hashes;
    for (const std::string& value : values) hashes.push_back(pair_hash(key_hash("k"), value));
    return hashes;
}

}  // namespace

TEST_CASE("A text is hashed as what it says, however it is escaped") {
    CHECK(hashes_of("\"a b\"") == of({"a b"}));
    CHECK(hashes_of("\"\"") == of({""}));
    CHECK(hashes_of(R"("q\"b\\s\/\b\f\n\r\t\u0000\u001f")") == of({std::string("q\"b\\s/\b\f\n\r\t\0\x1f", 13)}));
    CHECK(hashes_of(R"("\u00fc\u6771\ud83d\ude00")") == of({"\xc3\xbc\xe6\x9d\xb1\xf0\x9f\x98\x80"}));
    CHECK(hashes_of("\"\xc3\xbc\"") == of({"\xc3\xbc"}));
}

TEST_CASE("A whole number is hashed by its digits, whatever its type, and no other number is") {
    for (const char* json : {"7", "7.0", "7e0"}) CHECK(hashes_of(json) == of({"7"}));
    CHECK(hashes_of("\"7\"") == of({"7"}));
    CHECK(hashes_of("-12.0") == of({"-12"}));
    CHECK(hashes_of("-0.0") == of({"0"}));
    CHECK(hashes_of("-0") == of({"0"}));
    CHECK(hashes_of("18446744073709551615") == of({"18446744073709551615"}));
    CHECK(hashes_of("1.2345e+18") == of({"1234500000000000000"}));
    CHECK(hashes_of("-9.223372036854775808e+18") == of({"-9223372036854775808"}));
    for (const char* json : {"7.5", "1e-05", "1.8446744073709552e+19", "-9.3e+18", "1e+300"})
        CHECK(hashes_of(json).empty());
    char digits[wideline::kWholeNumberBound];
    CHECK(wideline::whole_number(digits, std::numeric_limits<double>::quiet_NaN()) == 0);
    CHECK(wideline::whole_number(digits, std::numeric_limits<double>::infinity()) == 0);
}

TEST_CASE("Of arrays the items that are scalars are hashed, of objects nothing") {
    CHECK(hashes_of(R"(["a",7,"b\"]",["c",1],{"d":"e","f":2},"",null])") == of({"a", "7", "b\"]", "", "null"}));
    CHECK(hashes_of("[7.0,7.5,-1,true]") == of({"7", "-1", "true"}));
    CHECK(hashes_of("[[1,2],[],3]") == of({"3"}));
    CHECK(hashes_of("[]").empty());
    CHECK(hashes_of(R"({"a":"b"})").empty());
    CHECK(hashes_of("true") == of({"true"}));
    CHECK(hashes_of("false") == of({"false"}));
    CHECK(hashes_of("null") == of({"null"}));
}

TEST_CASE("The same value under another key is another pair") {
    CHECK(pair_hash(key_hash("a"), "1") != pair_hash(key_hash("b"), "1"));
    CHECK(pair_hash(key_hash("a"), "bc") != pair_hash(key_hash("ab"), "c"));
}
