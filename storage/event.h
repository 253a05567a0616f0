// Events: what an operator should know, with the place it happened at.
//
// The ids are those of ESE's application log where ESE has one. A sink is shared by all threads of
// an instance; Report must be safe to call from any thread, must not call back into the engine and
// must not throw.

#pragma once

#include <cstdint>
#include <string>

namespace contrail {

enum class Severity { kInformation, kWarning, kError };

struct Event {
  uint32_t id = 0;
  Severity severity = Severity::kInformation;
  std::string text{};      // One sentence in plain English.
  std::string file{};      // Path the event is about; empty when none.
  int64_t offset = -1;     // Byte offset in that file; -1 when none.
  std::string expected{};  // What should have been there; empty when not applicable.
  std::string found{};     // What was there.
  int32_t error = 0;       // The JET number that goes with it; 0 when none.
};

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void Report(const Event& event) = 0;
};

// Drops everything. For tools and tests that do not look at events.
EventSink& DiscardEvents();

}  // namespace contrail
