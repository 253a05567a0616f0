#include "tools/demo/demo_tables.h"

#include <string_view>

#include "engine/api/text.h"
#include "tools/demo/transaction_plan.h"

namespace contrail::tool {
namespace {

using namespace std::string_view_literals;  // NOLINT(google-build-using-namespace): a literal.

constexpr uint32_t kLatin = 1252;
constexpr uint32_t kUnicode = 1200;
constexpr size_t kLongestShortValue = 255;
// Relations of one package that are kept as values of their own, by count and by bytes; the stanza
// has them all. They lie in the record, which has to fit a page of 4 KiB.
constexpr size_t kMostDepends = 60;
constexpr size_t kMostDependsBytes = 1500;
constexpr int32_t kRowsInTransaction = 500;

JET_COLUMNCREATE_A Column(const char* name, JET_COLTYP type, uint32_t size, JET_GRBIT flags,
                          uint32_t code_page = 0) {
  JET_COLUMNCREATE_A column = {};
  column.cbStruct = sizeof column;
  column.szColumnName = name;
  column.coltyp = type;
  column.cbMax = size;
  column.grbit = flags;
  column.cp = code_page;
  return column;
}

// `key` holds its NULs.
JET_INDEXCREATE_A Index(const char* name, std::string_view key, JET_GRBIT flags) {
  JET_INDEXCREATE_A index = {};
  index.cbStruct = sizeof index;
  index.szIndexName = name;
  index.szKey = key.data();
  index.cbKey = static_cast<uint32_t>(key.size());
  index.grbit = flags;
  index.ulDensity = 90;
  return index;
}

Status CreateTable(JetSession& session, const char* name, std::vector<JET_COLUMNCREATE_A> columns,
                   std::vector<JET_INDEXCREATE_A> indexes) {
  JET_TABLECREATE_A table = {};
  table.cbStruct = sizeof table;
  table.szTableName = name;
  table.ulPages = 16;
  table.ulDensity = 90;
  table.rgcolumncreate = columns.data();
  table.cColumns = static_cast<uint32_t>(columns.size());
  table.rgindexcreate = indexes.data();
  table.cIndexes = static_cast<uint32_t>(indexes.size());
  RETURN_IF_ERROR(Jet(JetCreateTableColumnIndexA(session.handle(), session.database(), &table)));
  return Jet(JetCloseTable(session.handle(), table.tableid));
}

Status CreatePackages(JetSession& session) {
  return CreateTable(
      session, kPackagesTable,
      {Column("id", JET_coltypLong, 0, JET_bitColumnNotNULL),
       Column("installed_size", JET_coltypLong, 0, 0), Column("size", JET_coltypCurrency, 0, 0),
       Column("visits", JET_coltypLong, 0, JET_bitColumnNotNULL),
       Column("md5", JET_coltypBinary, 16, JET_bitColumnFixed),
       Column("name", JET_coltypText, 255, JET_bitColumnNotNULL, kLatin),
       Column("version", JET_coltypText, 255, 0, kLatin),
       Column("architecture", JET_coltypText, 32, 0, kLatin),
       Column("section", JET_coltypText, 64, 0, kLatin),
       Column("priority", JET_coltypText, 32, 0, kLatin), Column("sha256", JET_coltypBinary, 32, 0),
       Column("maintainer", JET_coltypText, 255, JET_bitColumnTagged, kLatin),
       Column("homepage", JET_coltypText, 255, JET_bitColumnTagged, kLatin),
       Column("description", JET_coltypLongText, 0, 0, kUnicode),
       Column("stanza", JET_coltypLongBinary, 0, JET_bitColumnCompressed),
       Column("depends", JET_coltypText, 255, JET_bitColumnTagged | JET_bitColumnMultiValued,
              kLatin)},
      {Index("by_id", "+id\0\0"sv, JET_bitIndexPrimary),
       Index("by_name", "+name\0+version\0\0"sv, 0),
       Index("by_section_and_size", "+section\0-installed_size\0\0"sv, 0),
       Index("by_dependency", "+depends\0\0"sv, JET_bitIndexIgnoreAnyNull)});
}

Bytes Short(std::string_view text) { return AsBytes(text.substr(0, kLongestShortValue)); }

}  // namespace

Result<PackagesTable> PackagesTable::Open(JetSession& session) {
  PackagesTable packages;
  ASSIGN_OR_RETURN(packages.table, JetTable::Open(session, kPackagesTable));
  for (const auto& [name, column] :
       {std::pair{"id", &packages.id}, std::pair{"installed_size", &packages.installed_size},
        std::pair{"size", &packages.size}, std::pair{"visits", &packages.visits},
        std::pair{"md5", &packages.md5}, std::pair{"name", &packages.name},
        std::pair{"version", &packages.version}, std::pair{"architecture", &packages.architecture},
        std::pair{"section", &packages.section}, std::pair{"priority", &packages.priority},
        std::pair{"sha256", &packages.sha256}, std::pair{"maintainer", &packages.maintainer},
        std::pair{"homepage", &packages.homepage}, std::pair{"description", &packages.description},
        std::pair{"stanza", &packages.stanza}, std::pair{"depends", &packages.depends}}) {
    ASSIGN_OR_RETURN(*column, packages.table.Column(name));
  }
  return packages;
}

Status PackagesTable::Insert(int32_t package_id, const Package& package) {
  RETURN_IF_ERROR(table.Prepare(JET_prepInsert));
  RETURN_IF_ERROR(table.SetNumber<int32_t>(id, package_id));
  RETURN_IF_ERROR(table.SetNumber<int32_t>(visits, 0));
  if (package.installed_size >= 0 && package.installed_size <= INT32_MAX) {
    RETURN_IF_ERROR(table.SetNumber(installed_size, static_cast<int32_t>(package.installed_size)));
  }
  if (package.size >= 0) RETURN_IF_ERROR(table.SetNumber(size, package.size));
  if (!package.md5.empty()) RETURN_IF_ERROR(table.Set(md5, AsBytes(package.md5)));
  if (!package.sha256.empty()) RETURN_IF_ERROR(table.Set(sha256, AsBytes(package.sha256)));
  for (const auto& [column, text] :
       {std::pair{name, package.name}, std::pair{version, package.version},
        std::pair{architecture, package.architecture.substr(0, 32)},
        std::pair{section, package.section.substr(0, 64)},
        std::pair{priority, package.priority.substr(0, 32)},
        std::pair{maintainer, package.maintainer}, std::pair{homepage, package.homepage}}) {
    if (!text.empty()) RETURN_IF_ERROR(table.Set(column, Short(text)));
  }
  const Result<std::u16string> text = api::ToUtf16(package.description);
  if (text.ok() && !text->empty()) {
    RETURN_IF_ERROR(table.Set(description, std::as_bytes(std::span(*text))));
  }
  RETURN_IF_ERROR(table.Set(stanza, AsBytes(package.stanza)));
  size_t bytes = 0;
  uint32_t itag = 0;
  for (const std::string_view relation : package.depends) {
    bytes += relation.size();
    if (itag == kMostDepends || bytes > kMostDependsBytes) break;
    RETURN_IF_ERROR(table.Set(depends, Short(relation), ++itag));
  }
  return table.Update();
}

Result<AccountsTable> AccountsTable::Open(JetSession& session) {
  AccountsTable accounts;
  ASSIGN_OR_RETURN(accounts.table, JetTable::Open(session, kAccountsTable));
  ASSIGN_OR_RETURN(accounts.id, accounts.table.Column("id"));
  ASSIGN_OR_RETURN(accounts.balance, accounts.table.Column("balance"));
  return accounts;
}

Result<LedgerTable> LedgerTable::Open(JetSession& session) {
  LedgerTable ledger;
  ASSIGN_OR_RETURN(ledger.table, JetTable::Open(session, kLedgerTable));
  ASSIGN_OR_RETURN(ledger.writer, ledger.table.Column("writer"));
  ASSIGN_OR_RETURN(ledger.number, ledger.table.Column("number"));
  ASSIGN_OR_RETURN(ledger.from, ledger.table.Column("from_account"));
  ASSIGN_OR_RETURN(ledger.to, ledger.table.Column("to_account"));
  ASSIGN_OR_RETURN(ledger.amount, ledger.table.Column("amount"));
  return ledger;
}

Result<WritersTable> WritersTable::Open(JetSession& session) {
  WritersTable writers;
  ASSIGN_OR_RETURN(writers.table, JetTable::Open(session, kWritersTable));
  ASSIGN_OR_RETURN(writers.id, writers.table.Column("id"));
  ASSIGN_OR_RETURN(writers.counter, writers.table.Column("counter"));
  return writers;
}

Status CreateDemoTables(JetSession& session) {
  RETURN_IF_ERROR(CreatePackages(session));
  RETURN_IF_ERROR(CreateTable(session, kAccountsTable,
                              {Column("id", JET_coltypLong, 0, JET_bitColumnNotNULL),
                               Column("balance", JET_coltypCurrency, 0, JET_bitColumnNotNULL)},
                              {Index("by_id", "+id\0\0"sv, JET_bitIndexPrimary)}));
  RETURN_IF_ERROR(CreateTable(
      session, kLedgerTable,
      {Column("writer", JET_coltypLong, 0, JET_bitColumnNotNULL),
       Column("number", JET_coltypCurrency, 0, JET_bitColumnNotNULL),
       Column("from_account", JET_coltypLong, 0, 0), Column("to_account", JET_coltypLong, 0, 0),
       Column("amount", JET_coltypCurrency, 0, 0)},
      {Index("by_writer_and_number", "+writer\0+number\0\0"sv, JET_bitIndexPrimary)}));
  RETURN_IF_ERROR(CreateTable(session, kWritersTable,
                              {Column("id", JET_coltypLong, 0, JET_bitColumnNotNULL),
                               Column("counter", JET_coltypCurrency, 0, JET_bitColumnNotNULL)},
                              {Index("by_id", "+id\0\0"sv, JET_bitIndexPrimary)}));
  ASSIGN_OR_RETURN(AccountsTable accounts, AccountsTable::Open(session));
  ASSIGN_OR_RETURN(WritersTable writers, WritersTable::Open(session));
  RETURN_IF_ERROR(session.Begin());
  for (int32_t account = 1; account <= kAccounts; ++account) {
    RETURN_IF_ERROR(accounts.table.Prepare(JET_prepInsert));
    RETURN_IF_ERROR(accounts.table.SetNumber(accounts.id, account));
    RETURN_IF_ERROR(accounts.table.SetNumber<int64_t>(accounts.balance, 0));
    RETURN_IF_ERROR(accounts.table.Update());
  }
  for (int32_t writer = 0; writer < static_cast<int32_t>(kWriters); ++writer) {
    RETURN_IF_ERROR(writers.table.Prepare(JET_prepInsert));
    RETURN_IF_ERROR(writers.table.SetNumber(writers.id, writer));
    RETURN_IF_ERROR(writers.table.SetNumber<int64_t>(writers.counter, 0));
    RETURN_IF_ERROR(writers.table.Update());
  }
  return session.CommitDurably();
}

Result<LoadResult> LoadPackages(JetSession& session, const std::string& text,
                                const std::function<void(uint64_t text_bytes)>& progress) {
  ASSIGN_OR_RETURN(PackagesTable packages, PackagesTable::Open(session));
  LoadResult result;
  RETURN_IF_ERROR(session.Begin());
  RETURN_IF_ERROR(ForEachPackage(text, [&](const Package& package) -> Status {
    RETURN_IF_ERROR(packages.Insert(++result.packages, package));
    result.text_bytes += package.stanza.size();
    if (result.packages % kRowsInTransaction != 0) return Status::Ok();
    RETURN_IF_ERROR(session.CommitLazily());
    progress(result.text_bytes);
    return session.Begin();
  }));
  RETURN_IF_ERROR(session.CommitDurably());
  progress(result.text_bytes);
  return result;
}

}  // namespace contrail::tool
