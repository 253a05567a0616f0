#include "engine/folder_databases.h"

#include <absl/strings/match.h>

#include "engine/event_ids.h"

namespace contrail {
namespace {

bool IsOfAnInstance(const std::string& name) {
  for (const char* ending : {".log", ".chk", ".dwa", ".lock", ".tmp"}) {
    if (absl::EndsWith(name, ending)) return true;
  }
  return false;
}

Result<DatabaseHeader> HeaderOf(FileSystem& files, EventSink& events, const std::string& path) {
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                   files.Open(path, {.mode = FileMode::kReadOnly}));
  return ReadHeader(*file, events);
}

}  // namespace

Result<FolderDatabases> FolderDatabases::Find(FileSystem& files, const std::string& folder) {
  FolderDatabases found;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(folder));
  for (const std::string& name : names) {
    if (IsOfAnInstance(name)) continue;
    Result<DatabaseHeader> header = HeaderOf(files, DiscardEvents(), folder + name);
    if (!header.ok()) {
      // Anything else may be somebody's notes, or a folder.
      if (absl::EndsWith(name, ".edb")) found.unreadable_.push_back(folder + name);
      continue;
    }
    if (header->file_type == FileType::kTemporaryDatabase) continue;
    found.databases_.push_back({folder + name, std::move(*header)});
  }
  return found;
}

Status FolderDatabases::Add(FileSystem& files, EventSink& events, const std::string& path) {
  for (const FolderDatabase& known : databases_) {
    if (known.path == path) return Status::Ok();
  }
  Result<DatabaseHeader> header = HeaderOf(files, events, path);
  if (!header.ok()) {
    events.Report({.id = event_id::kRecoveryDatabaseMissing,
                   .severity = Severity::kError,
                   .text = "A database that was named cannot be opened.",
                   .file = path,
                   .error = header.status().number()});
    return header.status();
  }
  databases_.push_back({path, std::move(*header)});
  return Status::Ok();
}

const FolderDatabase* FolderDatabases::Find(const Signature& signature,
                                            const std::string& name) const {
  const FolderDatabase* only = nullptr;
  size_t copies = 0;
  for (const FolderDatabase& database : databases_) {
    if (database.header.signature != signature) continue;
    if (absl::EndsWith(database.path, "/" + name)) return &database;
    only = &database;
    ++copies;
  }
  return copies == 1 ? only : nullptr;
}

}  // namespace contrail
