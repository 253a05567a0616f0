// The mark of a damaged backup: a file "damaged.json" in its folder, written once and synced. A
// marked backup is no base for later ones and does not count when old ones expire. A verification
// that proves the whole set good again takes marks off. docs/format/backup_set.md.

#pragma once

#include <string>
#include <vector>

#include "storage/file.h"
#include "storage/status.h"

namespace contrail {

inline constexpr char kDamageMarkName[] = "damaged.json";

// Something wrong in a set.
struct SetFault {
  uint32_t number = 0;  // Of the backup.
  std::string file;     // Path.
  std::string what;     // One sentence.
  Status status;
  int64_t chunk = -1;      // Which of the file's content, from 0; negative: none in particular.
  int64_t offset = -1;     // Where in the content it begins.
  bool by_replay = false;  // Only restoring and replaying shows it.
};

// Marks the backup that lies in `folder` (with a slash at its end) with what has been found. A mark
// that is there already stays as it is.
Status MarkDamaged(FileSystem& files, const std::string& folder,
                   const std::vector<SetFault>& faults);
// Takes the mark off, for good on return. Ok when there is none.
Status RemoveDamageMark(FileSystem& files, const std::string& folder);
// Whether what the mark speaks of shows only when the backup is replayed. True also when it cannot
// be read: then nobody knows.
bool IsMarkOfReplay(FileSystem& files, const std::string& folder);
// Whether there is a mark, whatever it says.
Result<bool> IsMarkedDamaged(FileSystem& files, const std::string& folder);

}  // namespace contrail
