// TableCursor: the object behind a JET_TABLEID: a position in a table through one of its indexes, a
// search key, an index range, and the copy buffer of an update.
//
// Invariants
// 1. index_cursor() stands in the current index: the primary tree, or a secondary one whose entries
//    hold primary keys. With a secondary index the record is looked up by primary key when needed.
// 2. Place: before the first entry, after the last, on an entry, or between entries (then the tree
//    cursor stands on the next one). Only "on an entry" has a current record; the record itself may
//    have been deleted meanwhile (kRecordDeleted).
// 3. A prepared update belongs to the place of the cursor: whatever moves it (Move, also by 0 rows,
//    Seek, Goto..., SetCurrentIndex) cancels the update first, as ESE does. Ranges, counts and keys
//    do not; the update remembers its record's primary key.
// 4. A prepared update goes with the level it was prepared in: when that one (or an inner one that
//    long values of it were made in) is rolled back, nothing is prepared any more.
//
// Belongs to one session; used by one thread at a time. Flags: engine/cursor_flags.h; unknown flags
// are refused by the API. Retrieval outside of a transaction sees the newest committed state;
// changes outside of a transaction run in one of their own that is committed durably.

#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/cursor_flags.h"
#include "engine/index_key.h"
#include "engine/long_value.h"
#include "engine/long_value_patch.h"
#include "engine/record_builder.h"
#include "engine/search_key.h"
#include "engine/table.h"

namespace contrail {

struct RetrieveArguments {
  uint32_t flags = 0;          // retrieve_bit
  uint32_t offset = 0;         // First byte wanted of a long value (ibLongValue).
  uint32_t itag_sequence = 1;  // From 1. With kTag: out, the number of the value found.
  ColumnId next_tagged = 0;    // Out, for column 0: the column found.
  uint32_t actual_size = 0;    // Out: bytes from `offset` on.
};

struct SetArguments {
  uint32_t flags = 0;   // set_column_bit
  uint32_t offset = 0;  // For kOverwrite (ibLongValue).
  uint32_t itag_sequence = 1;
  uint32_t size = 0;  // For kSize: the value's new length.
  // For kUniqueNormalizedValues: by what sort order the keys are made; of the default key limits.
  const IndexSchema* order = nullptr;
};

struct RecordSize {
  uint64_t data = 0, long_value_data = 0, overhead = 0, long_value_overhead = 0;
  uint64_t non_tagged_columns = 0, tagged_columns = 0, long_values = 0, multi_values = 0;
  uint64_t compressed_columns = 0, data_compressed = 0, long_value_data_compressed = 0;
};

// Entries before the position, with the same key, and in all; estimates.
struct RecordPosition {
  uint64_t less = 0, in_range = 1, total = 0;
};

class TableCursor final : private LevelWatcher {
 public:
  // `context` belongs to the session and outlives the cursor. Starts before the first entry of the
  // primary index. A cursor that is not updatable refuses changes with kPermissionDenied.
  TableCursor(std::shared_ptr<Table> table, OperationContext& context, bool updatable);
  ~TableCursor();
  TableCursor(const TableCursor&) = delete;
  TableCursor& operator=(const TableCursor&) = delete;

  Table& table() { return *table_; }
  // As of the last operation, and as of now; as the session's transaction sees the table.
  const TableDefinition& definition() const { return *definition_; }
  const TableDefinition& CurrentDefinition() {
    Refresh();
    return *definition_;
  }
  bool updatable() const { return updatable_; }
  Transaction& transaction() { return *context_->transaction; }

  // JetDupCursor: same table and session, primary index, no record (unlike the original's place).
  std::unique_ptr<TableCursor> Duplicate() const;

