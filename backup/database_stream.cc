#include "backup/database_stream.h"

#include <algorithm>

#include "storage/check.h"

namespace contrail {

DatabaseStream::DatabaseStream(FileSystem& files, EventSink& events, const LogWriter& log,
                               Database& database, const BackupInfo& backup,
                               const ReadAheadOptions& options)
    : log_(log),
      database_(database),
      page_size_(database.page_size()),
      last_page_(database.last_page()),
      header_(database.header()),
      pages_(files, events, database.pages(), last_page_, options) {
  header_.current_full_backup = backup;
}

Result<size_t> DatabaseStream::Read(MutableBytes buffer) {
  CHECK(buffer.size() % page_size_ == 0);
  size_t given = 0;
  const auto room = [&] { return buffer.size() - given; };
  for (; pages_given_ < 2 && room() > 0; ++pages_given_, given += page_size_) {
    header_.Encode(buffer.subspan(given, page_size_));
  }
  if (room() > 0) {
    ASSIGN_OR_RETURN(const size_t read, pages_.Read(buffer.subspan(given)));
    given += read;
    pages_given_ += read / page_size_;
  }
  if (pages_given_ == uint64_t{last_page_} + 2 && room() > 0) {
    MakeTrailer().Encode(buffer.subspan(given, page_size_));
    given += page_size_;
    ++pages_given_;
  }
  return given;
}

// Made when all pages have been read: none of them can be newer than the log of this moment.
TrailerPage DatabaseStream::MakeTrailer() const {
  const DatabaseHeader now = database_.header();
  const uint32_t current = log_.CurrentGeneration();
  TrailerPage trailer;
  trailer.backup = header_.current_full_backup;
  trailer.backup.generation_high = std::max(current, now.generation_max_committed);
  trailer.database_signature = now.signature;
  trailer.log_signature = log_.signature();
  trailer.generation_min_required = now.generation_min_required;
  trailer.generation_max_required = now.generation_max_required;
  trailer.generation_max_committed = now.generation_max_committed;
  trailer.max_required_created = now.generation_max_required_created;
  trailer.max_committed_created = now.generation_max_created;
  return trailer;
}

}  // namespace contrail
