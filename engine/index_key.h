// The keys that a record has in an index: none, one, or one per value of a multi-valued column or
// per substring of a tuple index. Format: docs/format/key.md.

#pragma once

#include <vector>

#include "engine/key_normalizer.h"
#include "engine/record_view.h"

namespace contrail {

// Reads the beginning of a separated value, for keys over long columns. Implemented over the long
// value tree by the engine.
class LongValueReader {
 public:
  virtual ~LongValueReader() = default;
  // Fills `to` with the value's bytes from `offset` on, uncompressed; returns how many there were.
  virtual Result<size_t> Read(LongValueId id, uint32_t offset, MutableBytes to) = 0;
};

// The keys of one record in one index, sorted and without duplicates, and whether there were any.
// Reuse one set for many records: after warm-up nothing is allocated.
class IndexKeySet {
 public:
  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  // Whether two values of the record have given one key, which no unique index can have.
  bool repeated() const { return repeated_; }
  Bytes operator[](size_t position) const {
    const Entry& entry = entries_[position];
    return {heap_.data() + entry.offset, entry.size};
  }
  bool Contains(Bytes key) const;
  void Clear();
  void Add(Bytes key);
  void SortAndDeduplicate();

 private:
  friend class IndexKeyMaker;
  struct Entry {
    uint32_t offset;
    uint32_t size;
  };
  std::vector<std::byte> heap_;
  std::vector<Entry> entries_;
  bool repeated_ = false;
};

// Makes keys; holds scratch space, so use one per session. The long value reader may be null when
// no indexed value is separated; a separated value then gives kCannotIndex.
class IndexKeyMaker {
 public:
  // The only key of a record in an index without multi-valued or tuple segments (every primary
  // index). Returns false when the record has no entry (null policy, conditional columns).
  // kNullKeyDisallowed: a null segment in an index that forbids nulls. kKeyTruncated: the key is
  // too long and the index forbids truncation. kUnicodeNormalizationNotSupported as
  // NormalizeSegment.
  Result<bool> MakeKey(const IndexSchema& index, const RecordView& record, LongValueReader* reader,
                       KeyBuffer& key);

  // All keys of a record in any index, sorted, duplicates removed; `keys` is cleared first. Errors
  // as MakeKey.
  Status MakeKeys(const IndexSchema& index, const RecordView& record, LongValueReader* reader,
                  IndexKeySet& keys);

  // The itagSequence of the column's value that the record's key in the index was made of; 0 when
  // the record has no such key. Of several the first.
  Result<uint32_t> FindValue(const IndexSchema& index, const RecordView& record,
                             LongValueReader* reader, Bytes key, const ColumnSchema& column);

  // Whether MakeKeys can give more than one key.
  static bool MayHaveManyKeys(const IndexSchema& index);

 private:
  // Which value of each segment's column goes into the key, and where a tuple starts.
  struct Choice {
    std::array<uint32_t, kMaxIndexSegments> itag_sequence;
    bool is_tuple = false;
    uint32_t tuple_offset = 0;  // In characters.
  };
  struct Source {
    SegmentValue kind = SegmentValue::kNull;
    Bytes bytes;
    bool cut = false;  // There is more of the value than was read.
  };
  // What one record is asked for.
  struct Request {
    const IndexSchema& index;
    const RecordView& record;
    LongValueReader* reader;
    std::array<const ColumnSchema*, kMaxIndexSegments> columns;
    std::array<uint32_t, kMaxIndexSegments> value_counts;
  };
  // What FindValue is after.
  struct Search {
    Bytes key;
    size_t segment = 0;
    uint32_t itag_sequence = 0;  // Found; 0: not yet.
  };
  enum class Outcome { kEntry, kNoEntry, kTupleTooShort };

  static Result<Request> Resolve(const IndexSchema& index, const RecordView& record,
                                 LongValueReader* reader);
  static Result<bool> ConditionsHold(const IndexSchema& index, const RecordView& record);
  Result<Outcome> BuildKey(const Request& request, const Choice& choice, KeyBuffer& key);
  Result<Source> FetchSource(const Request& request, size_t segment, const Choice& choice);
  Result<Source> FetchStored(const Request& request, const ColumnValue& value, uint32_t offset,
                             uint32_t most);
  Status AddKeys(const Request& request, Choice choice, IndexKeySet& keys);
  Status AddCrossProduct(const Request& request, IndexKeySet& keys);
  Status AddNested(const Request& request, IndexKeySet& keys);
  Status AddFirstMultiValued(const Request& request, IndexKeySet& keys);

  Search* search_ = nullptr;
  IndexKeySet searched_keys_;
  KeyBuffer scratch_key_;
  std::vector<std::byte> scratch_value_;
};

// A table without a primary index keys its rows by a big endian counter from 1.
void MakeSequentialKey(uint32_t counter, KeyBuffer& key);

}  // namespace contrail
