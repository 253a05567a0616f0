#include "bench/bench_database.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>

namespace contrail::bench {

Key KeyOf(uint64_t number) {
  Key key{};
  for (int i = 0; i < 8; ++i) key[15 - i] = static_cast<unsigned char>(number >> (8 * i));
  return key;
}

const unsigned char* ValueOf(uint64_t number) {
  thread_local std::array<unsigned char, kValueSize> value;
  for (size_t i = 0; i < kValueSize; i += 4) {
    const uint32_t word = static_cast<uint32_t>(number * 2654435761u + i);
    std::memcpy(value.data() + i, &word, 4);
  }
  return value.data();
}

void RequireJet(JET_ERR error, const char* call) {
  if (error >= 0) return;
  std::fprintf(stderr, "%s: error %d\n", call, static_cast<int>(error));
  std::exit(2);
}

void RequireSqlite(int result, int expected, sqlite3* database, const char* call) {
  if (result == expected) return;
  std::fprintf(stderr, "%s: %s\n", call, sqlite3_errmsg(database));
  std::exit(2);
}

#define JET(call) RequireJet((call), #call)
#define SQLITE(call) RequireSqlite((call), SQLITE_OK, database_, #call)

BenchFolder::BenchFolder(const std::string& name)
    : path_(std::filesystem::current_path() / ("bench-" + name)) {
  std::filesystem::remove_all(path_);
  std::filesystem::create_directories(path_);
}

BenchFolder::~BenchFolder() { std::filesystem::remove_all(path_); }

ContrailBench::ContrailBench(const std::string& folder) : path_(folder + "/bench.edb") {
  const std::string slash = folder + "/";
  JET(JetCreateInstance(&instance_, folder.c_str()));
  const auto set = [&](uint32_t parameter, JET_API_PTR number, const char* text) {
    JET(JetSetSystemParameter(&instance_, 0, parameter, number, text));
  };
  set(JET_paramSystemPath, 0, slash.c_str());
  set(JET_paramLogFilePath, 0, slash.c_str());
  set(JET_paramTempPath, 0, slash.c_str());
  set(JET_paramCacheSizeMax, kCacheBytes / 4096, nullptr);
  set(JET_paramLogFileSize, 32768, nullptr);
  set(JET_paramCheckpointDepthMax, 512 << 20, nullptr);
  set(JET_paramDbExtensionSize, 4096, nullptr);
  set(JET_paramCircularLog, 1, nullptr);
  set(JET_paramMaxSessions, 64, nullptr);
  JET(JetInit(&instance_));
  JET_SESID session = 0;
  JET_DBID database = 0;
  JET_TABLEID table = 0;
  JET(JetBeginSession(instance_, &session, nullptr, nullptr));
  JET(JetCreateDatabase(session, path_.c_str(), nullptr, &database, 0));
  JET(JetBeginTransaction(session));
  JET(JetCreateTable(session, database, "rows", 16, 100, &table));
  JET_COLUMNDEF key = {};
  key.cbStruct = sizeof key;
  key.coltyp = JET_coltypBinary;
  key.cbMax = kKeySize;
  key.grbit = JET_bitColumnFixed | JET_bitColumnNotNULL;
  JET_COLUMNDEF value = {};
  value.cbStruct = sizeof value;
  value.coltyp = JET_coltypBinary;
  value.cbMax = kValueSize;
  JET_COLUMNID column = 0;
  JET(JetAddColumn(session, table, "key", &key, nullptr, 0, &column));
  JET(JetAddColumn(session, table, "value", &value, nullptr, 0, &column));
  JET(JetCreateIndex(session, table, "primary", JET_bitIndexPrimary | JET_bitIndexUnique, "+key\0",
                     6, 100));
  JET(JetCloseTable(session, table));
  JET(JetCommitTransaction(session, 0));
  JET(JetEndSession(session, 0));
}

ContrailBench::~ContrailBench() { JET(JetTerm2(instance_, JET_bitTermComplete)); }

ContrailBench::Session::Session(ContrailBench& bench) {
  JET(JetBeginSession(bench.instance(), &session_, nullptr, nullptr));
  JET(JetOpenDatabase(session_, bench.path().c_str(), nullptr, &database_, 0));
  JET(JetOpenTable(session_, database_, "rows", nullptr, 0, 0, &table_));
  JET_COLUMNDEF column = {};
  JET(JetGetTableColumnInfo(session_, table_, "key", &column, sizeof column, JET_ColInfo));
  key_ = column.columnid;
  JET(JetGetTableColumnInfo(session_, table_, "value", &column, sizeof column, JET_ColInfo));
  value_ = column.columnid;
}

ContrailBench::Session::~Session() { JET(JetEndSession(session_, 0)); }

void ContrailBench::Session::Begin() { JET(JetBeginTransaction(session_)); }

void ContrailBench::Session::Commit(bool lazy) {
  JET(JetCommitTransaction(session_, lazy ? JET_bitCommitLazyFlush : 0));
}

void ContrailBench::Session::Insert(uint64_t number) {
  const Key key = KeyOf(number);
  JET(JetPrepareUpdate(session_, table_, JET_prepInsert));
  JET(JetSetColumn(session_, table_, key_, key.data(), kKeySize, 0, nullptr));
  JET(JetSetColumn(session_, table_, value_, ValueOf(number), kValueSize, 0, nullptr));
  JET(JetUpdate(session_, table_, nullptr, 0, nullptr));
}

uint64_t ContrailBench::Session::Read(uint64_t number) {
  const Key key = KeyOf(number);
  std::array<unsigned char, kValueSize> value;
  uint32_t size = 0;
  JET(JetMakeKey(session_, table_, key.data(), kKeySize, JET_bitNewKey));
  JET(JetSeek(session_, table_, JET_bitSeekEQ));
  JET(JetRetrieveColumn(session_, table_, value_, value.data(), kValueSize, &size, 0, nullptr));
  return std::accumulate(value.begin(), value.end(), uint64_t{0});
}

SqliteBench::SqliteBench(const std::string& folder, bool full)
    : path_(folder + "/bench.sqlite"), full_(full) {
  sqlite3* database_ = nullptr;
  SQLITE(sqlite3_open(path_.c_str(), &database_));
  SQLITE(sqlite3_exec(database_,
                      "PRAGMA page_size=4096; PRAGMA journal_mode=WAL;"
                      "CREATE TABLE rows(key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID;",
                      nullptr, nullptr, nullptr));
  sqlite3_close(database_);
}

SqliteBench::Session::Session(SqliteBench& bench) {
  SQLITE(sqlite3_open_v2(bench.path().c_str(), &database_,
                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr));
  sqlite3_busy_timeout(database_, 60'000);
  const std::string pragmas = "PRAGMA cache_size=-" + std::to_string(kCacheBytes / 1024) +
                              "; PRAGMA synchronous=" + (bench.full() ? "FULL" : "NORMAL") +
                              "; PRAGMA wal_autocheckpoint=10000;";
  SQLITE(sqlite3_exec(database_, pragmas.c_str(), nullptr, nullptr, nullptr));
  SQLITE(sqlite3_prepare_v2(database_, "BEGIN IMMEDIATE", -1, &begin_, nullptr));
  SQLITE(sqlite3_prepare_v2(database_, "COMMIT", -1, &commit_, nullptr));
  SQLITE(sqlite3_prepare_v2(database_, "INSERT INTO rows VALUES(?,?)", -1, &insert_, nullptr));
  SQLITE(sqlite3_prepare_v2(database_, "SELECT value FROM rows WHERE key=?", -1, &read_, nullptr));
}

SqliteBench::Session::~Session() {
  for (sqlite3_stmt* statement : {begin_, commit_, insert_, read_}) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

void SqliteBench::Session::Begin() {
  RequireSqlite(sqlite3_step(begin_), SQLITE_DONE, database_, "BEGIN");
  sqlite3_reset(begin_);
}

void SqliteBench::Session::Commit() {
  RequireSqlite(sqlite3_step(commit_), SQLITE_DONE, database_, "COMMIT");
  sqlite3_reset(commit_);
}

void SqliteBench::Session::Insert(uint64_t number) {
  const Key key = KeyOf(number);
  sqlite3_bind_blob(insert_, 1, key.data(), kKeySize, SQLITE_STATIC);
  sqlite3_bind_blob(insert_, 2, ValueOf(number), kValueSize, SQLITE_STATIC);
  RequireSqlite(sqlite3_step(insert_), SQLITE_DONE, database_, "INSERT");
  sqlite3_reset(insert_);
}

uint64_t SqliteBench::Session::Read(uint64_t number) {
  const Key key = KeyOf(number);
  sqlite3_bind_blob(read_, 1, key.data(), kKeySize, SQLITE_STATIC);
  RequireSqlite(sqlite3_step(read_), SQLITE_ROW, database_, "SELECT");
  const auto* value = static_cast<const unsigned char*>(sqlite3_column_blob(read_, 0));
  const uint64_t sum = std::accumulate(value, value + kValueSize, uint64_t{0});
  sqlite3_reset(read_);
  return sum;
}

}  // namespace contrail::bench
