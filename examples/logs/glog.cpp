// A service whose old code logs by glog: what it logs within a request is in the request's event.
#include <iostream>
#include <string>
#include <vector>

#include <glog/logging.h>
#include <nlohmann/json.hpp>
#include <wideline/wideline.hpp>

namespace wl = wideline;

namespace {

/// glog calls `send` on the thread that logs, so the line goes to the request that is current there.
class NotesOfLines : public google::LogSink {
public:
    NotesOfLines() { google::AddLogSink(this); }
    ~NotesOfLines() override { google::RemoveLogSink(this); }

    void send(google::LogSeverity severity, const char* file, const char*, int line, const google::LogMessageTime&,
              const char* message, std::size_t size) override {
        wl::note({message, size}, {.level = google::GetLogSeverityName(severity), .file = file, .line = line});
    }
};

void order(int item) {
    WIDELINE_REQUEST("order");
    LOG(WARNING) << "item " << item << " is short";
}

}  // namespace

int main(int, char** argv) {
    google::InitGoogleLogging(argv[0]);
    FLAGS_logtostderr = true;
    std::vector<nlohmann::json> events;
    {
        wl::Recorder recorder = wl::install({.service = {.name = "shop"}, .sinks = {wl::memory_sink(&events)}});
        const NotesOfLines notes;
        order(7);
    }
    std::cout << events.at(0).at("notes") << '\n';
    const nlohmann::json& note = events.at(0).at("notes").at(0);
    return note.at("text") == "item 7 is short" && note.at("level") == "WARNING" && note.contains("line") ? 0 : 1;
}
