#include "engine/api/session_lifetime.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "engine/api/list_table.h"
#include "engine/table_registry.h"

namespace contrail::api {
namespace {

Status CheckServing(const ApiInstance& instance) {
  if (instance.service_stopped) return Error::kClientRequestToStopJetService;
  if (instance.terminating) return Error::kTermInProgress;
  if (!instance.initialized) return Error::kNotInitialized;
  return instance.engine->Health();
}

void CloseDatabases(ApiSession& session) {
  ApiInstance& instance = *session.instance;
  for (size_t id = 1; id < session.databases.size(); ++id) {
    const uint32_t count = session.databases[id].count;
    session.databases[id] = {};
    if (count == 0) continue;
    AttachedDatabase* database = instance.engine->FindDatabase(static_cast<uint8_t>(id));
    if (database != nullptr) database->open_count -= static_cast<int>(count);
    absl::MutexLock lock(&instance.mutex);
    if (instance.exclusive_users[id] == &session) instance.exclusive_users[id] = nullptr;
  }
}

// The program keeps what it likes under a cursor, and hears of the cursor's end. It may not call
// back into the session, which is in a call.
void FreeLocalStorage(const ApiSession& session, ApiTable& table) {
  if (table.local_storage == JET_LSNil) return;
  const uint64_t callback = session.instance->parameters.number(JET_paramRuntimeCallback);
  const JET_LS value = std::exchange(table.local_storage, JET_LSNil);
  if (callback == 0) return;
  const JET_DBID dbid = table.database == nullptr ? JET_dbidNil : table.database->id();
  reinterpret_cast<JET_CALLBACK>(callback)(session.handle, dbid, table.handle,
                                           JET_cbtypFreeCursorLS, reinterpret_cast<void*>(value),
                                           nullptr, nullptr, 0);
}

ApiTable* NewTable(ApiSession& session) {
  ApiTable* table = ApiRegistry::Get().tables.Take();
  if (table == nullptr) return nullptr;
  table->session = &session;
  table->database = nullptr;
  table->table = 0;
  table->level = session.session->transaction().level();
  table->exclusive = false;
  table->local_storage = JET_LSNil;
  session.tables.push_back(table);
  return table;
}

}  // namespace

void HoldSession(ApiSession& session) {
  // Calls are short, and only the end of a session or of its instance waits for one.
  while (session.busy.exchange(true, std::memory_order_acquire)) std::this_thread::yield();
}

void ReleaseSession(ApiSession& session) { session.busy.store(false, std::memory_order_release); }

Result<ApiSession*> OpenSession(ApiInstance& instance) {
  ApiRegistry& registry = ApiRegistry::Get();
  absl::MutexLock lock(&instance.mutex);
  RETURN_IF_ERROR(CheckServing(instance));
  if (instance.sessions.size() >= instance.engine->options().max_sessions) {
    return Error::kOutOfSessions;
  }
  ApiSession* session = registry.sessions.Take();
  if (session == nullptr) return Error::kOutOfSessions;
  HoldSession(*session);
  session->instance = &instance;
  session->session.emplace(*instance.engine);
  session->bound_thread = session->context = session->transaction_owner = 0;
  session->commit_default =
      static_cast<uint32_t>(instance.parameters.number(JET_paramCommitDefault));
  session->operation_context = {};
  session->correlation_id = 0;
  registry.sessions.Publish(session);
  instance.sessions.push_back(session);
  ReleaseSession(*session);
  return session;
}

Status EndSession(ApiSession& session) {
  DCHECK(session.busy.load(std::memory_order_relaxed));
  while (!session.tables.empty()) CloseTable(*session.tables.back());
  Status status = Status::Ok();
  if (session.session->transaction().active()) status = RollbackSession(session, true);
  CloseDatabases(session);
  {
    absl::MutexLock lock(&session.instance->mutex);
    std::erase(session.instance->sessions, &session);
  }
  session.session.reset();
  ApiRegistry::Get().sessions.Return(&session);
  return status;
}

Result<JET_TABLEID> AddTable(ApiSession& session, AttachedDatabase& database,
                             std::unique_ptr<TableCursor> cursor, bool exclusive) {
  ApiTable* table = NewTable(session);
  if (table == nullptr) return Error::kOutOfCursors;
  table->database = &database;
  table->table = cursor->table().definition()->schema().object_id;
  table->cursor = std::move(cursor);
  table->exclusive = exclusive;
  return JET_TABLEID{ApiRegistry::Get().tables.Publish(table)};
}

Result<JET_TABLEID> AddList(ApiSession& session, std::unique_ptr<ListCursor> list) {
  ApiTable* table = NewTable(session);
  if (table == nullptr) return Error::kOutOfCursors;
  table->list = std::move(list);
  return JET_TABLEID{ApiRegistry::Get().tables.Publish(table)};
}

void CloseTable(ApiTable& table) {
  ApiSession& session = *table.session.load(std::memory_order_relaxed);
  // Latest first: a program mostly closes what it has opened last.
  const auto place = std::find(session.tables.rbegin(), session.tables.rend(), &table);
  DCHECK(place != session.tables.rend());
  session.tables.erase(std::next(place).base());
  FreeLocalStorage(session, table);
  table.cursor.reset();
  table.list.reset();
  if (table.database != nullptr) {
    table.database->tables().Close(table.table, &session.session->transaction(), table.exclusive);
  }
  table.session = nullptr;
  ApiRegistry::Get().tables.Return(&table);
}

void NoteTransactionLevel(ApiSession& session, int level_before) {
  const int level = session.session->transaction().level();
  if (level_before == 0 && level > 0) {
    session.transaction_owner = session.context != 0 ? session.context : ThisThread();
    session.bound_thread = ThisThread();
  } else if (level_before > 0 && level == 0) {
    session.transaction_owner = 0;
    if (session.context == 0) session.bound_thread = 0;
  }
  if (level >= level_before) return;
  for (ApiTable* table : session.tables) table->level = std::min(table->level, level);
}

Status RollbackSession(ApiSession& session, bool all_levels) {
  Transaction& transaction = session.session->transaction();
  if (!transaction.active()) return Error::kNotInTransaction;
  Status status = Status::Ok();
  do {
    const int level = transaction.level();
    for (size_t i = session.tables.size(); i-- > 0;) {
      if (session.tables[i]->level >= level) CloseTable(*session.tables[i]);
    }
    const Status undone = transaction.Rollback();
    NoteTransactionLevel(session, level);
    if (status.ok()) status = undone;
  } while (all_levels && transaction.active());
  return status;
}

}  // namespace contrail::api
