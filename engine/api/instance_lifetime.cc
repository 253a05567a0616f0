#include "engine/api/instance_lifetime.h"

#include "engine/api/parameter_options.h"
#include "engine/api/session_lifetime.h"

namespace contrail::api {
namespace {

constexpr JET_GRBIT kInitFlags = JET_bitReplayIgnoreMissingDB | JET_bitRecoveryWithoutUndo |
                                 JET_bitTruncateLogsAfterRecovery | JET_bitReplayMissingMapEntryDB |
                                 JET_bitLogStreamMustExist | JET_bitReplayIgnoreLostLogs |
                                 JET_bitKeepDbAttachedAtEndOfRecovery;
constexpr JET_GRBIT kTermFlags =
    JET_bitTermComplete | JET_bitTermAbrupt | JET_bitTermStopBackup | JET_bitTermDirty;

// Two running instances do not share a folder of logs or checkpoints: kSystemPathInUse,
// kLogFilePathInUse.
Status CheckFolders(const ApiInstance& instance, const InstanceOptions& options) {
  for (const ApiInstance* other : ApiRegistry::Get().Instances()) {
    if (other == &instance || !other->initialized) continue;
    if (other->parameters.text(JET_paramSystemPath) == options.system_path) {
      return Error::kSystemPathInUse;
    }
    if (other->parameters.text(JET_paramLogFilePath) == options.log_path) {
      return Error::kLogFilePathInUse;
    }
  }
  return Status::Ok();
}

Status CheckStartFlags(JET_GRBIT flags) {
  // Not in esent.h: recovers a streamed copy without a restore (the backup contract, section 15.3).
  constexpr JET_GRBIT kAllowSoftRecoveryOnBackup = 0x200;
  if ((flags & kAllowSoftRecoveryOnBackup) != 0) return Error::kFeatureNotAvailable;
  if ((flags & ~kInitFlags) != 0) return Error::kInvalidGrbit;
  if ((flags & (JET_bitRecoveryWithoutUndo | JET_bitReplayIgnoreLostLogs |
                JET_bitKeepDbAttachedAtEndOfRecovery)) != 0) {
    return Error::kFeatureNotAvailable;
  }
  return Status::Ok();
}

Status CheckLogsExist(FileSystem& files, const InstanceOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(options.log_path));
  for (const std::string& name : names) {
    if (GenerationOfFileName(options.base_name, name) != 0) return Status::Ok();
    if (name == CurrentLogFileName(options.base_name)) return Status::Ok();
  }
  return Error::kMissingLogFile;
}

// Tells a JET_PFNSTATUS of recovery's progress. A negative answer cancels.
class RecoveryReporter {
 public:
  explicit RecoveryReporter(JET_PFNSTATUS status) : status_(status) { Call(JET_sntBegin, nullptr); }

  bool operator()(const RedoProgress& progress) {
    constexpr uint64_t kUnits = 10000;
    JET_SNPROG report = {};
    report.cbStruct = sizeof(report);
    report.cunitTotal = kUnits;
    report.cunitDone = progress.bytes_total == 0
                           ? 0
                           : static_cast<uint32_t>(static_cast<double>(progress.bytes_done) /
                                                   static_cast<double>(progress.bytes_total) *
                                                   static_cast<double>(kUnits));
    return Call(JET_sntProgress, &report) >= 0;
  }
  void Finish(Status status) { Call(status.ok() ? JET_sntComplete : JET_sntFail, nullptr); }

