// LogStream: an archived log file as a backup gives it to its client: its bytes as they are, every
// frame verified on the way. A whole file of another generation or of another stream is as bad as a
// damaged one: a restore could not use it.

#pragma once

#include <algorithm>
#include <memory>

#include "backup/file_stream.h"
#include "log/log_files.h"
#include "log/log_reader.h"
#include "storage/aligned_buffer.h"

namespace contrail {

class LogStream final : public FileStream {
 public:
  // `page_size` is that of the instance: reads, sections and offsets are multiples of it. What lies
  // before the part is read and verified, too. kInvalidParameter: there is no such part;
  // kMissingFileToBackup when there is no such file, kLogReadVerifyFailure when it is not this
  // generation of the stream with this signature or its header is damaged; each with an event.
  static Result<std::unique_ptr<LogStream>> Open(FileSystem& files, EventSink& events,
                                                 const std::string& path, uint32_t generation,
                                                 const Signature& signature, uint32_t page_size,
                                                 const StreamPart& part = {});

  const std::string& path() const override { return file_->path(); }
  uint64_t size() const override { return range_.end - range_.begin; }
  uint64_t file_size() const override { return size_; }
  Given given() const override { return {range_.from, std::max(offset_, range_.from)}; }
  size_t smallest_read() const override {
    return range_.from == 0 && offset_ == 0 ? 2 * page_size_ : page_size_;
  }
  size_t read_unit() const override { return page_size_; }
  Result<size_t> Read(MutableBytes buffer) override;
  bool finished() const override { return size_ > 0 && offset_ == range_.end; }
  void Abort() override {}  // No read takes long.

  const LogFileHeader& header() const { return header_; }

 private:
  LogStream() = default;
  Status CheckIdentity(FileSystem& files, EventSink& events, const std::string& path,
                       uint32_t generation, const Signature& signature);
  Status ReadAt(uint64_t offset, MutableBytes buffer);
  // Reads and verifies; offset_ moves.
  Status Advance(MutableBytes buffer);
  Status SkipToPart();

  std::unique_ptr<File> file_;
  std::unique_ptr<LogFileVerifier> verifier_;
  LogFileHeader header_;
  uint32_t page_size_ = 0;
  uint64_t size_ = 0;
  StreamRange range_;  // In bytes.
  uint64_t offset_ = 0;
  AlignedBuffer bounce_;  // Made when a caller's buffer is not aligned.
};

}  // namespace contrail
