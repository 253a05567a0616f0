// What every transaction of the demo's writers does, as a function of the writer and the
// transaction's number alone. So anybody who knows how many transactions each writer has committed
// knows the whole content of the database, and can compare.
//
// A transaction: takes an amount from one account and gives it to another (their sum stays zero);
// writes a ledger entry of it and deletes an old one; counts one more visit to a package; now and
// then adds a package and deletes one added earlier; and sets the writer's counter to its number.

#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace contrail::tool {

inline constexpr uint32_t kWriters = 2;
inline constexpr int32_t kAccounts = 1000;
// Entries of one writer that are kept.
inline constexpr int64_t kLedgerEntries = 2000;
// One transaction in so many adds a package; it is deleted again so many transactions later.
inline constexpr int64_t kAddEvery = 4;
inline constexpr int64_t kAddedLifetime = 400 * kAddEvery;
// Ids of added packages; loaded ones are smaller.
inline constexpr int32_t kFirstAddedPackage = 1'000'000'000;

struct TransactionPlan {
  uint32_t writer = 0;
  int64_t number = 0;  // From 1.
  int32_t from = 0;    // Accounts, 1..kAccounts, different.
  int32_t to = 0;
  int64_t amount = 0;           // From 1.
  int32_t visited = 0;          // A loaded package, 1..packages.
  int64_t deleted_entry = 0;    // Number of a ledger entry of this writer; 0: none.
  int32_t added = 0;            // Id of a package; 0: none.
  int32_t deleted_package = 0;  // The same.
};

TransactionPlan PlanTransaction(uint32_t writer, int64_t number, int32_t packages);

// The content of the database after so many transactions of each writer.
struct ExpectedState {
  std::vector<int64_t> balances;             // By account; [0] is not used.
  std::vector<uint32_t> visits;              // By loaded package; [0] is not used.
  std::map<int32_t, TransactionPlan> added;  // Packages that are there.
};
ExpectedState ExpectState(const std::vector<int64_t>& counters, int32_t packages);

}  // namespace contrail::tool