  // --- Current index (engine/cursor_index.cc)
  // Empty name: the primary index. kNoMove keeps the record when it has an entry in the index
  // (kNoCurrentRecord otherwise); itag_sequence then chooses the entry of a multi-valued column.
  // kIndexNotFound.
  Status SetCurrentIndex(std::string_view name, uint32_t flags = current_index_bit::kMoveFirst,
                         uint32_t itag_sequence = 1);
  // Null when the current index is the sequential one of a table without primary index.
  const IndexSchema* current_index() const;

  // --- Moves (cursor_move.cc). Without an entry to stand on: kNoCurrentRecord, and the cursor
  // stands before the first or after the last entry (of the range). kFirst and kLast of move_bit
  // end the index range; other counts move relatively; 0 tests the current record
  // (kNoCurrentRecord, kRecordDeleted).
  Status Move(int32_t rows, uint32_t flags = 0);
  Status MoveFirst() { return Move(move_bit::kFirst); }
  Status MoveLast() { return Move(move_bit::kLast); }
  Status MoveNext() { return Move(1); }
  Status MovePrevious() { return Move(-1); }
  void MoveBeforeFirst();
  void MoveAfterLast();

  // --- Keys, seeks, ranges (cursor_seek.cc)
  // JetMakeKey; flags are make_key_bit (engine/search_key.h).
  Status MakeKey(Bytes value, uint32_t flags);
  // JetSeek. kRecordNotFound leaves the cursor between the entries around the key.
  // kWarnSeekNotEqual (greater-or-equal and less-or-equal only), kWarnUniqueKey, kKeyNotMade,
  // kInvalidGrbit.
  Status Seek(uint32_t flags);
  // JetSetIndexRange; uses up the search key. kNoCurrentRecord when nothing (more) is in the range.
  Status SetIndexRange(uint32_t flags);
  // JetRetrieveKey: the current entry's key, with kCopy the search key. Valid until the next call.
  // kKeyNotMade, kNoCurrentRecord.
  Result<Bytes> RetrieveKey(uint32_t flags);

  // --- Bookmarks and positions (cursor_bookmark.cc). Bytes are valid until the next call.
  Result<Bytes> GetBookmark();
  struct SecondaryBookmark {
    Bytes secondary_key;
    Bytes primary_key;
  };
  Result<SecondaryBookmark> GetSecondaryBookmark();  // kNoCurrentIndex on the primary index.
  // kInvalidBookmark, kRecordDeleted, kNoCurrentRecord (no entry in the current index).
  Status GotoBookmark(Bytes bookmark);
  // With `permit_virtual` an entry that is gone leaves the cursor where it was (still
  // kRecordDeleted).
  Status GotoSecondaryBookmark(Bytes secondary_key, Bytes primary_key, bool permit_virtual);
  // JetIndexRecordCount: entries from the current one on (in the range), at most `limit` (0: all).
  Result<uint64_t> CountRecords(uint64_t limit);
  Result<RecordPosition> GetPosition();
  Status GotoPosition(const RecordPosition& position);

  // --- Retrieval (cursor_retrieve.cc)
  // kWarnColumnNull, kWarnBufferTruncated, kNoCurrentRecord, kRecordDeleted, kColumnNotFound,
  // kBadColumnId, kBadItagSequence. Column 0: the n-th value among all tagged columns.
  // With kFromIndex the value is taken from the current entry where its key tells it, else from the
  // record: of a multi-valued column the value that the entry stands for. kFromPrimaryBookmark: the
  // same from the primary key in the entry. kTag returns that value's number.
  // kIndexTuplesCannotRetrieveFromIndex (without kTuple), kColumnNotFound (not of the index),
  // kInvalidGrbit, kSecondaryIndexCorrupted (the record has no such entry).
  Status RetrieveColumn(ColumnId column, MutableBytes to, RetrieveArguments* arguments);
  // What JET_RETRIEVECOLUMN reports for itagSequence 0.
  Result<uint32_t> CountValues(ColumnId column, uint32_t flags);
  // The current record, or with kCopy the copy buffer, encoded. Valid until the next call; for
  // whoever enumerates columns. Long values are read with ReadValue.
  Result<RecordView> CopyRecord(uint32_t flags);
  // Copies a value found in a record from `offset` on, decompressed, from the long value tree where
  // it is separated. *actual_size: its bytes from `offset` on. `flags`: those it was found with, as
  // a separated value of the copy buffer may have changed in parts. kWarnBufferTruncated.
  Status ReadValue(const ColumnValue& value, uint32_t offset, MutableBytes to,
                   uint32_t* actual_size, uint32_t flags = 0);
  Status AddRecordSize(uint32_t flags, RecordSize* size);  // JetGetRecordSize; adds to *size.

