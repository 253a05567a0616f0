// A model of snapshot isolation over one unique tree: maps in place of pages and versions.

#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace contrail::test {

class SnapshotModel {
 public:
  using Map = std::map<std::string, std::string>;
  enum class Outcome { kOk, kConflict, kDuplicate, kNotFound };

  struct Session {
    // One per level: what it sees, and the keys it has changed or locked so far.
    struct Level {
      Map view;
      std::set<std::string> held;
      std::set<std::string> changed;
      // What it has added to the numbers of keys, changed or not.
      std::map<std::string, uint32_t> added;
    };
    std::vector<Level> levels;
    uint64_t snapshot = 0;
  };

  explicit SnapshotModel(size_t sessions) : sessions_(sessions) {}

  Session& session(size_t s) { return sessions_[s]; }
  int level(size_t s) const { return static_cast<int>(sessions_[s].levels.size()); }
  const Map& View(size_t s) const {
    return sessions_[s].levels.empty() ? committed_ : sessions_[s].levels.back().view;
  }
  const Map& committed() const { return committed_; }
  // After each commit that changed something, in order; [0] is the beginning.
  const std::vector<Map>& history() const { return history_; }

  void Begin(size_t s);
  // True when this commit made changes visible.
  bool Commit(size_t s);
  void Rollback(size_t s);

  Outcome Insert(size_t s, const std::string& key, const std::string& data);
  Outcome Replace(size_t s, const std::string& key, const std::string& data);
  Outcome Delete(size_t s, const std::string& key);
  // To the number that the first four bytes of the data are, little endian.
  Outcome Add(size_t s, const std::string& key, uint32_t amount);
  // What the page should hold of the key: with what everybody has added.
  uint32_t NumberInPage(size_t s, const std::string& key) const;
  Outcome Lock(size_t s, const std::string& key);

 private:
  bool Conflicts(size_t s, const std::string& key, bool adds) const;
  Outcome Admit(size_t s, const std::string& key, bool must_exist, bool adds = false) const;

  std::vector<Session> sessions_;
  Map committed_;
  std::vector<Map> history_{Map()};
  uint64_t time_ = 0;
  std::map<std::string, uint64_t> changed_at_;
  std::map<std::string, uint64_t> added_at_;
};

}  // namespace contrail::test
