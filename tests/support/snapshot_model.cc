#include "tests/support/snapshot_model.h"

#include <cstring>

#include "storage/check.h"

namespace contrail::test {
namespace {

uint32_t NumberOf(const std::string& data) {
  CHECK(data.size() >= sizeof(uint32_t));
  uint32_t number = 0;
  std::memcpy(&number, data.data(), sizeof(number));
  return number;
}

void AddTo(std::string* data, uint32_t amount) {
  const uint32_t number = NumberOf(*data) + amount;
  std::memcpy(data->data(), &number, sizeof(number));
}

}  // namespace

void SnapshotModel::Begin(size_t s) {
  Session& session = sessions_[s];
  if (session.levels.empty()) {
    session.snapshot = time_;
    session.levels.push_back({committed_, {}, {}, {}});
  } else {
    session.levels.push_back(Session::Level(session.levels.back()));
  }
}

bool SnapshotModel::Commit(size_t s) {
  Session& session = sessions_[s];
  CHECK(!session.levels.empty());
  Session::Level level = std::move(session.levels.back());
  session.levels.pop_back();
  if (!session.levels.empty()) {
    session.levels.back() = std::move(level);
    return false;
  }
  if (level.changed.empty() && level.added.empty()) return false;
  ++time_;
  for (const auto& [key, amount] : level.added) {
    added_at_[key] = time_;
    // Who has changed it as well has seen all that others had added, and kept them off since.
    if (!level.changed.contains(key)) AddTo(&committed_.at(key), amount);
  }
  for (const std::string& key : level.changed) {
    changed_at_[key] = time_;
    const auto found = level.view.find(key);
    if (found == level.view.end()) {
      committed_.erase(key);
    } else {
      committed_[key] = found->second;
    }
  }
  history_.push_back(committed_);
  return true;
}

void SnapshotModel::Rollback(size_t s) {
  CHECK(!sessions_[s].levels.empty());
  sessions_[s].levels.pop_back();
}

// Additions go together, whoever makes them.
bool SnapshotModel::Conflicts(size_t s, const std::string& key, bool adds) const {
  for (size_t other = 0; other < sessions_.size(); ++other) {
    if (other == s || sessions_[other].levels.empty()) continue;
    if (sessions_[other].levels.back().held.count(key) != 0) return true;
    if (!adds && sessions_[other].levels.back().added.count(key) != 0) return true;
  }
  const auto added = added_at_.find(key);
  if (!adds && added != added_at_.end() && added->second > sessions_[s].snapshot) return true;
  const auto changed = changed_at_.find(key);
  return changed != changed_at_.end() && changed->second > sessions_[s].snapshot;
}

SnapshotModel::Outcome SnapshotModel::Admit(size_t s, const std::string& key, bool must_exist,
                                            bool adds) const {
  CHECK(!sessions_[s].levels.empty());
  if (Conflicts(s, key, adds)) return Outcome::kConflict;
  const bool exists = View(s).count(key) != 0;
  if (exists == must_exist) return Outcome::kOk;
  return must_exist ? Outcome::kNotFound : Outcome::kDuplicate;
}

SnapshotModel::Outcome SnapshotModel::Insert(size_t s, const std::string& key,
                                             const std::string& data) {
  const Outcome outcome = Admit(s, key, false);
  if (outcome != Outcome::kOk) return outcome;
  Session::Level& level = sessions_[s].levels.back();
  level.view[key] = data;
  level.held.insert(key);
  level.changed.insert(key);
  return outcome;
}

SnapshotModel::Outcome SnapshotModel::Replace(size_t s, const std::string& key,
                                              const std::string& data) {
  const Outcome outcome = Admit(s, key, true);
  if (outcome != Outcome::kOk) return outcome;
  Session::Level& level = sessions_[s].levels.back();
  level.view[key] = data;
  level.held.insert(key);
  level.changed.insert(key);
  return outcome;
}

SnapshotModel::Outcome SnapshotModel::Delete(size_t s, const std::string& key) {
  const Outcome outcome = Admit(s, key, true);
  if (outcome != Outcome::kOk) return outcome;
  Session::Level& level = sessions_[s].levels.back();
  level.view.erase(key);
  level.held.insert(key);
  level.changed.insert(key);
  return outcome;
}

SnapshotModel::Outcome SnapshotModel::Add(size_t s, const std::string& key, uint32_t amount) {
  const Outcome outcome = Admit(s, key, true, true);
  if (outcome != Outcome::kOk) return outcome;
  Session::Level& level = sessions_[s].levels.back();
  AddTo(&level.view[key], amount);
  level.added[key] += amount;
  return outcome;
}

uint32_t SnapshotModel::NumberInPage(size_t s, const std::string& key) const {
  const Session::Level& mine = sessions_[s].levels.back();
  if (mine.changed.contains(key)) return NumberOf(mine.view.at(key));
  uint32_t number = NumberOf(committed_.at(key));
  for (const Session& session : sessions_) {
    if (session.levels.empty()) continue;
    const auto added = session.levels.back().added.find(key);
    if (added != session.levels.back().added.end()) number += added->second;
  }
  return number;
}

SnapshotModel::Outcome SnapshotModel::Lock(size_t s, const std::string& key) {
  const Outcome outcome = Admit(s, key, true);
  if (outcome == Outcome::kOk) sessions_[s].levels.back().held.insert(key);
  return outcome;
}

}  // namespace contrail::test
