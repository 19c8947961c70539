#include "query/frame_condition.hpp"

#include "catch.hpp"

using namespace wideline::query;

namespace {

FrameCondition needing(const std::string& key, bool number) {
    FrameCondition condition;
    condition.need({key, number, {1}});
    return condition;
}

Column column(std::string key, Scalar scalar) { return {std::move(key), {scalar, false}}; }

}  // namespace

TEST_CASE("Frames are left out by what SQL asks of the column, and by nothing else") {
    const std::vector<Column> columns{column("Case", Scalar::bigint),   column("case", Scalar::text),
                                      column("number", Scalar::bigint), column("mixed", Scalar::text),
                                      column("name", Scalar::text),     {"tags", {Scalar::text, true}}};
    const auto kept = [&](FrameCondition condition) {
        const bool forgotten = condition.forget_what_differs(columns);
        CHECK(forgotten == condition.takes_everything());
        return !forgotten;
    };
    CHECK(kept(needing("number", true)));
    CHECK(kept(needing("name", false)));
    CHECK(kept(needing("Case", true)));
    // Of names that differ in case the first column has it; the other one is called case_1.
    CHECK_FALSE(kept(needing("case", false)));
    CHECK_FALSE(kept(needing("case_1", false)));
    // A text beside numbers is equal to more than itself, an array is no text, and what is absent is no column.
    CHECK_FALSE(kept(needing("mixed", true)));
    CHECK_FALSE(kept(needing("number", false)));
    CHECK_FALSE(kept(needing("tags", false)));
    CHECK_FALSE(kept(needing("absent", false)));
}

TEST_CASE("Times leave out frames only where the column is of times alone, and other conditions stay") {
    FrameCondition condition = needing("name", false);
    condition.bound_time(5, 9);
    CHECK_FALSE(condition.forget_what_differs({column("timestamp", Scalar::timestamp), column("name", Scalar::text)}));
    CHECK(condition.forget_what_differs({column("timestamp", Scalar::text), column("name", Scalar::text)}));
    CHECK_FALSE(condition.takes_everything());
    CHECK(condition.forget_what_differs({column("timestamp", Scalar::text), column("name", Scalar::json)}));
    CHECK(condition.takes_everything());
}
