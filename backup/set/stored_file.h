// A file in a backup set: its content as one standard LZ4 frame (`lz4 -d` opens it), with the
// XXH3-128 of the content and of the frame. docs/format/backup_set.md.

#pragma once

#include <absl/synchronization/mutex.h>
#include <lz4frame.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "backup/set/content_hash.h"
#include "backup/set/direct_writer.h"
#include "storage/aligned_buffer.h"
#include "storage/file.h"

namespace contrail {

struct SetFile;

struct StoredFileFacts {
  uint64_t bytes = 0;
  uint64_t stored_bytes = 0;
  std::string hash;
  std::string stored_hash;
  std::vector<std::string> chunks;  // Of the content.

  bool AreOf(const SetFile& file) const;
};

// Takes blocks and hashes, compresses and writes them on a thread of its own, so that whoever reads
// them need not wait. That thread gives way to those that commit (backup/behind_commits.h), and
// writes past the page cache, a block at a time: what the kernel collects and writes in one go at
// the end would hold up everybody's log. Used by one thread.
class StoredFileWriter {
 public:
  static constexpr size_t kBlockBytes = 1 << 20;

  // Creates the file.
  static Result<std::unique_ptr<StoredFileWriter>> Create(FileSystem& files,
                                                          const std::string& path);
  ~StoredFileWriter();

  // An empty block to fill, aligned for direct reads; waits for one when all are on their way.
  AlignedBuffer TakeBlock();
  // Hands over the first `size` bytes of a block.
  Status Add(AlignedBuffer block, size_t size);
  // Everything is in the file, and the file is synced.
  Result<StoredFileFacts> Finish();

 private:
  struct Block {
    AlignedBuffer memory;
    size_t size = 0;
  };
  explicit StoredFileWriter(std::unique_ptr<DirectWriter> file);
  void Run();
  Status WriteBlock(Bytes block);
  // Adds the first `size` bytes of frame_ to the file.
  Status WriteOut(size_t size);

  std::unique_ptr<DirectWriter> file_;
  LZ4F_compressionContext_t context_ = nullptr;
  std::vector<std::byte> frame_;  // What the compressor has put out.
  ContentHash hash_;
  ChunkHashes chunks_;
  ContentHash stored_hash_;
  StoredFileFacts facts_;
  bool begun_ = false;

  absl::Mutex mutex_;
  std::deque<Block> filled_ ABSL_GUARDED_BY(mutex_);
  std::vector<AlignedBuffer> empty_ ABSL_GUARDED_BY(mutex_);
  bool end_ ABSL_GUARDED_BY(mutex_) = false;
  Status status_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;  // Last: uses everything above.
};

// Reads a stored file to its end and gives its content to `take` in pieces. kReadVerifyFailure when
// the frame is damaged; whether the facts are those of the manifest is the caller's to compare.
// After an error the facts are of what had been read: bytes, and the chunks that were whole.
Status ReadStoredFile(FileSystem& files, const std::string& path,
                      const std::function<Status(Bytes)>& take, StoredFileFacts* facts);

}  // namespace contrail
