#include "engine/schema.h"

#include <algorithm>

#include "engine/record_format.h"
#include "storage/check.h"

namespace contrail {
namespace {

constexpr unsigned char FoldCase(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 'a' && byte <= 'z' ? static_cast<unsigned char>(byte - 0x20) : byte;
}

}  // namespace

bool NameLess::operator()(std::string_view a, std::string_view b) const {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](char x, char y) { return FoldCase(x) < FoldCase(y); });
}

bool NamesEqual(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return FoldCase(x) == FoldCase(y); });
}

void TableSchema::AddColumn(ColumnSchema column) {
  std::vector<ColumnSchema> columns;
  columns.push_back(std::move(column));
  AddColumns(std::move(columns));
}

void TableSchema::AddColumns(std::vector<ColumnSchema> columns) {
  for (ColumnSchema& column : columns) {
    CHECK(IsFixedColumn(column.id) || IsVariableColumn(column.id) || IsTaggedColumn(column.id));
    columns_.push_back(std::move(column));
  }
  const auto by_id = [](const ColumnSchema& a, const ColumnSchema& b) { return a.id < b.id; };
  if (!std::is_sorted(columns_.begin(), columns_.end(), by_id)) {
    std::sort(columns_.begin(), columns_.end(), by_id);
  }
  for (size_t i = 1; i < columns_.size(); ++i) CHECK(columns_[i - 1].id < columns_[i].id);
  Reindex();
}

void TableSchema::ReplaceColumn(ColumnSchema column) {
  const ColumnSchema* existing = FindColumn(column.id);
  CHECK(existing != nullptr);
  columns_[static_cast<size_t>(existing - columns_.data())] = std::move(column);
  Reindex();
}

const ColumnSchema* TableSchema::FindColumn(ColumnId id) const {
  const auto at = [](const std::vector<uint16_t>& positions, ColumnId place) {
    return place - kFirstTaggedColumn < positions.size() ? positions[place - kFirstTaggedColumn]
                                                         : uint16_t{0};
  };
  const ColumnId stored = StoredColumnId(id);
  const bool of_template = stored != id;
  uint16_t position = 0;
  if (stored < short_positions_.size()) {
    position = short_positions_[stored];
  } else if (of_template) {
    position = at(template_positions_, stored);
    if (position == 0) position = at(tagged_positions_, stored);
  } else {
    position = at(tagged_positions_, stored);
  }
  if (position == 0) return nullptr;
  const ColumnSchema* column = &columns_[position - 1];
  return of_template && !column->from_template ? nullptr : column;
}

const ColumnSchema* TableSchema::FindColumn(std::string_view column_name) const {
  const auto found = names_.find(column_name);
  return found == names_.end() ? nullptr : &columns_[found->second];
}

Status CheckDefaultFits(const ColumnSchema& column, Bytes value) {
  if (value.size() > kMaxShortValueSize) return Error::kDefaultValueTooBig;
  if (const uint32_t size = FixedSizeOf(column.type); size != 0) {
    return value.size() == size ? Status::Ok() : Status(Error::kInvalidBufferSize);
  }
  if (column.max_size != 0 && value.size() > column.max_size) return Error::kDefaultValueTooBig;
  if (column.is_unicode() && value.size() % 2 != 0) return Error::kInvalidBufferSize;
  return Status::Ok();
}

bool TableSchema::IsIndexed(ColumnId id) const {
  const auto is_it = [id](const IndexSegment& segment) { return segment.column == id; };
  return std::any_of(indexes.begin(), indexes.end(), [&](const IndexSchema& index) {
    return std::any_of(index.segments.begin(), index.segments.end(), is_it) ||
           std::any_of(index.conditional_columns.begin(), index.conditional_columns.end(), is_it);
  });
}

const IndexSchema* TableSchema::FindIndex(std::string_view index_name) const {
  for (const IndexSchema& index : indexes) {
    if (NamesEqual(index.name, index_name)) return &index;
  }
  return nullptr;
}

const IndexSchema* TableSchema::primary_index() const {
  return !indexes.empty() && indexes.front().is_primary() ? &indexes.front() : nullptr;
}

uint16_t TableSchema::NextFixedOffset() const { return FixedDataEnd(last_fixed_); }

uint16_t TableSchema::FixedDataEnd(ColumnId id) const {
  if (id == 0) return record_format::kHeaderSize;
  const ColumnSchema* column = FindColumn(id);
  // Ids of fixed columns have no gaps in a sound schema; in an unsound one the end lies behind the
  // nearest column below.
  while (column == nullptr && id > 1) column = FindColumn(--id);
  if (column == nullptr) return record_format::kHeaderSize;
  return static_cast<uint16_t>(column->record_offset + column->fixed_size());
}

void TableSchema::Reindex() {
  CHECK(columns_.size() < UINT16_MAX);
  short_positions_.fill(0);
  tagged_positions_.clear();
  template_positions_.clear();
  names_.clear();
  with_default_.clear();
  not_null_.clear();
  last_fixed_ = 0;
  last_variable_ = kFirstVariableColumn - 1;
  last_tagged_ = kFirstTaggedColumn - 1;
  for (size_t i = 0; i < columns_.size(); ++i) {
    const ColumnSchema& column = columns_[i];
    const auto position = static_cast<uint16_t>(i);
    if (column.id < short_positions_.size()) {
      short_positions_[column.id] = static_cast<uint16_t>(position + 1);
    } else {
      const ColumnId place = StoredColumnId(column.id) - kFirstTaggedColumn;
      auto& positions =
          column.id == StoredColumnId(column.id) ? tagged_positions_ : template_positions_;
      positions.resize(place + 1);
      positions[place] = static_cast<uint16_t>(position + 1);
    }
    if (column.is_fixed()) last_fixed_ = column.id;
    if (column.is_variable()) last_variable_ = column.id;
    if (column.is_tagged() && column.id == StoredColumnId(column.id)) last_tagged_ = column.id;
    if (column.deleted()) continue;
    names_.emplace(column.name, position);
    if (column.has_default_value()) with_default_.push_back(position);
    if (column.Has(column_flag::kNotNull)) not_null_.push_back(position);
  }
}

}  // namespace contrail
