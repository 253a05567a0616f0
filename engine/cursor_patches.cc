// TableCursor: changes of parts of long values that are made in place when the update is made.

#include <algorithm>

#include "engine/table_cursor.h"

namespace contrail {
namespace {

// Bytes that one update may keep in memory; more, and the value is copied in its tree.
constexpr size_t kMaxPatchMemory = size_t{2} << 20;

}  // namespace

LongValuePatch* TableCursor::FindPatch(LongValueId id) {
  for (LongValuePatch& patch : patches_) {
    if (patch.id() == id) return &patch;
  }
  return nullptr;
}

// Index entries are made of the value as it was and as it will be, both at once; that needs two.
bool TableCursor::IsIndexed(const ColumnSchema& column) const {
  const TableSchema& schema = newest_->schema();
  return std::any_of(schema.indexes.begin(), schema.indexes.end(), [&](const IndexSchema& index) {
    return std::any_of(index.segments.begin(), index.segments.end(), [&](const IndexSegment& one) {
      const ColumnSchema* indexed = schema.FindColumn(one.column);
      return indexed != nullptr && indexed->id == column.id;
    });
  });
}

// Null when the value has to be copied.
Result<LongValuePatch*> TableCursor::PatchFor(const ColumnSchema& column, LongValueId id,
                                              uint32_t size, size_t more) {
  size_t memory = more;
  for (const LongValuePatch& patch : patches_) memory += patch.memory();
  if (memory > kMaxPatchMemory) return nullptr;
  if (LongValuePatch* patch = FindPatch(id); patch != nullptr) return patch;
  const bool replace =
      update_ == PreparedUpdate::kReplace || update_ == PreparedUpdate::kReplaceNoLock;
  if (!replace || IsIndexed(column)) return nullptr;
  ASSIGN_OR_RETURN(const uint32_t references, long_values_.ReferenceCount(id));
  if (references != 1) return nullptr;
  patches_.emplace_back(id, size);
  return &patches_.back();
}

// Within Update: makes the changes, in place where the value is this record's alone.
Status TableCursor::ApplyPatches() {
  // Of a record that has changed since the values may be gone.
  RETURN_IF_ERROR(CheckUnchanged());
  for (uint32_t i = 0; i < copy_.tagged_value_count(); ++i) {
    const RecordBuilder::TaggedValueRef place = copy_.TaggedValueAt(i);
    if (place.value.kind != ValueKind::kSeparated) continue;
    LongValueId id = place.value.long_value;
    const LongValuePatch* patch = FindPatch(id);
    if (patch == nullptr) continue;
    const ColumnSchema* column = update_definition_->schema().FindColumn(place.column);
    if (column == nullptr) return Error::kInternalError;
    bool alone = !IsIndexed(*column);
    if (alone) {
      ASSIGN_OR_RETURN(alone, long_values_.Claim(id));
    }
    if (!alone) {
      ASSIGN_OR_RETURN(id, long_values_.Copy(id, patch->coding()));
      NoteMade(id);
    }
    RETURN_IF_ERROR(patch->Apply(long_values_, id));
    if (!alone) RETURN_IF_ERROR(copy_.SetSeparated(*column, place.itag_sequence, id));
  }
  return Status::Ok();
}

}  // namespace contrail
