// The checkpoint file <base>.chk: where redo has to start. Two copies written in turn, each with a
// sequence number and a hash, so that a torn write leaves the older one. docs/format/checkpoint.md.

#pragma once

#include "log/log_files.h"

namespace contrail {

// Largest state of the engine, in bytes.
inline constexpr size_t kMaxCheckpointState = 256 << 10;

struct Checkpoint {
  Lgpos position;         // Redo starts here.
  Signature signature;    // Of the log stream.
  uint64_t sequence = 0;  // Filled in by WriteCheckpoint.
  std::vector<std::byte>
      state;  // The engine's: attached databases, last backups (at most 256 KiB).
};

std::string CheckpointFileName(const std::string& base);
// The base name of the log whose checkpoint is among the names of a folder's files; "edb" without
// one. kInvalidParameter: there are those of several logs.
Result<std::string> FindBaseName(const std::vector<std::string>& names);

// kCheckpointFileNotFound, kCheckpointCorrupt (neither copy is whole), kBadLogVersion (the same,
// and one is of a newer version); with an event.
Result<Checkpoint> ReadCheckpoint(FileSystem&, EventSink&, const std::string& path);
// Creates the file when needed. Durable on return. `position` must not lie behind what is durable
// (LogWriter::DurableEnd): redo could not begin there after a crash. kInvalidParameter when the
// state is too large; kBadLogVersion when what is there is a newer version's.
Status WriteCheckpoint(FileSystem&, const std::string& path, Checkpoint checkpoint);

}  // namespace contrail
