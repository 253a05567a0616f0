// DatabaseStream: a database as a full backup gives it to its client while it goes on changing.
//
//   header | header | page 1 .. page n | trailer
//
// n is the last page at the moment of opening, and the header is the one of that moment with the
// backup's mark in it. The pages are of whatever moment each is read at; the logs of the backup
// make them one whole. The trailer comes in the first read that has room for it behind the last
// page. Readers may share a file in sections: the header and n are then those of the moment when
// the first of them was opened, and the trailer says that the copy is one of parts: it needs all
// logs of its backup then. Source: the backup contract, sections 6, 7 and 13;
// docs/format/streamed_file.md.

#pragma once

#include <atomic>
#include <memory>

#include "backup/backup_scrub.h"
#include "backup/file_stream.h"
#include "backup/page_read_ahead.h"
#include "backup/trailer_page.h"
#include "log/log_writer.h"
#include "storage/database.h"

namespace contrail {

// What all sections of a file have in common.
struct DatabasePlan {
  DatabaseHeader header;  // With the backup's mark.
  PageNumber last_page = 0;
};

class DatabaseStream final : public FileStream {
 public:
  // `backup` becomes the header's current_full_backup.
  static DatabasePlan PlanOf(const Database& database, const BackupInfo& backup);
  // In pages of the stream. kInvalidParameter.
  static Result<StreamRange> RangeOf(const DatabasePlan& plan, const StreamPart& part);
  // Everything referred to outlives the stream. `scrub` may be null; it gets every page that has
  // been given.
  DatabaseStream(FileSystem& files, EventSink& events, const LogWriter& log, Database& database,
                 const DatabasePlan& plan, const StreamRange& range,
                 const ReadAheadOptions& options, std::shared_ptr<BackupScrub> scrub);

  const std::string& path() const override { return database_.path(); }
  uint64_t size() const override { return (range_.end - range_.begin) * page_size_; }
  uint64_t file_size() const override { return (uint64_t{plan_.last_page} + 3) * page_size_; }
  Given given() const override { return {range_.from * page_size_, position_ * page_size_}; }
  size_t smallest_read() const override { return position_ == 0 ? 3 * page_size_ : page_size_; }
  size_t read_unit() const override { return page_size_; }
  Result<size_t> Read(MutableBytes buffer) override;
  bool finished() const override { return position_ == range_.end; }
  void Abort() override {
    aborted_.store(true);
    pages_.Abort();
  }

 private:
  TrailerPage MakeTrailer() const;

  const LogWriter& log_;
  Database& database_;
  const uint32_t page_size_;
  const DatabasePlan plan_;
  const StreamRange range_;
  uint64_t position_;  // Page of the stream that comes next.
  const std::shared_ptr<BackupScrub> scrub_;
  std::atomic<bool> aborted_{false};
  PageReadAhead pages_;
};

}  // namespace contrail
