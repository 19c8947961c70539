// read_events PATH [--any] [--errors] [--since RFC3339] EXPR…: what wl::Reader gives, as lines, and its problems on
// stderr.
#include <wideline/reader.hpp>

#include <cstdio>
#include <cstring>

#include "read/time_text.hpp"

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    wideline::Selection selection;
    for (int i = 2; i < argc; ++i) {
        if (std::strcmp(argv[i], "--any") == 0)
            selection.any = true;
        else if (std::strcmp(argv[i], "--errors") == 0)
            selection.errors = true;
        else if (std::strcmp(argv[i], "--since") == 0 && i + 1 < argc)
            selection.since = wideline::read::parse_rfc3339(argv[++i]);
        else
            selection.where.emplace_back(argv[i]);
    }
    wideline::Reader reader(argv[1], selection);
    for (const wideline::StoredEvent& event : reader)
        std::printf("%.*s\n", static_cast<int>(event.json().size()), event.json().data());
    for (const std::string& problem : reader.problems()) std::fprintf(stderr, "%s\n", problem.c_str());
}
