#include "backup/file_stream.h"

#include <algorithm>

namespace contrail {
namespace {

// A client that begins at the beginning reads at least so much at once.
constexpr uint64_t kFirstUnits = 3;

}  // namespace

Result<StreamRange> RangeOfPart(const StreamPart& part, uint64_t unit, uint64_t before,
                                uint64_t units, uint64_t after) {
  if (part.section >= part.sections || part.sections > std::max<uint64_t>(units, 1)) {
    return Error::kInvalidParameter;
  }
  if (part.offset % unit != 0) return Error::kInvalidParameter;
  StreamRange range;
  if (part.section > 0) range.begin = before + units * part.section / part.sections;
  range.end = part.section + 1 == part.sections
                  ? before + units + after
                  : before + units * (part.section + uint64_t{1}) / part.sections;
  const uint64_t skipped = part.offset / unit;
  if (skipped > 0 && skipped >= range.end - range.begin) return Error::kInvalidParameter;
  if (part.section == 0 && skipped > 0 && skipped < kFirstUnits) return Error::kInvalidParameter;
  range.from = range.begin + skipped;
  return range;
}

}  // namespace contrail
