#include "tools/demo/transaction_plan.h"

#include <cstddef>

#include "storage/check.h"

namespace contrail::tool {
namespace {

// Spreads a number over 64 bits (the finisher of SplitMix64).
uint64_t Spread(uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

int32_t AddedPackage(uint32_t writer, int64_t number) {
  return kFirstAddedPackage + static_cast<int32_t>(number / kAddEvery * kWriters + writer);
}

}  // namespace

TransactionPlan PlanTransaction(uint32_t writer, int64_t number, int32_t packages) {
  CHECK(writer < kWriters && number > 0 && packages > 0);
  const uint64_t random = Spread(static_cast<uint64_t>(number) * kWriters + writer);
  TransactionPlan plan;
  plan.writer = writer;
  plan.number = number;
  plan.from = 1 + static_cast<int32_t>(random % kAccounts);
  const int32_t distance = 1 + static_cast<int32_t>((random >> 16) % (kAccounts - 1));
  plan.to = 1 + (plan.from - 1 + distance) % kAccounts;
  plan.amount = 1 + static_cast<int64_t>((random >> 32) % 1000);
  plan.visited = 1 + static_cast<int32_t>(Spread(random) % static_cast<uint64_t>(packages));
  if (number > kLedgerEntries) plan.deleted_entry = number - kLedgerEntries;
  if (number % kAddEvery == 0) {
    plan.added = AddedPackage(writer, number);
    if (number > kAddedLifetime)
      plan.deleted_package = AddedPackage(writer, number - kAddedLifetime);
  }
  return plan;
}

ExpectedState ExpectState(const std::vector<int64_t>& counters, int32_t packages) {
  CHECK(counters.size() == kWriters);
  ExpectedState state;
  state.balances.resize(kAccounts + 1);
  state.visits.resize(static_cast<size_t>(packages) + 1);
  for (uint32_t writer = 0; writer < kWriters; ++writer) {
    for (int64_t number = 1; number <= counters[writer]; ++number) {
      const TransactionPlan plan = PlanTransaction(writer, number, packages);
      state.balances[static_cast<size_t>(plan.from)] -= plan.amount;
      state.balances[static_cast<size_t>(plan.to)] += plan.amount;
      ++state.visits[static_cast<size_t>(plan.visited)];
      if (plan.added != 0) state.added[plan.added] = plan;
      if (plan.deleted_package != 0) state.added.erase(plan.deleted_package);
    }
  }
  return state;
}

}  // namespace contrail::tool
