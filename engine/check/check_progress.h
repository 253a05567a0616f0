// How a long check tells how far it is. Advance is called from several threads at a time.

#pragma once

#include <cstdint>
#include <string_view>

namespace contrail {

class CheckProgress {
 public:
  virtual ~CheckProgress() = default;
  // A part of the work begins; `total` bytes lie before it.
  virtual void Begin(std::string_view part, uint64_t total) = 0;
  // So many of them have been looked at since the last call.
  virtual void Advance(uint64_t bytes) = 0;
};

// For whoever does not watch.
class NoProgress final : public CheckProgress {
 public:
  void Begin(std::string_view, uint64_t) override {}
  void Advance(uint64_t) override {}
};

}  // namespace contrail
