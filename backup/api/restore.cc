// Family "restore": rolling databases of an external backup forward.

#include "backup/restore.h"

#include <esent.h>

#include <optional>

#include "engine/api/call_scope.h"
#include "engine/api/parameter_options.h"
#include "engine/api/text.h"

namespace contrail::api {
namespace {

constexpr int32_t kMostMapEntries = 2 * kMaxDatabases;

// The arguments of all forms, in UTF-8. A null pointer is nullopt.
using Text = std::optional<std::string>;
struct Arguments {
  Text checkpoint_folder;
  Text log_folder;
  Text set_folder;
  std::vector<RestoredDatabase> databases;
  uint32_t generation_low = 0;
  uint32_t generation_high = 0;
  std::string base_name;  // Empty: the process's.
  Text target_name;
  Text target_log_folder;
  Text target_checkpoint_folder;
  JET_PFNSTATUS status = nullptr;
};

Result<Text> ReadText(const char* text) { return text == nullptr ? Text() : Text(text); }
Result<Text> ReadText(const char16_t* text) {
  if (text == nullptr) return Text();
  ASSIGN_OR_RETURN(std::string narrow, ToUtf8(text));
  return Text(std::move(narrow));
}

template <typename Map>
Status ReadMap(const Map* map, int32_t count, Arguments* arguments) {
  if (count < 0 || count > kMostMapEntries || (count > 0 && map == nullptr)) {
    return Error::kInvalidParameter;
  }
  for (int32_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(const Text from, ReadText(map[i].szDatabaseName));
    ASSIGN_OR_RETURN(const Text to, ReadText(map[i].szNewDatabaseName));
    if (!from.has_value() || !to.has_value()) return Error::kInvalidParameter;
    ASSIGN_OR_RETURN(const std::string original, AbsolutePath(*from));
    ASSIGN_OR_RETURN(const std::string path, AbsolutePath(*to));
    arguments->databases.push_back({original, path});
  }
  return Status::Ok();
}

Result<std::string> Folder(const Text& text) {
  if (!text.has_value() || text->empty()) return Error::kInvalidParameter;
  ASSIGN_OR_RETURN(std::string folder, AbsolutePath(*text));
  if (!folder.ends_with('/')) folder += '/';
  return folder;
}

// Where the restore runs: in the target's folders when they are given.
Status PlaceInstance(const Arguments& arguments, InstanceOptions* options) {
  const bool target = arguments.target_log_folder.has_value();
  if (target != arguments.target_checkpoint_folder.has_value() ||
      (target && arguments.target_name.has_value())) {
    return Error::kInvalidParameter;
  }
  ASSIGN_OR_RETURN(options->log_path,
                   Folder(target ? arguments.target_log_folder : arguments.log_folder));
  ASSIGN_OR_RETURN(options->system_path, Folder(target ? arguments.target_checkpoint_folder
                                                       : arguments.checkpoint_folder));
  options->temporary_path = options->system_path;
  for (const ApiInstance* other : ApiRegistry::Get().Instances()) {
    if (!other->initialized) continue;
    if (arguments.target_name == other->name ||
        (target && other->engine->options().log_path == options->log_path)) {
      return Error::kFeatureNotAvailable;  // Restoring beside a running instance.
    }
  }
  return arguments.target_name.has_value() ? Error::kBadRestoreTargetInstance : Status::Ok();
}

// A JET_PFNSTATUS, told of the log that has been replayed.
class StatusCall {
 public:
  explicit StatusCall(JET_PFNSTATUS status) : status_(status) {}
  bool Tell(JET_SNT what, const RestoreProgress* progress = nullptr) const {
    if (status_ == nullptr) return true;
    JET_SNPROG report = {};
    report.cbStruct = sizeof(report);
    if (progress != nullptr) {
      // In blocks, so that large logs do not overflow the counter.
      constexpr uint64_t kUnit = 4096;
      report.cunitDone = static_cast<uint32_t>(progress->bytes_done / kUnit);
      report.cunitTotal = static_cast<uint32_t>(progress->bytes_total / kUnit);
    }
    return status_(JET_sesidNil, JET_snpRestore, what, progress == nullptr ? nullptr : &report) >=
           0;
  }