  // --- Changes (cursor_update.cc, cursor_set_column.cc, cursor_index_entries.cc). Of two cursors
  // of one session that have prepared a replace of the same record the one that updates second gets
  // kSessionWriteConflict: its copy is not of the record as it is.
  // kAlreadyPrepared, kUpdateNotPrepared (cancel), kNoCurrentRecord, kWriteConflict,
  // kPermissionDenied.
  Status PrepareUpdate(UpdateKind kind);
  bool update_prepared() const { return update_ != PreparedUpdate::kNone; }
  // JetSetColumn. Empty data is null unless kZeroLength. kUpdateNotPrepared, kColumnTooBig,
  // kInvalidBufferSize, kNullInvalid, kMultiValuedDuplicate, kMultiValuedDuplicateAfterTruncation,
  // kInvalidGrbit (a part of a value, or its uniqueness), kInvalidColumnType (auto-increment, or
  // version in a replace), kColumnNotUpdatable, kNotInTransaction (long values), kColumnNoChunk
  // (overwriting from behind the value's end). After an error nothing of it has happened.
  Status SetColumn(ColumnId column, Bytes data, const SetArguments& arguments);
  // JetUpdate; the cursor does not move. The bookmark of the record written is valid until the next
  // call. After an error the update stays prepared and nothing of it is in the table.
  // kKeyDuplicate, kMultiValuedIndexViolation (a unique index, and two values of the record with
  // one key), kNullKeyDisallowed, kKeyTruncated, kNullInvalid, kRecordTooBig, kRecordPrimaryChanged
  // (a replace cannot change the primary key), kWriteConflict, kSessionWriteConflict,
  // kRecordDeleted.
  Result<Bytes> Update();
  // The current record and its index entries and long values. The cursor stays where it was. Ends a
  // prepared update; kAlreadyPrepared when that is an insert that replaces its original.
  Status Delete();
  // JetGetLock. kRead locks like kWrite. kNotInTransaction.
  Status Lock(uint32_t flags);
  // JetEscrowUpdate on a fixed Long column: adds `amount`. The value before, as the page has it:
  // with what other transactions have added. Those do not conflict; replacing, deleting and locking
  // the record do, both ways (kWriteConflict). A record that has no value of its own in the column
  // is replaced. kInvalidOperation: no escrow column. kAlreadyPrepared. kNotInTransaction.
  // kFeatureNotAvailable: one that deletes its record at zero, or of another type (newer Windows).
  Result<int32_t> EscrowUpdate(ColumnId column, int32_t amount);

 private:
  TableCursor(std::shared_ptr<Table> table, OperationContext& context, bool updatable,
              Table::Definitions definitions);

  enum class Place : uint8_t {
    kBeforeFirst,
    kAfterLast,
    kOnEntry,
    kBeforeEntry,  // The tree cursor stands on the next entry.
    kBetween,      // The tree cursor stands at a bookmark without an entry.
  };
  enum class PreparedUpdate : uint8_t {
    kNone,
    kInsert,
    kInsertCopy,
    kInsertCopyDeleteOriginal,
    kReplace,
    kReplaceNoLock,
  };
  struct Range {
    bool active = false;
    bool upper = false;
    bool inclusive = false;
    std::vector<std::byte> limit;
  };

