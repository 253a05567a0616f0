// LargeValue: a long value that is too large to be held whole, read from its tree in pieces.
//
// Thread rule: one thread.

#pragma once

#include <functional>
#include <vector>

#include "engine/offline_reader.h"

namespace contrail::tool {

class LargeValue {
 public:
  // Values up to this size are worth reading at once.
  static constexpr uint32_t kWholeBytes = 1 << 20;

  // `size`: as the root of the value says. The reader and the table outlive this.
  LargeValue(OfflineReader& reader, const TableSchema& table, LongValueId id, uint32_t size)
      : reader_(reader), table_(table), id_(id), size_(size) {}

  // Reads all of it and keeps nothing: whether it is there, whatever its root says of its size.
  // *is_text: whether it is UTF-16LE without halves of surrogate pairs. kLVCorrupted; errors of
  // reading.
  Status Check(bool* is_text) const;
  // Gives `visit` the value from its begin to its end, in pieces of an even size that divide no
  // surrogate pair of UTF-16LE. An error of `visit` stops and is returned.
  Status ForEachPiece(const std::function<Status(Bytes)>& visit) const;

 private:
  OfflineReader& reader_;
  const TableSchema& table_;
  LongValueId id_;
  uint32_t size_;
};

}  // namespace contrail::tool
