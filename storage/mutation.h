// Mutation: an atomic change of one or more pages of one database, and its log record.
//
//   Mutation mutation(database, &scratch);
//   page = mutation.Lock(n)            latch exclusively, keep until the end
//   mutation.Apply(page, operation)    change the page now, and remember the operation
//   mutation.Annotate(bytes)           what the engine needs to undo it (opaque here)
//   mutation.Commit()                  append one log record; release the latches
//
// Invariants
// 1. All operations of a mutation are one log record: after a crash all or none of them exist.
// 2. A page is marked dirty at its first Apply, before the record exists. All changed pages get one
//    new dbtime at Commit, when all of them are latched: so it is larger than any they have had.
// 3. Latches are taken parent before child, left before right, and, beyond a single leaf, only by
//    the holder of the database's structure mutex (storage/database.h): so nobody waits in a
//    circle.
// 4. Abandon (or destruction without Commit) restores every page from the image kept at its first
//    Apply when kStructural; a kSingle mutation must not fail between Apply and Commit.
//
// Record format: docs/format/mutation.md
//   u8 database id, u64 dbtime, u16 page count, u32 annotation size, annotation,
//   per page { u32 page number, u64 dbtime before, u8 page flags (1 = new content), u32 size,
//   operations }
// Thread rule: a mutation and its scratch belong to one thread.

#pragma once

#include <absl/container/inlined_vector.h>

#include <optional>
#include <vector>

#include "storage/buffer_pool.h"
#include "storage/page_operation.h"

namespace contrail {

class Database;

// Reusable buffers of a thread or session; one mutation uses it at a time.
struct MutationScratch {
  std::vector<std::byte> record;
  std::vector<std::byte> annotation;
  std::vector<std::byte> images;
  std::vector<std::byte> nodes;                    // For node lists of splits.
  std::vector<std::vector<std::byte>> operations;  // Encoded, per held page.
};

class Mutation {
 public:
  enum class Kind { kSingle, kStructural };
  Mutation(Database& database, MutationScratch* scratch, Kind kind);
  ~Mutation();
  Mutation(const Mutation&) = delete;
  Mutation& operator=(const Mutation&) = delete;

  // A page held by this mutation; an index that stays valid while the mutation lives.
  using PageIndex = size_t;

  // Latches the page, or finds it when this mutation holds it already. Errors as
  // CachedDatabase::Lock, and kDbTimeCorrupted (CheckPageTime).
  Result<PageIndex> Lock(PageNumber);
  // For pages that the first Apply formats (OperationKind::kFormat).
  Result<PageIndex> LockNew(PageNumber);
  // Takes over a latch the caller has (not one of LockNew), after CheckPageTime.
  PageIndex Adopt(WriteGuard guard);
  PageView page(PageIndex) const;
  // The page if this mutation holds it already. Reading a held page through the pool would wait for
  // itself.
  std::optional<PageIndex> Find(PageNumber number) const {
    for (PageIndex i = 0; i < pages_.size(); ++i) {
      if (pages_[i].guard.number() == number) return i;
    }
    return std::nullopt;
  }
  Database& database() const { return database_; }

  // The caller has made sure that the operation fits: one that does not is a broken invariant.
  void Apply(PageIndex, const PageOperation&);
  // Sets the annotation, replacing an earlier one. The bytes are copied, or may be the scratch's
  // own `annotation`.
  void Annotate(Bytes annotation);

  // Appends the record and releases all latches. With no operation applied and no annotation it
  // only releases, and returns a null position. kTransactionTooLong when a structural mutation is
  // larger than the log takes: everything is as before. Any other failure means that the log is
  // down: the pool is poisoned, and nothing of this can reach the disk.
  Result<Lgpos> Commit();
  // As Commit, but keeps the latches until the mutation is destroyed or Release is called, so that
  // the caller can publish something (a version) before others see the page.
  Result<Lgpos> CommitHoldingLatches();
  void Release();
  // Puts every page back as it was and releases.
  void Abandon();

 private:
  struct HeldPage {
    WriteGuard guard;
    DbTime dbtime_before = 0;
    size_t image_offset = 0;  // In scratch.images, once changed.
    bool changed = false;
    bool is_new = false;  // Came with LockNew.
    bool fresh =
        false;  // Was not in memory before: leaves it again when the mutation is abandoned.
  };

  PageIndex Hold(WriteGuard guard, bool is_new);
  // Before the first change of a page.
  void BeginChange(HeldPage* page);
  void EncodeRecord(DbTime dbtime);

  Database& database_;
  MutationScratch* scratch_;
  const Kind kind_;
  bool annotated_ = false;
  bool committed_ = false;  // Or abandoned: nothing can be applied any more.
  absl::InlinedVector<HeldPage, 4> pages_;
};

// A page that is to change cannot be newer than all changes of its database: kDbTimeCorrupted,
// after an event, when damage has made it so.
Status CheckPageTime(Database& database, const PageView& page, PageNumber number);

// A decoded record. Spans point into the record.
struct PageChange {
  PageNumber page = 0;
  DbTime dbtime_before = 0;
  bool is_new = false;
  Bytes operations;
};

class MutationView {
 public:
  static Result<MutationView> Parse(Bytes record);  // kLogFileCorrupt when malformed.
  uint8_t database_id() const { return database_id_; }
  DbTime dbtime() const { return dbtime_; }
  Bytes annotation() const { return annotation_; }
  uint16_t page_count() const { return page_count_; }
  // Visits the pages in order; `visit` returns a Status. Malformed input: kLogFileCorrupt.
  template <typename Visit>
  Status ForEachPage(Visit&& visit) const {
    Bytes rest = pages_;
    for (uint16_t i = 0; i < page_count_; ++i) {
      PageChange change;
      RETURN_IF_ERROR(TakePage(&rest, &change));
      RETURN_IF_ERROR(visit(change));
    }
    return Status::Ok();
  }

 private:
  static Status TakePage(Bytes* rest, PageChange* change);
  uint8_t database_id_ = 0;
  DbTime dbtime_ = 0;
  uint16_t page_count_ = 0;
  Bytes annotation_;
  Bytes pages_;
};

// Applies one page's part of a record if the page shows `dbtime_before`; skips when it is as new as
// the record. kDbTimeTooOld / kDbTimeTooNew with an event when page and log do not belong together.
Status RedoPage(CachedDatabase& database, EventSink& events, DbTime dbtime,
                const PageChange& change);

}  // namespace contrail
