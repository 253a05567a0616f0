// What a check of a database found, and how much it looked at. Thread rule: one thread.

#pragma once

#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "storage/bytes.h"
#include "storage/page_format.h"
#include "storage/tree_check.h"

namespace contrail {

// What somebody who reads a finding should do next, from the mildest to the worst.
enum class Remedy {
  kReplayLogs,    // The file was not shut down cleanly.
  kReclaimSpace,  // Pages are lost to use, no data is.
  kRebuildIndex,  // The rows are whole, an index over them is not.
  kRestore,       // Data is damaged: bring it back from a backup.
};
// One sentence.
const char* Advice(Remedy remedy);

struct CheckFinding {
  Remedy remedy = Remedy::kRestore;
  PageNumber page = 0;  // 0: `place` says where.
  std::string place;    // "header", "shadow header".
  std::string what;
  std::string expected;
  std::string found;

  // "page 31: table basic: key order: expected above 7f80000002, found 7f80000001"
  std::string ToText() const;
};

class CheckReport {
 public:
  // More are counted and left out.
  static constexpr size_t kMostFindings = 1000;

  bool sound() const { return findings_.empty(); }
  const std::vector<CheckFinding>& findings() const { return findings_; }
  uint64_t left_out() const { return left_out_; }
  // By subject: "pages", "records", "index entries", ...
  const std::map<std::string, uint64_t>& checked() const { return checked_; }
  // What could not be computed, by subject.
  const std::map<std::string, uint64_t>& skipped() const { return skipped_; }

  // The same finding is kept once.
  void Add(Remedy remedy, PageNumber page, std::string what, std::string expected,
           std::string found);
  void AddPlace(Remedy remedy, std::string place, std::string what, std::string expected,
                std::string found);
  // Findings of a tree or of space, as those of `subject`.
  void AddTreeFindings(Remedy remedy, const std::string& subject,
                       const std::vector<TreeFinding>& findings);
  // Adds a finding unless the numbers are equal; tells whether they are.
  bool Expect(Remedy remedy, PageNumber page, const std::string& what, uint64_t expected,
              uint64_t found);
  void CountChecked(const std::string& subject, uint64_t amount = 1) {
    checked_[subject] += amount;
  }
  void CountSkipped(const std::string& subject, uint64_t amount = 1) {
    skipped_[subject] += amount;
  }
  // All that another report holds, behind what this one does.
  void Append(CheckReport other);
  // Findings made while pages were read in any order, in the order of the pages.
  void SortByPageFrom(size_t first);

 private:
  void Keep(CheckFinding finding);

  std::vector<CheckFinding> findings_;
  absl::flat_hash_set<std::string> texts_;
  uint64_t left_out_ = 0;
  std::map<std::string, uint64_t> checked_;
  std::map<std::string, uint64_t> skipped_;
};

// Bytes as shortened hexadecimal digits.
std::string ShowBytes(Bytes bytes);

}  // namespace contrail
