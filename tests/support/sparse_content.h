// The bytes of a simulated file: 4 KiB chunks, shared between copies until one of them writes. A
// chunk that was never written is absent and reads as zeros. Copying costs a pointer per chunk.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "storage/bytes.h"

namespace contrail::test {

class SparseContent {
 public:
  static constexpr size_t kChunkSize = 4096;
  using Chunk = std::array<std::byte, kChunkSize>;
  using ChunkPointer = std::shared_ptr<const Chunk>;

  uint64_t size() const { return size_; }
  uint64_t chunk_count() const { return (size_ + kChunkSize - 1) / kChunkSize; }

  // The range lies within size().
  void Read(uint64_t offset, MutableBytes buffer) const;
  // Extends when needed.
  void Write(uint64_t offset, Bytes data);
  // What is cut off reads as zeros when the content grows again.
  void Resize(uint64_t size);

  // Null is a chunk of zeros; so is an index beyond the end.
  ChunkPointer chunk(uint64_t index) const {
    return index < chunks_.size() ? chunks_[index] : nullptr;
  }
  // Does not change size(); bytes beyond it are dropped by the next Resize to any size.
  void SetChunk(uint64_t index, ChunkPointer chunk);

 private:
  std::shared_ptr<Chunk> Writable(uint64_t index, bool whole);

  uint64_t size_ = 0;
  std::vector<ChunkPointer> chunks_;  // No longer than chunk_count(), unless SetChunk went beyond.
};

// A copy of `chunk` (null: zeros) whose bytes may be changed.
std::shared_ptr<SparseContent::Chunk> CloneChunk(const SparseContent::ChunkPointer& chunk);

}  // namespace contrail::test
