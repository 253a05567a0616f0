// What stands behind the handles of the API: instances, sessions, open tables.

#pragma once

#include <esent.h>

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "engine/api/event_relay.h"
#include "engine/api/parameter_set.h"
#include "engine/instance.h"
#include "engine/session.h"
#include "engine/table_cursor.h"

namespace contrail::api {

class ApiSession;

// JET_INSTANCE. Lives from JetCreateInstance to JetTerm.
class ApiInstance {
 public:
  ApiInstance(std::string name, std::string display_name, ParameterSet parameters);

  JET_INSTANCE handle = 0;
  const std::string name;
  const std::string display_name;
  ParameterSet parameters;  // Before JetInit anybody sets them; afterwards only what may change.
  EventRelay events;
  // Null before JetInit and after JetTerm. Fills in from `parameters` when made.
  std::unique_ptr<Instance> engine;
  // JetInit has finished and JetTerm has not begun.
  std::atomic<bool> initialized{false};
  std::atomic<bool> terminating{false};
  // JetStopServiceInstance: only calls that wind down are allowed.
  std::atomic<bool> service_stopped{false};

  absl::Mutex sessions_mutex;
  std::set<ApiSession*> sessions ABSL_GUARDED_BY(sessions_mutex);
};

// JET_TABLEID.
class ApiTable {
 public:
  ApiTable(ApiSession& session, AttachedDatabase& database, std::unique_ptr<TableCursor> cursor)
      : session(session), database(database), cursor(std::move(cursor)) {}

  JET_TABLEID handle = 0;
  ApiSession& session;
  AttachedDatabase& database;
  std::unique_ptr<TableCursor> cursor;
  JET_LS local_storage = ~JET_LS{0};  // JetSetLS; JET_LSNil.
};

// JET_SESID.
class ApiSession {
 public:
  explicit ApiSession(ApiInstance& instance)
      : instance(instance), session(*instance.engine) {}

  JET_SESID handle = 0;
  ApiInstance& instance;
  Session session;
  uint32_t commit_default = 0;  // JET_paramCommitDefault of the session.
  // The context that a session used by several threads in one transaction must set; 0: none.
  uintptr_t context = 0;
  std::atomic<bool> busy{false};
  std::map<uint8_t, int> open_databases;  // Database id to how often JetOpenDatabase was called.
  std::set<ApiTable*> tables;
};

}  // namespace contrail::api
