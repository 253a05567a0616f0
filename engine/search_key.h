// SearchKey: the key that JetMakeKey builds segment by segment for JetSeek and JetSetIndexRange.
// Limits turn the rest of the key into a wildcard: an "end" limit fills with 0xFF up to one byte
// past the index's longest key, so that it sorts behind every key it stands for; a "start" limit
// just stops early, so that it sorts before them. Belongs to a cursor.

#pragma once

#include "engine/key_normalizer.h"

namespace contrail {

// Values of the JetMakeKey grbit (spec group bit-make-key).
namespace make_key_bit {
inline constexpr uint32_t kNewKey = 0x1;
inline constexpr uint32_t kStrLimit = 0x2;
inline constexpr uint32_t kSubStrLimit = 0x4;
inline constexpr uint32_t kNormalizedKey = 0x8;
inline constexpr uint32_t kKeyDataZeroLength = 0x10;
inline constexpr uint32_t kFullColumnStartLimit = 0x100;
inline constexpr uint32_t kFullColumnEndLimit = 0x200;
inline constexpr uint32_t kPartialColumnStartLimit = 0x400;
inline constexpr uint32_t kPartialColumnEndLimit = 0x800;
inline constexpr uint32_t kLimitMask = 0xf00;
}  // namespace make_key_bit

class SearchKey {
 public:
  // JetMakeKey. `index` null: rows keyed by a counter, only kNormalizedKey is possible
  // (kNoCurrentIndex otherwise). The next segment takes `value`; empty is null unless
  // kKeyDataZeroLength. Errors: kKeyIsMade (all segments given, or a limit closed the key),
  // kKeyNotMade (neither kNewKey nor a key begun), kInvalidGrbit, kInvalidBufferSize (size of a
  // fixed-size type, zero-length for one), kInvalidParameter (normalised key too long),
  // kIndexTuplesKeyTooSmall, kUnicodeNormalizationNotSupported. On an error the key is unchanged,
  // except that kNewKey has discarded it.
  Status Make(const TableSchema& table, const IndexSchema* index, Bytes value, uint32_t grbit);

  // Forgets the key (index changed, seek that consumed it).
  void Reset();

  bool prepared() const { return prepared_; }
  // A limit closed the key, so it is one byte longer than, or a prefix of, what is in the index.
  bool has_limit() const { return has_limit_; }
  Bytes bytes() const { return key_.bytes(); }
  uint32_t segment_count() const { return segments_; }

 private:
  Status AssignNormalized(const IndexSchema* index, Bytes value);
  Status AppendSegment(const IndexSchema& index, const ColumnSchema& column, bool descending,
                       Bytes value, uint32_t grbit);

  KeyBuffer key_;
  uint32_t segments_ = 0;
  bool prepared_ = false;
  bool has_limit_ = false;
  bool truncated_ = false;
};

}  // namespace contrail
