// Family "restore": rolling databases of an external backup forward.

#include "backup/restore.h"

#include <esent.h>

#include <optional>

#include "backup/api/restore_call.h"
#include "backup/api/restore_target.h"
#include "engine/api/call_scope.h"
#include "engine/api/parameter_set.h"
#include "engine/api/text.h"
#include "storage/patient_files.h"

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
  // Without an entry nothing would be restored: not what its caller takes a success for.
  if (map == nullptr || count <= 0 || count > kMostMapEntries) return Error::kInvalidParameter;
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
  return AbsoluteFolder(*text);
}

// In whose folders the instance works that restores, and where logs lie that go on behind the set.
struct Place {
  std::unique_ptr<RestoreTarget> target;  // An instance that runs; null: none.
  std::string log_folder;
  std::string system_folder;
};

// JET_paramContrailRestoreTo. A new stream begins in the log path; logs that follow those of the
// backup lie beside them.
Status ReadPoint(RestoreRequest* request) {
  ASSIGN_OR_RETURN(request->point,
                   ApiRegistry::Get().WithParameters(
                       [](const ParameterSet& process, ProcessMode, bool) -> Result<RestorePoint> {
                         return ParseRestorePoint(process.text(JET_paramContrailRestoreTo));
                       }));
  if (request->point.given()) request->survivors = request->set_folder;
  return Status::Ok();
}

Result<Place> FindPlace(const Arguments& arguments) {
  const bool folders = arguments.target_log_folder.has_value();
  if (folders != arguments.target_checkpoint_folder.has_value() ||
      (folders && arguments.target_name.has_value())) {
    return Error::kInvalidParameter;
  }
  Place place;
  std::string target_folder;
  if (folders) {
    ASSIGN_OR_RETURN(target_folder, Folder(arguments.target_log_folder));
    place.log_folder = target_folder;
    ASSIGN_OR_RETURN(place.system_folder, Folder(arguments.target_checkpoint_folder));
  }
  ASSIGN_OR_RETURN(place.target,
                   FindRunningTarget(arguments.target_name, target_folder, arguments.base_name));
  if (!folders || place.target != nullptr) {
    ASSIGN_OR_RETURN(place.log_folder, Folder(arguments.log_folder));
    ASSIGN_OR_RETURN(place.system_folder, Folder(arguments.checkpoint_folder));
  }
  return place;
}

Status RunRestore(const Arguments& arguments, const Place& place, ApiInstance& instance) {
  RestoreRequest request;
  ASSIGN_OR_RETURN(request.instance, OptionsOf(instance));
  request.instance.log_path = place.log_folder;
  request.instance.system_path = request.instance.temporary_path = place.system_folder;
  ASSIGN_OR_RETURN(
      request.set_folder,
      Folder(arguments.set_folder.has_value() ? arguments.set_folder : arguments.log_folder));
  if (!arguments.base_name.empty()) request.instance.base_name = arguments.base_name;
  request.generation_low = arguments.generation_low;
  request.generation_high = arguments.generation_high;
  request.databases = arguments.databases;
  RETURN_IF_ERROR(ReadPoint(&request));
  // A point begins a stream of its own, which is not the target's.
  if (request.point.given() && place.target != nullptr) return Error::kInvalidParameter;
  RestoreStatus status(arguments.status);
  request.progress = [&status](const RestoreProgress& progress) {
    return status.Progress(progress);
  };
  instance.events.Configure(instance.parameters);
  if (!status.Begin()) return Error::kTermInProgress;
  PatientFileSystem files(PosixFileSystem(), LockWait());
  Status result;
  if (place.target != nullptr) {
    result = RestoreBeside(*place.target, files, instance.events, request);
  } else {
    result = Restore(files, instance.events, request).status();
  }
  status.End(result);
  return result;
}

