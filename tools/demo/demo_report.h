// What the demo measured and what it proved.

#pragma once

#include <string>
#include <utility>
#include <vector>

namespace contrail::tool {

struct DemoFigure {
  std::string group;  // "backup", "recovery", ...
  std::string name;
  std::string value;
};

struct DemoProof {
  std::string claim;  // "recovery shows every acknowledged commit"
  bool proved = false;
  std::string detail;
};

class DemoReport {
 public:
  void AddFigure(std::string group, std::string name, std::string value) {
    figures_.push_back({std::move(group), std::move(name), std::move(value)});
  }
  // Prints it as well, unless quiet. Returns `proved`.
  bool AddProof(std::string claim, bool proved, std::string detail);
  bool all_proved() const;

  // The demo ended before its end; nothing is proved then.
  void set_failure(std::string failure) { failure_ = std::move(failure); }

  void Print() const;
  void PrintJson() const;

  void set_quiet(bool quiet) { quiet_ = quiet; }
  // A line about what happens now.
  void Say(const std::string& line) const;

 private:
  bool quiet_ = false;
  std::string failure_;
  std::vector<DemoFigure> figures_;
  std::vector<DemoProof> proofs_;
};

}  // namespace contrail::tool
