#include "engine/table_cursor.h"

#include <utility>

#include "storage/check.h"

namespace contrail {

TableCursor::TableCursor(std::shared_ptr<Table> table, OperationContext& context, bool updatable)
    : table_(std::move(table)),
      definition_(table_->definition()),
      generation_(table_->generation()),
      context_(&context),
      updatable_(updatable),
      records_(Versioned(definition_->primary_tree()), *context.transaction),
      self_(std::make_shared<TableCursor*>(this)),
      long_values_(context, *table_) {}

TableCursor::~TableCursor() {
  // An update that was never finished leaves no trace: what it made goes with it.
  if (update_ != PreparedUpdate::kNone) CancelUpdate().Ignore();
}

std::unique_ptr<TableCursor> TableCursor::Duplicate() const {
  return std::make_unique<TableCursor>(table_, *context_, updatable_);
}

void TableCursor::TakeDefinition() {
  // The generation first: a definition set in between is taken next time.
  generation_ = table_->generation();
  const auto old_definition = std::exchange(definition_, table_->definition());
  if (secondary_ == nullptr) return;
  const ObjectId object_id = secondary_->schema->object_id;
  secondary_ = definition_->FindSecondary(object_id);
  if (secondary_ != nullptr) return;
  UseIndex(nullptr);  // Its index is gone.
}

void TableCursor::LeaveEntry(Place place) {
  place_ = place;
  record_found_ = false;
}

Status TableCursor::RequireEntry() const {
  return place_ == Place::kOnEntry ? Status::Ok() : Status(Error::kNoCurrentRecord);
}

Status TableCursor::ReadRecordKey() {
  RETURN_IF_ERROR(RequireEntry());
  if (secondary_ == nullptr) {
    record_key_.assign(records_.key().begin(), records_.key().end());
    return Status::Ok();
  }
  VersionedCursor& entry = *secondary_entries_;
  if (!secondary_->tree.unique()) {
    record_key_.assign(entry.bookmark_data().begin(), entry.bookmark_data().end());
    return Status::Ok();
  }
  return entry.ReadData([this](Bytes data) {
    record_key_.assign(data.begin(), data.end());
    return Status::Ok();
  });
}

Status TableCursor::FindRecord() {
  RETURN_IF_ERROR(RequireEntry());
  if (secondary_ == nullptr || record_found_) return Status::Ok();
  RETURN_IF_ERROR(ReadRecordKey());
  const Status status = records_.SeekExact(record_key_);
  if (status.Is(Error::kRecordNotFound)) return Error::kRecordDeleted;
  RETURN_IF_ERROR(status);
  record_found_ = true;
  return Status::Ok();
}

Status TableCursor::CopyRecordBytes(std::vector<std::byte>* to) {
  RETURN_IF_ERROR(FindRecord());
  return records_.ReadData([to](Bytes data) {
    to->assign(data.begin(), data.end());
    return Status::Ok();
  });
}

Result<const ColumnSchema*> TableCursor::FindColumn(ColumnId id) const {
  if (StoredColumnId(id) == 0 || StoredColumnId(id) > kLastTaggedColumn) {
    return Error::kBadColumnId;
  }
  const ColumnSchema* column = definition_->schema().FindColumn(id);
  if (column == nullptr || column->deleted()) return Error::kColumnNotFound;
  return column;
}

}  // namespace contrail
