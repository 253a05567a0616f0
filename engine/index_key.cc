#include "engine/index_key.h"

#include <algorithm>

#include "engine/value_compression.h"
#include "storage/check.h"

namespace contrail {
namespace {

// Combinations of multi-values of one row in a cross product index; more are refused.
constexpr uint64_t kMaxKeysPerRecord = 100'000;

// How many bytes of a value can matter to a key. Units of Unicode text may weigh nothing, so more
// of them are read; every other byte of a value takes at least one byte of the key.
uint32_t SourceLimit(const IndexSchema& index, const ColumnSchema& column) {
  return column.is_unicode() ? index.key_most * 16u : index.key_most + 1u;
}

uint32_t CharacterSize(const ColumnSchema& column) { return column.is_unicode() ? 2 : 1; }

}  // namespace

bool IndexKeySet::Contains(Bytes key) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return Compare({heap_.data() + entry.offset, entry.size}, key) == 0;
  });
}

void IndexKeySet::Clear() {
  heap_.clear();
  entries_.clear();
  repeated_ = false;
}

void IndexKeySet::Add(Bytes key) {
  const Entry entry{static_cast<uint32_t>(heap_.size()), static_cast<uint32_t>(key.size())};
  heap_.insert(heap_.end(), key.begin(), key.end());
  entries_.push_back(entry);
}

void IndexKeySet::SortAndDeduplicate() {
  if (entries_.size() < 2) return;
  const auto bytes = [this](const Entry& entry) {
    return Bytes{heap_.data() + entry.offset, entry.size};
  };
  std::sort(entries_.begin(), entries_.end(),
            [&](const Entry& a, const Entry& b) { return Compare(bytes(a), bytes(b)) < 0; });
  const auto end =
      std::unique(entries_.begin(), entries_.end(),
                  [&](const Entry& a, const Entry& b) { return Compare(bytes(a), bytes(b)) == 0; });
  repeated_ = end != entries_.end();
  entries_.erase(end, entries_.end());
}

bool IndexKeyMaker::MayHaveManyKeys(const IndexSchema& index) {
  return index.Has(index_flag::kMultiValued) || index.tuple_limits.has_value();
}

Result<IndexKeyMaker::Request> IndexKeyMaker::Resolve(const IndexSchema& index,
                                                      const RecordView& record,
                                                      LongValueReader* reader) {
  DCHECK(index.segments.size() <= kMaxIndexSegments);
  Request request{index, record, reader, {}, {}};
  for (size_t i = 0; i < index.segments.size(); ++i) {
    request.columns[i] = record.schema().FindColumn(index.segments[i].column);
    if (request.columns[i] == nullptr) return Error::kCatalogCorrupted;
  }
  return request;
}

Result<bool> IndexKeyMaker::ConditionsHold(const IndexSchema& index, const RecordView& record) {
  for (const IndexSegment& condition : index.conditional_columns) {
    const ColumnSchema* column = record.schema().FindColumn(condition.column);
    if (column == nullptr) return Error::kCatalogCorrupted;
    ASSIGN_OR_RETURN(const ColumnValue value, record.Value(*column));
    if (value.is_null() != condition.must_be_null) return false;
  }
  return true;
}

Result<IndexKeyMaker::Source> IndexKeyMaker::FetchStored(const Request& request,
                                                         const ColumnValue& value, uint32_t offset,
                                                         uint32_t most) {
  size_t size = 0;
  if (value.kind == ValueKind::kSeparated) {
    if (request.reader == nullptr) return Error::kCannotIndex;
    scratch_value_.resize(most);
    ASSIGN_OR_RETURN(size, request.reader->Read(value.long_value, offset, scratch_value_));
    return Source{size == 0 ? SegmentValue::kZeroLength : SegmentValue::kData,
                  {scratch_value_.data(), size},
                  size == most};
  }
  scratch_value_.resize(size_t{offset} + most);
  ASSIGN_OR_RETURN(size, Decompress(value.bytes, scratch_value_));
  const size_t begin = std::min<size_t>(offset, size);
  const bool cut = size == scratch_value_.size();
  return Source{size == begin ? SegmentValue::kZeroLength : SegmentValue::kData,
                {scratch_value_.data() + begin, size - begin},
                cut};
}

Result<IndexKeyMaker::Source> IndexKeyMaker::FetchSource(const Request& request, size_t segment,
                                                         const Choice& choice) {
  const ColumnSchema& column = *request.columns[segment];
  const bool tuple = choice.is_tuple && segment == 0;
  const uint32_t character = CharacterSize(column);
  const uint32_t offset = tuple ? choice.tuple_offset * character : 0;
  const uint32_t most = tuple ? request.index.tuple_limits->max_length * character
                              : SourceLimit(request.index, column);
  ASSIGN_OR_RETURN(const ColumnValue value,
                   request.record.Value(column, choice.itag_sequence[segment]));
  if (value.is_null()) return Source{};
  if (value.kind != ValueKind::kInline) return FetchStored(request, value, offset, most);
  Bytes bytes = value.bytes;
  if (tuple) {
    bytes = bytes.subspan(std::min<size_t>(offset, bytes.size()));
    bytes = bytes.first(std::min<size_t>(most, bytes.size()));
  }
  return Source{bytes.empty() ? SegmentValue::kZeroLength : SegmentValue::kData, bytes, false};
}

