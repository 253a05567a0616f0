// A database of either engine with one table (16-byte key, 100-byte value) for benchmarks that
// compare them: the same rows, batches, cache and durability.

#pragma once

#include <esent.h>
#include <sqlite3.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

namespace contrail::bench {

inline constexpr size_t kKeySize = 16;
inline constexpr size_t kValueSize = 100;
inline constexpr uint64_t kCacheBytes = 512 << 20;
inline constexpr uint32_t kRowsPerTransaction = 1000;

using Key = std::array<unsigned char, kKeySize>;
// Big endian, so that keys of rising numbers rise.
Key KeyOf(uint64_t number);
const unsigned char* ValueOf(uint64_t number);  // kValueSize bytes.

// Ends the benchmark with a message; a benchmark of calls that fail measures nothing.
void RequireJet(JET_ERR error, const char* call);
void RequireSqlite(int result, int expected, sqlite3* database, const char* call);

// A fresh folder below the current one, removed at the end.
class BenchFolder {
 public:
  explicit BenchFolder(const std::string& name);
  ~BenchFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class ContrailBench {
 public:
  explicit ContrailBench(const std::string& folder);
  ~ContrailBench();
  JET_INSTANCE instance() const { return instance_; }
  const std::string& path() const { return path_; }

  // One thread's session with the table open.
  class Session {
   public:
    explicit Session(ContrailBench& bench);
    ~Session();
    void Begin();
    void Commit(bool lazy);
    void Insert(uint64_t number);
    // Sums the bytes of the value, so that nobody optimises the read away.
    uint64_t Read(uint64_t number);

   private:
    JET_SESID session_ = 0;
    JET_DBID database_ = 0;
    JET_TABLEID table_ = 0;
    JET_COLUMNID key_ = 0;
    JET_COLUMNID value_ = 0;
  };

 private:
  JET_INSTANCE instance_ = 0;
  std::string path_;
};

class SqliteBench {
 public:
  // `full`: synchronous=FULL (a durable commit), else NORMAL (WAL: durable at checkpoints).
  SqliteBench(const std::string& folder, bool full);
  const std::string& path() const { return path_; }
  bool full() const { return full_; }

  class Session {
   public:
    explicit Session(SqliteBench& bench);
    ~Session();
    void Begin();
    void Commit();
    void Insert(uint64_t number);
    uint64_t Read(uint64_t number);

   private:
    sqlite3* database_ = nullptr;
    sqlite3_stmt* begin_ = nullptr;
    sqlite3_stmt* commit_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
    sqlite3_stmt* read_ = nullptr;
  };

 private:
  std::string path_;
  bool full_;
};

}  // namespace contrail::bench
