#include "storage/database.h"

#include <absl/strings/str_cat.h>
#include <xxhash.h>

#include <algorithm>

#include "storage/database_header_fields.h"
#include "storage/event_id.h"
#include "storage/open_failure.h"

namespace contrail {
namespace {

constexpr PageNumber kRootPage = 1;
constexpr PageNumber kLastRootTreePage = 3;  // Root, owned extents, available extents.
constexpr size_t kSpaceHeaderSize = 16;
constexpr uint32_t kEventDatabaseUnusable = 494;
// No space tree is deeper: each level has at least two children, and there are 2^32 pages.
constexpr int kMaxSpaceTreeDepth = 32;

template <typename T>
void Raise(std::atomic<T>* counter, T value) {
  T now = counter->load(std::memory_order_relaxed);
  while (now < value && !counter->compare_exchange_weak(now, value)) {
  }
}

// Runs `look` on the page until what it saw was whole.
template <typename Look>
Status LookAt(CachedDatabase& pages, PageNumber number, Look look) {
  while (true) {
    ASSIGN_OR_RETURN(const ReadGuard guard, pages.Read(number));
    const Status status = look(guard.page());
    if (guard.Validate()) return status;
  }
}

void AddChecksumFaults(const CachedDatabase::ChecksumFaults& faults, DatabaseHeader* header) {
  const auto add = [](uint32_t count, HeaderCounter* counter) {
    if (count == 0) return;
    counter->count += count;
    counter->last = LogTime::Now();
  };
  add(faults.corrected, &header->corrected_checksums);
  add(faults.bad, &header->bad_checksums);
}

}  // namespace

uint64_t Database::IdentityOf(const Signature& signature) {
  std::byte bytes[Signature::kSize];
  signature.Store(bytes);
  return XXH3_64bits(bytes, sizeof bytes);
}

Result<std::unique_ptr<Database>> Database::Open(FileSystem& file_system, BufferPool& pool,
                                                 EventSink& events, const std::string& path,
                                                 bool read_only, uint32_t expected_page_size,
                                                 RedoSink& sink) {
  OpenOptions options;
  options.mode = read_only ? FileMode::kReadOnly : FileMode::kReadWrite;
  options.direct = true;
  options.exclusive = !read_only;
  std::unique_ptr<Database> database(new Database());
  Result<std::unique_ptr<File>> file = file_system.Open(path, options);
  if (!file.ok()) {
    return ReportOpenFailure(file_system, events, path, options.mode, file.status());
  }
  database->file_ = std::move(*file);
  database->path_ = path;
  database->pool_ = &pool;
  database->sink_ = &sink;
  database->events_ = &events;
  RETURN_IF_ERROR(database->Load(read_only, expected_page_size));
  return database;
}

Status Database::Load(bool read_only, uint32_t expected_page_size) {
  read_only_ = read_only;
  ASSIGN_OR_RETURN(header_, ReadHeader(*file_, *events_));
  page_size_ = header_.page_size;
  if (expected_page_size != 0 && expected_page_size != page_size_) {
    return ReportUnusable(Error::kPageSizeMismatch, "the database has another page size",
                          header_offset::kPageSize, expected_page_size, page_size_);
  }
  if (!read_only && header_.update > kFormatUpdate) {
    return ReportUnusable(Error::kInvalidDatabaseVersion,
                          "its format has a newer update and can only be read",
                          header_offset::kUpdate, kFormatUpdate, header_.update);
  }
  dbtime_ = header_.dbtime;
  object_id_ = header_.last_object_id;
  ASSIGN_OR_RETURN(pages_, pool_->Add(*file_, page_size_, IdentityOf(header_.signature), sink_));
  pages_->set_rewrites_mended_pages(!read_only);

  ASSIGN_OR_RETURN(const uint64_t size, file_->Size());
  const uint64_t file_pages = size / page_size_;
  const auto file_end = static_cast<PageNumber>(
      std::min<uint64_t>(file_pages > 2 ? file_pages - 2 : 0, pages_->page_limit() - 1));
  last_page_ = file_end;
  if (header_.state != DatabaseState::kClean) return Status::Ok();
  const Status status = FindOwnedEnd(file_end, size);
  is_whole_ = status.ok();
  // Somebody who only reads may still save what is left.
  return read_only_ ? Status::Ok() : status;
}

// Of a clean file that has pages up to `file_end`, all of `size` bytes.
Status Database::FindOwnedEnd(PageNumber file_end, uint64_t size) {
  const auto cut_off = [&](PageNumber last) {
    return ReportUnusable(Error::kDatabaseCorrupted, "the file has been cut off", size,
                          FileOffsetOf(last + 1, page_size_), size);
  };
  if (file_end < kLastRootTreePage) return cut_off(kLastRootTreePage);
  ASSIGN_OR_RETURN(const PageNumber owned, ReadOwnedEnd());
  if (owned > file_end) return cut_off(owned);
  last_page_ = owned;
  return Status::Ok();
}

Database::~Database() {
  if (pages_ != nullptr) pool_->Remove(pages_);
}

Status Database::ReportUnusable(Error error, const std::string& text, uint64_t offset,
                                uint64_t expected, uint64_t found) {
  Event event;
  event.id = kEventDatabaseUnusable;
  event.severity = Severity::kError;
  event.text = absl::StrCat("The database cannot be used: ", text, ".");
  event.file = path_;
  event.offset = static_cast<int64_t>(offset);
  event.expected = absl::StrCat(expected);
  event.found = absl::StrCat(found);
  event.error = static_cast<int32_t>(error);
  events_->Report(event);
  return error;
}

Result<PageNumber> Database::ReadOwnedEnd() {
  PageNumber page = 0;
  RETURN_IF_ERROR(LookAt(*pages_, kRootPage, [&](const PageView& root) {
    const Bytes header = root.external_header();
    page = header.size() >= kSpaceHeaderSize ? LoadLittle<uint32_t>(header.data() + 12) : 0;
    return Status::Ok();
  }));
  // Down the right edge of the owned-extent tree: its last key is the last page.
  PageNumber last = 0;
  PageNumber damaged = kRootPage;
  for (int depth = 0; last == 0 && page != 0 && depth < kMaxSpaceTreeDepth; ++depth) {
    damaged = page;
    RETURN_IF_ERROR(LookAt(*pages_, page, [&](const PageView& view) {
      const uint32_t lines = view.line_count();
      page = 0;
      if (lines == 0) return Status::Ok();
      const NodeView node = view.node(lines - 1);
      if (!view.is_leaf()) {
        page = view.child(lines - 1);
      } else if (node.valid && node.key_size() == sizeof(uint32_t)) {
        std::byte key[sizeof(uint32_t)];
        node.CopyKey(key);
        last = LoadBig32(key);
      }
      return Status::Ok();
    }));
  }
  if (last == 0 || last >= pages_->page_limit()) {
    return ReportUnusable(Error::kDatabaseCorrupted, "the list of its pages is damaged",
                          FileOffsetOf(damaged, page_size_), 1, last);
  }
  return last;
}

Status Database::FindLastPage() {
  ASSIGN_OR_RETURN(const PageNumber last, ReadOwnedEnd());
  last_page_.store(last, std::memory_order_release);
  return Status::Ok();
}

Result<PageNumber> Database::ExtendTo(PageNumber last, PageNumber least) {
  DCHECK(!read_only_ && least <= last);
  if (last >= pages_->page_limit()) return Error::kOutOfDatabaseSpace;
  const std::lock_guard lock(extend_mutex_);
  ASSIGN_OR_RETURN(const uint64_t size, file_->Size());
  uint64_t needed = FileOffsetOf(last + 1, page_size_);
  if (size < needed) {
    Status status = file_->Resize(needed);
    if (status.Is(Error::kDiskFull) && least < last) {
      last = least;
      needed = FileOffsetOf(last + 1, page_size_);
      status = size < needed ? file_->Resize(needed) : Status::Ok();
    }
    if (!status.ok()) {
      ReportFailedGrowth(size, needed, status);
      return status;
    }
    growth_failed_ = false;
  }
  Raise(&last_page_, last);
  return last;
}

// One event for all the attempts that fail until one succeeds.
void Database::ReportFailedGrowth(uint64_t size, uint64_t needed, Status answer) {
  if (growth_failed_) return;
  growth_failed_ = true;
  const bool full = answer.Is(Error::kDiskFull);
  Event event;
  event.id = full ? event_id::kDiskFull : event_id::kWriteError;
  event.severity = Severity::kError;
  event.text = full ? "The database cannot grow: its disk is full. Changes that need space fail "
                      "until there is some."
                    : "The database cannot grow.";
  event.file = path_;
  event.offset = static_cast<int64_t>(size);
  event.expected = absl::StrCat("room for ", needed - size, " bytes more, ", needed, " in all");
  event.found = full ? "the system says that no space is left, or a quota or limit is reached"
                     : absl::StrCat("the system refused with error ", answer.number());
  event.error = answer.number();
  events_->Report(event);
}

void Database::RaiseDbTime(DbTime value) { Raise(&dbtime_, value); }

void Database::RaiseObjectId(ObjectId value) { Raise(&object_id_, value); }

DatabaseHeader Database::header() const {
  const std::lock_guard lock(header_mutex_);
  DatabaseHeader header = header_;
  header.dbtime = last_dbtime();
  header.last_object_id = last_object_id();
  AddChecksumFaults(pages_->checksum_faults(), &header);
  return header;
}

Status Database::UpdateHeader(const std::function<void(DatabaseHeader*)>& change) {
  if (read_only_) return Error::kDatabaseFileReadOnly;
  const std::lock_guard lock(header_mutex_);
  RETURN_IF_ERROR(pool_->health());
  DatabaseHeader header = header_;
  header.dbtime = last_dbtime();
  header.last_object_id = last_object_id();
  AddChecksumFaults(pages_->TakeChecksumFaults(), &header);
  change(&header);
  DCHECK(header.page_size == page_size_);
  if (const Status status = WriteHeader(*file_, header); !status.ok()) {
    return pool_->Poison(*file_, status, "the database header could not be written");
  }
  header_ = std::move(header);
  return Status::Ok();
}

}  // namespace contrail
