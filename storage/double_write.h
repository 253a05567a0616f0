// The double-write area: protection against pages torn by a power cut.
//
// Before pages are written to their places they are written, all together, to this file and synced.
// When the power goes while a page is being written in its place, the whole image is here; when it
// goes while the images are being written here, no place has been touched yet.
//
// The caller's part, in order, for each batch:
//   1. Make the log durable up to the last change in any of the images.
//   2. WriteBatch. It returns after one sync, with the batch's sequence number.
//   3. Write the pages in place and sync their files.
//   4. Release(sequence).
// Step 2 of the next batch may run while step 3 of this one does: batches alternate between two
// halves. WriteBatch(n) needs batch n - 2 released.
//
// After a crash, before any page is written: Recover, then rewrite each page whose place fails its
// checksum with the image handed out, and sync. Only then Open, which may make the file anew.
//
// Invariants
// 1. While a page is being written in place, an intact image of what is being written is in the
// area.
// 2. Batch n lies in half n mod 2; sequence numbers only grow, also from one Open to the next as
// long
//    as there are batches.
// 3. An image in the area is never newer than the durable log.
//
// Format: docs/format/double_write.md.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "storage/aligned_buffer.h"
#include "storage/double_write_format.h"
#include "storage/event.h"
#include "storage/file.h"
#include "storage/status.h"

namespace contrail {

// A page as it will be written in its place. Aligned buffers go to the disk without a copy.
struct PageImage {
  uint64_t identity = 0;  // Of the database: a hash of its signature.
  uint32_t page_number = 0;
  Bytes bytes;  // One page, at most 32 KiB.
};

struct DoubleWriteOptions {
  uint32_t most_pages = 128;  // Per batch; at most 4096.
  uint32_t largest_page = 32768;
};

class DoubleWriteArea {
 public:
  // Opens the file exclusively; makes it, with all its space allocated, when it is missing, damaged
  // or too small for the options. kFileAccessDenied: another instance has it. kDiskFull, kDiskIO,
  // ...
  static Result<std::unique_ptr<DoubleWriteArea>> Open(FileSystem& files, const std::string& path,
                                                       const DoubleWriteOptions& options);

  // One to most_pages images; bytes untouched until it returns. After an error nothing may be
  // written in place and the area is not to be used any more. One thread at a time.
  Result<uint64_t> WriteBatch(std::span<const PageImage> images);
  // The pages of this batch, and of those before it, are durable in their places. Any thread.
  void Release(uint64_t sequence);
  // Forgets every image: a file that comes under an identity that another one had must not be
  // mended with the other's pages. All batches are released; no thread writes one. After an error
  // the area is not to be used any more.
  Status Clear();

  uint32_t most_pages() const { return geometry_.most_entries; }

  // Hands out the newest intact image of every page in the area; nothing when there is no file.
  // Torn or damaged parts are passed over: their pages' places had not been touched. Stops at an
  // error of the callback or of reading. A damaged file header is reported as an event and passed
  // over too. The images live until the callback returns.
  static Status Recover(FileSystem& files, EventSink& events, const std::string& path,
                        const std::function<Status(const PageImage& image)>& callback);

 private:
  DoubleWriteArea(std::unique_ptr<File> file, std::unique_ptr<IoQueue> queue,
                  const double_write_format::Geometry& geometry, uint64_t last_sequence);

  Status WriteParts(uint64_t half_offset, std::span<const PageImage> images);

  const std::unique_ptr<File> file_;
  const std::unique_ptr<IoQueue> queue_;
  const double_write_format::Geometry geometry_;
  AlignedBuffer header_;
  double_write_format::Batch batch_;
  std::atomic<uint64_t> released_;
  bool has_images_;
  Status failure_;  // The first one, for good.
};

}  // namespace contrail