 private:
  JET_ERR Call(JET_SNT what, void* data) {
    return status_ == nullptr ? JET_errSuccess : status_(0, JET_snpRestore, what, data);
  }
  JET_PFNSTATUS status_;
};

Status StartEngine(ApiInstance& instance, const StartRequest& request) {
  const ParameterSet process = ApiRegistry::Get().WithParameters(
      [](const ParameterSet& parameters, ProcessMode, bool) { return parameters; });
  ASSIGN_OR_RETURN(InstanceOptions options, OptionsFrom(process, instance.parameters));
  RETURN_IF_ERROR(CheckFolders(instance, options));
  options.name = instance.name;
  options.display_name = instance.display_name;
  options.recovery_paths = request.recovery_paths;
  options.recovery_leaves_out_missing = (request.flags & JET_bitReplayIgnoreMissingDB) != 0;
  instance.files = std::make_unique<PatientFileSystem>(PosixFileSystem(), LockWait(process));
  FileSystem& files = *instance.files;
  if ((request.flags & JET_bitLogStreamMustExist) != 0) {
    RETURN_IF_ERROR(CheckLogsExist(files, options));
  }
  instance.events.Configure(instance.parameters);
  auto engine = std::make_unique<Instance>(files, instance.events, std::move(options));
  RecoveryReporter reporter(request.status);
  const Status status =
      engine->Initialize([&reporter](const RedoProgress& progress) { return reporter(progress); });
  reporter.Finish(status);
  RETURN_IF_ERROR(status);
  // Others may be held up by whoever opens files from now on.
  instance.files->StopWaiting();
  engine->transactions().set_version_limit(VersionBytes(process, instance.parameters));
  instance.engine = std::move(engine);
  if ((request.flags & JET_bitTruncateLogsAfterRecovery) != 0) {
    RETURN_IF_ERROR(
        instance.engine->DeleteGenerationsBelow(instance.engine->checkpoint().generation));
  }
  return status;
}

// Holds every session, so that none is in a call. Nobody begins one any more.
std::vector<ApiSession*> HoldAllSessions(ApiInstance& instance) {
  std::vector<ApiSession*> held;
  for (;;) {
    ApiSession* next = nullptr;
    {
      absl::MutexLock lock(&instance.mutex);
      if (held.size() >= instance.sessions.size()) return held;
      next = instance.sessions[held.size()];
    }
    HoldSession(*next);
    absl::MutexLock lock(&instance.mutex);
    // It may have ended while we waited.
    if (held.size() < instance.sessions.size() && instance.sessions[held.size()] == next) {
      held.push_back(next);
    } else {
      ReleaseSession(*next);
    }
  }
}

// Ends all sessions, or none when one is in a transaction and `only_idle` is given.
Status EndSessions(ApiInstance& instance, bool only_idle) {
  const std::vector<ApiSession*> sessions = HoldAllSessions(instance);
  Status status = Status::Ok();
  for (ApiSession* session : sessions) {
    if (only_idle && session->session->transaction().active()) status = Error::kTooManyActiveUsers;
  }
  for (ApiSession* session : sessions) {
    // A failed rollback has taken the instance down, which its termination reports.
    if (status.ok()) EndSession(*session).Ignore();
    ReleaseSession(*session);
  }
  return status;
}

Status BeginTermination(ApiInstance& instance) {
  absl::MutexLock lock(&instance.mutex);
  if (instance.initializing) return Error::kInitInProgress;
  if (instance.terminating) return Error::kTermInProgress;
  if (instance.restoring) return Error::kRestoreInProgress;
  instance.terminating = true;
  return Status::Ok();
}

Status EndEngine(ApiInstance& instance, JET_GRBIT flags) {
  Instance& engine = *instance.engine;
  const bool stop_backup = (flags & (JET_bitTermAbrupt | JET_bitTermStopBackup)) != 0;
  // First: a call that is under way may be about to begin a backup.
  RETURN_IF_ERROR(engine.backup_gate().Shut(/*unless_active=*/!stop_backup));
  // A backup where it may be stopped, and a snapshot session that has not frozen anything yet.
  engine.backup_gate().RequestEnd();
  {
    absl::MutexLock lock(&instance.mutex);
    instance.mutex.Await(absl::Condition(
        +[](ApiInstance* waiting) { return waiting->calls == 0; }, &instance));
  }
  const Status ended = EndSessions(instance, (flags & JET_bitTermComplete) != 0);
  if (!ended.ok()) {
    engine.backup_gate().Reopen();
    return ended;
  }
  TerminateMode mode = TerminateMode::kComplete;
  if ((flags & JET_bitTermAbrupt) != 0) mode = TerminateMode::kAbrupt;
  if ((flags & JET_bitTermDirty) != 0) mode = TerminateMode::kCrash;
  const Status status = engine.Terminate(mode);
  instance.initialized = false;
  instance.engine.reset();
  return mode == TerminateMode::kCrash ? Status(Error::kDirtyShutdown) : status;
}

}  // namespace

Status StartInstance(ApiInstance& instance, const StartRequest& request) {
  RETURN_IF_ERROR(CheckStartFlags(request.flags));
  {
    absl::MutexLock lock(&instance.mutex);
    if (instance.initialized) return Error::kAlreadyInitialized;
    if (instance.terminating) return Error::kTermInProgress;
    if (instance.initializing) return Error::kInitInProgress;
    if (instance.restoring) return Error::kRestoreInProgress;
    instance.initializing = true;
  }
  const Status status = StartEngine(instance, request);
  if (!status.ok()) instance.engine.reset();
  absl::MutexLock lock(&instance.mutex);
  instance.initializing = false;
  instance.initialized = status.ok();
  return status;
}

Status EndInstance(ApiInstance& instance, JET_GRBIT flags) {
  constexpr JET_GRBIT kContrary = JET_bitTermComplete | JET_bitTermAbrupt;
  if ((flags & ~kTermFlags) != 0 || (flags & kContrary) == kContrary) return Error::kInvalidGrbit;
  RETURN_IF_ERROR(BeginTermination(instance));
  Status status = Status::Ok();
  if (instance.initialized) status = EndEngine(instance, flags);
  if (status.Is(Error::kBackupInProgress) || status.Is(Error::kSurrogateBackupInProgress) ||
      status.Is(Error::kTooManyActiveUsers)) {
    absl::MutexLock lock(&instance.mutex);
    instance.terminating = false;
    return status;
  }
  ApiRegistry::Get().Remove(&instance);
  return status;
}

}  // namespace contrail::api
