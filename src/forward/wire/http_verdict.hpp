// What an HTTP answer says of a parcel, as far as its status tells (RFC 9110).
#pragma once

#include <exception>

#include <wideline/forward.hpp>

#include "forward/wire/http_client.hpp"

namespace wideline::delivery {

/// 2xx delivers; 400 and 422 refuse what is in the parcel. Of a backend with codes of its own, a beginning.
[[nodiscard]] WIDELINE_EXPORT Verdict verdict_of_status(const HttpAnswer& answer);

/// Nothing was sent, or nobody knows what became of it.
[[nodiscard]] inline Verdict verdict_of(const std::exception& error) {
    Verdict verdict;
    verdict.answer = error.what();
    return verdict;
}

}  // namespace wideline::delivery
