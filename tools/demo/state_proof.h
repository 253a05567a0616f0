// Proves that a database of the demo holds what it should: everything up to some transaction of
// each writer, and nothing of any transaction after it. Read in one transaction.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "tools/demo/demo_tables.h"

namespace contrail::tool {

struct StateProof {
  std::vector<int64_t> counters;              // Transactions in the database, by writer.
  std::map<std::string, std::string> hashes;  // Content by table.
  std::string loaded_hash;  // Of what was loaded, without what writers change in it.
  uint64_t rows = 0;
  // Everything that is not as the counters say it must be; a bounded number of sentences.
  std::vector<std::string> faults;

  int64_t transactions() const;
};

// `packages`: how many were loaded.
Result<StateProof> ProveState(JetSession& session, int32_t packages);

}  // namespace contrail::tool
