// Undo: reverses one change, in normal rollback and in recovery alike, and removes what deletion
// left behind. docs/format/transaction_records.md.

#pragma once

#include "engine/transaction_state.h"
#include "engine/undo_record.h"

namespace contrail {

// A change to be reversed.
struct UndoTarget {
  Tree tree;
  ChangeKind kind = ChangeKind::kInsert;
  Bytes key;
  Bytes data;
  Bytes image;
  bool has_image = false;
};

// Reverses the change by a logged change that is annotated as a compensation. In the same instant
// `version` (null in recovery) leaves the store. Not for locks.
Status UndoChange(MutationScratch* scratch, const UndoTarget& target, uint64_t transaction,
                  VersionStore& store, VersionRecord* version);

// Physically removes a node that is flagged deleted and has no versions; does nothing otherwise.
Status EraseIfUnversioned(MutationScratch* scratch, Tree tree, Bytes key, Bytes data,
                          VersionStore& store);

// Gives back all pages of a tree; the last step's log record carries `last_annotation`.
Status FreeTree(MutationScratch* scratch, Database& database, PageNumber root,
                const UndoRecord& last_annotation);

// A log record that changes no page and only carries an annotation.
Status LogAnnotation(MutationScratch* scratch, Database& database, const UndoRecord& annotation);

}  // namespace contrail
