#include "tests/support/sparse_content.h"

#include <algorithm>
#include <utility>

#include "storage/check.h"

namespace contrail::test {
namespace {

constexpr size_t kChunkSize = SparseContent::kChunkSize;

bool AllZero(Bytes data) {
  return data[0] == std::byte{0} && std::memcmp(data.data(), data.data() + 1, data.size() - 1) == 0;
}

// Calls visit(chunk index, offset in the chunk, length, offset in the range) for each chunk
// touched.
template <typename Visit>
void ForEachPiece(uint64_t offset, size_t length, Visit visit) {
  for (size_t done = 0; done < length;) {
    const size_t within = (offset + done) % kChunkSize;
    const size_t piece = std::min(kChunkSize - within, length - done);
    visit((offset + done) / kChunkSize, within, piece, done);
    done += piece;
  }
}

}  // namespace

std::shared_ptr<SparseContent::Chunk> CloneChunk(const SparseContent::ChunkPointer& chunk) {
  return chunk == nullptr ? std::make_shared<SparseContent::Chunk>()
                          : std::make_shared<SparseContent::Chunk>(*chunk);
}

void SparseContent::Read(uint64_t offset, MutableBytes buffer) const {
  CHECK(offset + buffer.size() <= size_);
  ForEachPiece(offset, buffer.size(), [&](uint64_t index, size_t within, size_t length, size_t at) {
    const ChunkPointer& found = index < chunks_.size() ? chunks_[index] : nullptr;
    if (found == nullptr) {
      std::memset(buffer.data() + at, 0, length);
    } else {
      std::memcpy(buffer.data() + at, found->data() + within, length);
    }
  });
}

void SparseContent::Write(uint64_t offset, Bytes data) {
  size_ = std::max(size_, offset + data.size());
  ForEachPiece(offset, data.size(), [&](uint64_t index, size_t within, size_t length, size_t at) {
    const bool whole = length == kChunkSize;
    if (whole && AllZero(data.subspan(at, length))) return SetChunk(index, nullptr);
    const auto chunk = Writable(index, whole);
    std::memcpy(chunk->data() + within, data.data() + at, length);
  });
}

void SparseContent::Resize(uint64_t size) {
  size_ = size;
  if (chunks_.size() > chunk_count()) chunks_.resize(chunk_count());
  const size_t tail = size % kChunkSize;
  if (tail == 0 || chunk(size / kChunkSize) == nullptr) return;
  const auto last = Writable(size / kChunkSize, false);
  std::memset(last->data() + tail, 0, kChunkSize - tail);
}

void SparseContent::SetChunk(uint64_t index, ChunkPointer chunk) {
  if (index >= chunks_.size()) {
    if (chunk == nullptr) return;
    chunks_.resize(index + 1);
  }
  chunks_[index] = std::move(chunk);
}

// A chunk of this content alone. `whole`: all of it will be overwritten.
std::shared_ptr<SparseContent::Chunk> SparseContent::Writable(uint64_t index, bool whole) {
  if (index >= chunks_.size()) chunks_.resize(index + 1);
  ChunkPointer& slot = chunks_[index];
  if (slot != nullptr && slot.use_count() == 1) return std::const_pointer_cast<Chunk>(slot);
  const auto mine = whole ? std::make_shared<Chunk>() : CloneChunk(slot);
  slot = mine;
  return mine;
}

}  // namespace contrail::test
