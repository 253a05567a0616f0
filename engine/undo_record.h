// UndoRecord: the annotation of a log record: what undo needs to know of the change, or that the
// change is itself the undoing of one. Format: docs/format/transaction_records.md.

#pragma once

#include <vector>

#include "engine/version_store.h"
#include "storage/log_time.h"
#include "storage/status.h"

namespace contrail {

struct UndoRecord {
  enum class Type : uint8_t {
    kInsert = 1,
    kReplace = 2,
    kDelete = 3,
    kCreateTree = 5,
    kDropTree = 6,
    kTreeFreed = 7,      // A dropped tree's last pages went back.
    kAdd = 8,            // Its image is what StoreAddition (engine/version_store.h) makes.
    kCompensation = 16,  // Undoes the transaction's newest change that is not undone yet.
  };

  Type type = Type::kCompensation;
  uint64_t transaction = 0;  // Of kTreeFreed: the one that dropped the tree.
  // All but kCompensation.
  PageNumber root = 0;
  ObjectId object_id = 0;
  // kInsert, kReplace, kDelete, kAdd.
  bool unique = true;
  bool has_image = false;
  Bytes key;
  Bytes data;   // The bookmark's second part in a non-unique tree.
  Bytes image;  // The node's data before.
};

void AppendUndoRecord(const UndoRecord& record, std::vector<std::byte>* out);
// Spans point into the annotation. kLogFileCorrupt when malformed.
Result<UndoRecord> ParseUndoRecord(Bytes annotation);

// Payload of RecordType::kCommit.
struct CommitRecord {
  static constexpr size_t kSize = 24;
  uint64_t transaction = 0;
  CommitTime commit_time = 0;
  LogTime time;
};
void StoreCommitRecord(const CommitRecord& record, std::byte* to);
Result<CommitRecord> ParseCommitRecord(Bytes payload);

// Payload of RecordType::kRollbackEnd: the transaction's id.
inline constexpr size_t kRollbackEndSize = 8;
Result<uint64_t> ParseRollbackEnd(Bytes payload);

}  // namespace contrail
