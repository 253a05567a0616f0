// TableCursor: prepared updates, inserts, replaces, deletes, locks.

#include <algorithm>

#include "engine/change_scope.h"
#include "engine/table_cursor.h"
#include "storage/check.h"

namespace contrail {

Status TableCursor::CheckChangeable() const {
  if (!updatable_) return Error::kPermissionDenied;
  if (context_->transaction->active() && context_->transaction->read_only()) {
    return Error::kTransReadOnly;
  }
  return Status::Ok();
}

Status TableCursor::PrepareUpdate(UpdateKind kind) {
  const RowChange change(*table_, *context_->transaction);
  Refresh();
  if (kind == UpdateKind::kCancel) return CancelUpdate();
  if (update_prepared()) return Error::kAlreadyPrepared;
  RETURN_IF_ERROR(CheckChangeable());
  RETURN_IF_ERROR(change.admitted());
  const Status status = kind == UpdateKind::kInsert ? PrepareInsert() : PrepareCopy(kind);
  if (!status.ok()) {
    DropUpdate();
  } else if (context_->transaction->active()) {
    context_->transaction->Watch(*this);
  }
  return status;
}

Status TableCursor::PrepareInsert() {
  update_definition_ = definition_;
  copy_.StartInsert(definition_->schema(), definition_->layout());
  update_ = PreparedUpdate::kInsert;
  return FillAutomaticColumns(true);
}

Status TableCursor::PrepareCopy(UpdateKind kind) {
  RETURN_IF_ERROR(ReadRecordKey());
  update_key_ = record_key_;
  Transaction& transaction = *context_->transaction;
  const bool replace = kind == UpdateKind::kReplace || kind == UpdateKind::kReplaceNoLock;
  if (transaction.active()) {
    if (kind == UpdateKind::kReplace || kind == UpdateKind::kInsertCopyDeleteOriginal) {
      transaction.NoteWriter(table_->writers());
      RETURN_IF_ERROR(Versioned(definition_->primary_tree()).Lock(*context_, update_key_));
    }
    prepare_epoch_ = transaction.epoch();
    prepare_savepoint_ = transaction.savepoint();
  }
  RETURN_IF_ERROR(CopyRecordBytes(&original_record_));
  ASSIGN_OR_RETURN(
      const RecordView record,
      RecordView::Open(definition_->schema(), definition_->layout(), original_record_));
  update_definition_ = definition_;
  RETURN_IF_ERROR(copy_.StartFrom(record));
  switch (kind) {
    case UpdateKind::kReplace:
      update_ = PreparedUpdate::kReplace;
      break;
    case UpdateKind::kReplaceNoLock:
      update_ = PreparedUpdate::kReplaceNoLock;
      break;
    case UpdateKind::kInsertCopy:
      update_ = PreparedUpdate::kInsertCopy;
      break;
    case UpdateKind::kInsertCopyDeleteOriginal:
      update_ = PreparedUpdate::kInsertCopyDeleteOriginal;
      break;
    case UpdateKind::kInsert:
    case UpdateKind::kCancel:
      return Error::kInvalidParameter;
  }
  return FillAutomaticColumns(!replace);
}

// Auto-increment columns of new records; version columns, which count a record's updates.
Status TableCursor::FillAutomaticColumns(bool insert) {
  const ColumnSchema* increment = definition_->auto_increment_column();
  if (insert && increment != nullptr) {
    ASSIGN_OR_RETURN(const uint64_t number, table_->NextAutoIncrement());
    std::byte bytes[sizeof number];
    StoreLittle(bytes, number);
    RETURN_IF_ERROR(copy_.Set(*increment, 1, {bytes, increment->fixed_size()}));
    NoteChanged(increment->id);
  }
  const ColumnSchema* version = definition_->version_column();
  if (version == nullptr) return Status::Ok();
  uint32_t count = 0;
  const ColumnValue value = copy_.Value(*version);
  if (!insert && value.kind == ValueKind::kInline && value.bytes.size() == sizeof count) {
    count = LoadLittle<uint32_t>(value.bytes.data()) + 1;
  }
  std::byte bytes[sizeof count];
  StoreLittle(bytes, count);
  NoteChanged(version->id);
  return copy_.Set(*version, 1, bytes);
}

void TableCursor::DropUpdate() {
  update_ = PreparedUpdate::kNone;
  prepare_epoch_ = 0;
  context_->transaction->Unwatch(*this);
  changed_columns_.clear();
  made_long_values_.clear();
  patches_ = {};
  update_definition_.reset();
}

void TableCursor::OnRolledBack() {
  if (updating_) return;
  const std::vector<LongValueId> made = made_long_values_;
  DropUpdate();
  // Those made in outer levels are still there. A failure leaves unused space behind.
  if (!made.empty() && context_->transaction->level() > 1) {
    long_values_.ReleaseThosePresent(made).Ignore();
  }
}

Status TableCursor::CancelUpdate() {
  if (!update_prepared()) return Error::kUpdateNotPrepared;
  const std::vector<LongValueId> made = made_long_values_;
  DropUpdate();
  ReleaseAfterRollback(made);
  // They are in the table only through transactions that this session has committed, or is in.
  if (made.empty()) return Status::Ok();
  ChangeScope scope(*context_->transaction);
  RETURN_IF_ERROR(scope.Begin());
  Status status;
  for (const LongValueId id : made) {
    if (status.ok()) status = long_values_.Release(id);
  }
  return scope.Finish(status);
}

Status TableCursor::GiveUpUpdate() {
  return update_prepared() ? PrepareUpdate(UpdateKind::kCancel) : Status::Ok();
}

Result<Bytes> TableCursor::Update() {
  const RowChange change(*table_, *context_->transaction);
  Refresh();
  if (!update_prepared()) return Error::kUpdateNotPrepared;
  RETURN_IF_ERROR(CheckChangeable());
  RETURN_IF_ERROR(change.admitted());
  const bool replace =
      update_ == PreparedUpdate::kReplace || update_ == PreparedUpdate::kReplaceNoLock;
  RETURN_IF_ERROR(copy_.CheckNotNull());
  RETURN_IF_ERROR(CheckColumnsAddedSince());
  const bool too_long = copy_.EncodedSize() > newest_->record_limit();
  // A table that this transaction has changed keeps its tree when this update alone is undone.
  if (too_long && context_->transaction->active()) {
    RETURN_IF_ERROR(table_->LongValueTree(*context_).status());
  }
  // Separating values may have to be taken back with everything else.
  std::optional<RecordBuilder> saved;
  const size_t made_before = made_long_values_.size();
  ChangeScope scope(*context_->transaction);
  RETURN_IF_ERROR(scope.Begin());
  context_->transaction->NoteWriter(table_->writers());
  Status status;
  if (too_long || !patches_.empty()) saved = copy_;
  if (!patches_.empty()) status = ApplyPatches();
  if (status.ok() && too_long) status = FitRecord();
  if (status.ok()) status = replace ? ReplaceRecord() : InsertRecord();
  updating_ = true;
  status = scope.Finish(status);
  updating_ = false;
  if (!status.ok()) {
    if (saved) copy_ = std::move(*saved);
    made_long_values_.resize(std::min(made_before, made_long_values_.size()));
    return status;
  }
  ReleaseAfterRollback(made_long_values_);
  DropUpdate();
  record_found_ = false;
  return Bytes(update_key_);
}

// A column that no record may be without is only added while there are no records: one that was
// being made meanwhile knows nothing of it.
Status TableCursor::CheckColumnsAddedSince() const {
  if (update_definition_ == newest_) return Status::Ok();
  for (const ColumnSchema& column : newest_->schema().columns()) {
    if (column.deleted() || !column.in_every_record()) continue;
    if (update_definition_->schema().FindColumn(column.id) == nullptr) return Error::kNullInvalid;
  }
  return Status::Ok();
}

// Moves the largest values out of the record until it fits.
Status TableCursor::FitRecord() {
  while (copy_.EncodedSize() > newest_->record_limit()) {
    const RecordBuilder::LongValuePlace place = copy_.LargestIntrinsicLongValue();
    if (place.column == 0 || place.stored_size <= kLongValueReferenceSize) {
      return Error::kRecordTooBig;
    }
    const ColumnSchema* column = update_definition_->schema().FindColumn(place.column);
    CHECK(column != nullptr);
    const ColumnValue value = copy_.StoredValue(*column, place.itag_sequence);
    uint32_t size = 0;
    const Status measured = ReadValue(value, 0, {}, &size);
    if (!measured.ok()) return measured;
    std::vector<std::byte> whole(size);
    RETURN_IF_ERROR(ReadValue(value, 0, whole, &size));
    RETURN_IF_ERROR(Separate(*column, place.itag_sequence, whole, 0));
  }
  return Status::Ok();
}

Status TableCursor::MakePrimaryKey(const RecordView& record) {
  const IndexSchema* primary = newest_->primary_index();
  if (primary == nullptr) {
    ASSIGN_OR_RETURN(const uint32_t number, table_->NextSequentialKey());
    MakeSequentialKey(number, key_);
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(const bool present, key_maker_.MakeKey(*primary, record, &long_values_, key_));
  return present ? Status::Ok() : Status(Error::kNullKeyDisallowed);
}

Status TableCursor::InsertRecord() {
  const bool copied = update_ != PreparedUpdate::kInsert;
  ASSIGN_OR_RETURN(const Bytes encoded, copy_.Encode(newest_->record_limit()));
  ASSIGN_OR_RETURN(const RecordView record,
                   RecordView::Open(newest_->schema(), copy_.layout(), encoded));
  RETURN_IF_ERROR(MakePrimaryKey(record));
  if (update_ == PreparedUpdate::kInsertCopyDeleteOriginal) {
    RETURN_IF_ERROR(CheckUnchanged());
    // References first: what the copy shares must not go with the original.
    RETURN_IF_ERROR(ReferToLongValues(record));
    RETURN_IF_ERROR(DeleteRecord(update_key_));
  } else if (copied) {
    RETURN_IF_ERROR(ReferToLongValues(record));
  }
  RETURN_IF_ERROR(Versioned(definition_->primary_tree())
                      .Insert(*context_, key_.bytes(), encoded, &append_hint_));
  RETURN_IF_ERROR(InsertEntries(record, key_.bytes()));
  update_key_.assign(key_.bytes().begin(), key_.bytes().end());
  return Status::Ok();
}

Status TableCursor::ReplaceRecord() {
  ASSIGN_OR_RETURN(const Bytes encoded, copy_.Encode(newest_->record_limit()));
  ASSIGN_OR_RETURN(const RecordView after,
                   RecordView::Open(newest_->schema(), copy_.layout(), encoded));
  RETURN_IF_ERROR(CheckUnchanged());
  ASSIGN_OR_RETURN(const bool same_key, KeepsPrimaryKey(after));
  if (!same_key) return Error::kRecordPrimaryChanged;
  ASSIGN_OR_RETURN(const RecordView before,
                   RecordView::Open(newest_->schema(), copy_.layout(), original_record_));
  RETURN_IF_ERROR(Versioned(definition_->primary_tree()).Replace(*context_, update_key_, encoded));
  RETURN_IF_ERROR(UpdateEntries(before, after, update_key_));
  return ReleaseLongValues(before, &after);
}

// The record may be another one by now than the one that was copied, which index entries and
// references to long values are computed from. Within the transaction that it was prepared in only
// the session itself can have changed it, through another cursor: others' changes are not seen, and
// the change itself conflicts with them.
Status TableCursor::CheckUnchanged() {
  const VersionedTree tree = Versioned(definition_->primary_tree());
  const bool same_transaction =
      prepare_epoch_ != 0 && prepare_epoch_ == context_->transaction->epoch();
  if (same_transaction && !tree.ChangedSince(*context_, update_key_, prepare_savepoint_)) {
    return Status::Ok();
  }
  VersionedCursor record(tree, *context_->transaction);
  const Status found = record.SeekExact(update_key_);
  if (found.Is(Error::kRecordNotFound)) return Error::kRecordDeleted;
  RETURN_IF_ERROR(found);
  if (same_transaction) return Error::kSessionWriteConflict;
  bool same = false;
  RETURN_IF_ERROR(record.ReadData([&](Bytes data) {
    same = Compare(data, original_record_) == 0;
    return Status::Ok();
  }));
  return same ? Status::Ok() : Status(Error::kWriteConflict);
}

Result<bool> TableCursor::KeepsPrimaryKey(const RecordView& record) {
  const IndexSchema* primary = newest_->primary_index();
  if (primary == nullptr || !IsTouched(*primary)) return true;
  RETURN_IF_ERROR(MakePrimaryKey(record));
  return Compare(key_.bytes(), update_key_) == 0;
}

Status TableCursor::DeleteRecord(Bytes primary_key) {
  RETURN_IF_ERROR(Versioned(definition_->primary_tree()).Lock(*context_, primary_key));
  VersionedCursor cursor(Versioned(definition_->primary_tree()), *context_->transaction);
  const Status found = cursor.SeekExact(primary_key);
  if (found.Is(Error::kRecordNotFound)) return Error::kRecordDeleted;
  RETURN_IF_ERROR(found);
  RETURN_IF_ERROR(cursor.ReadData([this](Bytes data) {
    record_.assign(data.begin(), data.end());
    return Status::Ok();
  }));
  ASSIGN_OR_RETURN(const RecordView record,
                   RecordView::Open(newest_->schema(), newest_->layout(), record_));
  RETURN_IF_ERROR(DeleteEntries(record, primary_key));
  RETURN_IF_ERROR(ReleaseLongValues(record, nullptr));
  return Versioned(definition_->primary_tree()).Delete(*context_, primary_key);
}

Status TableCursor::Delete() {
  const RowChange change(*table_, *context_->transaction);
  Refresh();
  RETURN_IF_ERROR(CheckChangeable());
  RETURN_IF_ERROR(change.admitted());
  RETURN_IF_ERROR(ReadRecordKey());
  if (update_ == PreparedUpdate::kInsertCopyDeleteOriginal) return Error::kAlreadyPrepared;
  if (update_prepared()) RETURN_IF_ERROR(CancelUpdate());
  const std::vector<std::byte> primary_key = record_key_;
  ChangeScope scope(*context_->transaction);
  RETURN_IF_ERROR(scope.Begin());
  context_->transaction->NoteWriter(table_->writers());
  Status status = DeleteRecord(primary_key);
  if (status.Is(Error::kRecordNotFound)) status = Error::kRecordDeleted;
  record_found_ = false;
  return scope.Finish(status);
}

Status TableCursor::Lock(uint32_t flags) {
  const RowChange change(*table_, *context_->transaction);
  Refresh();
  if ((flags & (lock_bit::kRead | lock_bit::kWrite)) == 0) return Error::kInvalidGrbit;
  if (!context_->transaction->active()) return Error::kNotInTransaction;
  RETURN_IF_ERROR(CheckChangeable());
  RETURN_IF_ERROR(change.admitted());
  RETURN_IF_ERROR(ReadRecordKey());
  context_->transaction->NoteWriter(table_->writers());
  const Status status = Versioned(definition_->primary_tree()).Lock(*context_, record_key_);
  return status.Is(Error::kRecordNotFound) ? Status(Error::kRecordDeleted) : status;
}

Result<NumberAddition> TableCursor::MakeAddition(ColumnId id, int32_t amount) const {
  ASSIGN_OR_RETURN(const ColumnSchema* column, FindColumn(id));
  if (update_prepared()) return Error::kAlreadyPrepared;
  if (!column->Has(column_flag::kEscrowUpdate) || !column->is_fixed()) {
    return Error::kInvalidOperation;
  }
  // At zero the record would have to go; numbers of 64 bits belong to newer format versions.
  if (column->Has(column_flag::kFinalize) || column->Has(column_flag::kDeleteOnZero) ||
      column->type != ColumnType::kLong) {
    return Error::kFeatureNotAvailable;
  }
  return NumberAddition{column->record_offset, static_cast<uint32_t>(amount)};
}

Result<int32_t> TableCursor::EscrowUpdate(ColumnId id, int32_t amount) {
  {
    const RowChange change(*table_, *context_->transaction);
    Refresh();
    if (!context_->transaction->active()) return Error::kNotInTransaction;
    RETURN_IF_ERROR(CheckChangeable());
    ASSIGN_OR_RETURN(const NumberAddition addition, MakeAddition(id, amount));
    RETURN_IF_ERROR(change.admitted());
    RETURN_IF_ERROR(ReadRecordKey());
    ASSIGN_OR_RETURN(const RecordView record, CopyRecord(0));
    ASSIGN_OR_RETURN(const ColumnSchema* column, FindColumn(id));
    ASSIGN_OR_RETURN(const ColumnValue stored, record.StoredValue(*column));
    // What others have added meanwhile makes no difference to that: nothing else goes unseen.
    if (stored.kind == ValueKind::kInline) {
      context_->transaction->NoteWriter(table_->writers());
      uint32_t before = 0;
      const Status status =
          Versioned(definition_->primary_tree()).Add(*context_, record_key_, addition, &before);
      if (status.Is(Error::kRecordNotFound)) return Error::kRecordDeleted;
      RETURN_IF_ERROR(status);
      return static_cast<int32_t>(before);
    }
  }
  return EscrowReplace(id, amount);
}

// The record has null there, or not even room for the number (written by somebody who did not see
// the column yet): it is written again, with the value that a reader sees, or 0, to begin with.
Result<int32_t> TableCursor::EscrowReplace(ColumnId id, int32_t amount) {
  RETURN_IF_ERROR(PrepareUpdate(UpdateKind::kReplace));
  const ColumnSchema* column = copy_.schema().FindColumn(id);
  if (column == nullptr) {
    DropUpdate();
    return Error::kColumnNotFound;
  }
  const ColumnValue value = copy_.Value(*column);
  uint32_t before = 0;
  if (value.kind == ValueKind::kInline && value.bytes.size() == sizeof(before)) {
    before = LoadLittle<uint32_t>(value.bytes.data());
  }
  std::byte bytes[sizeof(before)];
  StoreLittle(bytes, before + static_cast<uint32_t>(amount));
  Status status = copy_.Set(*column, 1, bytes);
  NoteChanged(column->id);
  if (status.ok()) status = Update().status();
  if (update_prepared()) DropUpdate();
  RETURN_IF_ERROR(status);
  return static_cast<int32_t>(before);
}

}  // namespace contrail
