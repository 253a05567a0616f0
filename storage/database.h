// Database: one open .edb file as storage sees it: header, pages, counters, the structure mutex.
//
// Life: Create makes a clean file with the database root and its two space trees and closes it
// again; Open reads the header; UpdateHeader moves it between clean and dirty on disk.
//
// Invariants
// 1. dbtime and the last object id only grow; the header of a clean file is never behind its pages.
// 2. Whoever changes more than one leaf (split, merge, space) holds structure_mutex() for the whole
//    mutation. Readers and single-leaf writers never take it.
// 3. Both header copies on disk are never torn at once: one is written and synced before the other.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "storage/buffer_pool.h"
#include "storage/database_header.h"
#include "storage/mutation.h"

namespace contrail {

struct CreateDatabaseOptions {
  uint32_t page_size = 4096;
  PageNumber initial_pages = 254;  // Owned pages; the file has two header pages more.
  Signature signature;             // Of the database; also makes redo of a creation repeatable.
  LogTime created;
};

class Database {
 public:
  // Writes a new, clean, empty database file (root, owned-extent and available-extent trees) and
  // syncs it and its directory. The header is written last: an interrupted creation leaves a file
  // that is no database, a failed one leaves none. Errors, each after an event:
  // kDatabaseDuplicate when the file exists (overwrite: replaces it), kDatabaseInvalidPath,
  // kFileAccessDenied, kDiskFull and others of File.
  static Status Create(FileSystem&, EventSink&, const std::string& path,
                       const CreateDatabaseOptions&, bool overwrite);
  // Opens the file exclusively (or read-only and shared), reads the header, adds it to the pool.
  // Does not look at the state: the caller decides what a dirty one means. Errors, each after an
  // event: kFileNotFound, kDatabaseInvalidPath, kFileAccessDenied, kDatabaseCorrupted,
  // kInvalidDatabaseVersion, kPageSizeMismatch when `expected_page_size` is not 0 and differs;
  // kDatabaseCorrupted (clean, but damaged where the owned pages are listed, or shorter than those)
  // unless read-only.
  static Result<std::unique_ptr<Database>> Open(FileSystem&, BufferPool&, EventSink&,
                                                const std::string& path, bool read_only,
                                                uint32_t expected_page_size, RedoSink& sink);
  ~Database();

  // What names the database of this signature in the double-write area (storage/buffer_pool.h).
  static uint64_t IdentityOf(const Signature& signature);

  const std::string& path() const { return path_; }
  uint32_t page_size() const { return page_size_; }
  bool read_only() const { return read_only_; }
  // False when a clean file, open for reading, turned out to be shorter than its owned pages, or
  // damaged where they are listed: what it shows may not be all.
  bool is_whole() const { return is_whole_; }
  CachedDatabase& pages() { return *pages_; }
  File& file() { return *file_; }
  RedoSink& sink() { return *sink_; }
  EventSink& events() { return *events_; }
  // Number within the instance, stored in log records; 0 until set.
  uint8_t id() const { return id_; }
  void set_id(uint8_t id) { id_ = id; }

  std::mutex& structure_mutex() { return structure_mutex_; }

  DbTime NextDbTime() { return dbtime_.fetch_add(1, std::memory_order_relaxed) + 1; }
  DbTime last_dbtime() const { return dbtime_.load(std::memory_order_relaxed); }
  // Redo has seen a value; later ones must be larger.
  void RaiseDbTime(DbTime);
  ObjectId NextObjectId() { return object_id_.fetch_add(1, std::memory_order_relaxed) + 1; }
  ObjectId last_object_id() const { return object_id_.load(std::memory_order_relaxed); }
  void RaiseObjectId(ObjectId);

  // A copy of the header as it is now, with the counters of now.
  DatabaseHeader header() const;
  // Changes header fields under a lock and writes both copies: `change` gets the current header;
  // dbtime and object id are filled in. Serialised with all other header writes. A failure poisons
  // the pool. kDatabaseFileReadOnly.
  Status UpdateHeader(const std::function<void(DatabaseHeader*)>& change);

  // Last page that may be in use. In a clean file the owned extents of the database root tell (the
  // file may be longer, with garbage there); in one that needs redo the extents may be of another
  // time than the rest, so the file's size stands in until FindLastPage is called.
  PageNumber last_page() const { return last_page_.load(std::memory_order_acquire); }
  // Reads last_page() from the owned extents. To be called after redo, before anybody changes
  // pages.
  Status FindLastPage();
  // Extends the file (zero filled) so that it holds `last`; where there is no space for that and
  // `least` is smaller, so that it holds `least`. Returns how far it got. Never shrinks. A failure
  // is reported as an event, once until the file has grown again.
  Result<PageNumber> ExtendTo(PageNumber last, PageNumber least);
  Status ExtendTo(PageNumber last) { return ExtendTo(last, last).status(); }
  // Pages by which the file grows when space runs out (JET_paramDbExtensionSize).
  uint32_t extension_pages() const { return extension_pages_; }
  void set_extension_pages(uint32_t pages) { extension_pages_ = pages; }

 private:
  Database() = default;
  Status Load(bool read_only, uint32_t expected_page_size);
  Result<PageNumber> ReadOwnedEnd();
  void ReportFailedGrowth(uint64_t size, uint64_t needed, Status answer);
  Status FindOwnedEnd(PageNumber file_end, uint64_t size);
  Status ReportUnusable(Error error, const std::string& text, uint64_t offset, uint64_t expected,
                        uint64_t found);

  std::string path_;
  uint32_t page_size_ = 0;
  bool read_only_ = false;
  bool is_whole_ = true;
  uint8_t id_ = 0;
  uint32_t extension_pages_ = 256;
  std::unique_ptr<File> file_;  // Declared before what uses it.
  BufferPool* pool_ = nullptr;
  CachedDatabase* pages_ = nullptr;
  RedoSink* sink_ = nullptr;
  EventSink* events_ = nullptr;
  std::mutex structure_mutex_;
  std::mutex extend_mutex_;
  bool growth_failed_ = false;  // Reported; guarded by extend_mutex_.
  std::atomic<DbTime> dbtime_{0};
  std::atomic<ObjectId> object_id_{0};
  std::atomic<PageNumber> last_page_{0};
  mutable std::mutex header_mutex_;
  DatabaseHeader header_;
};

}  // namespace contrail
