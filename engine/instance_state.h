// InstanceState: what the engine keeps in the checkpoint and in the header of every log generation,
// so that recovery knows which databases the records that follow belong to.
// docs/format/checkpoint.md.

#pragma once

#include <string>
#include <vector>

#include "storage/database_header.h"
#include "storage/lgpos.h"
#include "storage/status.h"

namespace contrail {

struct Attachment {
  uint8_t database_id = 0;  // 1..kMaxDatabases; named in log records.
  std::string path;
  Signature signature;  // Of the database.
  Lgpos position;       // Of its attach record.
  // Counters of the database at the time of the checkpoint: pages that were written before it may
  // carry values that neither the header on disk nor the log from the checkpoint on knows of.
  DbTime dbtime = 0;
  ObjectId last_object_id = 0;
  friend bool operator==(const Attachment&, const Attachment&) = default;
};

// JET allows six user databases and one temporary one per instance.
inline constexpr uint8_t kMaxDatabases = 7;

struct BackupMark {
  Lgpos position;
  LogTime time;
  friend bool operator==(const BackupMark&, const BackupMark&) = default;
};

struct InstanceState {
  std::vector<Attachment> attachments;
  uint64_t next_transaction = 1;
  BackupMark last_full_backup;
  BackupMark last_incremental_backup;
  friend bool operator==(const InstanceState&, const InstanceState&) = default;
};

std::vector<std::byte> EncodeInstanceState(const InstanceState& state);
// kLogFileCorrupt when malformed. An empty input is an empty state.
Result<InstanceState> DecodeInstanceState(Bytes encoded);

// Payload of kCreateDatabase and kAttachDatabase records; kDetachDatabase has the id only.
struct AttachRecord {
  uint8_t database_id = 0;
  Signature signature;
  uint32_t page_size = 0;
  uint32_t initial_pages = 0;  // kCreateDatabase
  LogTime time;                // Of creation or attachment.
  std::string path;
};
std::vector<std::byte> EncodeAttachRecord(const AttachRecord& record);
Result<AttachRecord> DecodeAttachRecord(Bytes payload);

}  // namespace contrail
