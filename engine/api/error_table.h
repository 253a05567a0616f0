// Facts about every error and warning number: its name, its category and what it means. The table
// stands in three files, by range of numbers.

#pragma once

#include <esent.h>

#include <array>
#include <cstdint>
#include <span>

namespace contrail::api {

struct ErrorFacts {
  JET_ERR number;
  JET_ERRCAT category;  // The most specific one; JET_errcatUnknown for numbers no longer used.
  const char* name;     // As esent.h spells it.
  const char* text;     // One phrase in English.
};

// Each ordered by number, largest first.
extern const std::span<const ErrorFacts> kLoggingErrors;
extern const std::span<const ErrorFacts> kCallErrors;
extern const std::span<const ErrorFacts> kDataErrors;

// Null for a number that the API does not know.
const ErrorFacts* FindError(JET_ERR number);

// The categories from the root of the tree down to `category`, zeros behind them; all zeros for
// JET_errcatUnknown. This is rgCategoricalHierarchy of JET_ERRINFOBASIC_W.
std::array<uint8_t, 8> CategoryPath(JET_ERRCAT category);

}  // namespace contrail::api
