// Both copies of a checkpoint file, for somebody who looks at it.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "log/checkpoint.h"

namespace contrail {

struct CheckpointCopy {
  uint64_t offset = 0;                   // In the file.
  std::optional<Checkpoint> checkpoint;  // Missing when the copy is not whole.
  std::string found;                     // What is there instead; empty when it is whole.
};

// In the order of the file. kCheckpointFileNotFound, errors of File.
Result<std::vector<CheckpointCopy>> ReadCheckpointCopies(FileSystem& files,
                                                         const std::string& path);

}  // namespace contrail
