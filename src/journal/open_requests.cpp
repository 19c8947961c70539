#include "journal/open_requests.hpp"

#include <algorithm>
#include <cerrno>

#include "event/recovered_arenas.hpp"
#include "journal/kept_arenas.hpp"
#include "pipeline/event_encoder.hpp"
#include "pipeline/event_form.hpp"

namespace wideline::journal_files {
namespace {

void add_requests(detail::ArenaFile& arenas, std::vector<OpenRequest>& requests) {
    const detail::RecoveredArenas open(arenas);
    pipeline::EventForm form = pipeline::parse_form(arenas.form());
    if (form.rules.empty()) form.rules.emplace_back("error");
    pipeline::EventEncoder encoder(form.options, form.service, form.rules, pipeline::EventEncoder::Pairs::ignored);
    pipeline::LineBuffer line(4096);
    for (const detail::OpenEvent* const event : open.events()) {
        line.cut(0);
        encoder.encode(*event, line);
        requests.push_back({event->small_arena->start_ns, std::string(line.view())});
    }
}

}  // namespace

OpenRequests open_requests(const std::string& directory, platform::FileSystem& files, platform::Clock& clock) {
    OpenRequests found;
    const auto notes = KeptArenas::in(directory, files);
    if (!notes.ok()) {
        found.problems.push_back(notes.failure().sentence());
        return found;
    }
    found.notes = notes.value().size();
    const auto locks = platform::LockTable::read(files);
    for (const KeptArenas& kept : notes.value()) {
        const auto copy = kept.copy_open(locks ? &*locks : nullptr, clock.monotonic_ns());
        if (copy.ok()) {
            ++found.processes;
            add_requests(*copy.value(), found.requests);
            continue;
        }
        const int error = copy.failure().error_number;
        if (error == EWOULDBLOCK || error == ENOENT) continue;  // dead, or it has ended since
        found.problems.push_back(copy.failure().sentence() + " (named by " + kept.note() + ")");
    }
    std::stable_sort(found.requests.begin(), found.requests.end(),
                     [](const OpenRequest& a, const OpenRequest& b) { return a.start_ns < b.start_ns; });
    return found;
}

}  // namespace wideline::journal_files
