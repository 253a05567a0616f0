// GenerationImage: a generation's file in memory, for readers. Its parts are read ahead in large
// pieces while those before are being looked at.
//
// Memory: the file's size. Thread rule: one thread.

#pragma once

#include <memory>
#include <string>

#include "log/log_files.h"
#include "storage/aligned_buffer.h"

namespace contrail {

class GenerationImage {
 public:
  // Reads the header and starts reading the rest. Errors, each with an event: those of
  // ReadLogFileHeader; kLogFileCorrupt when the file has not the size its header says;
  // kLogGenerationMismatch when it is not the generation of `info`.
  static Result<std::unique_ptr<GenerationImage>> Open(FileSystem& files, EventSink& events,
                                                       const LogFileInfo& info);
  ~GenerationImage();

  const LogFileHeader& header() const { return header_; }
  const std::string& path() const { return path_; }
  // First byte that records can have.
  uint32_t first_offset() const;
  uint32_t size() const { return header_.file_bytes; }

  // Waits until the bytes are there. `end` is clamped to the file's. Reports a failed read.
  Status Await(uint64_t end);
  // The file from its first byte; valid as far as Await has been asked for.
  Bytes bytes() const { return buffer_.span().first(header_.file_bytes); }

 private:
  GenerationImage(EventSink& events, LogFileHeader header, std::string path);
  void SubmitNext();

  EventSink& events_;
  const LogFileHeader header_;
  const std::string path_;
  std::unique_ptr<File> file_;
  AlignedBuffer buffer_;
  uint64_t submitted_ = 0;
  uint64_t finished_pieces_ = 0;  // From the front without a gap.
  std::vector<bool> piece_done_;
  Status failure_;
  uint64_t failed_offset_ = 0;
  std::unique_ptr<IoQueue> queue_;  // Destroyed first: waits for what is in flight.
};

}  // namespace contrail
