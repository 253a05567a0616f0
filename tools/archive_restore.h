// `contrail restore -` of the archive that a program makes with contrail/backup.hpp (a tar file).
// Nothing of the engine's own headers may stand beside that one, so this file names none.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace contrail::tool {

inline constexpr size_t kArchiveHeadBytes = 512;
// Whether a stream that begins with these bytes is such an archive, or another tar file.
bool IsArchive(const char* head, size_t size);

struct ArchiveRestore {
  // The bytes of the stream, as many as there are; 0 at the end, negative when it cannot be read.
  std::function<ptrdiff_t(char* data, size_t size)> read;
  std::string folder;
  std::string point;  // As contrail::RestoreOptions has it.
};

struct ArchiveRestoreResult {
  int32_t error = 0;  // A JET number; 0: restored.
  std::string where;  // What gave it.
  size_t archives = 0;
  std::vector<std::string> databases;
};

// One archive, or a full one and incremental ones behind it. What a damaged archive has brought is
// removed.
ArchiveRestoreResult RestoreArchive(const ArchiveRestore& restore);

}  // namespace contrail::tool
