#include <wideline/sink.hpp>

namespace wideline {

Batch::~Batch() = default;
Sink::~Sink() = default;
void Sink::open(const Service&) {}
void Sink::close() {}
SinkPtr Sink::for_child() const { return nullptr; }

}  // namespace wideline
