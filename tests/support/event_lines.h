// What an instance tells its operator, through JET_paramEventSource "file:PATH": the events as
// lines of text.

#pragma once

#include <esent.h>

#include <string>
#include <vector>

namespace contrail::test {

// What an event that a test waits for must say. Empty parts are not looked at.
struct ExpectedEvent {
  std::string file{};  // Ends of its path.
  int64_t offset = -1;
  std::string expected{};  // Parts of what the event has there.
  std::string found{};
  int32_t code = 0;
  uint32_t id = 0;
};

// Lines of an event log in a file of its own.
class EventLines {
 public:
  explicit EventLines(std::string path) : path_(std::move(path)) {}

  // Before JetInit.
  void SetFor(JET_INSTANCE instance) const;
  // Forgets what there is.
  void Clear() const;
  std::vector<std::string> Lines() const;
  // Empty when a line says all of it; else what there is instead.
  std::string FindMissing(const ExpectedEvent& wanted) const;

 private:
  std::string path_;
};

}  // namespace contrail::test
