// TableCursor: the current index.

#include "engine/table_cursor.h"

namespace contrail {

const IndexSchema* TableCursor::current_index() const {
  return secondary_ != nullptr ? secondary_->schema : definition_->primary_index();
}

Status TableCursor::UseIndex(const TableDefinition::SecondaryIndex* index) {
  if (index != nullptr) RETURN_IF_ERROR(table_->UseIndex(index->schema->object_id));
  if (secondary_ != nullptr) table_->LeaveIndex(secondary_->schema->object_id);
  secondary_ = index;
  secondary_entries_.reset();
  if (index != nullptr) {
    secondary_entries_.emplace(Versioned(index->tree), *context_->transaction);
  }
  LeaveEntry(Place::kBeforeFirst);
  range_.active = false;
  search_key_.Reset();
  return Status::Ok();
}

Status TableCursor::SetCurrentIndex(std::string_view name, uint32_t flags, uint32_t itag_sequence) {
  Refresh();
  const TableDefinition::SecondaryIndex* index = nullptr;
  const IndexSchema* primary = definition_->primary_index();
  if (!name.empty() && (primary == nullptr || !NamesEqual(primary->name, name))) {
    index = definition_->FindSecondary(name);
    if (index == nullptr) return Error::kIndexNotFound;
  }
  RETURN_IF_ERROR(GiveUpUpdate());
  if ((flags & current_index_bit::kNoMove) != 0) {
    if (index == secondary_ && itag_sequence <= 1) return Status::Ok();
    RETURN_IF_ERROR(ReadRecordKey());
    const std::vector<std::byte> primary_key = record_key_;
    RETURN_IF_ERROR(UseIndex(index));
    return StandOnEntryOf(primary_key, itag_sequence);
  }
  RETURN_IF_ERROR(UseIndex(index));
  if ((flags & current_index_bit::kMoveBeforeFirst) != 0) return Status::Ok();
  const Status moved = MoveFirst();
  return moved.Is(Error::kNoCurrentRecord) ? Status::Ok() : moved;
}

Status TableCursor::StandOnEntryOf(Bytes primary_key, uint32_t itag_sequence) {
  LeaveEntry(Place::kBetween);
  const Status found = records_.SeekExact(primary_key);
  if (found.Is(Error::kRecordNotFound)) return Error::kRecordDeleted;
  RETURN_IF_ERROR(found);
  if (secondary_ == nullptr) {
    place_ = Place::kOnEntry;
    return Status::Ok();
  }
  LeaveEntry(Place::kBeforeFirst);
  RETURN_IF_ERROR(records_.ReadData([this](Bytes data) {
    record_.assign(data.begin(), data.end());
    return Status::Ok();
  }));
  ASSIGN_OR_RETURN(const RecordView record,
                   RecordView::Open(definition_->schema(), definition_->layout(), record_));
  RETURN_IF_ERROR(key_maker_.MakeKeys(*secondary_->schema, record, &long_values_, new_keys_));
  if (new_keys_.empty()) return Error::kNoCurrentRecord;
  if (itag_sequence > new_keys_.size()) return Error::kBadItagSequence;
  const Bytes key = new_keys_[itag_sequence > 0 ? itag_sequence - 1 : 0];
  const Status entry =
      secondary_entries_->SeekExact(key, secondary_->tree.unique() ? Bytes() : primary_key);
  if (entry.Is(Error::kRecordNotFound)) return Error::kNoCurrentRecord;
  RETURN_IF_ERROR(entry);
  place_ = Place::kOnEntry;
  record_found_ = true;
  return Status::Ok();
}

}  // namespace contrail
