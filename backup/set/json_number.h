// Numbers out of JSON that somebody may have altered.

#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace contrail {

// The whole number under a name. Throws nlohmann::json::exception when there is none of that name,
// and std::out_of_range when it is anything but a whole number that a T holds: the library's own
// get<T>() takes fractions, truth values, negative and far too large numbers, and makes something
// else of them.
template <std::unsigned_integral T>
T NumberAt(const nlohmann::json& object, const char* name) {
  const nlohmann::json& value = object.at(name);
  if (!value.is_number_unsigned() || value.get<uint64_t>() > std::numeric_limits<T>::max()) {
    throw std::out_of_range(name);
  }
  return static_cast<T>(value.get<uint64_t>());
}

}  // namespace contrail
