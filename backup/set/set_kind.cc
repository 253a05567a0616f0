#include "backup/set/set_kind.h"

namespace contrail {
namespace {

constexpr BackupScope kAll[] = {BackupScope::kFull, BackupScope::kIncremental, BackupScope::kCopy,
                                BackupScope::kDifferential};

}  // namespace

const char* BackupKindName(BackupScope kind) {
  switch (kind) {
    case BackupScope::kFull:
      return "full";
    case BackupScope::kIncremental:
      return "incremental";
    case BackupScope::kCopy:
      return "copy";
    case BackupScope::kDifferential:
      return "differential";
  }
  return "";
}

std::optional<BackupScope> BackupKindOfName(std::string_view name) {
  for (const BackupScope kind : kAll) {
    if (name == BackupKindName(kind)) return kind;
  }
  return std::nullopt;
}

}  // namespace contrail
