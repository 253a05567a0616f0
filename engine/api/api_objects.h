// What stands behind the handles of the API: instances, sessions, open tables. They live in the
// registry's handle tables and are used again after they have ended.

#pragma once

#include <absl/synchronization/mutex.h>
#include <esent.h>

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/event_relay.h"
#include "engine/api/parameter_set.h"
#include "engine/instance.h"
#include "engine/session.h"
#include "engine/table_cursor.h"
#include "storage/patient_files.h"

namespace contrail::api {

class ApiSession;

// JET_INSTANCE. From JetCreateInstance (or JetInit) to JetTerm.
class ApiInstance {
 public:
  std::atomic<uintptr_t> handle{0};
  uint32_t slot = 0;
  std::string name;
  std::string display_name;
  ParameterSet parameters;
  EventRelay events;
  // What the engine works on. Waits for locks while the engine starts.
  std::unique_ptr<PatientFileSystem> files;
  // Null before JetInit and after JetTerm.
  std::unique_ptr<Instance> engine;

  std::atomic<bool> initializing{false};
  // JetInit has finished and JetTerm has not.
  std::atomic<bool> initialized{false};
  std::atomic<bool> terminating{false};
  // A restore works with its parameters (JetRestoreInstance and the like).
  std::atomic<bool> restoring{false};
  // A restore rolls databases forward through its logs (JetExternalRestore2).
  std::atomic<bool> restore_target{false};
  // JetStopServiceInstance: only calls that wind down are allowed.
  std::atomic<bool> service_stopped{false};

  absl::Mutex mutex;
  std::vector<ApiSession*> sessions ABSL_GUARDED_BY(mutex);
  // Calls that work on the instance without a session (InstanceCall); JetTerm waits for them.
  int calls ABSL_GUARDED_BY(mutex) = 0;
  // By database id: the session that has it open with JET_bitDbExclusive.
  std::array<const ApiSession*, kMaxDatabases + 1> exclusive_users ABSL_GUARDED_BY(mutex) = {};
};

class ListCursor;  // engine/api/list_table.h

// JET_TABLEID. Used only with its session held.
class ApiTable {
 public:
  ApiTable();
  ~ApiTable();

  std::atomic<uintptr_t> handle{0};
  uint32_t slot = 0;
  std::atomic<ApiSession*> session{nullptr};
  AttachedDatabase* database = nullptr;  // Null for a list.
  std::unique_ptr<TableCursor> cursor;   // Null for a list.
  std::unique_ptr<ListCursor> list;      // A temporary table that an information call has made.
  ObjectId table = 0;
  int level = 0;  // Of the transaction it was opened in; a rollback of that level closes it.
  bool exclusive = false;  // As JetOpenTable or JetCreateTable told the registry.
  JET_LS local_storage = JET_LSNil;
};

// JET_SESID.
class ApiSession {
 public:
  static constexpr uintptr_t kNobody = 1;

  std::atomic<uintptr_t> handle{0};
  uint32_t slot = 0;
  std::atomic<bool> busy{false};
  ApiInstance* instance = nullptr;
  std::optional<Session> session;

  // The only thread that may use the session now; 0: any; kNobody: none until JetSetSessionContext.
  // A thread is bound by a transaction, or by a session context.
  uintptr_t bound_thread = 0;
  uintptr_t context = 0;  // JetSetSessionContext; 0: none.
  // Who began the transaction: the context, or the thread where there was none.
  uintptr_t transaction_owner = 0;

  uint32_t commit_default = 0;
  JET_OPERATIONCONTEXT operation_context = {};
  uint32_t correlation_id = 0;

  struct OpenDatabase {
    uint32_t count = 0;  // How often JetOpenDatabase was called.
    bool read_only = false;
  };
  std::array<OpenDatabase, kMaxDatabases + 1> databases;  // By database id.
  std::vector<ApiTable*> tables;
};

}  // namespace contrail::api
