// Key normalisation: turning column values into bytes whose memcmp order is the index's order.
// Format: docs/format/key.md. No allocation: the caller gives the room. Thread-free: pure
// functions.

#pragma once

#include <array>
#include <optional>

#include "engine/schema.h"
#include "storage/status.h"

namespace contrail {

// A key under construction or complete. A search key may be one byte longer than an index key (the
// limit's filler).
class KeyBuffer {
 public:
  Bytes bytes() const { return {bytes_.data(), size_}; }
  size_t size() const { return size_; }
  void Clear() { size_ = 0; }
  void Append(Bytes more);  // CHECKs that it fits.
  void Assign(Bytes key) {
    Clear();
    Append(key);
  }
  // All of the buffer; Resize says how much of it counts.
  MutableBytes storage() { return bytes_; }
  void Resize(size_t size);

 private:
  std::array<std::byte, kMaxKeyMost + 1> bytes_;
  size_t size_ = 0;
};

struct NormalizedSegment {
  size_t size = 0;         // Bytes written.
  bool truncated = false;  // The value did not fit the key: nothing may follow it.
  // Variable binary: behind the last data byte, before padding and count; 0 when that lies behind
  // the cut. Search keys cut or fill from here.
  size_t binary_end = 0;
};

// How a value is present in a key segment.
enum class SegmentValue { kNull, kZeroLength, kData };

// Writes one segment: prefix byte and body, every byte inverted when descending.
// `to` is the room left in the key: at least 1 byte, at most key_most of the index. A fixed-size
// type that is not exactly its size gives kInvalidBufferSize. kUnicodeNormalizationNotSupported
// where nothing here makes the keys of the index's text, or not of this text (index.text_order).
Result<NormalizedSegment> NormalizeSegment(const IndexSchema& index, const ColumnSchema& column,
                                           bool descending, SegmentValue kind, Bytes value,
                                           MutableBytes to);

}  // namespace contrail
