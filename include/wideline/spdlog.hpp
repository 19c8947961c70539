// Lines of spdlog become notes of the request in which they are logged, so that old code's log is in the event. Include
// it beside spdlog 1.9 or later; header-only. See docs/loggers-and-tracers.md.
//
//     spdlog::default_logger()->sinks().push_back(std::make_shared<wl::spdlog_sink>());
#pragma once

#include <atomic>
#include <cstdio>
#include <memory>
#include <string_view>

#include <spdlog/details/log_msg.h>
#include <spdlog/details/os.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/sink.h>
#include <wideline/wideline.hpp>
#if __has_include(<spdlog/mdc.h>) && !defined(SPDLOG_NO_TLS)
#define WIDELINE_DETAIL_SPDLOG_MDC
#include <spdlog/mdc.h>
#endif
#ifdef SPDLOG_NO_THREAD_ID
#error "wl::spdlog_sink needs the thread ids of lines to know whose they are: do not define SPDLOG_NO_THREAD_ID"
#endif

namespace wideline {

/// What a line of level error or critical does besides becoming a note.
enum class ErrorLine {
    note,  ///< nothing
    fail,  ///< fails the request: error.type is "log", error.message the line
};

/// A note for each line, with its level and, if the logger knows it, file and line of the source. spdlog's mapped
/// diagnostic context (1.14 and later) becomes fields. Lines outside of a request go nowhere and are counted
/// (`Stats::orphan_writes`).
///
/// Threads: any, side by side, without a lock. Only for synchronous loggers: an asynchronous logger calls its sinks on
/// a thread of its own, where no request is current; its lines are refused, which is said once on stderr. Put the sink
/// into a synchronous logger of its own, beside the asynchronous one.
class spdlog_sink final : public spdlog::sinks::sink {
public:
    explicit spdlog_sink(ErrorLine error_line = ErrorLine::note) noexcept : error_line_(error_line) {}

    void log(const spdlog::details::log_msg& line) override {
        if (line.thread_id != spdlog::details::os::thread_id()) return refuse();
        const std::string_view text{line.payload.data(), line.payload.size()};
        const auto level = spdlog::level::to_string_view(line.level);
#ifdef WIDELINE_DETAIL_SPDLOG_MDC
        for (const auto& [key, value] : spdlog::mdc::get_context()) set(runtime(key), value);
#endif
        note(text, {.level = {level.data(), level.size()}, .file = line.source.filename, .line = line.source.line});
        if (error_line_ == ErrorLine::fail && line.level >= spdlog::level::err) fail({.type = "log", .message = text});
    }
    void flush() override {}
    void set_pattern(const std::string&) override {}  // a note is not formatted
    void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

private:
    void refuse() noexcept {
        if (refused_.exchange(true, std::memory_order_relaxed)) return;
        std::fputs(
            "wideline: an asynchronous spdlog logger has a wl::spdlog_sink, and its lines are in no event: "
            "give the sink to a synchronous logger\n",
            stderr);
    }

    const ErrorLine error_line_;
    std::atomic<bool> refused_{false};
};

}  // namespace wideline

#undef WIDELINE_DETAIL_SPDLOG_MDC
