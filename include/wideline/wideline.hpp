// wideline: one wide, structured event per request, sampled by its outcome. This is all that a service includes; see
// docs/use.md. Tests of a service include <wideline/testing.hpp> too.
#pragma once

#include <wideline/call.hpp>
#include <wideline/condition.hpp>
#include <wideline/event.hpp>
#include <wideline/event_view.hpp>
#include <wideline/flow.hpp>
#include <wideline/key.hpp>
#include <wideline/options.hpp>
#include <wideline/recorder.hpp>
#include <wideline/redaction.hpp>
#include <wideline/request.hpp>
#include <wideline/sampler.hpp>
#include <wideline/secret.hpp>
#include <wideline/sink.hpp>
#include <wideline/stats.hpp>
#include <wideline/value.hpp>
