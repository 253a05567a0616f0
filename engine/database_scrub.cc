#include "engine/database_scrub.h"

#include <algorithm>
#include <mutex>

#include "engine/transaction_manager.h"
#include "storage/page_checksum.h"
#include "storage/page_wipe.h"

namespace contrail {
namespace {

// Free pages that are overwritten by one change; nothing is allocated meanwhile.
constexpr size_t kFreePagesAtOnce = 64;

// Content that is scrubbed in place: neither free nor part of the extent trees.
bool IsContent(const PageView& page) {
  return (page.flags() & (page_flag::kEmptied | page_flag::kSpaceTree)) == 0;
}

bool NeedsScrub(const PageView& page) {
  return IsContent(page) && (HasLeftovers(page) || HasDeletedData(page));
}

// A primary index is its table's tree.
bool IsTree(const CatalogRow& row) {
  return row.type == CatalogType::kTable || row.type == CatalogType::kLongValue ||
         (row.type == CatalogType::kIndex && row.id != row.table);
}

bool WasWritten(Bytes page) {
  return std::any_of(page.begin(), page.end(), [](std::byte byte) { return byte != std::byte{0}; });
}

}  // namespace

ScrubCounts DatabaseScrub::counts() const {
  const absl::MutexLock lock(&mutex_);
  return counts_;
}

Result<std::vector<PageNumber>> DatabaseScrub::RootsOf(Transaction& transaction, ObjectId table) {
  ASSIGN_OR_RETURN(const std::vector<CatalogRow> rows,
                   database_.catalog().RowsOf(transaction, table));
  std::vector<PageNumber> roots;
  for (const CatalogRow& row : rows) {
    if (IsTree(row)) roots.push_back(row.type_or_root);
  }
  return roots;
}

Status DatabaseScrub::FindTrees() {
  if (roots_.has_value()) return Status::Ok();
  roots_.emplace();
  Transaction transaction(transactions_);
  RETURN_IF_ERROR(transaction.Begin(/*read_only=*/true));
  const Status status = ReadTrees(transaction);
  transaction.Rollback().Ignore();  // It has changed nothing.
  return status;
}

Status DatabaseScrub::ReadTrees(Transaction& transaction) {
  ASSIGN_OR_RETURN(const std::vector<CatalogRow> tables, database_.catalog().Tables(transaction));
  for (const CatalogRow& table : tables) {
    tables_.push_back(table.id);
    ASSIGN_OR_RETURN(const std::vector<CatalogRow> rows,
                     database_.catalog().RowsOf(transaction, table.id));
    for (const CatalogRow& row : rows) {
      if (IsTree(row)) roots_->emplace(row.id, row.type_or_root);
    }
  }
  return Status::Ok();
}

Status DatabaseScrub::ScrubUsed(PageNumber first, Bytes pages, const Stop& stop) {
  const absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(FindTrees());
  CachedDatabase& cache = database_.database().pages();
  const uint32_t page_size = cache.page_size();
  for (size_t offset = 0; offset < pages.size(); offset += page_size, ++first) {
    if (stop()) return Error::kTaskDropped;
    ++counts_.pages;
    const Bytes bytes = pages.subspan(offset, page_size);
    PageView page(bytes.data(), page_size);
    Result<ReadGuard> resident = Error::kPageNotInitialized;
    if (cache.IsResident(first)) {
      resident = cache.Read(first);
      if (resident.ok()) page = resident->page();
    } else if (!WasWritten(bytes)) {
      ++counts_.unused;
      continue;
    }
    const bool leaf = page.is_leaf();
    // Pages of trees that are newer than the scrub wait for the next one; those of none are free.
    const bool needed = NeedsScrub(page) && roots_->contains(page.object_id());
    if (!IsBlank(page)) written_.Insert(first);
    const bool seen = !resident.ok() || resident->Validate();
    if (needed || !seen) RETURN_IF_ERROR(ScrubPage(first, leaf));
  }
  return Status::Ok();
}

// A leaf needs its own latch only. What belongs to the structure of a tree stays as it is while
// somebody changes that.
Status DatabaseScrub::ScrubPage(PageNumber number, bool leaf) {
  Database& database = database_.database();
  std::unique_lock structure(database.structure_mutex(), std::defer_lock);
  if (!leaf) structure.lock();
  Mutation mutation(database, &scratch_, Mutation::Kind::kSingle);
  ASSIGN_OR_RETURN(const Mutation::PageIndex index, mutation.Lock(number));
  const PageView page = mutation.page(index);
  const auto root = roots_->find(page.object_id());
  if (!IsContent(page) || page.is_leaf() != leaf || root == roots_->end()) {
    return Status::Ok();  // Changed meanwhile.
  }
  FindForgotten(page, root->second);
  if (lines_.empty() && !HasLeftovers(page)) return Status::Ok();
  mutation.Apply(index, PageOperation::Wipe(lines_));
  RETURN_IF_ERROR(mutation.Commit().status());
  ++counts_.used;
  counts_.records += lines_.size() / sizeof(uint16_t);
  return Status::Ok();
}

// With the leaf latched: nobody adds a version meanwhile.
void DatabaseScrub::FindForgotten(const PageView& page, PageNumber root) {
  lines_.clear();
  const Bytes prefix = page.prefix();
  for (uint32_t line = 0; line < page.line_count(); ++line) {
    const NodeView node = page.DecodeNode(line, prefix);
    if (!HasDeletedData(page, node) || !IsForgotten(root, node)) continue;
    lines_.resize(lines_.size() + sizeof(uint16_t));
    StoreLittle(lines_.data() + lines_.size() - sizeof(uint16_t), static_cast<uint16_t>(line));
  }
}

bool DatabaseScrub::IsForgotten(PageNumber root, const NodeView& node) {
  key_.resize(node.key_size());
  node.CopyKey(key_.data());
  const NodeName name{&database_.database(), root, key_, {}};
  VersionStore& versions = transactions_.implementation().store();
  return !versions.FindNewest(name, name.Hash(), Viewer{}).any;
}

// A tree that a transaction sees is not freed before it ends, so what the tree calls its own is.
Status DatabaseScrub::ScrubFree(const Stop& stop) {
  const absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(FindTrees());
  RETURN_IF_ERROR(ScrubFreeOf(catalog_place::kDatabaseRootPage, stop));
  for (const ObjectId table : tables_) {
    Transaction transaction(transactions_);
    RETURN_IF_ERROR(transaction.Begin(/*read_only=*/true));
    Status status = Status::Ok();
    const Result<std::vector<PageNumber>> roots = RootsOf(transaction, table);
    if (roots.ok()) {
      for (const PageNumber root : *roots) {
        status = ScrubFreeOf(root, stop);
        if (!status.ok()) break;
      }
    }
    transaction.Rollback().Ignore();  // It has changed nothing.
    RETURN_IF_ERROR(roots.status());
    RETURN_IF_ERROR(status);
  }
  return Status::Ok();
}

Status DatabaseScrub::ScrubFreeOf(PageNumber root, const Stop& stop) {
  Database& database = database_.database();
  for (PageNumber next = 1; next != 0;) {
    if (stop()) return Error::kTaskDropped;
    // What is free stays free for as long as nobody can allocate.
    const std::lock_guard structure(database.structure_mutex());
    ASSIGN_OR_RETURN(const SpaceMap map, ReadSpaceMap(database, root));
    ObjectId object_id = 0;
    {
      ASSIGN_OR_RETURN(const SharedGuard guard, database.pages().Share(root));
      object_id = guard.page().object_id();
    }
    ChooseFree(map.available, &next);
    RETURN_IF_ERROR(OverwriteChosen(object_id));
  }
  return Status::Ok();
}

void DatabaseScrub::ChooseFree(const std::vector<Extent>& available, PageNumber* next) {
  chosen_.clear();
  std::vector<Extent> extents = available;
  std::sort(extents.begin(), extents.end(),
            [](const Extent& a, const Extent& b) { return a.first < b.first; });
  for (const Extent& extent : extents) {
    for (uint64_t page = std::max(extent.first, *next);
         page < uint64_t{extent.first} + extent.count; ++page) {
      const auto number = static_cast<PageNumber>(page);
      if (!written_.Contains(number)) continue;
      chosen_.push_back(number);
      if (chosen_.size() == kFreePagesAtOnce) {
        *next = number + 1;
        return;
      }
    }
  }
  *next = 0;  // None are left.
}

// As pages that a merge has freed, but with nothing left in them. What they held is not read.
Status DatabaseScrub::OverwriteChosen(ObjectId object_id) {
  if (chosen_.empty()) return Status::Ok();
  Mutation mutation(database_.database(), &scratch_, Mutation::Kind::kStructural);
  for (const PageNumber number : chosen_) {
    ASSIGN_OR_RETURN(const Mutation::PageIndex index, mutation.LockNew(number));
    mutation.Apply(index, PageOperation::Format(page_flag::kLeaf | page_flag::kEmptied, object_id,
                                                0, 0, {}, {}));
  }
  RETURN_IF_ERROR(mutation.Commit().status());
  counts_.freed += chosen_.size();
  return Status::Ok();
}

}  // namespace contrail
