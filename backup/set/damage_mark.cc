#include "backup/set/damage_mark.h"

#include <nlohmann/json.hpp>

#include "backup/set/set_folder.h"
#include "storage/file_path.h"
#include "storage/file_steps.h"
#include "storage/log_time.h"

namespace contrail {
namespace {

constexpr char kTemporaryName[] = ".damaged.json";

std::string MarkText(const std::vector<SetFault>& faults) {
  nlohmann::json list = nlohmann::json::array();
  for (const SetFault& fault : faults) {
    nlohmann::json object = {
        {"file", NameOfPath(fault.file)}, {"what", fault.what}, {"error", fault.status.number()}};
    if (fault.chunk >= 0) object["chunk"] = fault.chunk;
    if (fault.offset >= 0) object["offset"] = fault.offset;
    if (fault.by_replay) object["replay"] = true;
    list.push_back(std::move(object));
  }
  const nlohmann::json mark = {{"found", LogTime::Now().ToText()}, {"faults", list}};
  return mark.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

Status MarkDamaged(FileSystem& files, const std::string& folder,
                   const std::vector<SetFault>& faults) {
  ASSIGN_OR_RETURN(const bool marked, IsMarkedDamaged(files, folder));
  if (marked) return Status::Ok();
  const std::string temporary = folder + kTemporaryName;
  RETURN_IF_ERROR(RemoveIfThere(files, temporary));  // Of a try that was interrupted.
  RETURN_IF_ERROR(WriteTextFile(files, temporary, MarkText(faults)));
  RETURN_IF_ERROR(files.Rename(temporary, folder + kDamageMarkName));
  return files.SyncDirectory(folder);
}

Status RemoveDamageMark(FileSystem& files, const std::string& folder) {
  const Status removed = files.Remove(folder + kDamageMarkName);
  if (removed.Is(Error::kFileNotFound)) return Status::Ok();
  RETURN_IF_ERROR(removed);
  return files.SyncDirectory(folder);
}

bool IsMarkOfReplay(FileSystem& files, const std::string& folder) {
  const Result<std::string> text = ReadTextFile(files, folder + kDamageMarkName);
  if (!text.ok()) return true;
  const nlohmann::json mark = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!mark.is_object() || !mark.contains("faults") || !mark["faults"].is_array()) return true;
  for (const nlohmann::json& fault : mark["faults"]) {
    if (!fault.is_object() || fault.value("replay", nlohmann::json(false)) != false) return true;
  }
  return false;
}

Result<bool> IsMarkedDamaged(FileSystem& files, const std::string& folder) {
  return files.Exists(folder + kDamageMarkName);
}

}  // namespace contrail
