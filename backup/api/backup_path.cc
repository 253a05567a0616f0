#include "backup/api/backup_path.h"

#include <filesystem>

#include "engine/api/parameter_set.h"

namespace contrail::api {
namespace {

// Neither of them has to exist.
bool IsSameFile(const std::string& one, const std::string& other) {
  std::error_code missing;
  return one == other || std::filesystem::equivalent(one, other, missing);
}

}  // namespace

Result<std::string> PathInBackup(Instance& engine, const char* name) {
  if (name == nullptr || *name == 0) return Error::kInvalidParameter;
  ASSIGN_OR_RETURN(std::string path, AbsolutePath(name));
  std::string known;
  RETURN_IF_ERROR(engine.ForEachDatabase([&](AttachedDatabase& database) {
    if (known != path && IsSameFile(database.path(), path)) known = database.path();
    return Status::Ok();
  }));
  if (!known.empty()) return known;
  const size_t slash = path.rfind('/') + 1;
  const std::string& logs = engine.options().log_path;
  if (IsSameFile(path.substr(0, slash), logs)) path.replace(0, slash, logs);
  return path;
}

}  // namespace contrail::api
