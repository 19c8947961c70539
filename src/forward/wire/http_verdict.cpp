#include "forward/wire/http_verdict.hpp"

#include <chrono>

namespace wideline::delivery {
namespace {

Verdict::Kind kind_of(const HttpAnswer& answer) noexcept {
    const int status = answer.status;
    if (status == 0) return answer.untrusted ? Verdict::configuration : Verdict::unavailable;
    if (status >= 200 && status < 300) return Verdict::delivered;
    if (status == 400 || status == 422) return Verdict::data;
    if (status == 413) return Verdict::too_large;
    if (status == 429 || status == 503) return Verdict::busy;
    const bool refused = status == 401 || status == 403 || status == 404;
    return refused || (status >= 300 && status < 400) ? Verdict::configuration : Verdict::unavailable;
}

}  // namespace

Verdict verdict_of_status(const HttpAnswer& answer) {
    Verdict verdict;
    verdict.kind = kind_of(answer);
    verdict.status = answer.status;
    verdict.answer = answer.status == 0 ? answer.problem : answer.body;
    verdict.retry_after = retry_after_of(answer, std::chrono::system_clock::now());
    return verdict;
}

}  // namespace wideline::delivery
