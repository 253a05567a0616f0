// Table: which of its definitions is seen by whom.

#include <algorithm>

#include "engine/table.h"
#include "engine/transaction_manager.h"
#include "storage/check.h"

namespace contrail {

const std::shared_ptr<const TableDefinition>& Table::Newest() const {
  return pending_ != nullptr ? pending_ : committed_.back().definition;
}

std::shared_ptr<const TableDefinition> Table::definition() const {
  const absl::MutexLock lock(&definition_mutex_);
  return Newest();
}

Table::Definitions Table::DefinitionsFor(const Transaction& transaction) const {
  const absl::MutexLock lock(&definition_mutex_);
  if (pending_ != nullptr && ddl_owner() == &transaction) return {pending_, pending_};
  const CommitTime snapshot = transaction.snapshot();
  size_t seen = committed_.size() - 1;
  while (seen > 0 && committed_[seen].visible_from > snapshot) --seen;
  return {committed_[seen].definition, Newest()};
}

bool Table::SeesNewest(const Transaction& transaction) const {
  const absl::MutexLock lock(&definition_mutex_);
  return committed_.size() == 1 || committed_.back().visible_from <= transaction.snapshot();
}

Status Table::SetPending(std::shared_ptr<const TableDefinition> definition, bool check_use) {
  const absl::MutexLock lock(&definition_mutex_);
  if (check_use) {
    for (const auto& [index, cursors] : used_indexes_) {
      if (cursors > 0 && definition->FindSecondary(index) == nullptr) return Error::kIndexInUse;
    }
  }
  pending_ = std::move(definition);
  generation_.fetch_add(1, std::memory_order_acq_rel);
  return Status::Ok();
}

void Table::PublishPending(CommitTime time) {
  const absl::MutexLock lock(&definition_mutex_);
  if (pending_ == nullptr) return;
  // What no snapshot can see any more is forgotten.
  const CommitTime oldest = manager_->implementation().OldestSnapshot();
  while (committed_.size() > 1 && committed_[1].visible_from <= oldest) {
    committed_.erase(committed_.begin());
  }
  committed_.push_back({time, std::move(pending_)});
  pending_ = nullptr;
  generation_.fetch_add(1, std::memory_order_acq_rel);
}

void Table::DropPending() {
  const absl::MutexLock lock(&definition_mutex_);
  if (pending_ == nullptr) return;
  pending_ = nullptr;
  generation_.fetch_add(1, std::memory_order_acq_rel);
}

void Table::AmendDefinition(std::shared_ptr<const TableDefinition> definition) {
  const absl::MutexLock lock(&definition_mutex_);
  DCHECK(pending_ == nullptr);
  committed_.back().definition = std::move(definition);
  generation_.fetch_add(1, std::memory_order_acq_rel);
}

Status Table::UseIndex(ObjectId index) {
  const absl::MutexLock lock(&definition_mutex_);
  if (Newest()->FindSecondary(index) == nullptr) return Error::kIndexNotFound;
  const auto place = std::find_if(used_indexes_.begin(), used_indexes_.end(),
                                  [index](const auto& used) { return used.first == index; });
  if (place != used_indexes_.end()) {
    ++place->second;
  } else {
    used_indexes_.emplace_back(index, 1);
  }
  return Status::Ok();
}

void Table::LeaveIndex(ObjectId index) {
  const absl::MutexLock lock(&definition_mutex_);
  const auto place = std::find_if(used_indexes_.begin(), used_indexes_.end(),
                                  [index](const auto& used) { return used.first == index; });
  CHECK(place != used_indexes_.end() && place->second > 0);
  if (--place->second == 0) used_indexes_.erase(place);
}

}  // namespace contrail
