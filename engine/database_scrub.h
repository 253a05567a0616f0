// DatabaseScrub: overwrites with zeros what deletion has left in an attached database: bytes of
// pages that belong to no node, the data of deleted nodes, free pages. What it overwrites nobody
// can ask for any more; it is logged like any change, page by page, so recovery and a backup's copy
// come to the same.
//
// What stays: the keys of nodes that are still only flagged deleted, their data in non-unique
// indexes (it is part of the order), anything a version may still need, pages of trees that are not
// freed yet, and pages of extent trees, which hold no data. Source: the backup contract, section 7;
// docs/scrubbing.md.
//
// Thread rule: thread safe; one caller works at a time.

#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>

#include <functional>
#include <optional>
#include <vector>

#include "engine/attached_database.h"
#include "storage/page_set.h"
#include "storage/space.h"

namespace contrail {

struct ScrubCounts {
  uint64_t pages = 0;    // Looked at.
  uint64_t unused = 0;   // Of these: never written.
  uint64_t used = 0;     // In use, and overwritten in part.
  uint64_t freed = 0;    // Free, and overwritten whole.
  uint64_t records = 0;  // Deleted nodes whose data was overwritten.
};

class DatabaseScrub {
 public:
  // Says when to stop before the work is done.
  using Stop = std::function<bool()>;

  // Both outlive the object.
  DatabaseScrub(AttachedDatabase& database, TransactionManager& transactions)
      : database_(database), transactions_(transactions) {}
  DatabaseScrub(const DatabaseScrub&) = delete;
  DatabaseScrub& operator=(const DatabaseScrub&) = delete;

  // Scrubs those of these pages that are in use. `pages` is what the file holds from page `first`
  // on; where memory has a page, that one counts. kTaskDropped when stopped.
  Status ScrubUsed(PageNumber first, Bytes pages, const Stop& stop);
  // Then the free ones among all pages that ScrubUsed has been shown.
  Status ScrubFree(const Stop& stop);
  ScrubCounts counts() const;

 private:
  Status FindTrees() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status ReadTrees(Transaction& transaction) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The roots of a table's trees as the transaction sees them; none when it is gone.
  Result<std::vector<PageNumber>> RootsOf(Transaction& transaction, ObjectId table);
  Status ScrubPage(PageNumber number, bool leaf) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Lines of deleted nodes that no version is about, as kWipe wants them.
  void FindForgotten(const PageView& page, PageNumber root) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsForgotten(PageNumber root, const NodeView& node) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status ScrubFreeOf(PageNumber root, const Stop& stop) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The next free pages of the tree from *next on that are to be overwritten; moves *next.
  void ChooseFree(const std::vector<Extent>& available, PageNumber* next)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status OverwriteChosen(ObjectId object_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  AttachedDatabase& database_;
  TransactionManager& transactions_;
  mutable absl::Mutex mutex_;
  // Where trees begin, by their object ids, when the scrub began. Ids are not used twice.
  std::optional<absl::flat_hash_map<ObjectId, PageNumber>> roots_ ABSL_GUARDED_BY(mutex_);
  std::vector<ObjectId> tables_ ABSL_GUARDED_BY(mutex_);
  PageSet written_ ABSL_GUARDED_BY(mutex_);  // Pages that hold more than zeros.
  std::vector<std::byte> lines_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::byte> key_ ABSL_GUARDED_BY(mutex_);
  std::vector<PageNumber> chosen_ ABSL_GUARDED_BY(mutex_);
  MutationScratch scratch_ ABSL_GUARDED_BY(mutex_);
  ScrubCounts counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace contrail