 private:
  JET_PFNSTATUS status_;
};

// JET_paramContrailRestoreTo. A new stream begins in the log path; logs that follow those of the
// backup lie beside them.
Status ReadPoint(RestoreRequest* request) {
  ASSIGN_OR_RETURN(request->point,
                   ApiRegistry::Get().WithParameters([](const ParameterSet& process, ProcessMode,
                                                        bool) -> Result<RestorePoint> {
                     return ParseRestorePoint(process.text(JET_paramContrailRestoreTo));
                   }));
  if (request->point.given()) request->survivors = request->set_folder;
  return Status::Ok();
}

Status RunRestore(const Arguments& arguments, ApiInstance& instance) {
  ApiRegistry& registry = ApiRegistry::Get();
  ASSIGN_OR_RETURN(RestoreRequest request,
                   registry.WithParameters([&](const ParameterSet& process, ProcessMode,
                                               bool) -> Result<RestoreRequest> {
                     RestoreRequest made;
                     ASSIGN_OR_RETURN(made.instance, OptionsFrom(process, instance.parameters));
                     return made;
                   }));
  RETURN_IF_ERROR(PlaceInstance(arguments, &request.instance));
  ASSIGN_OR_RETURN(
      request.set_folder,
      Folder(arguments.set_folder.has_value() ? arguments.set_folder : arguments.log_folder));
  if (!arguments.base_name.empty()) request.instance.base_name = arguments.base_name;
  request.generation_low = arguments.generation_low;
  request.generation_high = arguments.generation_high;
  request.databases = arguments.databases;
  RETURN_IF_ERROR(ReadPoint(&request));
  const StatusCall status(arguments.status);
  request.progress = [&](const RestoreProgress& progress) {
    return status.Tell(JET_sntProgress, &progress);
  };
  instance.events.Configure(instance.parameters);
  if (!status.Tell(JET_sntBegin)) return Error::kTermInProgress;
  const Status result = Restore(PosixFileSystem(), instance.events, request).status();
  status.Tell(result.ok() ? JET_sntComplete : JET_sntFail);
  return result;
}

JET_ERR ExternalRestore(const Arguments& arguments) {
  ApiRegistry& registry = ApiRegistry::Get();
  if (registry.mode() == ProcessMode::kOneInstance) return JET_errRunningInOneInstanceMode;
  // Makes the process one of many instances, and counts among them while it works.
  const Result<ApiInstance*> instance = registry.Create("", "", ProcessMode::kManyInstances);
  if (!instance.ok()) return ToJet(instance.status());
  const Status status = RunRestore(arguments, **instance);
  registry.Remove(*instance);
  return ToJet(status);
}

template <typename Char, typename Map>
Status ReadCommon(const Char* checkpoint, const Char* log, const Map* map, int32_t count,
                  const Char* set, JET_PFNSTATUS pfn, Arguments* arguments) {
  ASSIGN_OR_RETURN(arguments->checkpoint_folder, ReadText(checkpoint));
  ASSIGN_OR_RETURN(arguments->log_folder, ReadText(log));
  ASSIGN_OR_RETURN(arguments->set_folder, ReadText(set));
  arguments->status = pfn;
  return ReadMap(map, count, arguments);
}

template <typename Char, typename Map>
JET_ERR Restore1(const Char* checkpoint, const Char* log, const Map* map, int32_t count,
                 const Char* set, int32_t low, int32_t high, JET_PFNSTATUS pfn) {
  if (low < 0 || high < 0) return JET_errInvalidParameter;
  Arguments arguments;
  const Status status = ReadCommon(checkpoint, log, map, count, set, pfn, &arguments);
  if (!status.ok()) return ToJet(status);
  arguments.generation_low = static_cast<uint32_t>(low);
  arguments.generation_high = static_cast<uint32_t>(high);
  return ExternalRestore(arguments);
}

template <typename LogInfo>
Status ReadLogInfo(const LogInfo& info, Arguments* arguments) {
  if (info.cbSize != sizeof(info)) return Error::kInvalidParameter;
  arguments->generation_low = info.ulGenLow;
  arguments->generation_high = info.ulGenHigh;
  for (const auto letter : info.szBaseName) {
    if (letter == 0) break;
    arguments->base_name += static_cast<char>(letter);
  }
  return Status::Ok();
}

template <typename Char>
Status ReadTarget(const Char* name, const Char* log, const Char* checkpoint, Arguments* arguments) {
  ASSIGN_OR_RETURN(arguments->target_name, ReadText(name));
  ASSIGN_OR_RETURN(arguments->target_log_folder, ReadText(log));
  ASSIGN_OR_RETURN(arguments->target_checkpoint_folder, ReadText(checkpoint));
  return Status::Ok();
}

}  // namespace
}  // namespace contrail::api

