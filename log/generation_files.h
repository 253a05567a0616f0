// GenerationFiles: the current generation's open file, and the next one made ready ahead of time.
//
// A new file is allocated and written with zeros once, so that a flush into it only overwrites and
// a sync has no metadata of the file to bring to disk.
//
// Switch makes the steps in this order, and is sound after a crash between any two of them:
//   1. the header of the new generation is written into the prepared file and synced
//   2. <base>.log is renamed to its archive name
//   3. the prepared file is renamed to <base>.log
//   4. the directory is synced
// Before 2 the old generation is the current one, and the prepared file is thrown away; after 2 the
// prepared file is recognised by its header (ListLogFiles).
//
// Thread rule: PrepareStep may run beside everything else; the others one at a time.

#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "log/log_files.h"
#include "storage/aligned_buffer.h"

namespace contrail {

class GenerationFiles {
 public:
  GenerationFiles(FileSystem& files, std::string directory, std::string base,
                  uint32_t generation_bytes);

  // Does a part of what is left to do for the next file; true when it is ready.
  Result<bool> PrepareStep();

  // The first generation of a stream.
  Status CreateFirst(const LogFileHeader& header);
  // The file that recovery found to be the current one. kMissingCurrentLogFiles when there is none.
  Status OpenCurrent(EventSink& events, const LogFileHeader& header);
  // Ends the current generation and begins the next; the old one is durable under its new name.
  Status Switch(const LogFileHeader& next);

  File& current() const { return *current_; }
  uint32_t generation() const { return generation_.load(std::memory_order_acquire); }
  std::string current_path() const;

 private:
  Result<bool> PrepareLocked();  // Under mutex_.
  Status ZeroFill();             // Under mutex_.
  // Takes the prepared file, finishing it if need be, with the header in it and synced.
  Result<std::unique_ptr<File>> TakePrepared(const LogFileHeader& header);
  std::string prepared_path() const;

  FileSystem& files_;
  const std::string directory_;
  const std::string base_;
  const uint32_t generation_bytes_;
  std::atomic<uint32_t> generation_{0};
  std::unique_ptr<File> current_;

  std::mutex mutex_;  // Guards the prepared file.
  std::unique_ptr<File> prepared_;
  uint32_t zeroed_ = 0;
  bool ready_ = false;
};

}  // namespace contrail
