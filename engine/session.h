// Session: one client's thread of work. A session is used by one thread at a time and shares
// nothing mutable with others but the pool, the version store and the log.

#pragma once

#include "engine/transaction.h"
#include "engine/versioned_tree.h"

namespace contrail {

class Instance;

class Session {
 public:
  explicit Session(Instance& instance);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Instance& instance() const { return *instance_; }
  Transaction& transaction() { return transaction_; }
  // What operations on trees need; valid while the session lives.
  OperationContext& context() { return context_; }

 private:
  Instance* instance_;
  Transaction transaction_;
  MutationScratch scratch_;
  OperationContext context_;
};

}  // namespace contrail
