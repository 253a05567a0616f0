// ParameterSet: the values of system parameters, those of the process or those of one instance. A
// new instance starts with a copy of the process's.
//
// Thread rule: the registry's mutex guards the process's set; an instance's set is written before
// JetInit by whoever sets it up, and afterwards only numbers that may change are written.

#pragma once

#include <array>
#include <atomic>
#include <bitset>
#include <map>
#include <string>
#include <string_view>

#include "engine/api/parameter_table.h"
#include "storage/status.h"

namespace contrail::api {

inline constexpr uint32_t kParameterIds = 1007;

class ParameterSet {
 public:
  ParameterSet();  // Defaults.
  ParameterSet(const ParameterSet& other) { *this = other; }
  ParameterSet& operator=(const ParameterSet& other);

  // The caller has looked the parameter up, and that it may be set now. kInvalidParameter: out of
  // range, or not a power of two where it has to be.
  Status SetNumber(const ParameterFacts& facts, uint64_t value);
  // Paths are made absolute from the working directory of this moment; backslashes become slashes.
  // kInvalidParameter (null, too long), kInvalidPath.
  Status SetText(const ParameterFacts& facts, const char* text);

  uint64_t number(uint32_t id) const { return numbers_[id].load(std::memory_order_relaxed); }
  bool flag(uint32_t id) const { return number(id) != 0; }
  // Folders end with a slash.
  std::string text(uint32_t id) const;
  // Somebody has set it, be it to its default.
  bool was_set(uint32_t id) const { return was_set_[id]; }
  // Whether setting this value would change nothing.
  bool Holds(const ParameterFacts& facts, uint64_t number, const char* text) const;

 private:
  std::array<std::atomic<uint64_t>, kParameterIds> numbers_;
  std::map<uint32_t, std::string> texts_;
  std::bitset<kParameterIds> was_set_;
};

// A path as the engine wants it: absolute, with slashes, without "." and "..". kInvalidPath for an
// empty one.
Result<std::string> AbsolutePath(std::string_view path);

}  // namespace contrail::api
