// The content of a table as one number: XXH3-128 over its rows in the order of the primary key, all
// columns and all values of each. Equal hashes: equal content, whatever pages it lies in.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tools/jet_engine.h"

struct XXH3_state_s;

namespace contrail::tool {

// Fed with one row after the other.
class ContentHash {
 public:
  ContentHash();
  ~ContentHash();
  // The row that `table` stands on: these columns, every value.
  Status AddRow(const JetTable& table, const std::vector<JET_COLUMNID>& columns);
  // 32 hexadecimal digits.
  std::string Text() const;

 private:
  void Add(const void* bytes, size_t size);

  struct Free {
    void operator()(XXH3_state_s* state) const;
  };
  std::unique_ptr<XXH3_state_s, Free> state_;
  std::vector<std::byte> value_;
};

}  // namespace contrail::tool
