#include "backup/database_stream.h"

#include <algorithm>

#include "storage/check.h"

namespace contrail {
namespace {

// In front of page 1.
constexpr uint64_t kHeaderCopies = 2;

// The page of the database that lies at this page of the stream.
PageNumber PageAt(uint64_t place) { return static_cast<PageNumber>(place - kHeaderCopies + 1); }

}  // namespace

DatabasePlan DatabaseStream::PlanOf(const Database& database, const BackupInfo& backup) {
  DatabasePlan plan{database.header(), database.last_page()};
  plan.header.current_full_backup = backup;
  return plan;
}

Result<StreamRange> DatabaseStream::RangeOf(const DatabasePlan& plan, const StreamPart& part) {
  return RangeOfPart(part, plan.header.page_size, kHeaderCopies, plan.last_page, /*after=*/1);
}

DatabaseStream::DatabaseStream(FileSystem& files, EventSink& events, const LogWriter& log,
                               Database& database, const DatabasePlan& plan,
                               const StreamRange& range, const ReadAheadOptions& options,
                               std::shared_ptr<BackupScrub> scrub)
    : log_(log),
      database_(database),
      page_size_(database.page_size()),
      plan_(plan),
      range_(range),
      position_(range.from),
      scrub_(std::move(scrub)),
      pages_(files, events, database.pages(), PageAt(std::max(range.from, kHeaderCopies)),
             PageAt(std::min(range.end, kHeaderCopies + plan.last_page)) - 1, options) {}

Result<size_t> DatabaseStream::Read(MutableBytes buffer) {
  CHECK(buffer.size() % page_size_ == 0);
  const uint64_t trailer = kHeaderCopies + plan_.last_page;
  size_t given = 0;
  const auto room = [&] { return buffer.size() - given; };
  for (; position_ < kHeaderCopies && room() > 0; ++position_, given += page_size_) {
    plan_.header.Encode(buffer.subspan(given, page_size_));
  }
  if (room() > 0) {
    ASSIGN_OR_RETURN(const size_t read, pages_.Read(buffer.subspan(given)));
    if (scrub_ != nullptr && read > 0) {
      scrub_->See(PageAt(position_), buffer.subspan(given, read), aborted_);
    }
    given += read;
    position_ += read / page_size_;
  }
  if (position_ == trailer && position_ < range_.end && room() > 0) {
    MakeTrailer().Encode(buffer.subspan(given, page_size_));
    given += page_size_;
    ++position_;
  }
  return given;
}

// Made when all pages of the range have been read: none of them can be newer than the log of this
// moment. Pages before the range can: others read them, whenever they like.
TrailerPage DatabaseStream::MakeTrailer() const {
  const DatabaseHeader now = database_.header();
  const uint32_t current = log_.CurrentGeneration();
  TrailerPage trailer;
  trailer.backup = plan_.header.current_full_backup;
  trailer.backup.generation_high = std::max(current, now.generation_max_committed);
  trailer.database_signature = now.signature;
  trailer.log_signature = log_.signature();
  trailer.generation_min_required = now.generation_min_required;
  trailer.generation_max_required = now.generation_max_required;
  trailer.generation_max_committed = now.generation_max_committed;
  trailer.max_required_created = now.generation_max_required_created;
  trailer.max_committed_created = now.generation_max_created;
  trailer.in_parts = range_.from > 0;
  return trailer;
}

}  // namespace contrail