Result<IndexKeyMaker::Outcome> IndexKeyMaker::BuildKey(const Request& request, const Choice& choice,
                                                       KeyBuffer& key) {
  const IndexSchema& index = request.index;
  DCHECK(index.key_most <= kMaxKeyMost);
  key.Clear();
  size_t nulls = 0;
  bool first_null = false;
  for (size_t i = 0; i < index.segments.size(); ++i) {
    const ColumnSchema& column = *request.columns[i];
    ASSIGN_OR_RETURN(const Source source, FetchSource(request, i, choice));
    if (choice.is_tuple && i == 0) {
      const size_t least = size_t{index.tuple_limits->min_length} * CharacterSize(column);
      if (source.kind != SegmentValue::kData || source.bytes.size() < least) {
        return Outcome::kTupleTooShort;
      }
    }
    if (source.kind == SegmentValue::kNull) {
      ++nulls;
      first_null = first_null || i == 0;
    }
    // A full key takes nothing more, but the nulls behind it still count.
    const size_t room = index.key_most - key.size();
    bool truncated = room == 0;
    if (room > 0) {
      ASSIGN_OR_RETURN(const NormalizedSegment segment,
                       NormalizeSegment(index, column, index.segments[i].descending, source.kind,
                                        source.bytes, key.storage().subspan(key.size(), room)));
      key.Resize(key.size() + segment.size);
      truncated = segment.truncated;
      // More of the text could only follow where there is room for it. Short keys look at its
      // beginning only (key_normalizer.h).
      const bool full = segment.size >= std::min<size_t>(room, index.var_segment_max);
      const bool looks_further = column.is_unicode() && index.key_most != kDefaultKeyMost;
      if (source.cut && looks_further && !full && !choice.is_tuple) {
        return Error::kUnicodeNormalizationNotSupported;
      }
    }
    if (truncated && index.Has(index_flag::kDisallowTruncation)) return Error::kKeyTruncated;
  }
  if (nulls == 0) return Outcome::kEntry;
  if (index.Has(index_flag::kNoNullSegment)) return Error::kNullKeyDisallowed;
  uint32_t needed = index_flag::kAllowSomeNulls;
  if (first_null) needed = index_flag::kAllowFirstNull;
  if (nulls == index.segments.size()) needed = index_flag::kAllowAllNulls;
  return index.Has(needed) ? Outcome::kEntry : Outcome::kNoEntry;
}

Result<bool> IndexKeyMaker::MakeKey(const IndexSchema& index, const RecordView& record,
                                    LongValueReader* reader, KeyBuffer& key) {
  DCHECK(!MayHaveManyKeys(index));
  if (!index.conditional_columns.empty()) {
    ASSIGN_OR_RETURN(const bool hold, ConditionsHold(index, record));
    if (!hold) return false;
  }
  ASSIGN_OR_RETURN(const Request request, Resolve(index, record, reader));
  Choice choice{};
  choice.itag_sequence.fill(1);
  ASSIGN_OR_RETURN(const Outcome outcome, BuildKey(request, choice, key));
  return outcome == Outcome::kEntry;
}

