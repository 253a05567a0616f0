#include "tools/row_text.h"

#include <algorithm>

#include "storage/check.h"
#include "tools/large_value.h"
#include "tools/value_text.h"

namespace contrail::tool {
namespace {

void AppendDoublingQuotes(std::string_view text, std::string* out) {
  for (const char letter : text) {
    if (letter == '"') out->push_back('"');
    out->push_back(letter);
  }
}

void AppendCsvField(std::string_view text, std::string* out) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    *out += text;
    return;
  }
  out->push_back('"');
  AppendDoublingQuotes(text, out);
  out->push_back('"');
}

}  // namespace

RowText::RowText(OfflineReader& reader, const TableSchema& table, RowFormat format,
                 std::vector<const ColumnSchema*> columns)
    : reader_(reader), table_(table), format_(format), output_of_(table.columns().size()) {
  if (columns.empty()) {
    for (const ColumnSchema& column : table.columns()) {
      if (!column.deleted()) columns.push_back(&column);
    }
  }
  if (format == RowFormat::kJsonLines) {
    std::vector<std::pair<std::u16string, const ColumnSchema*>> named;
    for (const ColumnSchema* column : columns) {
      named.emplace_back(NameToUtf16(column->name), column);
    }
    std::sort(named.begin(), named.end());
    named.erase(std::unique(named.begin(), named.end()), named.end());
    for (const auto& [name, column] : named) {
      Output output{column, {}};
      AppendJsonString(name, &output.name);
      output.name.push_back(':');
      outputs_.push_back(std::move(output));
    }
  } else {
    for (const ColumnSchema* column : columns) outputs_.push_back({column, column->name});
  }
  std::fill(output_of_.begin(), output_of_.end(), kNotAsked);
  for (uint32_t i = 0; i < outputs_.size(); ++i) {
    const ColumnSchema& column = *outputs_[i].column;
    output_of_[static_cast<size_t>(&column - table.columns().data())] = i;
    if (!column.is_tagged() || column.has_default_value()) always_.push_back(i);
  }
}

std::string RowText::Heading() const {
  std::string line;
  if (format_ == RowFormat::kJsonLines) return line;
  for (const Output& output : outputs_) {
    if (&output != &outputs_.front()) line.push_back(',');
    AppendCsvField(output.name, &line);
  }
  line.push_back('\n');
  return line;
}

// Fills cells_ with what the record may have a value for, in the order of the outputs.
Status RowText::CollectCells(const RecordView& record) {
  cells_.clear();
  for (const uint32_t output : always_) {
    const ColumnSchema& column = *outputs_[output].column;
    const bool stored = column.is_fixed()      ? column.id <= record.last_fixed()
                        : column.is_variable() ? column.id <= record.last_variable()
                                               : false;
    if (stored || column.has_default_value()) cells_.push_back({output});
  }
  const size_t untagged = cells_.size();
  for (uint32_t position = 0; position < record.tagged_count(); ++position) {
    ASSIGN_OR_RETURN(const TaggedField field, record.TaggedAt(position));
    const ColumnSchema* column = table_.FindColumn(field.column());
    if (column == nullptr) return Error::kDatabaseCorrupted;
    const uint32_t output = output_of_[static_cast<size_t>(column - table_.columns().data())];
    if (output != kNotAsked) cells_.push_back({output, position});
  }
  const auto by_output = [](const Cell& a, const Cell& b) { return a.output < b.output; };
  if (untagged != 0 || !std::is_sorted(cells_.begin(), cells_.end(), by_output)) {
    std::stable_sort(cells_.begin(), cells_.end(), by_output);
  }
  // A tagged column with a default is there twice when the record holds it: the field counts.
  size_t kept = 0;
  for (const Cell& cell : cells_) {
    if (kept != 0 && cells_[kept - 1].output == cell.output) --kept;
    cells_[kept++] = cell;
  }
  cells_.resize(kept);
  return Status::Ok();
}

// Before a line begins that is written in parts: all of it must be there, since what is written
// cannot be taken back.
Status RowText::CheckLargeValues(const RecordView& record) {
  not_text_.clear();
  for (const Cell& cell : cells_) {
    if (cell.tagged_position == kNotStored) continue;
    ASSIGN_OR_RETURN(const TaggedField field, record.TaggedAt(cell.tagged_position));
    if (field.is_null()) continue;
    ASSIGN_OR_RETURN(const uint32_t count, field.value_count());
    for (uint32_t i = 1; i <= count; ++i) {
      ASSIGN_OR_RETURN(const ColumnValue value, field.Value(i));
      if (value.kind != ValueKind::kSeparated) continue;
      ASSIGN_OR_RETURN(const uint32_t size, reader_.LongValueSize(table_, value.long_value));
      if (size <= LargeValue::kWholeBytes) continue;
      bool is_text = false;
      RETURN_IF_ERROR(LargeValue(reader_, table_, value.long_value, size).Check(&is_text));
      if (!is_text) not_text_.push_back(value.long_value);
    }
  }
  return Status::Ok();
}

