// The JET API with its lifetimes: an instance over a folder, sessions in it, tables in them. What
// the verbs and the demo use it through; errors are Status as everywhere else.
//
// Thread rule: JetEngine from any thread, a session and its tables from one.

#pragma once

#include <esent.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/instance.h"
#include "storage/bytes.h"
#include "storage/status.h"

namespace contrail::tool {

inline Status Jet(JET_ERR error) { return static_cast<Error>(error); }

struct JetSettings {
  std::string folder;  // Databases, logs, checkpoint.
  std::string base_name = "edb";
  uint32_t page_size = 4096;  // Of the process: the same for all engines that live together.
  uint64_t cache_bytes = 128 << 20;
  uint32_t log_kibibytes = 5120;
  JET_PFNSTATUS recovery_progress = nullptr;
};

class JetEngine {
 public:
  // JetInit: recovers what was left behind.
  static Result<std::unique_ptr<JetEngine>> Start(const JetSettings& settings);
  ~JetEngine();  // Without order, unless Stop was called.
  JetEngine(const JetEngine&) = delete;
  JetEngine& operator=(const JetEngine&) = delete;

  Status Stop();
  JET_INSTANCE handle() const { return handle_; }
  // The engine behind the handle, for backup sets.
  Instance& engine();

 private:
  JetEngine() = default;
  JET_INSTANCE handle_ = JET_instanceNil;
};

class JetSession {
 public:
  // Attaches (or creates) and opens the database.
  static Result<std::unique_ptr<JetSession>> Open(JetEngine& engine, const std::string& database,
                                                  bool create = false);
  ~JetSession();
  JetSession(const JetSession&) = delete;
  JetSession& operator=(const JetSession&) = delete;

  JET_SESID handle() const { return handle_; }
  JET_DBID database() const { return database_; }
  Status Begin(JET_GRBIT flags = 0) { return Jet(JetBeginTransaction2(handle_, flags)); }
  Status CommitDurably() { return Jet(JetCommitTransaction(handle_, 0)); }
  Status CommitLazily() { return Jet(JetCommitTransaction(handle_, JET_bitCommitLazyFlush)); }
  // Where nothing can be done about a failure: the transaction ends with the session at the latest.
  void Rollback() { JetRollback(handle_, 0); }

 private:
  JetSession() = default;
  JET_SESID handle_ = JET_sesidNil;
  JET_DBID database_ = JET_dbidNil;
};

// An open table of a session.
class JetTable {
 public:
  JetTable() = default;
  static Result<JetTable> Open(JetSession& session, const char* name, JET_GRBIT flags = 0);
  JetTable(JetTable&& other) noexcept;
  JetTable& operator=(JetTable&& other) noexcept;
  ~JetTable();

  JET_TABLEID handle() const { return handle_; }
  Result<JET_COLUMNID> Column(const char* name) const;

  // Stands on the record with this primary key. kRecordNotFound.
  template <typename... Parts>
  Status Seek(const Parts&... parts) {
    JET_GRBIT flags = JET_bitNewKey;
    for (const Bytes part : {Bytes(reinterpret_cast<const std::byte*>(&parts), sizeof parts)...}) {
      const Status status = AddKeyPart(part, flags);
      if (!status.ok()) return status;
      flags = 0;
    }
    return Jet(JetSeek(session_, handle_, JET_bitSeekEQ));
  }
  Status Prepare(uint32_t what) { return Jet(JetPrepareUpdate(session_, handle_, what)); }
  Status Set(JET_COLUMNID column, Bytes value, uint32_t itag_sequence = 1);
  template <typename Number>
  Status SetNumber(JET_COLUMNID column, Number number) {
    return Set(column, {reinterpret_cast<const std::byte*>(&number), sizeof number});
  }
  Status Update() { return Jet(JetUpdate(session_, handle_, nullptr, 0, nullptr)); }
  Status Delete() { return Jet(JetDelete(session_, handle_)); }

  // The value, whole; *null for none.
  Status Get(JET_COLUMNID column, uint32_t itag_sequence, std::vector<std::byte>* value,
             bool* null) const;
  // A number that must be there.
  template <typename Number>
  Result<Number> GetNumber(JET_COLUMNID column) const {
    Number number = 0;
    uint32_t size = 0;
    const JET_ERR error =
        JetRetrieveColumn(session_, handle_, column, &number, sizeof number, &size, 0, nullptr);
    if (error < 0) return Jet(error);
    if (size != sizeof number) return Error::kInvalidBufferSize;
    return number;
  }
  // From the first record on; false at the end.
  Result<bool> First() { return Step(JET_MoveFirst); }
  Result<bool> Next() { return Step(JET_MoveNext); }

 private:
  Status AddKeyPart(Bytes part, JET_GRBIT flags);
  Result<bool> Step(int32_t rows);
  void Close();

  JET_SESID session_ = JET_sesidNil;
  JET_TABLEID handle_ = JET_tableidNil;
};

}  // namespace contrail::tool
