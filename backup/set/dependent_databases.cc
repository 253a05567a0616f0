#include "backup/set/dependent_databases.h"

#include <algorithm>

#include "engine/folder_databases.h"
#include "engine/instance_state.h"
#include "log/log_files.h"

namespace contrail {
namespace {

// None when no log can be read: then the folder alone tells.
std::vector<Attachment> AttachedInNewestLog(FileSystem& files, const LogFolder& logs) {
  const Result<LogListing> listing =
      ListLogFiles(files, DiscardEvents(), logs.path, logs.base_name);
  if (!listing.ok() || (!listing->has_current && listing->archived.empty())) return {};
  const LogFileInfo& newest = listing->has_current ? listing->current : listing->archived.back();
  const Result<LogFileHeader> header = ReadLogFileHeader(files, DiscardEvents(), newest.path);
  if (!header.ok()) return {};
  Result<InstanceState> state = DecodeInstanceState(header->state);
  return state.ok() ? std::move(state->attachments) : std::vector<Attachment>();
}

}  // namespace

const char kDependentDatabaseText[] =
    "A database that is not in the backup needs the logs of the folder, and would be left without "
    "them. Nothing has been changed. Make it clean first with `contrail recover DIR` (and "
    "--ignore-missing when another database is lost, or damaged and moved away), or move it and a "
    "copy of the logs to another folder.";

Result<std::vector<std::string>> FindDependentDatabases(FileSystem& files, const LogFolder& logs,
                                                        const std::set<std::string>& restored) {
  ASSIGN_OR_RETURN(FolderDatabases databases, FolderDatabases::Find(files, logs.path));
  for (const Attachment& attachment : AttachedInNewestLog(files, logs)) {
    // One that is not there any more needs nothing.
    databases.Add(files, DiscardEvents(), attachment.path).Ignore();
  }
  std::vector<std::string> paths;
  for (const FolderDatabase& database : databases.all()) {
    const DatabaseHeader& header = database.header;
    if (header.state == DatabaseState::kClean || restored.contains(header.signature.ToText()) ||
        header.log_signature.ToText() != logs.signature) {
      continue;
    }
    paths.push_back(database.path);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace contrail
