#include "engine/table_cursor.h"

#include <utility>

#include "storage/check.h"

namespace contrail {

TableCursor::TableCursor(std::shared_ptr<Table> table, OperationContext& context, bool updatable)
    : TableCursor(table, context, updatable, table->DefinitionsFor(*context.transaction)) {}

TableCursor::TableCursor(std::shared_ptr<Table> table, OperationContext& context, bool updatable,
                         Table::Definitions definitions)
    : table_(std::move(table)),
      definition_(std::move(definitions.seen)),
      newest_(std::move(definitions.newest)),
      generation_(table_->generation()),
      context_(&context),
      updatable_(updatable),
      records_(Versioned(definition_->primary_tree()), *context.transaction),
      long_values_(context, *table_) {}

TableCursor::~TableCursor() {
  // An update that was never finished leaves no trace: what it made goes with it.
  if (update_ != PreparedUpdate::kNone) CancelUpdate().Ignore();
  if (secondary_ != nullptr) table_->LeaveIndex(secondary_->schema->object_id);
}

std::unique_ptr<TableCursor> TableCursor::Duplicate() const {
  return std::make_unique<TableCursor>(table_, *context_, updatable_);
}

void TableCursor::TakeDefinition() {
  // The generation first: a definition set in between is taken next time.
  generation_ = table_->generation();
  Table::Definitions definitions = table_->DefinitionsFor(*context_->transaction);
  newest_ = std::move(definitions.newest);
  const auto before = std::exchange(definition_, std::move(definitions.seen));
  if (secondary_ == nullptr) return;
  const ObjectId object_id = secondary_->schema->object_id;
  if (const auto* index = definition_->FindSecondary(object_id); index != nullptr) {
    secondary_ = index;
    return;
  }
  // Its index has gone with the rollback of what had made it.
  const Status primary = UseIndex(nullptr);
  DCHECK(primary.ok());
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
