// What only a few need of the commits of an instance: a moment between two of them, and how long
// they wait for the log.

#pragma once

#include <cstdint>
#include <functional>

#include "engine/transaction.h"

namespace contrail {

// Runs `action` at a moment between two commits: none gets its place in the log, or becomes
// visible, before it returns. A snapshot taken in it sees exactly the commits logged before. Short;
// it may wait for the log, and nothing that it does may commit changes.
void BetweenCommits(TransactionManager& transactions, const std::function<void()>& action);

// Durable commits of all sessions so far, and how long they have waited for the log in sum.
struct CommitWaitTotals {
  uint64_t count = 0;
  uint64_t nanoseconds = 0;
};
CommitWaitTotals CommitWaitsOf(TransactionManager& transactions);

}  // namespace contrail
