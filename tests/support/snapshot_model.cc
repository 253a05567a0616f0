#include "tests/support/snapshot_model.h"

#include "storage/check.h"

namespace contrail::test {

void SnapshotModel::Begin(size_t s) {
  Session& session = sessions_[s];
  if (session.levels.empty()) {
    session.snapshot = time_;
    session.levels.push_back({committed_, {}, {}});
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
  if (level.changed.empty()) return false;
  ++time_;
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

bool SnapshotModel::Conflicts(size_t s, const std::string& key) const {
  for (size_t other = 0; other < sessions_.size(); ++other) {
    if (other == s || sessions_[other].levels.empty()) continue;
    if (sessions_[other].levels.back().held.count(key) != 0) return true;
  }
  const auto changed = changed_at_.find(key);
  return changed != changed_at_.end() && changed->second > sessions_[s].snapshot;
}

SnapshotModel::Outcome SnapshotModel::Admit(size_t s, const std::string& key,
                                            bool must_exist) const {
  CHECK(!sessions_[s].levels.empty());
  if (Conflicts(s, key)) return Outcome::kConflict;
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

SnapshotModel::Outcome SnapshotModel::Lock(size_t s, const std::string& key) {
  const Outcome outcome = Admit(s, key, true);
  if (outcome == Outcome::kOk) sessions_[s].levels.back().held.insert(key);
  return outcome;
}

}  // namespace contrail::test
