#include "engine/api/database_calls.h"

#include "engine/api/parameter_options.h"
#include "engine/api/session_lifetime.h"
#include "engine/event_ids.h"
#include "engine/outdated_indexes.h"
#include "storage/patient_files.h"

namespace contrail::api {
namespace {

constexpr JET_GRBIT kCreateFlags = JET_bitDbOverwriteExisting | JET_bitDbRecoveryOff |
                                   JET_bitDbShadowingOff | JET_bitDbExclusive |
                                   JET_bitDbEnableBackgroundMaintenance;
constexpr JET_GRBIT kAttachFlags =
    JET_bitDbReadOnly | JET_bitDbExclusive | JET_bitDbDeleteCorruptIndexes |
    JET_bitDbDeleteUnicodeIndexes | JET_bitDbUpgrade | JET_bitDbRecoveryOff |
    JET_bitDbEnableBackgroundMaintenance | JET_bitDbPurgeCacheOnAttach;
constexpr JET_GRBIT kOpenFlags = JET_bitDbReadOnly | JET_bitDbExclusive;

// A path problem is the database's path problem.
Status ForDatabase(Status status) {
  return status.Is(Error::kInvalidPath) ? Error::kDatabaseInvalidPath : status;
}

// Another instance of this process has the database: kDatabaseSharingViolation.
Status CheckOtherInstances(const ApiInstance& own, const std::string& path) {
  for (ApiInstance* other : ApiRegistry::Get().Instances()) {
    if (other == &own) continue;
    const InstanceCall call(*other);
    if (!call.status().ok()) continue;
    if (other->engine->FindDatabase(path) == nullptr) continue;
    own.engine->events().Report({.id = event_id::kFilesInUse,
                                 .severity = Severity::kError,
                                 .text = "Another instance of this process has the database.",
                                 .file = path,
                                 .expected = "a database that no other instance has attached",
                                 .found = "attached by another instance",
                                 .error = JET_errDatabaseSharingViolation});
    return Error::kDatabaseSharingViolation;
  }
  return Status::Ok();
}

void SetExtension(const SessionScope& scope, const std::string& path) {
  constexpr uint64_t kMost = 1 << 20;
  const uint64_t pages = scope.api().instance->parameters.number(JET_paramDbExtensionSize);
  AttachedDatabase* database = scope.instance().FindDatabase(path);
  if (database == nullptr) return;
  database->database().set_extension_pages(static_cast<uint32_t>(std::min(pages, kMost)));
}

// Whether this session may open the database so. The instance's databases are locked.
Status CheckSharing(ApiSession& session, const AttachedDatabase& database, JET_GRBIT grbit)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(session.instance->mutex) {
  const ApiSession* exclusive = session.instance->exclusive_users[database.id()];
  if (exclusive != nullptr && exclusive != &session) return Error::kDatabaseLocked;
  const auto own = static_cast<int>(session.databases[database.id()].count);
  const bool others = database.open_count.load() > own;
  if ((grbit & JET_bitDbExclusive) != 0 && others) return Error::kDatabaseInUse;
  return Status::Ok();
}

bool HasOtherOpen(const ApiSession& session, uint8_t id) {
  for (size_t other = 1; other < session.databases.size(); ++other) {
    if (other != id && session.databases[other].count != 0) return true;
  }
  return false;
}

Status OpenLocked(ApiSession& session, AttachedDatabase& database, JET_GRBIT grbit) {
  absl::MutexLock lock(&session.instance->mutex);
  RETURN_IF_ERROR(CheckSharing(session, database, grbit));
  ApiSession::OpenDatabase& open = session.databases[database.id()];
  open.read_only = database.read_only() || (grbit & JET_bitDbReadOnly) != 0;
  ++open.count;
  ++database.open_count;
  if ((grbit & JET_bitDbExclusive) != 0) {
    session.instance->exclusive_users[database.id()] = &session;
  }
  const bool less = database.read_only() && (grbit & JET_bitDbReadOnly) == 0;
  return less ? Status(Error::kWarnFileOpenReadOnly) : Status::Ok();
}

// The database has just been attached for writing.
Status CheckTextIndexes(const SessionScope& scope, const std::string& path, JET_GRBIT grbit) {
  const ParameterSet& parameters = scope.api().instance->parameters;
  const OutdatedIndexPolicy policy{
      .check = parameters.number(JET_paramEnableIndexChecking) == JET_IndexCheckingOn ||
               parameters.flag(JET_paramEnableIndexCleanup),
      .delete_outdated = (grbit & JET_bitDbDeleteCorruptIndexes) != 0,
      .delete_unicode = (grbit & JET_bitDbDeleteUnicodeIndexes) != 0,
      .rebuild = parameters.flag(JET_paramContrailRebuildIndexes)};
  AttachedDatabase* const database = scope.instance().FindDatabase(path);
  if (database == nullptr) return Error::kDatabaseNotFound;
  const Status status = TreatOutdatedIndexes(scope.session(), *database, policy);
  if (!status.ok()) {
    RETURN_IF_ERROR(scope.instance().DetachDatabase(path));
  }
  return status;
}

// Waits for a lock that somebody else has, but not in the engine, where others would wait, too.
Status AttachPatiently(Instance& engine, const std::string& path, const AttachOptions& options) {
  const Status status = engine.AttachDatabase(path, options);
  if (!status.Is(Error::kFileAccessDenied) || options.read_only) return status;
  const std::chrono::milliseconds longest = ApiRegistry::Get().WithParameters(
      [](const ParameterSet& process, ProcessMode, bool) { return LockWait(process); });
  PatientFileSystem files(PosixFileSystem(), longest);
  const bool free = files.Open(path, {.mode = FileMode::kReadWrite, .exclusive = true}).ok();
  return free ? engine.AttachDatabase(path, options) : status;
}

}  // namespace

Result<std::string> DatabasePath(const char* name) {
  if (name == nullptr || *name == 0) return Error::kDatabaseInvalidPath;
  Result<std::string> path = AbsolutePath(name);
  if (!path.ok() || path->back() == '/') return Error::kDatabaseInvalidPath;
  return path;
}

Result<JET_DBID> CreateDatabase(const SessionScope& scope, const char* name, JET_GRBIT grbit) {
  if ((grbit & ~kCreateFlags) != 0) return Error::kInvalidGrbit;
  if (scope.session().transaction().active()) return Error::kInTransaction;
  ASSIGN_OR_RETURN(const std::string path, DatabasePath(name));
  RETURN_IF_ERROR(CheckOtherInstances(*scope.api().instance, path));
  Instance& engine = scope.instance();
  if (scope.api().instance->parameters.flag(JET_paramCreatePathIfNotExist)) {
    RETURN_IF_ERROR(
        ForDatabase(engine.files().CreateDirectories(path.substr(0, path.rfind('/') + 1))));
  }
  const bool overwrite = (grbit & JET_bitDbOverwriteExisting) != 0;
  RETURN_IF_ERROR(ForDatabase(engine.CreateDatabase(path, {.overwrite = overwrite})));
  SetExtension(scope, path);
  JET_DBID dbid = JET_dbidNil;
  RETURN_IF_ERROR(OpenDatabase(scope, name, grbit & JET_bitDbExclusive, &dbid));
  return dbid;
}

Status AttachDatabase(const SessionScope& scope, const char* name, JET_GRBIT grbit) {
  if ((grbit & ~kAttachFlags) != 0) return Error::kInvalidGrbit;
  if (scope.session().transaction().active()) return Error::kInTransaction;
  ASSIGN_OR_RETURN(const std::string path, DatabasePath(name));
  RETURN_IF_ERROR(CheckOtherInstances(*scope.api().instance, path));
  const bool read_only = (grbit & JET_bitDbReadOnly) != 0;
  if (read_only && (grbit & JET_bitDbDeleteUnicodeIndexes) != 0) return Error::kInvalidGrbit;
  const Status attached =
      ForDatabase(AttachPatiently(scope.instance(), path, {.read_only = read_only}));
  if (attached != Status::Ok()) return attached;
  SetExtension(scope, path);
  return read_only ? Status::Ok() : CheckTextIndexes(scope, path, grbit);
}

Status DetachDatabase(const SessionScope& scope, const char* name, JET_GRBIT grbit) {
  constexpr JET_GRBIT kForce = JET_bitForceDetach | JET_bitForceCloseAndDetach;
  if ((grbit & ~kForce) != 0) return Error::kInvalidGrbit;
  if (grbit != 0) return Error::kForceDetachNotAllowed;
  if (scope.session().transaction().active()) return Error::kInTransaction;
  Instance& engine = scope.instance();
  if (name != nullptr) {
    ASSIGN_OR_RETURN(const std::string path, DatabasePath(name));
    return engine.DetachDatabase(path);
  }
  std::vector<std::string> paths;
  RETURN_IF_ERROR(engine.ForEachDatabase([&paths](AttachedDatabase& database) {
    paths.push_back(database.path());
    return Status::Ok();
  }));
  for (const std::string& path : paths) {
    RETURN_IF_ERROR(engine.DetachDatabase(path));
  }
  return Status::Ok();
}

Status OpenDatabase(const SessionScope& scope, const char* name, JET_GRBIT grbit, JET_DBID* dbid) {
  if ((grbit & ~kOpenFlags) != 0) return Error::kInvalidGrbit;
  ASSIGN_OR_RETURN(const std::string path, DatabasePath(name));
  ApiSession& session = scope.api();
  const bool only_one = ApiRegistry::Get().ProcessNumber(JET_paramOneDatabasePerSession) != 0;
  Status status = Error::kDatabaseNotFound;
  // Not detached while it is being opened.
  RETURN_IF_ERROR(scope.instance().ForEachDatabase([&](AttachedDatabase& database) -> Status {
    if (database.path() != path) return Status::Ok();
    if (only_one && HasOtherOpen(session, database.id())) return Error::kOneDatabasePerSession;
    status = OpenLocked(session, database, grbit);
    *dbid = database.id();
    return Status::Ok();
  }));
  if (!status.ok()) *dbid = JET_dbidNil;
  if (status.Is(Error::kDatabaseNotFound)) {
    scope.instance().events().Report({.id = event_id::kDatabaseNotAttached,
                                      .severity = Severity::kWarning,
                                      .text = "A database is opened that is not attached.",
                                      .file = path,
                                      .expected = "a database that the instance has attached",
                                      .found = "no such database",
                                      .error = JET_errDatabaseNotFound});
  }
  return status;
}

Status CloseDatabase(const SessionScope& scope, JET_DBID dbid) {
  ASSIGN_OR_RETURN(AttachedDatabase* const database, FindOpenDatabase(scope, dbid));
  ApiSession& session = scope.api();
  ApiSession::OpenDatabase& open = session.databases[dbid];
  if (--open.count == 0) {
    for (size_t i = session.tables.size(); i-- > 0;) {
      if (session.tables[i]->database == database) CloseTable(*session.tables[i]);
    }
    absl::MutexLock lock(&session.instance->mutex);
    if (session.instance->exclusive_users[dbid] == &session) {
      session.instance->exclusive_users[dbid] = nullptr;
    }
  }
  // What the transaction has changed in the database keeps it attached until the transaction ends.
  Transaction& transaction = scope.session().transaction();
  if (transaction.active()) {
    transaction.OnEnd([database](bool) { --database->open_count; });
  } else {
    --database->open_count;
  }
  return Status::Ok();
}

}  // namespace contrail::api
