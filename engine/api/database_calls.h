// Attaching, opening, closing and detaching databases for a session.

#pragma once

#include <string>

#include "engine/api/call_scope.h"

namespace contrail::api {

// A database's path as the engine knows it. kDatabaseInvalidPath for null, empty or impossible
// ones.
Result<std::string> DatabasePath(const char* name);

// kInTransaction, kDatabaseDuplicate, kDatabaseInvalidPath... and leaves the database open.
Result<JET_DBID> CreateDatabase(const SessionScope& scope, const char* name, JET_GRBIT grbit);
// kInTransaction, kWarnDatabaseAttached, kDatabaseSharingViolation, kFileNotFound...
Status AttachDatabase(const SessionScope& scope, const char* name, JET_GRBIT grbit);
// Null: all of them. kInTransaction, kDatabaseInUse, kDatabaseNotFound, kForceDetachNotAllowed.
Status DetachDatabase(const SessionScope& scope, const char* name, JET_GRBIT grbit);
// kDatabaseNotFound, kDatabaseInUse, kDatabaseLocked, kOneDatabasePerSession,
// kWarnFileOpenReadOnly.
Status OpenDatabase(const SessionScope& scope, const char* name, JET_GRBIT grbit, JET_DBID* dbid);
// kInvalidDatabaseId. The last close of a session closes its tables in the database.
Status CloseDatabase(const SessionScope& scope, JET_DBID dbid);

}  // namespace contrail::api