  // table_cursor.cc
  void Refresh() {
    if (table_->generation() != generation_ || newest_ != definition_) TakeDefinition();
  }
  void TakeDefinition();
  VersionedTree Versioned(const Tree& tree) const { return {tree, table_->manager()}; }
  VersionedCursor& entries() { return secondary_ != nullptr ? *secondary_entries_ : records_; }
  void LeaveEntry(Place place);
  Status RequireEntry() const;
  // The primary key of the current entry's record, in record_key_.
  Status ReadRecordKey();
  // Makes records_ stand on the current entry's record. kNoCurrentRecord, kRecordDeleted.
  Status FindRecord();
  Status CopyRecordBytes(std::vector<std::byte>* to);
  Result<const ColumnSchema*> FindColumn(ColumnId id) const;

  // cursor_index.cc
  // Null: the primary one. kIndexNotFound: deleted by somebody; the current index stays.
  Status UseIndex(const TableDefinition::SecondaryIndex* index);
  // Stands on the entry, in the current index, of the record with this primary key.
  Status StandOnEntryOf(Bytes primary_key, uint32_t itag_sequence);

  // cursor_move.cc
  Status StepForward();
  Status StepBackward();
  Status Arrive(Status status, Place at_end);
  bool WithinRange(Bytes key) const;
  Status SeekRangeStart();

  // cursor_seek.cc
  Status SeekEqual(uint32_t flags);
  Status SeekForward(bool strict);
  Status SeekBackward(bool strict);
  Result<bool> IsOnlyEntryOfKey();

  // cursor_retrieve.cc
  // cursor_retrieve_entry.cc
  struct EntryKey {
    const IndexSchema* index;
    Bytes key;
  };
  Result<EntryKey> FindEntryKey(uint32_t flags);
  // Not *done: the record has to be asked, for the value whose number is in the arguments now.
  Status RetrieveFromEntry(ColumnId id, MutableBytes to, RetrieveArguments* arguments, bool* done);
  Result<uint32_t> FindEntryValue(const EntryKey& entry, const ColumnSchema& column);
  Status RetrieveStored(const ColumnSchema& column, MutableBytes to, RetrieveArguments* arguments);
  Status RetrieveNthTagged(MutableBytes to, RetrieveArguments* arguments);

  // cursor_set_column.cc
  Status SetLongColumn(const ColumnSchema& column, Bytes data, const SetArguments& arguments);
  Status SetWhole(const ColumnSchema& column, uint32_t itag_sequence, Bytes value, uint32_t flags);
  Status ChangeSeparated(const ColumnSchema& column, const ColumnValue& value, Bytes data,
                         const SetArguments& arguments);
  Status ChangeIntrinsic(const ColumnSchema& column, const ColumnValue& value, Bytes data,
                         const SetArguments& arguments);
  Status Separate(const ColumnSchema& column, uint32_t itag_sequence, Bytes value, uint32_t flags);
  bool MaySeparate(const ColumnSchema& column, Bytes data, const SetArguments& arguments) const;
  Status SetLongValue(const ColumnSchema& column, Bytes data, const SetArguments& arguments);
  void FindReplacedValues(const ColumnSchema& column, const SetArguments& arguments,
                          std::vector<LongValueId>* made) const;
  // Deletes long values that this update made and that nothing refers to any more.
  Status DropMade(std::span<const LongValueId> ids);
  void NoteMade(LongValueId id);
  void ReleaseAfterRollback(std::vector<LongValueId> made);
  bool WasMadeHere(LongValueId id) const;
  void NoteChanged(ColumnId column);

  // cursor_unique_value.cc
  // kMultiValuedDuplicate, kMultiValuedDuplicateAfterTruncation.
  Status CheckUniqueValue(const ColumnSchema& column, Bytes data, const SetArguments& arguments);
  Status MeasureValue(const ColumnValue& value, uint32_t* size);

