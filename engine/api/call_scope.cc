#include "engine/api/call_scope.h"

namespace contrail::api {

Result<AttachedDatabase*> FindOpenDatabase(const SessionScope& scope, JET_DBID dbid) {
  if (dbid == 0 || dbid > kMaxDatabases) return Error::kInvalidDatabaseId;
  if (scope.api().databases[dbid].count == 0) return Error::kInvalidDatabaseId;
  AttachedDatabase* database = scope.instance().FindDatabase(static_cast<uint8_t>(dbid));
  if (database == nullptr) return Error::kInvalidDatabaseId;
  return database;
}

InstanceCall::InstanceCall(ApiInstance& instance, Allowed allowed) : instance_(instance) {
  absl::MutexLock lock(&instance_.mutex);
  ++instance_.calls;
  if (instance_.service_stopped && allowed == Allowed::kWhileServing) {
    status_ = Error::kClientRequestToStopJetService;
  } else if (instance_.terminating) {
    status_ = Error::kTermInProgress;
  } else if (instance_.restoring) {
    status_ = Error::kRestoreInProgress;
  } else if (!instance_.initialized) {
    status_ = Error::kNotInitialized;
  } else {
    status_ = instance_.engine->Health();
  }
}

InstanceCall::~InstanceCall() {
  absl::MutexLock lock(&instance_.mutex);
  --instance_.calls;
}

}  // namespace contrail::api
