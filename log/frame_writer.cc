#include "log/frame_writer.h"

#include <algorithm>

#include "storage/check.h"

namespace contrail {
namespace {
// Long frames go out in pieces of this size: large enough for the full rate of the disk.
constexpr size_t kStagingBytes = 1 << 20;
}  // namespace

FrameWriter::FrameWriter(uint64_t stream_seed, uint64_t chain_hash)
    : stream_seed_(stream_seed), chain_hash_(chain_hash), staging_(kStagingBytes) {}

void FrameWriter::Begin(File* file, uint32_t offset, Bytes tail) {
  CHECK(file != nullptr);
  CHECK(tail.size() == offset % kLogBlockSize);
  file_ = file;
  offset_ = offset;
  if (!tail.empty()) std::memcpy(tail_.data(), tail.data(), tail.size());
}

Status FrameWriter::Write(LogBuffer& buffer, const LogBuffer::Frame& frame) {
  CHECK(frame.begin == offset_);
  FrameHeader header;
  header.position = MakeLgpos(frame.generation, frame.begin);
  header.length = frame.length();
  header.final = frame.final;
  header.previous = chain_hash_;
  header.content_hash = buffer.ContentHash(frame);

  size_t filled = frame.begin % kLogBlockSize;
  uint64_t file_offset = frame.begin - filled;
  std::memcpy(staging_.data(), tail_.data(), filled);
  const uint64_t hash = EncodeFrameHeader(header, stream_seed_, staging_.data() + filled);
  filled += kFrameHeaderBytes;
  uint32_t offset = frame.begin + static_cast<uint32_t>(kFrameHeaderBytes);
  for (;;) {
    const size_t piece = std::min<size_t>(frame.end - offset, staging_.size() - filled);
    buffer.CopyOut(frame, offset, staging_.span().subspan(filled, piece));
    filled += piece;
    offset += static_cast<uint32_t>(piece);
    const size_t whole = (filled + kLogBlockSize - 1) / kLogBlockSize * kLogBlockSize;
    std::memset(staging_.data() + filled, 0, whole - filled);
    RETURN_IF_ERROR(file_->Write(file_offset, staging_.span().first(whole)));
    blocks_written_ += whole / kLogBlockSize;
    if (offset == frame.end) break;
    DCHECK(filled == staging_.size());
    file_offset += filled;
    filled = 0;
  }
  const size_t rest = frame.end % kLogBlockSize;
  if (rest != 0) std::memcpy(tail_.data(), staging_.data() + (filled - rest), rest);
  offset_ = frame.end;
  chain_hash_ = hash;
  return Status::Ok();
}

}  // namespace contrail
