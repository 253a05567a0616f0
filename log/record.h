// Log records as the log sees them: a type and opaque bytes. docs/format/log.md.

#pragma once

#include "storage/bytes.h"
#include "storage/lgpos.h"

namespace contrail {

// The log itself only understands kMutation. The floors above own the other ranges.
enum class RecordType : uint8_t {
  kMutation = 1,  // storage/mutation.h
  // engine/: 16..63
  kCommit = 16,
  kRollbackEnd = 17,
  kCreateDatabase = 18,
  kAttachDatabase = 19,
  kDetachDatabase = 20,
  kTreeFreed = 21,
  kRecoveryUndoBegin = 22,
  kShutdown = 23,
  kCheckpointHint = 24,
  // backup/: 64..79 (the Backup2 record of the contract: phases begin .. stop)
  kBackup = 64,
  kExternalRestore = 65,
};

struct LogRecord {
  Lgpos position;  // Of the record's first byte.
  RecordType type = RecordType::kMutation;
  Bytes payload;  // Valid until the reader moves on.
};

}  // namespace contrail
