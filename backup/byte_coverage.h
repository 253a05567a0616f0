// ByteCoverage: which parts of a file a backup has given away, when readers share it.

#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>

namespace contrail {

class ByteCoverage {
 public:
  // [from, to) has been given.
  void Add(uint64_t from, uint64_t to) {
    if (from >= to) return;
    auto next = parts_.upper_bound(from);
    if (next != parts_.begin() && std::prev(next)->second >= from) {
      --next;
      from = next->first;
    }
    while (next != parts_.end() && next->first <= to) {
      to = std::max(to, next->second);
      next = parts_.erase(next);
    }
    parts_.emplace(from, to);
  }
  bool Covers(uint64_t size) const {
    return !parts_.empty() && parts_.begin()->first == 0 && parts_.begin()->second >= size;
  }
  void Clear() { parts_.clear(); }

 private:
  std::map<uint64_t, uint64_t> parts_;  // Begin and end; they do not touch each other.
};

}  // namespace contrail
