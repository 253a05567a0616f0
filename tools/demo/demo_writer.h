// One writer of the demo: carries transactions out, one after the other, and acknowledges each
// after its durable commit, in a file outside of the database.

#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "tools/demo/demo_tables.h"
#include "tools/demo/transaction_plan.h"

namespace contrail::tool {

// Numbers of acknowledged transactions, 8 bytes each, in the order of the commits. It is not
// synced: only the process is killed, the machine goes on.
std::string AcknowledgementPath(const std::string& folder, uint32_t writer);
// The last number in the file; 0 when there is none. An entry that was cut short does not count.
int64_t LastAcknowledged(const std::string& folder, uint32_t writer);

class DemoWriter {
 public:
  // Opens a session of its own on the database in `folder`; goes on behind the writer's counter.
  // Acknowledges in the folder `outside`.
  static Result<std::unique_ptr<DemoWriter>> Open(JetEngine& engine, const std::string& folder,
                                                  const std::string& outside, uint32_t writer,
                                                  int32_t packages);
  ~DemoWriter();

  // Transactions until `stop`, or until one fails. A write conflict with the other writer is
  // rolled back and tried again.
  Status Run(const std::atomic<bool>& stop);

  uint64_t conflicts() const { return conflicts_; }

 private:
  DemoWriter() = default;
  Status TryTransaction(const TransactionPlan& plan);
  Status Change(const TransactionPlan& plan);
  Status AddToAccount(int32_t account, int64_t amount);
  Status WriteLedger(const TransactionPlan& plan);
  Status ChangePackages(const TransactionPlan& plan);
  Status Acknowledge(int64_t number);

  std::unique_ptr<JetSession> session_;
  PackagesTable packages_;
  AccountsTable accounts_;
  LedgerTable ledger_;
  WritersTable writers_;
  uint32_t writer_ = 0;
  int32_t loaded_packages_ = 0;
  int64_t counter_ = 0;
  uint64_t conflicts_ = 0;
  int acknowledgements_ = -1;
};

}  // namespace contrail::tool
