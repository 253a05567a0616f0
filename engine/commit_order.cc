#include "engine/commit_order.h"

#include "engine/transaction_manager.h"

namespace contrail {

void BetweenCommits(TransactionManager& transactions, const std::function<void()>& action) {
  transactions.implementation().BetweenCommits(action);
}

CommitWaitTotals CommitWaitsOf(TransactionManager& transactions) {
  return transactions.implementation().commit_waits();
}

}  // namespace contrail
