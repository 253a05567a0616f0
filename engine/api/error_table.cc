#include "engine/api/error_table.h"

#include <algorithm>

#include "storage/check.h"

namespace contrail::api {
namespace {

JET_ERRCAT ParentOf(JET_ERRCAT category) {
  switch (category) {
    case JET_errcatOperation:
    case JET_errcatData:
    case JET_errcatApi:
      return JET_errcatError;
    case JET_errcatFatal:
    case JET_errcatIO:
    case JET_errcatResource:
      return JET_errcatOperation;
    case JET_errcatMemory:
    case JET_errcatQuota:
    case JET_errcatDisk:
      return JET_errcatResource;
    case JET_errcatCorruption:
    case JET_errcatInconsistent:
    case JET_errcatFragmentation:
      return JET_errcatData;
    case JET_errcatUsage:
    case JET_errcatState:
    case JET_errcatObsolete:
      return JET_errcatApi;
    default:
      return JET_errcatUnknown;
  }
}

}  // namespace

const ErrorFacts* FindError(JET_ERR number) {
  for (const std::span<const ErrorFacts> table : {kLoggingErrors, kCallErrors, kDataErrors}) {
    const auto found = std::lower_bound(
        table.begin(), table.end(), number,
        [](const ErrorFacts& facts, JET_ERR wanted) { return facts.number > wanted; });
    if (found != table.end() && found->number == number) return &*found;
  }
  return nullptr;
}

std::array<uint8_t, 8> CategoryPath(JET_ERRCAT category) {
  std::array<uint8_t, 8> upwards = {};
  size_t depth = 0;
  for (JET_ERRCAT at = category; at != JET_errcatUnknown; at = ParentOf(at)) {
    CHECK(depth < upwards.size());  // The tree is four levels deep.
    upwards[depth++] = static_cast<uint8_t>(at);
  }
  std::reverse(upwards.begin(), upwards.begin() + static_cast<std::ptrdiff_t>(depth));
  return upwards;
}

}  // namespace contrail::api
