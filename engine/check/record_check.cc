#include "engine/check/record_check.h"

#include <absl/strings/str_cat.h>

#include "engine/value_compression.h"
#include "storage/check.h"

namespace contrail {

bool RecordCheck::Fail(std::string what, std::string expected, std::string found) {
  fault_ = {std::move(what), std::move(expected), std::move(found)};
  return false;
}

bool RecordCheck::Run(Bytes record, const std::function<void(LongValueId)>& long_value) {
  const Result<RecordView> view = RecordView::Open(schema_, layout_, record);
  if (!view.ok()) return Fail("record", "parts inside its bytes", "parts outside");
  view_ = *view;
  return CheckOutline(record) && CheckVariable() && CheckTagged(long_value) && CheckNotNull();
}

bool RecordCheck::CheckOutline(Bytes record) {
  if (view_.last_fixed() > schema_.last_fixed_column()) {
    return Fail("last fixed column of the record",
                absl::StrCat("at most ", schema_.last_fixed_column()),
                absl::StrCat(view_.last_fixed()));
  }
  if (view_.last_variable() > schema_.last_variable_column()) {
    return Fail("last variable column of the record",
                absl::StrCat("at most ", schema_.last_variable_column()),
                absl::StrCat(view_.last_variable()));
  }
  const size_t bitmap_size = record_format::NullBitmapSize(view_.last_fixed());
  const size_t expected = schema_.FixedDataEnd(view_.last_fixed()) + bitmap_size;
  const auto found = LoadLittle<uint16_t>(record.data() + record_format::kFixedEnd);
  if (found != expected) {
    return Fail("end of the fixed columns", absl::StrCat(expected), absl::StrCat(found));
  }
  DCHECK(expected <= record.size());
  if (view_.last_fixed() % 8 == 0) return true;
  const auto last = static_cast<uint32_t>(record[expected - 1]);
  const uint32_t unused = 0xffu << (view_.last_fixed() % 8) & 0xffu;
  if ((last & unused) == unused) return true;
  return Fail("unused bits of the null bitmap", "ones", absl::StrCat(last));
}

bool RecordCheck::CheckSize(const ColumnSchema& column, size_t size) {
  const uint32_t fixed = FixedSizeOf(column.type);
  if (fixed != 0) {
    if (size == fixed) return true;
    return Fail(absl::StrCat("size of column ", column.name), absl::StrCat(fixed),
                absl::StrCat(size));
  }
  if (column.max_size != 0 && size > column.max_size) {
    return Fail(absl::StrCat("size of column ", column.name),
                absl::StrCat("at most ", column.max_size), absl::StrCat(size));
  }
  // ESE takes half a unit at the end of Unicode text, and so do we: keys leave it out.
  return true;
}

bool RecordCheck::CheckVariable() {
  for (ColumnId id = kFirstVariableColumn; id <= view_.last_variable(); ++id) {
    const ColumnSchema* column = schema_.FindColumn(id);
    if (column == nullptr) continue;
    const Result<ColumnValue> value = view_.StoredValue(*column);
    if (!value.ok()) {
      return Fail(absl::StrCat("extent of variable column ", column->name), "inside the record",
                  "outside");
    }
    if (column->deleted() || value->is_null()) continue;
    if (!CheckSize(*column, value->bytes.size())) return false;
  }
  return CheckVariableEnds();
}

// Ends never fall, whatever columns they belong to, and a null column takes no bytes.
bool RecordCheck::CheckVariableEnds() {
  const Bytes record = view_.bytes();
  const auto ends = LoadLittle<uint16_t>(record.data() + record_format::kFixedEnd);
  uint32_t before = 0;
  for (ColumnId id = kFirstVariableColumn; id <= view_.last_variable(); ++id) {
    const auto word =
        LoadLittle<uint16_t>(record.data() + ends + 2 * size_t{id - kFirstVariableColumn});
    const uint32_t end = word & record_format::kVariableOffsetMask;
    if (end < before || ((word & record_format::kVariableNull) != 0 && end != before)) {
      return Fail(absl::StrCat("end of variable column ", id),
                  (word & record_format::kVariableNull) != 0 ? absl::StrCat(before, " (null)")
                                                             : absl::StrCat("at least ", before),
                  absl::StrCat(end));
    }
    before = end;
  }
  return true;
}

bool RecordCheck::CheckTagged(const std::function<void(LongValueId)>& long_value) {
  uint32_t before = 0;
  for (uint32_t i = 0; i < view_.tagged_count(); ++i) {
    const Result<TaggedField> field = view_.TaggedAt(i);
    if (!field.ok()) {
      return Fail(absl::StrCat("extent of tagged column number ", i), "inside the record",
                  "outside");
    }
    const uint32_t order = TaggedOrder(field->column());
    if (i != 0 && order <= before) {
      return Fail("order of the tagged columns", "ascending", absl::StrCat(field->column()));
    }
    before = order;
    if (!CheckField(*field, long_value)) return false;
  }
  return true;
}

bool RecordCheck::CheckField(const TaggedField& field,
                             const std::function<void(LongValueId)>& long_value) {
  const ColumnSchema* column = schema_.FindColumn(field.column());
  if (column == nullptr) {
    return Fail("tagged column of the record", "one of the table", absl::StrCat(field.column()));
  }
  // On small pages, nulls have no header byte.
  const bool has_header = !field.is_null() || view_.layout() == RecordLayout::kLargePage;
  if (has_header && !column->deleted() && field.is_long() != IsLongType(column->type)) {
    return Fail(absl::StrCat("header byte of tagged column ", column->name), "that of its type",
                absl::StrCat(field.header()));
  }
  const Result<uint32_t> count = field.value_count();
  if (!count.ok()) {
    return Fail(absl::StrCat("number of values of column ", column->name), "readable", "malformed");
  }
  for (uint32_t itag = 1; itag <= *count; ++itag) {
    const Result<ColumnValue> value = field.Value(itag);
    if (!value.ok()) {
      return Fail(absl::StrCat("value ", itag, " of column ", column->name), "readable",
                  "malformed");
    }
    // A dropped column stays in the record, and its long values in their tree.
    if (value->kind == ValueKind::kSeparated) {
      long_value(value->long_value);
      continue;
    }
    if (column->deleted() || value->is_encrypted) continue;
    size_t size = value->bytes.size();
    if (value->kind == ValueKind::kCompressed) {
      const Result<uint32_t> plain = DecompressedSize(value->bytes);
      scratch_.resize(plain.ok() ? *plain : 0);
      const Result<size_t> got =
          plain.ok() ? Decompress(value->bytes, scratch_) : Result<size_t>(plain.status());
      if (!got.ok() || *got != scratch_.size()) {
        return Fail(absl::StrCat("compressed value of column ", column->name), "readable",
                    "malformed");
      }
      size = *got;
    }
    if (!CheckSize(*column, size)) return false;
  }
  return true;
}

bool RecordCheck::CheckNotNull() {
  missing_values_ = 0;
  for (const uint16_t position : schema_.not_null_columns()) {
    const ColumnSchema& column = schema_.columns()[position];
    if (column.deleted()) continue;
    const Result<ColumnValue> value = view_.Value(column);
    if (value.ok() && !value->is_null()) continue;
    const Result<ColumnValue> stored = view_.StoredValue(column);
    // By now every value can be read.
    if (!stored.ok() || stored->kind != ValueKind::kAbsent) {
      return Fail(absl::StrCat("value of column ", column.name), "not null", "null");
    }
    ++missing_values_;
  }
  return true;
}

}  // namespace contrail
