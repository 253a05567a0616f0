// Facts about every system parameter (JET_param...): what kind of value it takes, its default and
// range, whether it belongs to the process or to an instance, and how long it may be changed.
// Source: the parameter pages of the API and the ranges that ESE enforces.

#pragma once

#include <cstdint>
#include <span>

namespace contrail::api {

enum class ParameterKind : uint8_t {
  kNumber,
  kBoolean,  // Any value but 0 is true.
  kPointer,
  kText,
  kFolder,   // Comes back absolute, with a slash at its end.
  kPath,     // Comes back absolute.
  kSpecial,  // Has its own rule in parameter_calls.cc.
};

enum class ParameterScope : uint8_t { kProcess, kInstance };

enum class ParameterTime : uint8_t {
  kBeforeInstances,  // Before the process has any instance.
  kBeforeInit,       // Before JetInit of the instance.
  kAlways,
  kNever,  // Only read.
};

struct ParameterFacts {
  uint32_t id;
  ParameterKind kind;
  ParameterScope scope;
  ParameterTime time;
  // Setting it is accepted and ignored while JET_paramEnableAdvanced is false.
  bool advanced;
  uint64_t lowest;   // Of a text: its length in bytes.
  uint64_t highest;  // The same.
  uint64_t default_number;
  const char* default_text;
};

// Ordered by id.
std::span<const ParameterFacts> AllParameters();
// Null for an id that the API does not know.
const ParameterFacts* FindParameter(uint32_t id);

}  // namespace contrail::api
