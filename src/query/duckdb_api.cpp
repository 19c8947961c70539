#include "query/duckdb_api.hpp"

#include <cstdlib>
#include <cstring>

#include "platform/dynamic_library.hpp"

namespace wideline::query::duck {
namespace {

#ifdef __APPLE__
constexpr const char* kLibrary = "libduckdb.dylib";
#else
constexpr const char* kLibrary = "libduckdb.so";
#endif

constexpr const char* kHowToGet =
    "install it (https://duckdb.org/install, the C/C++ library), or name the file in WIDELINE_DUCKDB; in wideline's "
    "sources, ./dev duckdb fetches it";

/// Where to look, in this order.
std::vector<std::string> candidates() {
    const char* const named = std::getenv("WIDELINE_DUCKDB");
    if (named != nullptr && *named != '\0') return {named, std::string(named) + "/" + kLibrary};
    std::vector<std::string> places;
    const std::string beside = platform::program_directory();
    // Installed beside the program, or where ./dev puts it: build/duckdb, for the program build/<preset>/bin/wideline.
    if (!beside.empty()) places = {beside + "/../lib/" + kLibrary, beside + "/../../duckdb/" + kLibrary};
    places.emplace_back(kLibrary);
    for (const char* const directory : {"/usr/local/lib/", "/opt/duckdb/", "/opt/duckdb/lib/"})
        places.push_back(std::string(directory) + kLibrary);
    return places;
}

platform::Result<const Api*> load() {
    void* library = nullptr;
    std::string found;
    for (const std::string& place : candidates()) {
        library = platform::open_library(place);
        found = place;
        if (library != nullptr) break;
    }
    if (library == nullptr) {
        const char* const named = std::getenv("WIDELINE_DUCKDB");
        if (named != nullptr && *named != '\0')
            return platform::Failure{"WIDELINE_DUCKDB names no library that can be loaded: " + std::string(named) +
                                         " (" + platform::library_error() + ")",
                                     {},
                                     {},
                                     0};
        return platform::Failure{
            std::string("SQL needs DuckDB's ") + kLibrary + ", which is not here: " + kHowToGet, {}, {}, 0};
    }
    static Api api;
    const char* missing = nullptr;
    const auto find = [&](auto& function, const char* name) {
        function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(platform::symbol_of(library, name));
        if (function == nullptr) missing = name;
    };
#define WIDELINE_DUCKDB_FIND(result, name, arguments) find(api.name, "duckdb_" #name);
    WIDELINE_DUCKDB_FUNCTIONS(WIDELINE_DUCKDB_FIND)
#undef WIDELINE_DUCKDB_FIND
    if (missing != nullptr)
        return platform::Failure{
            found + " is no DuckDB that wideline can use, for it has no " + missing + ": take DuckDB 1.4 or later",
            {},
            {},
            0};
    return &api;
}

}  // namespace

void StringSlot::assign(std::string_view text) noexcept {
    length = static_cast<std::uint32_t>(text.size());
    auto* const bytes = reinterpret_cast<char*>(this) + offsetof(StringSlot, inlined);
    if (length <= kInlined) {
        // What is behind a short text takes part in comparisons.
        std::memset(bytes, 0, kInlined);
        std::memcpy(bytes, text.data(), text.size());
        return;
    }
    std::memcpy(inlined, text.data(), sizeof inlined);
    pointer = text.data();
}

platform::Result<const Api*> load_api() {
    static const platform::Result<const Api*> loaded = load();
    return loaded;
}

}  // namespace wideline::query::duck