JET_ERR ExternalRestore(const Arguments& arguments) {
  ApiRegistry& registry = ApiRegistry::Get();
  if (registry.mode() == ProcessMode::kOneInstance) return JET_errRunningInOneInstanceMode;
  const Result<Place> place = FindPlace(arguments);
  if (!place.ok()) return ToJet(place.status());
  // Makes the process one of many instances, and counts among them while it works.
  const std::string of = place->target != nullptr ? place->target->name() : "";
  const Result<ApiInstance*> instance = CreateRestoringInstance(of);
  if (!instance.ok()) return ToJet(instance.status());
  Status status;
  {
    const RestoringInstance restoring(**instance, Error::kAlreadyInitialized);
    status =
        restoring.status().ok() ? RunRestore(arguments, *place, **instance) : restoring.status();
  }
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

// The target of JetExternalRestore2, as the caller names it.
template <typename Char>
struct TargetNames {
  const Char* name = nullptr;
  const Char* log_folder = nullptr;
  const Char* checkpoint_folder = nullptr;
};

template <typename Char>
Status ReadTarget(const TargetNames<Char>& names, Arguments* arguments) {
  ASSIGN_OR_RETURN(arguments->target_name, ReadText(names.name));
  ASSIGN_OR_RETURN(arguments->target_log_folder, ReadText(names.log_folder));
  ASSIGN_OR_RETURN(arguments->target_checkpoint_folder, ReadText(names.checkpoint_folder));
  return Status::Ok();
}

template <typename Char, typename Map, typename LogInfo>
JET_ERR Restore2(const Char* checkpoint, const Char* log, const Map* map, int32_t count,
                 const Char* set, const LogInfo* info, const TargetNames<Char>& target,
                 JET_PFNSTATUS pfn) {
  if (info == nullptr) return JET_errInvalidParameter;
  Arguments arguments;
  Status status = ReadCommon(checkpoint, log, map, count, set, pfn, &arguments);
  if (status.ok()) status = ReadLogInfo(*info, &arguments);
  if (status.ok()) status = ReadTarget(target, &arguments);
  return status.ok() ? ExternalRestore(arguments) : ToJet(status);
}

}  // namespace
}  // namespace contrail::api

JET_API JetExternalRestoreA(JET_PSTR szCheckpointFilePath, JET_PSTR szLogPath,
                            JET_RSTMAP_A* rgrstmap, int32_t crstfilemap, JET_PSTR szBackupLogPath,
                            int32_t genLow, int32_t genHigh, JET_PFNSTATUS pfn) {
  return contrail::api::Restore1(szCheckpointFilePath, szLogPath, rgrstmap, crstfilemap,
                                 szBackupLogPath, genLow, genHigh, pfn);
}

JET_API JetExternalRestoreW(JET_PWSTR szCheckpointFilePath, JET_PWSTR szLogPath,
                            JET_RSTMAP_W* rgrstmap, int32_t crstfilemap, JET_PWSTR szBackupLogPath,
                            int32_t genLow, int32_t genHigh, JET_PFNSTATUS pfn) {
  return contrail::api::Restore1(szCheckpointFilePath, szLogPath, rgrstmap, crstfilemap,
                                 szBackupLogPath, genLow, genHigh, pfn);
}

JET_API JetExternalRestore2A(JET_PSTR szCheckpointFilePath, JET_PSTR szLogPath,
                             JET_RSTMAP_A* rgrstmap, int32_t crstfilemap, JET_PSTR szBackupLogPath,
                             JET_LOGINFO_A* pLogInfo, JET_PSTR szTargetInstanceName,
                             JET_PSTR szTargetInstanceLogPath,
                             JET_PSTR szTargetInstanceCheckpointPath, JET_PFNSTATUS pfn) {
  return contrail::api::Restore2<char>(
      szCheckpointFilePath, szLogPath, rgrstmap, crstfilemap, szBackupLogPath, pLogInfo,
      {szTargetInstanceName, szTargetInstanceLogPath, szTargetInstanceCheckpointPath}, pfn);
}

JET_API JetExternalRestore2W(JET_PWSTR szCheckpointFilePath, JET_PWSTR szLogPath,
                             JET_RSTMAP_W* rgrstmap, int32_t crstfilemap, JET_PWSTR szBackupLogPath,
                             JET_LOGINFO_W* pLogInfo, JET_PWSTR szTargetInstanceName,
                             JET_PWSTR szTargetInstanceLogPath,
                             JET_PWSTR szTargetInstanceCheckpointPath, JET_PFNSTATUS pfn) {
  return contrail::api::Restore2<char16_t>(
      szCheckpointFilePath, szLogPath, rgrstmap, crstfilemap, szBackupLogPath, pLogInfo,
      {szTargetInstanceName, szTargetInstanceLogPath, szTargetInstanceCheckpointPath}, pfn);
}
