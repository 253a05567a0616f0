// TableCursor: entries of secondary indexes and references to long values, as records come, change
// and go.

#include <algorithm>

#include "engine/table_cursor.h"

namespace contrail {
namespace {

// Visits the long values that a record refers to: visit(LongValueId) -> Status.
template <typename Visit>
Status ForEachLongValue(const RecordView& record, Visit&& visit) {
  for (uint32_t i = 0; i < record.tagged_count(); ++i) {
    ASSIGN_OR_RETURN(const TaggedField field, record.TaggedAt(i));
    constexpr uint8_t kMayBeSeparated =
        record_format::kSeparated | record_format::kMultiValues | record_format::kTwoValues;
    if (field.is_null() || (field.header() & kMayBeSeparated) == 0) continue;
    ASSIGN_OR_RETURN(const uint32_t count, field.value_count());
    for (uint32_t itag = 1; itag <= count; ++itag) {
      ASSIGN_OR_RETURN(const ColumnValue value, field.Value(itag));
      if (value.kind == ValueKind::kSeparated) RETURN_IF_ERROR(visit(value.long_value));
    }
  }
  return Status::Ok();
}

}  // namespace

bool TableCursor::IsTouched(const IndexSchema& index) const {
  const auto changed = [this](const IndexSegment& segment) {
    return std::find(changed_columns_.begin(), changed_columns_.end(), segment.column) !=
           changed_columns_.end();
  };
  return std::any_of(index.segments.begin(), index.segments.end(), changed) ||
         std::any_of(index.conditional_columns.begin(), index.conditional_columns.end(), changed);
}

Status TableCursor::MakeNewKeys(const IndexSchema& index, const RecordView& record) {
  RETURN_IF_ERROR(key_maker_.MakeKeys(index, record, &long_values_, new_keys_));
  const bool violation = index.is_unique() && new_keys_.repeated();
  return violation ? Status(Error::kMultiValuedIndexViolation) : Status::Ok();
}

Status TableCursor::InsertEntries(const RecordView& record, Bytes primary_key) {
  for (const TableDefinition::SecondaryIndex& index : newest_->secondary_indexes()) {
    const VersionedTree tree = Versioned(index.tree);
    if (!IndexKeyMaker::MayHaveManyKeys(*index.schema)) {
      ASSIGN_OR_RETURN(const bool present,
                       key_maker_.MakeKey(*index.schema, record, &long_values_, entry_key_));
      if (present) RETURN_IF_ERROR(tree.Insert(*context_, entry_key_.bytes(), primary_key));
      continue;
    }
    RETURN_IF_ERROR(MakeNewKeys(*index.schema, record));
    for (size_t i = 0; i < new_keys_.size(); ++i) {
      RETURN_IF_ERROR(tree.Insert(*context_, new_keys_[i], primary_key));
    }
  }
  return Status::Ok();
}

Status TableCursor::DeleteEntries(const RecordView& record, Bytes primary_key) {
  for (const TableDefinition::SecondaryIndex& index : newest_->secondary_indexes()) {
    const VersionedTree tree = Versioned(index.tree);
    RETURN_IF_ERROR(key_maker_.MakeKeys(*index.schema, record, &long_values_, old_keys_));
    for (size_t i = 0; i < old_keys_.size(); ++i) {
      RETURN_IF_ERROR(tree.Delete(*context_, old_keys_[i], primary_key));
    }
  }
  return Status::Ok();
}

Status TableCursor::UpdateEntries(const RecordView& before, const RecordView& after,
                                  Bytes primary_key) {
  for (const TableDefinition::SecondaryIndex& index : newest_->secondary_indexes()) {
    if (!IsTouched(*index.schema)) continue;
    const VersionedTree tree = Versioned(index.tree);
    RETURN_IF_ERROR(key_maker_.MakeKeys(*index.schema, before, &long_values_, old_keys_));
    RETURN_IF_ERROR(MakeNewKeys(*index.schema, after));
    for (size_t i = 0; i < old_keys_.size(); ++i) {
      if (new_keys_.Contains(old_keys_[i])) continue;
      RETURN_IF_ERROR(tree.Delete(*context_, old_keys_[i], primary_key));
    }
    for (size_t i = 0; i < new_keys_.size(); ++i) {
      if (old_keys_.Contains(new_keys_[i])) continue;
      RETURN_IF_ERROR(tree.Insert(*context_, new_keys_[i], primary_key));
    }
  }
  return Status::Ok();
}

Status TableCursor::ReferToLongValues(const RecordView& record) {
  // Those of a record that has changed since may be gone.
  bool checked = false;
  return ForEachLongValue(record, [this, &checked](LongValueId id) -> Status {
    if (WasMadeHere(id)) return Status::Ok();
    if (!checked) RETURN_IF_ERROR(CheckUnchanged());
    checked = true;
    return long_values_.AddReference(id);
  });
}

Status TableCursor::ReleaseLongValues(const RecordView& before, const RecordView* after) {
  return ForEachLongValue(before, [this, after](LongValueId id) -> Status {
    bool kept = false;
    if (after != nullptr) {
      RETURN_IF_ERROR(ForEachLongValue(*after, [&kept, id](LongValueId other) {
        kept = kept || other == id;
        return Status::Ok();
      }));
    }
    return kept ? Status::Ok() : long_values_.Release(id);
  });
}

}  // namespace contrail
