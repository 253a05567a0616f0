#include "tools/demo/state_proof.h"

#include <absl/strings/str_cat.h>

#include <iterator>
#include <numeric>

#include "tools/demo/added_package.h"
#include "tools/demo/content_hash.h"
#include "tools/demo/transaction_plan.h"

namespace contrail::tool {
namespace {

constexpr size_t kMostFaults = 20;

class Prover {
 public:
  Prover(JetSession& session, int32_t packages, StateProof* proof)
      : session_(session), packages_(packages), proof_(proof) {}

  Status Run() {
    RETURN_IF_ERROR(ReadCounters());
    expected_ = ExpectState(proof_->counters, packages_);
    RETURN_IF_ERROR(CheckAccounts());
    RETURN_IF_ERROR(CheckLedger());
    return CheckPackages();
  }

 private:
  void Expect(const std::string& what, int64_t expected, int64_t found) {
    if (expected == found || proof_->faults.size() >= kMostFaults) return;
    proof_->faults.push_back(absl::StrCat(what, ": expected ", expected, ", found ", found));
  }

  // Calls visit() on every row of the table and hashes these columns of it.
  template <typename Visit>
  Status ForEachRow(const char* name, JetTable& table, const std::vector<JET_COLUMNID>& columns,
                    Visit&& visit) {
    ContentHash hash;
    ASSIGN_OR_RETURN(bool there, table.First());
    while (there) {
      ++proof_->rows;
      RETURN_IF_ERROR(hash.AddRow(table, columns));
      RETURN_IF_ERROR(visit());
      ASSIGN_OR_RETURN(there, table.Next());
    }
    proof_->hashes[name] = hash.Text();
    return Status::Ok();
  }

  Status ReadCounters() {
    ASSIGN_OR_RETURN(WritersTable writers, WritersTable::Open(session_));
    RETURN_IF_ERROR(
        ForEachRow(kWritersTable, writers.table, {writers.id, writers.counter}, [&]() -> Status {
          ASSIGN_OR_RETURN(const int64_t counter,
                           writers.table.GetNumber<int64_t>(writers.counter));
          proof_->counters.push_back(counter);
          return Status::Ok();
        }));
    Expect("writers", kWriters, static_cast<int64_t>(proof_->counters.size()));
    proof_->counters.resize(kWriters);
    return Status::Ok();
  }

  Status CheckAccounts() {
    ASSIGN_OR_RETURN(AccountsTable accounts, AccountsTable::Open(session_));
    int64_t sum = 0;
    int64_t count = 0;
    RETURN_IF_ERROR(ForEachRow(
        kAccountsTable, accounts.table, {accounts.id, accounts.balance}, [&]() -> Status {
          ASSIGN_OR_RETURN(const int32_t id, accounts.table.GetNumber<int32_t>(accounts.id));
          ASSIGN_OR_RETURN(const int64_t balance,
                           accounts.table.GetNumber<int64_t>(accounts.balance));
          Expect("account number", ++count, id);
          sum += balance;
          if (count > kAccounts) return Status::Ok();
          Expect(absl::StrCat("balance of account ", id),
                 expected_.balances[static_cast<size_t>(count)], balance);
          return Status::Ok();
        }));
    Expect("accounts", kAccounts, count);
    Expect("sum of all accounts", 0, sum);
    return Status::Ok();
  }