Status IndexKeyMaker::MakeKeys(const IndexSchema& index, const RecordView& record,
                               LongValueReader* reader, IndexKeySet& keys) {
  keys.Clear();
  if (!MayHaveManyKeys(index)) {
    ASSIGN_OR_RETURN(const bool has_entry, MakeKey(index, record, reader, scratch_key_));
    if (has_entry) keys.Add(scratch_key_.bytes());
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(const bool hold, ConditionsHold(index, record));
  if (!hold) return Status::Ok();
  ASSIGN_OR_RETURN(Request request, Resolve(index, record, reader));
  for (size_t i = 0; i < index.segments.size(); ++i) {
    ASSIGN_OR_RETURN(const uint32_t count, record.ValueCount(*request.columns[i]));
    request.value_counts[i] = std::max<uint32_t>(1, count);
  }
  Status status;
  if (!index.Has(index_flag::kMultiValued)) {
    Choice choice{};
    choice.itag_sequence.fill(1);
    status = AddKeys(request, choice, keys);
  } else if (index.Has(index_flag::kNestedTable)) {
    status = AddNested(request, keys);
  } else if (index.Has(index_flag::kCrossProduct)) {
    status = AddCrossProduct(request, keys);
  } else {
    status = AddFirstMultiValued(request, keys);
  }
  RETURN_IF_ERROR(status);
  keys.SortAndDeduplicate();
  return Status::Ok();
}

Result<uint32_t> IndexKeyMaker::FindValue(const IndexSchema& index, const RecordView& record,
                                          LongValueReader* reader, Bytes key,
                                          const ColumnSchema& column) {
  Search search{key, 0, 0};
  const auto is_of = [&](const IndexSegment& segment) {
    return record.schema().FindColumn(segment.column) == &column;
  };
  const auto segment = std::find_if(index.segments.begin(), index.segments.end(), is_of);
  if (segment == index.segments.end()) return Error::kColumnNotFound;
  search.segment = static_cast<size_t>(segment - index.segments.begin());
  if (!MayHaveManyKeys(index)) {
    ASSIGN_OR_RETURN(const bool has_entry, MakeKey(index, record, reader, scratch_key_));
    return has_entry && Compare(scratch_key_.bytes(), key) == 0 ? uint32_t{1} : uint32_t{0};
  }
  search_ = &search;
  const Status status = MakeKeys(index, record, reader, searched_keys_);
  search_ = nullptr;
  RETURN_IF_ERROR(status);
  return search.itag_sequence;
}

// The key of one choice of values, or all its tuples.
Status IndexKeyMaker::AddKeys(const Request& request, Choice choice, IndexKeySet& keys) {
  uint32_t most = 1;
  uint32_t step = 0;
  if (request.index.tuple_limits.has_value()) {
    choice.is_tuple = true;
    choice.tuple_offset = request.index.tuple_limits->start;
    most = request.index.tuple_limits->to_index_max;
    step = std::max<uint32_t>(1, request.index.tuple_limits->increment);
  }
  for (uint32_t i = 0; i < most; ++i) {
    ASSIGN_OR_RETURN(const Outcome outcome, BuildKey(request, choice, scratch_key_));
    if (outcome == Outcome::kTupleTooShort) return Status::Ok();
    if (outcome == Outcome::kEntry) {
      keys.Add(scratch_key_.bytes());
      if (search_ != nullptr && search_->itag_sequence == 0 &&
          Compare(scratch_key_.bytes(), search_->key) == 0) {
        search_->itag_sequence = choice.itag_sequence[search_->segment];
      }
    }
    choice.tuple_offset += step;
  }
  return Status::Ok();
}

Status IndexKeyMaker::AddFirstMultiValued(const Request& request, IndexKeySet& keys) {
  Choice choice{};
  choice.itag_sequence.fill(1);
  for (size_t i = 0; i < request.index.segments.size(); ++i) {
    if (!request.columns[i]->Has(column_flag::kMultiValued)) continue;
    for (uint32_t itag = 1; itag <= request.value_counts[i]; ++itag) {
      choice.itag_sequence[i] = itag;
      RETURN_IF_ERROR(AddKeys(request, choice, keys));
    }
    return Status::Ok();
  }
  return AddKeys(request, choice, keys);
}

Status IndexKeyMaker::AddNested(const Request& request, IndexKeySet& keys) {
  uint32_t most = 1;
  for (size_t i = 0; i < request.index.segments.size(); ++i) {
    if (request.columns[i]->Has(column_flag::kMultiValued)) {
      most = std::max(most, request.value_counts[i]);
    }
  }
  for (uint32_t itag = 1; itag <= most; ++itag) {
    Choice choice{};
    for (size_t i = 0; i < request.index.segments.size(); ++i) {
      choice.itag_sequence[i] = request.columns[i]->Has(column_flag::kMultiValued) ? itag : 1;
    }
    RETURN_IF_ERROR(AddKeys(request, choice, keys));
  }
  return Status::Ok();
}

Status IndexKeyMaker::AddCrossProduct(const Request& request, IndexKeySet& keys) {
  const size_t count = request.index.segments.size();
  uint64_t combinations = 1;
  for (size_t i = 0; i < count; ++i) {
    if (!request.columns[i]->Has(column_flag::kMultiValued)) continue;
    combinations *= request.value_counts[i];
    if (combinations > kMaxKeysPerRecord) return Error::kTooManyKeys;
  }
  Choice choice{};
  choice.itag_sequence.fill(1);
  for (uint64_t done = 0; done < combinations; ++done) {
    RETURN_IF_ERROR(AddKeys(request, choice, keys));
    for (size_t i = count; i-- > 0;) {  // The next combination, the last segment turning fastest.
      if (!request.columns[i]->Has(column_flag::kMultiValued)) continue;
      if (++choice.itag_sequence[i] <= request.value_counts[i]) break;
      choice.itag_sequence[i] = 1;
    }
  }
  return Status::Ok();
}

void MakeSequentialKey(uint32_t counter, KeyBuffer& key) {
  std::byte bytes[4];
  StoreBig32(bytes, counter);
  key.Assign(bytes);
}

}  // namespace contrail