  // cursor_patches.cc
  LongValuePatch* FindPatch(LongValueId id);
  bool IsIndexed(const ColumnSchema& column) const;
  Result<LongValuePatch*> PatchFor(const ColumnSchema& column, LongValueId id, uint32_t size,
                                   size_t more);
  Status ApplyPatches();

  // cursor_update.cc
  void OnRolledBack() override;
  Status CheckChangeable() const;
  Status PrepareInsert();
  Status PrepareCopy(UpdateKind kind);
  Status CancelUpdate();
  // Before the cursor moves (invariant 3).
  Status GiveUpUpdate();
  void DropUpdate();
  Status FillAutomaticColumns(bool insert);
  Status FitRecord();
  Status InsertRecord();
  Status ReplaceRecord();
  Status CheckColumnsAddedSince() const;
  Status CheckUnchanged();
  Result<NumberAddition> MakeAddition(ColumnId id, int32_t amount) const;
  Result<int32_t> EscrowReplace(ColumnId id, int32_t amount);
  Result<bool> KeepsPrimaryKey(const RecordView& record);
  Status MakePrimaryKey(const RecordView& record);
  Status DeleteRecord(Bytes primary_key);

  // cursor_index_entries.cc
  // The keys of a record to be written, in new_keys_. kMultiValuedIndexViolation.
  Status MakeNewKeys(const IndexSchema& index, const RecordView& record);
  Status InsertEntries(const RecordView& record, Bytes primary_key);
  Status DeleteEntries(const RecordView& record, Bytes primary_key);
  Status UpdateEntries(const RecordView& before, const RecordView& after, Bytes primary_key);
  bool IsTouched(const IndexSchema& index) const;
  // Long values that a record refers to.
  Status ReferToLongValues(const RecordView& record);
  Status ReleaseLongValues(const RecordView& before, const RecordView* after);

  std::shared_ptr<Table> table_;
  std::shared_ptr<const TableDefinition> definition_;  // As the session's transaction sees it.
  std::shared_ptr<const TableDefinition> newest_;      // What changes of rows go by.
  uint64_t generation_ = 0;
  OperationContext* context_;
  bool updatable_;

  VersionedCursor records_;                                     // In the primary tree.
  const TableDefinition::SecondaryIndex* secondary_ = nullptr;  // Null: the primary index.
  std::optional<VersionedCursor> secondary_entries_;
  Place place_ = Place::kBeforeFirst;
  bool record_found_ = false;  // records_ stands on the current entry's record.
  std::vector<std::byte> record_key_;
  std::vector<std::byte> goto_key_;
  Range range_;
  SearchKey search_key_;

  PreparedUpdate update_ = PreparedUpdate::kNone;
  bool updating_ = false;  // Within Update, which puts things right itself.
  std::shared_ptr<const TableDefinition> update_definition_;  // The copy buffer's schema.
  RecordBuilder copy_;
  std::vector<std::byte> update_key_;       // Primary key of the record updated or written.
  std::vector<std::byte> original_record_;  // As it was at PrepareUpdate.
  uint64_t prepare_epoch_ = 0;  // Transaction it was prepared in, 0: none; and a point behind the
  const VersionRecord* prepare_savepoint_ = nullptr;  // lock in that one's changes.
  std::vector<ColumnId> changed_columns_;
  std::vector<LongValueId> made_long_values_;
  std::vector<LongValuePatch> patches_;  // Of values of original_record_.

  LongValueStore long_values_;
  IndexKeyMaker key_maker_;
  IndexKeySet old_keys_;
  IndexKeySet new_keys_;
  KeyBuffer key_;        // The primary key of a record being written.
  KeyBuffer entry_key_;  // Of its entry in a secondary index.
  Tree::AppendHint append_hint_;
  std::vector<std::byte> record_;  // A copy of a record.
  std::vector<std::byte> value_;   // A value decompressed.
  std::vector<std::byte> compressed_;
};

}  // namespace contrail
