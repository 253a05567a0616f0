#include "storage/mutation.h"

#include <absl/strings/str_cat.h>

#include "storage/database.h"
#include "storage/tree_damage.h"

namespace contrail {
namespace {

constexpr uint8_t kNewContent = 1;

template <typename T>
void AppendLittle(T value, std::vector<std::byte>* out) {
  const size_t at = out->size();
  out->resize(at + sizeof value);
  StoreLittle(out->data() + at, value);
}

void AppendBytes(Bytes bytes, std::vector<std::byte>* out) {
  out->insert(out->end(), bytes.begin(), bytes.end());
}

}  // namespace

Status CheckPageTime(Database& database, const PageView& page, PageNumber number) {
  const DbTime newest = database.last_dbtime();
  if (page.dbtime() <= newest) return Status::Ok();
  return ReportTreeDamage(database, number, Error::kDbTimeCorrupted, "time of the last change",
                          absl::StrCat("at most ", newest), absl::StrCat(page.dbtime()));
}

Mutation::Mutation(Database& database, MutationScratch* scratch, Kind kind)
    : database_(database), scratch_(scratch), kind_(kind) {
  scratch_->record.clear();
  scratch_->images.clear();
}

Mutation::~Mutation() {
  if (!committed_) Abandon();
}

Mutation::PageIndex Mutation::Hold(WriteGuard guard, bool is_new) {
  DCHECK(!committed_);
  DCHECK(guard.held());
  DCHECK(kind_ == Kind::kStructural || pages_.empty());
  const PageIndex index = pages_.size();
  HeldPage& page = pages_.emplace_back();
  page.fresh = guard.fresh();
  page.is_new = is_new;
  page.guard = std::move(guard);
  // Buffers keep their capacity from mutation to mutation.
  if (scratch_->operations.size() <= index) scratch_->operations.emplace_back();
  scratch_->operations[index].clear();
  return index;
}

Result<Mutation::PageIndex> Mutation::Lock(PageNumber number) {
  if (const auto held = Find(number)) return *held;
  ASSIGN_OR_RETURN(WriteGuard guard, database_.pages().Lock(number));
  RETURN_IF_ERROR(CheckPageTime(database_, guard.page(), number));
  return Hold(std::move(guard), false);
}

Result<Mutation::PageIndex> Mutation::LockNew(PageNumber number) {
  if (const auto held = Find(number)) return *held;
  ASSIGN_OR_RETURN(WriteGuard guard, database_.pages().LockNew(number));
  return Hold(std::move(guard), true);
}

Mutation::PageIndex Mutation::Adopt(WriteGuard guard) {
  DCHECK(!Find(guard.number()));
  DCHECK(!guard.fresh());
  return Hold(std::move(guard), false);
}

PageView Mutation::page(PageIndex index) const {
  DCHECK(index < pages_.size());
  return pages_[index].guard.page();
}

void Mutation::BeginChange(HeldPage* page) {
  page->changed = true;
  page->dbtime_before = page->guard.page().dbtime();
  if (kind_ == Kind::kStructural) {
    page->image_offset = scratch_->images.size();
    AppendBytes({page->guard.bytes(), database_.page_size()}, &scratch_->images);
  }
  page->guard.MarkDirty();
}

void Mutation::Apply(PageIndex index, const PageOperation& operation) {
  DCHECK(!committed_);
  DCHECK(!database_.read_only());
  HeldPage& page = pages_[index];
  if (!page.changed) {
    // Redo gives a new page no look at its former content, so the first change must replace it.
    DCHECK(!page.is_new || operation.kind == OperationKind::kFormat);
    BeginChange(&page);
  }
  // Encoded first: the operation's bytes may lie in the page that it changes.
  EncodeOperation(operation, &scratch_->operations[index]);
  const Status status = ApplyOperation(operation, page.guard.bytes(), database_.page_size());
  CHECK(status.ok());
}

void Mutation::Annotate(Bytes annotation) {
  std::vector<std::byte>& own = scratch_->annotation;
  if (!annotation.empty() && annotation.data() == own.data()) {
    DCHECK(annotation.size() <= own.size());
    own.resize(annotation.size());
  } else {
    own.assign(annotation.begin(), annotation.end());
  }
  annotated_ = true;
}

void Mutation::EncodeRecord(DbTime dbtime) {
  std::vector<std::byte>* record = &scratch_->record;
  record->clear();
  uint16_t changed = 0;
  for (const HeldPage& page : pages_) changed += page.changed ? 1 : 0;
  AppendLittle<uint8_t>(database_.id(), record);
  AppendLittle<uint64_t>(dbtime, record);
  AppendLittle<uint16_t>(changed, record);
  AppendLittle<uint32_t>(static_cast<uint32_t>(annotated_ ? scratch_->annotation.size() : 0),
                         record);
  if (annotated_) AppendBytes(scratch_->annotation, record);
  for (PageIndex i = 0; i < pages_.size(); ++i) {
    const HeldPage& page = pages_[i];
    if (!page.changed) continue;
    AppendLittle<uint32_t>(page.guard.number(), record);
    AppendLittle<uint64_t>(page.dbtime_before, record);
    AppendLittle<uint8_t>(page.is_new ? kNewContent : 0, record);
    AppendLittle<uint32_t>(static_cast<uint32_t>(scratch_->operations[i].size()), record);
    AppendBytes(scratch_->operations[i], record);
  }
}

Result<Lgpos> Mutation::CommitHoldingLatches() {
  DCHECK(!committed_);
  bool changed = annotated_;
  for (const HeldPage& page : pages_) changed = changed || page.changed;
  if (!changed) {
    committed_ = true;
    return Lgpos{};
  }
  const DbTime dbtime = database_.NextDbTime();
  EncodeRecord(dbtime);
  RedoSink& sink = database_.sink();
  if (scratch_->record.size() > sink.MaxRecordSize()) {
    // One page and its annotation always fit a record: the log's buffer is larger.
    CHECK(kind_ == Kind::kStructural);
    Abandon();
    return Error::kTransactionTooLong;
  }
  for (HeldPage& page : pages_) {
    if (!page.changed) continue;
    // What a new page held before is of no account, and may be anything.
    DCHECK(page.is_new || page.guard.page().dbtime() < dbtime);
    StoreLittle(page.guard.bytes() + page_offset::kDbTime, dbtime);
  }
  const Result<Lgpos> position = sink.Append(scratch_->record);
  if (!position.ok()) {
    CachedDatabase& pages = database_.pages();
    pages.pool().Poison(pages.file(), position.status(), "a change could not be logged").Ignore();
    if (kind_ == Kind::kStructural) Abandon();
  }
  committed_ = true;
  return position;
}

Result<Lgpos> Mutation::Commit() {
  const Result<Lgpos> position = CommitHoldingLatches();
  Release();
  return position;
}

void Mutation::Release() {
  DCHECK(committed_);
  pages_.clear();
}

void Mutation::Abandon() {
  DCHECK(!committed_);
  for (HeldPage& page : pages_) {
    if (!page.changed) continue;
    CHECK(kind_ == Kind::kStructural);
    if (page.fresh) {
      // The file still has what memory had not: forget the page instead of writing zeros there.
      page.guard.Drop();
      continue;
    }
    std::memcpy(page.guard.bytes(), scratch_->images.data() + page.image_offset,
                database_.page_size());
  }
  pages_.clear();
  committed_ = true;
}

}  // namespace contrail