  Status CheckLedger() {
    ASSIGN_OR_RETURN(LedgerTable ledger, LedgerTable::Open(session_));
    std::vector<int64_t> next(kWriters);
    for (uint32_t writer = 0; writer < kWriters; ++writer) {
      next[writer] = std::max<int64_t>(1, proof_->counters[writer] - kLedgerEntries + 1);
    }
    RETURN_IF_ERROR(ForEachRow(
        kLedgerTable, ledger.table,
        {ledger.writer, ledger.number, ledger.from, ledger.to, ledger.amount}, [&]() -> Status {
          ASSIGN_OR_RETURN(const int32_t id, ledger.table.GetNumber<int32_t>(ledger.writer));
          ASSIGN_OR_RETURN(const int64_t number, ledger.table.GetNumber<int64_t>(ledger.number));
          ASSIGN_OR_RETURN(const int32_t from, ledger.table.GetNumber<int32_t>(ledger.from));
          ASSIGN_OR_RETURN(const int32_t to, ledger.table.GetNumber<int32_t>(ledger.to));
          ASSIGN_OR_RETURN(const int64_t amount, ledger.table.GetNumber<int64_t>(ledger.amount));
          const auto writer = static_cast<uint32_t>(id);
          if (writer >= kWriters || number < 1) {
            Expect("writer of a ledger entry", 0, id);
            return Status::Ok();
          }
          Expect(absl::StrCat("ledger entry of writer ", writer), next[writer], number);
          next[writer] = number + 1;
          const TransactionPlan plan = PlanTransaction(writer, number, packages_);
          Expect("account in the ledger", plan.from, from);
          Expect("account in the ledger", plan.to, to);
          Expect("amount in the ledger", plan.amount, amount);
          return Status::Ok();
        }));
    for (uint32_t writer = 0; writer < kWriters; ++writer) {
      Expect(absl::StrCat("end of the ledger of writer ", writer), proof_->counters[writer] + 1,
             next[writer]);
    }
    return Status::Ok();
  }

  Status CheckPackages() {
    ASSIGN_OR_RETURN(PackagesTable packages, PackagesTable::Open(session_));
    const std::vector<JET_COLUMNID> loaded_columns = {
        packages.id,       packages.installed_size, packages.size,     packages.md5,
        packages.name,     packages.version,        packages.section,  packages.architecture,
        packages.priority, packages.sha256,         packages.homepage, packages.maintainer,
        packages.stanza,   packages.description,    packages.depends};
    ContentHash loaded;
    int64_t count = 0;
    auto added = expected_.added.begin();
    RETURN_IF_ERROR(
        ForEachRow(kPackagesTable, packages.table, {packages.id, packages.visits}, [&]() -> Status {
          ASSIGN_OR_RETURN(const int32_t id, packages.table.GetNumber<int32_t>(packages.id));
          RETURN_IF_ERROR(loaded.AddRow(packages.table, loaded_columns));
          if (id >= kFirstAddedPackage) {
            const bool more = added != expected_.added.end();
            Expect("added package", more ? added->first : 0, id);
            if (more) RETURN_IF_ERROR(CheckAdded(packages, (added++)->second));
            return Status::Ok();
          }
          Expect("package number", ++count, id);
          if (count > packages_) return Status::Ok();
          ASSIGN_OR_RETURN(const int32_t visits,
                           packages.table.GetNumber<int32_t>(packages.visits));
          Expect(absl::StrCat("visits of package ", id),
                 expected_.visits[static_cast<size_t>(count)], visits);
          if (count == packages_) proof_->loaded_hash = loaded.Text();
          return Status::Ok();
        }));
    proof_->hashes[kPackagesTable] += loaded.Text();
    Expect("loaded packages", packages_, count);
    Expect("added packages that are missing", 0,
           static_cast<int64_t>(std::distance(added, expected_.added.end())));
    return Status::Ok();
  }

  Status CheckAdded(const PackagesTable& packages, const TransactionPlan& plan) {
    bool null = false;
    RETURN_IF_ERROR(packages.table.Get(packages.stanza, 1, &value_, &null));
    const std::unique_ptr<AddedPackage> wanted = MakeAddedPackage(plan);
    Expect(absl::StrCat("text of added package ", wanted->name, " is right"), 1,
           AsText(value_) == wanted->stanza ? 1 : 0);
    return Status::Ok();
  }

  JetSession& session_;
  int32_t packages_;
  StateProof* proof_;
  ExpectedState expected_;
  std::vector<std::byte> value_;
};

}  // namespace

int64_t StateProof::transactions() const {
  return std::accumulate(counters.begin(), counters.end(), int64_t{0});
}

Result<StateProof> ProveState(JetSession& session, int32_t packages) {
  StateProof proof;
  RETURN_IF_ERROR(session.Begin(JET_bitTransactionReadOnly));
  const Status status = Prover(session, packages, &proof).Run();
  session.Rollback();
  RETURN_IF_ERROR(status);
  return proof;
}

}  // namespace contrail::tool
