// FrameWriter: puts sealed frames into the current generation's file, block by block.
//
// The block that a frame ends in is kept, and written again with the same bytes in front when the
// next frame goes on in it: what has been acknowledged never changes on disk.
//
// Thread rule: one thread at a time (the flight).

#pragma once

#include "log/log_buffer.h"

namespace contrail {

class FrameWriter {
 public:
  // `chain_hash` is that of the frame written last, or the chain seed of a generation begun newly.
  FrameWriter(uint64_t stream_seed, uint64_t chain_hash);

  // From now on frames go to `file`, the next one at `offset`. `tail` is what the block of `offset`
  // holds in front of it.
  void Begin(File* file, uint32_t offset, Bytes tail);
  // Writes, but does not sync.
  Status Write(LogBuffer& buffer, const LogBuffer::Frame& frame);

  uint64_t chain_hash() const { return chain_hash_; }
  uint64_t blocks_written() const { return blocks_written_; }

 private:
  const uint64_t stream_seed_;
  uint64_t chain_hash_;
  File* file_ = nullptr;
  uint32_t offset_ = 0;
  uint64_t blocks_written_ = 0;
  AlignedBuffer staging_;
  std::array<std::byte, kLogBlockSize> tail_;
};

}  // namespace contrail
