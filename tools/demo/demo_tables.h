// The demo's database: its tables, and how rows get into them.

#pragma once

#include <functional>
#include <string>

#include "tools/demo/package_text.h"
#include "tools/jet_engine.h"

namespace contrail::tool {

inline constexpr const char* kDemoDatabase = "packages.edb";
inline constexpr const char* kPackagesTable = "packages";
inline constexpr const char* kAccountsTable = "accounts";
inline constexpr const char* kLedgerTable = "ledger";
inline constexpr const char* kWritersTable = "writers";

// packages: primary index by_id; secondary ones by_name, by_section_and_size (largest first) and
// by_dependency (multi-valued).
struct PackagesTable {
  JetTable table;
  JET_COLUMNID id, installed_size, size, visits, md5;                   // Fixed.
  JET_COLUMNID name, version, architecture, section, priority, sha256;  // Variable.
  JET_COLUMNID maintainer, homepage, description, stanza, depends;      // Tagged.

  static Result<PackagesTable> Open(JetSession& session);
  // In the session's transaction.
  Status Insert(int32_t package_id, const Package& package);
};

struct AccountsTable {
  JetTable table;
  JET_COLUMNID id, balance;
  static Result<AccountsTable> Open(JetSession& session);
};

struct LedgerTable {
  JetTable table;
  JET_COLUMNID writer, number, from, to, amount;
  static Result<LedgerTable> Open(JetSession& session);
};

struct WritersTable {
  JetTable table;
  JET_COLUMNID id, counter;
  static Result<WritersTable> Open(JetSession& session);
};

// Makes the tables, the accounts (all at zero) and the writers' counters.
Status CreateDemoTables(JetSession& session);

struct LoadResult {
  int32_t packages = 0;
  uint64_t text_bytes = 0;
};
// Loads all packages of the text, in transactions of many rows that commit lazily. Ids count
// from 1.
Result<LoadResult> LoadPackages(JetSession& session, const std::string& text,
                                const std::function<void(uint64_t text_bytes)>& progress);

}  // namespace contrail::tool
