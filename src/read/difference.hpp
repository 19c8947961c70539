// Which field values set some events apart from the rest.
//
// For each field and value: its share of the selected requests, by weight, and of the other requests. A difference of
// shares says how much a value matters, and says nothing where it may be chance, so each is tested: the log-likelihood
// ratio G2 (Dunning, 1993) of the table value / other x selected / rest. Weighted events are worth fewer than they
// stand for, so the counts in that table are shares of Kish's effective number of events, (sum w)^2 / sum w^2. What is
// shown is significant at 5 % after Bonferroni's correction for all that was tested, the largest difference first.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "read/event_line.hpp"
#include "read/field_slots.hpp"
#include "read/lines.hpp"
#include "read/match.hpp"

namespace wideline::read {

enum class Side : std::uint8_t { selected, rest };

/// What has some value, on both sides.
struct Sides {
    std::array<std::uint64_t, 2> events{};
    std::array<double, 2> weight{};

    void add(Side side, double w) noexcept {
        ++events[static_cast<std::size_t>(side)];
        weight[static_cast<std::size_t>(side)] += w;
    }
    void add(const Sides& other) noexcept {
        for (const std::size_t i : {0, 1}) {
            events[i] += other.events[i];
            weight[i] += other.weight[i];
        }
    }
};

/// Log-likelihood ratio of two shares of so many events: 0 where they are the same; a chi-square variable of one degree
/// of freedom where they differ by chance alone.
[[nodiscard]] double log_likelihood_ratio(double share_a, double events_a, double share_b, double events_b) noexcept;
/// How likely chance gives such a ratio or a greater one.
[[nodiscard]] double chance_of(double log_likelihood_ratio) noexcept;

struct Difference {
    std::string field;
    std::string value;  ///< JSON text; empty for events without the field. Of ranges the least number.
    std::string upto;   ///< The greatest number of a range, as JSON text; empty for a single value.
    Sides counts;
    double selected_share = 0;
    double rest_share = 0;
    double g2 = 0;
    double p = 0;  ///< Chance, corrected for the number of tests; 1 at most.
};

struct Differences {
    std::vector<Difference> ranked;        ///< Significant ones.
    std::vector<std::string> too_various;  ///< Fields left out, for nearly every event has a value of its own.
    std::size_t tested = 0;
};

/// One thread at a time. Memory: kMostValues values of each field and kMostValuesInAll of all.
class DifferenceTally {
public:
    static constexpr std::size_t kMostValues = 1000;
    static constexpr std::size_t kMostValuesInAll = 200'000;
    /// A field of numbers with more values than this is looked at by tenths of its range.
    static constexpr std::size_t kMostPlainNumbers = 20;

    /// Selects the events that match. Without terms it compares errors with successes: cancelled events are on neither
    /// side. Looks at those alone that match `within`.
    explicit DifferenceTally(Match selection, Match within = Match());
    ~DifferenceTally();
    DifferenceTally(const DifferenceTally&) = delete;
    DifferenceTally& operator=(const DifferenceTally&) = delete;

    void add(const LineBatch& batch);
    void merge(DifferenceTally&& other);

    [[nodiscard]] Differences differences() const;
    [[nodiscard]] const Sides& total() const noexcept { return total_; }
    [[nodiscard]] std::uint64_t bad_lines() const noexcept { return bad_lines_; }

private:
    struct Field;

    void add_line(std::string_view line);
    void add_value(Field& field, JsonText value, Side side, double weight);
    [[nodiscard]] std::optional<Side> side_of(std::string_view line);
    [[nodiscard]] bool says_the_selection(std::string_view name) const;
    [[nodiscard]] double effective_events(Side side) const noexcept;
    void give_up(Field& field);
    void test(std::vector<Difference>& tests, const Field& field, const std::string& value, const std::string& upto,
              const Sides& counts) const;
    void test_ranges(std::vector<Difference>& tests, const Field& field) const;
    /// Its values, or ranges of them, and its absence: of each event, one holds.
    void test_field(std::vector<Difference>& tests, const Field& field) const;
    [[nodiscard]] static bool is_in_ranges(const Field& field);
    [[nodiscard]] static bool is_too_various(const Field& field);

    const Match selection_;
    Match within_;
    Matcher within_matcher_{within_};
    Matcher matcher_{selection_};
    FieldSlots slots_;
    std::vector<std::unique_ptr<Field>> fields_;
    std::size_t values_ = 0;
    Sides total_;
    std::array<double, 2> squares_{};  // Sums of weights squared.
    std::uint64_t bad_lines_ = 0;

    EventLine reader_{{}};
    std::vector<RawField> line_;
    std::string value_;  // Kept for its memory.
};

}  // namespace wideline::read