using contrail::api::Arguments;
using contrail::api::ExternalRestore;
using contrail::api::ReadCommon;
using contrail::api::ReadLogInfo;
using contrail::api::ReadTarget;
using contrail::api::Restore1;
using contrail::api::ToJet;

JET_API JetExternalRestoreA(JET_PSTR szCheckpointFilePath, JET_PSTR szLogPath,
                            JET_RSTMAP_A* rgrstmap, int32_t crstfilemap, JET_PSTR szBackupLogPath,
                            int32_t genLow, int32_t genHigh, JET_PFNSTATUS pfn) {
  return Restore1(szCheckpointFilePath, szLogPath, rgrstmap, crstfilemap, szBackupLogPath, genLow,
                  genHigh, pfn);
}

JET_API JetExternalRestoreW(JET_PWSTR szCheckpointFilePath, JET_PWSTR szLogPath,
                            JET_RSTMAP_W* rgrstmap, int32_t crstfilemap, JET_PWSTR szBackupLogPath,
                            int32_t genLow, int32_t genHigh, JET_PFNSTATUS pfn) {
  return Restore1(szCheckpointFilePath, szLogPath, rgrstmap, crstfilemap, szBackupLogPath, genLow,
                  genHigh, pfn);
}

JET_API JetExternalRestore2A(JET_PSTR szCheckpointFilePath, JET_PSTR szLogPath,
                             JET_RSTMAP_A* rgrstmap, int32_t crstfilemap, JET_PSTR szBackupLogPath,
                             JET_LOGINFO_A* pLogInfo, JET_PSTR szTargetInstanceName,
                             JET_PSTR szTargetInstanceLogPath,
                             JET_PSTR szTargetInstanceCheckpointPath, JET_PFNSTATUS pfn) {
  if (pLogInfo == nullptr) return JET_errInvalidParameter;
  Arguments arguments;
  contrail::Status status = ReadCommon(szCheckpointFilePath, szLogPath, rgrstmap, crstfilemap,
                                       szBackupLogPath, pfn, &arguments);
  if (status.ok()) status = ReadLogInfo(*pLogInfo, &arguments);
  if (status.ok()) {
    status = ReadTarget(szTargetInstanceName, szTargetInstanceLogPath,
                        szTargetInstanceCheckpointPath, &arguments);
  }
  return status.ok() ? ExternalRestore(arguments) : ToJet(status);
}

JET_API JetExternalRestore2W(JET_PWSTR szCheckpointFilePath, JET_PWSTR szLogPath,
                             JET_RSTMAP_W* rgrstmap, int32_t crstfilemap, JET_PWSTR szBackupLogPath,
                             JET_LOGINFO_W* pLogInfo, JET_PWSTR szTargetInstanceName,
                             JET_PWSTR szTargetInstanceLogPath,
                             JET_PWSTR szTargetInstanceCheckpointPath, JET_PFNSTATUS pfn) {
  if (pLogInfo == nullptr) return JET_errInvalidParameter;
  Arguments arguments;
  contrail::Status status = ReadCommon(szCheckpointFilePath, szLogPath, rgrstmap, crstfilemap,
                                       szBackupLogPath, pfn, &arguments);
  if (status.ok()) status = ReadLogInfo(*pLogInfo, &arguments);
  if (status.ok()) {
    status = ReadTarget(szTargetInstanceName, szTargetInstanceLogPath,
                        szTargetInstanceCheckpointPath, &arguments);
  }
  return status.ok() ? ExternalRestore(arguments) : ToJet(status);
}
