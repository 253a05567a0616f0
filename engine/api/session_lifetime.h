// Sessions and what they hold, from begin to end.

#pragma once

#include "engine/api/call_scope.h"

namespace contrail::api {

// kOutOfSessions, kNotInitialized, kTermInProgress, kClientRequestToStopJetService.
Result<ApiSession*> OpenSession(ApiInstance& instance);

// Waits until no call is in the session, and holds it as SessionScope does.
void HoldSession(ApiSession& session);
void ReleaseSession(ApiSession& session);

// Rolls back, closes tables and databases, gives the handle back. The session is held; afterwards
// it may be released. kRollbackError: the session has ended all the same.
Status EndSession(ApiSession& session);

// Publishes an open table of the held session. kOutOfCursors.
Result<JET_TABLEID> AddTable(ApiSession& session, AttachedDatabase& database,
                             std::unique_ptr<TableCursor> cursor, bool exclusive);
Result<JET_TABLEID> AddList(ApiSession& session, std::unique_ptr<ListCursor> list);
void CloseTable(ApiTable& table);

// Ends one level of the session's transaction, or all of them. Tables opened in it are closed.
Status RollbackSession(ApiSession& session, bool all_levels);
// What the thread rules need after a level has begun or ended.
void NoteTransactionLevel(ApiSession& session, int level_before);

}  // namespace contrail::api
