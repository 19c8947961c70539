#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <wideline/sink.hpp>

namespace wideline {
namespace {

class StdoutSink final : public Sink {
public:
    void deliver(const Batch& batch) override { write(batch.json_lines()); }

private:
    static void write(std::string_view text) {
        while (!text.empty()) {
            const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) throw std::system_error(errno, std::generic_category(), "writing events to stdout");
            text.remove_prefix(static_cast<std::size_t>(written));
        }
    }
};

}  // namespace

SinkPtr stdout_sink() { return std::make_shared<StdoutSink>(); }

}  // namespace wideline
