// Lowers how many files the test's process may have open, until the end of the scope.
#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <stdexcept>

namespace wideline::testing_platform {

class FewOpenFiles {
public:
    explicit FewOpenFiles(std::size_t most) {
        if (::getrlimit(RLIMIT_NOFILE, &before_) != 0) throw std::runtime_error("getrlimit");
        rlimit few = before_;
        few.rlim_cur = most;
        if (::setrlimit(RLIMIT_NOFILE, &few) != 0) throw std::runtime_error("setrlimit");
    }
    ~FewOpenFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    FewOpenFiles(const FewOpenFiles&) = delete;
    FewOpenFiles& operator=(const FewOpenFiles&) = delete;

private:
    rlimit before_{};
};

}  // namespace wideline::testing_platform
