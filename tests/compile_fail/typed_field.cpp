// A value of another type than its typed field is refused.
#include <wideline/wideline.hpp>

#include <string>
#include <string_view>
#include <vector>

inline constexpr wideline::Field<std::string_view> kUser{"user.id"};
inline constexpr wideline::Field<int> kItems{"items"};
inline constexpr wideline::Field<double> kPrice{"price"};
inline constexpr wideline::Field<bool> kPaid{"paid"};
inline constexpr wideline::Field<std::vector<int>> kScores{"scores"};

void valid() {
    wideline::set(kUser, std::string("x"));
    wideline::set(kItems, 7L);
    wideline::set(kPrice, 7);
    wideline::set(kPaid, true);
    wideline::set(kScores, std::vector<int>{1});
}

#ifndef VALID
void of_another_type() {
    // expect: no matching function
    wideline::set(kUser, 7);
    // expect: no matching function
    wideline::set(kItems, "7");
    // expect: no matching function
    wideline::set(kItems, 7.5);
    // expect: no matching function
    wideline::set(kItems, true);
    // expect: no matching function
    wideline::set(kPrice, "7");
    // expect: no matching function
    wideline::set(kPrice, false);
    // expect: no matching function
    wideline::set(kPaid, 1);
    // expect: no matching function
    wideline::set(kScores, 1);
}
#endif