// A value that CheckLargeValues has found whole.
Status RowText::AppendLarge(const ColumnSchema& column, LongValueId id, uint32_t size,
                            std::string* out) {
  const bool json = format_ == RowFormat::kJsonLines;
  const bool as_text = column.code_page != kCodePageUnicode ||
                       std::find(not_text_.begin(), not_text_.end(), id) == not_text_.end();
  if (json) out->push_back('"');
  RETURN_IF_ERROR(LargeValue(reader_, table_, id, size).ForEachPiece([&](Bytes piece) {
    if (json) {
      AppendJsonPart(column, piece, out);
    } else if (as_text) {
      AppendPlainPart(column, piece, out);
    } else {
      AppendHex(piece, out);
    }
    return SpillLarge(out);
  }));
  if (json) out->push_back('"');
  return Status::Ok();
}

Status RowText::SpillLarge(std::string* out) {
  if (out == &field_) {
    if (!field_is_open_) output_->text().push_back('"');
    field_is_open_ = true;
    AppendDoublingQuotes(field_, &output_->text());
    field_.clear();
  }
  return output_->Spill();
}

Status RowText::AppendValue(const ColumnSchema& column, const ColumnValue& value,
                            std::string* out) {
  if (value.kind == ValueKind::kSeparated && output_ != nullptr) {
    ASSIGN_OR_RETURN(const uint32_t size, reader_.LongValueSize(table_, value.long_value));
    if (size > LargeValue::kWholeBytes) return AppendLarge(column, value.long_value, size, out);
  }
  Bytes bytes = value.bytes;
  if (value.kind != ValueKind::kInline) {
    RETURN_IF_ERROR(reader_.ReadValue(table_, value, &bytes_));
    bytes = bytes_;
  }
  if (format_ == RowFormat::kJsonLines) {
    AppendJsonValue(column, bytes, out);
  } else {
    AppendPlainValue(column, bytes, out);
  }
  return Status::Ok();
}

Status RowText::AppendField(const ColumnSchema& column, const TaggedField& field,
                            std::string* out) {
  const bool json = format_ == RowFormat::kJsonLines;
  const bool list = json && (field.header() & record_format::kMultiValues) != 0;
  ASSIGN_OR_RETURN(const uint32_t count, field.value_count());
  if (list) out->push_back('[');
  for (uint32_t i = 1; i <= count; ++i) {
    if (i > 1) out->push_back(json ? ',' : ';');
    ASSIGN_OR_RETURN(const ColumnValue value, field.Value(i));
    RETURN_IF_ERROR(AppendValue(column, value, out));
  }
  if (list) out->push_back(']');
  return Status::Ok();
}

Status RowText::AppendCell(const RecordView& record, const Cell& cell, std::string* out,
                           bool* null) {
  const ColumnSchema& column = *outputs_[cell.output].column;
  if (cell.tagged_position != kNotStored) {
    ASSIGN_OR_RETURN(const TaggedField field, record.TaggedAt(cell.tagged_position));
    *null = field.is_null();
    return *null ? Status::Ok() : AppendField(column, field, out);
  }
  ASSIGN_OR_RETURN(const ColumnValue value, record.Value(column));
  *null = value.is_null();
  return *null ? Status::Ok() : AppendValue(column, value, out);
}

Status RowText::AppendJson(const RecordView& record, std::string* out) {
  bool first = true;
  out->push_back('{');
  for (const Cell& cell : cells_) {
    const size_t before = out->size();
    if (!first) out->push_back(',');
    *out += outputs_[cell.output].name;
    bool null = false;
    RETURN_IF_ERROR(AppendCell(record, cell, out, &null));
    if (null) {
      out->resize(before);
    } else {
      first = false;
    }
  }
  *out += "}\n";
  return Status::Ok();
}

Status RowText::AppendCsv(const RecordView& record, std::string* out) {
  auto cell = cells_.begin();
  for (uint32_t i = 0; i < outputs_.size(); ++i) {
    if (i != 0) out->push_back(',');
    if (cell == cells_.end() || cell->output != i) continue;
    field_.clear();
    field_is_open_ = false;
    bool null = false;
    RETURN_IF_ERROR(AppendCell(record, *cell++, &field_, &null));
    if (field_is_open_) {
      AppendDoublingQuotes(field_, out);
      out->push_back('"');
    } else if (!null) {
      AppendCsvField(field_, out);
    }
  }
  out->push_back('\n');
  return Status::Ok();
}

Status RowText::AppendLine(const RecordView& record, std::string* out) {
  DCHECK(&record.schema() == &table_);
  RETURN_IF_ERROR(CollectCells(record));
  if (output_ != nullptr) RETURN_IF_ERROR(CheckLargeValues(record));
  return format_ == RowFormat::kJsonLines ? AppendJson(record, out) : AppendCsv(record, out);
}

Status RowText::Append(const RecordView& record, RowOutput* out) {
  output_ = out;
  const size_t before = out->text().size();
  const uint64_t written = out->written();
  const Status status = AppendLine(record, &out->text());
  if (status.ok()) return status;
  is_cut_ = out->written() != written;
  if (!is_cut_) out->text().resize(before);
  return status;
}

Status RowText::Append(const RecordView& record, std::string* out) {
  output_ = nullptr;
  const size_t before = out->size();
  const Status status = AppendLine(record, out);
  if (!status.ok()) out->resize(before);
  return status;
}

}  // namespace contrail::tool
