#include <unistd.h>

#include <stdexcept>
#include <utility>

#include <wideline/forward.hpp>
#include <wideline/forward/custom.hpp>

#include "forward/forward_metrics.hpp"
#include "forward/forwarding.hpp"

namespace wideline {

Backend::~Backend() = default;
Target::~Target() = default;

Target::Target(Description description) : description_(std::move(description)) {
    if (description_.name.empty()) description_.name = description_.backend;
}

/// In a forked child there is no thread to be joined: it has only the memory of one.
class Forwarder::Running {
public:
    Running(std::string journal, ForwardOptions options)
        : shutdown_timeout_(options.shutdown_timeout),
          forwarding_(std::make_unique<delivery::Forwarding>(std::move(journal), std::move(options),
                                                             delivery::Forwarding::Others::become_inactive)) {}
    ~Running() {
        if (in_child()) {
            (void)forwarding_.release();
            return;
        }
        const auto until = std::chrono::steady_clock::now() + shutdown_timeout_;
        (void)forwarding_->flush(shutdown_timeout_, delivery::Forwarding::Until::settled_or_not_working);
        forwarding_->end_by(until);
    }
    [[nodiscard]] bool in_child() const { return ::getpid() != process_; }
    [[nodiscard]] delivery::Forwarding& forwarding() const noexcept { return *forwarding_; }

private:
    pid_t process_ = ::getpid();
    std::chrono::milliseconds shutdown_timeout_;
    std::unique_ptr<delivery::Forwarding> forwarding_;
};

Forwarder::Forwarder(std::string journal, ForwardOptions options)
    : running_(std::make_unique<Running>(std::move(journal), std::move(options))) {}

Forwarder::~Forwarder() = default;

bool Forwarder::flush(std::chrono::nanoseconds timeout) {
    if (running_->in_child()) return false;
    using delivery::Forwarding;
    return running_->forwarding().flush(timeout, Forwarding::Until::settled) == Forwarding::Flushed::all;
}

ForwardStats Forwarder::stats() const { return running_->in_child() ? ForwardStats{} : running_->forwarding().stats(); }

std::string Forwarder::metrics() const { return delivery::metrics_text(stats()); }

void Forwarder::reload(ForwardOptions options) {
    if (!running_->in_child()) running_->forwarding().reload(std::move(options));
}

void Forwarder::wake() {
    if (!running_->in_child()) running_->forwarding().wake();
}

namespace forward {
namespace {

class CustomTarget final : public Target {
public:
    CustomTarget(Description description, std::function<std::unique_ptr<Backend>()> connect)
        : Target(std::move(description)), connect_(std::move(connect)) {}

    [[nodiscard]] std::unique_ptr<Backend> connect(std::chrono::milliseconds) const override {
        auto backend = connect_();
        if (backend == nullptr) throw std::runtime_error("no connection was made");
        return backend;
    }

private:
    std::function<std::unique_ptr<Backend>()> connect_;
};

}  // namespace

TargetPtr custom(Custom options) {
    if (!options.connect) throw std::invalid_argument("wideline: a custom target needs a function that connects");
    Target::Description description;
    description.name = std::move(options.name);
    description.backend = "custom";
    description.omit = std::move(options.omit);
    description.limits = options.limits;
    return std::make_shared<CustomTarget>(std::move(description), std::move(options.connect));
}

}  // namespace forward
}  // namespace wideline
