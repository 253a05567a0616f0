#include "backup/set/stored_logs.h"

#include <algorithm>
#include <set>
#include <vector>

#include "backup/set/set_folder.h"
#include "backup/set/stored_file.h"
#include "storage/file_steps.h"

namespace contrail {
namespace {

constexpr char kNote[] = ".whole";

// The note's text is a hash, the signature of the log stream and the file, each in a line.
std::string NoteText(const SetFile& log, const std::string& log_signature) {
  const std::string rest = log_signature + "\n" + log.ToJson() + "\n";
  return HashText(rest) + "\n" + rest;
}

Result<SetFile> ParseNote(const std::string& text, std::string* log_signature) {
  const size_t first = text.find('\n');
  const size_t second = first == std::string::npos ? first : text.find('\n', first + 1);
  if (second == std::string::npos || HashText(text.substr(first + 1)) != text.substr(0, first)) {
    return Error::kDatabaseCorrupted;
  }
  *log_signature = text.substr(first + 1, second - first - 1);
  return SetFile::FromJson(text.substr(second + 1));
}

// Of a stored log in the folder, when its note is sound and speaks of it.
Result<std::optional<SetFile>> ReadNote(FileSystem& files, const std::string& folder,
                                        const std::string& stored_name,
                                        std::string* log_signature) {
  const Result<std::string> text = ReadTextFile(files, folder + stored_name + kNote);
  if (!text.ok()) return std::optional<SetFile>();
  Result<SetFile> file = ParseNote(*text, log_signature);
  if (!file.ok() || file->stored_name != stored_name || file->kind != SetFileKind::kLog) {
    return std::optional<SetFile>();
  }
  ASSIGN_OR_RETURN(const bool exists, files.Exists(folder + stored_name));
  return exists ? std::optional<SetFile>(std::move(*file)) : std::nullopt;
}

Result<std::set<std::string>> WholeStoredLogs(FileSystem& files, const std::string& folder) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(folder));
  std::set<std::string> whole;
  for (const std::string& name : names) {
    if (!name.ends_with(kNote)) continue;
    const std::string stored_name = name.substr(0, name.size() - std::string(kNote).size());
    std::string signature;
    ASSIGN_OR_RETURN(const std::optional<SetFile> log,
                     ReadNote(files, folder, stored_name, &signature));
    if (log.has_value()) whole.insert(stored_name);
  }
  return whole;
}

}  // namespace

Status NoteStoredLog(FileSystem& files, const std::string& folder, const SetFile& log,
                     const std::string& log_signature) {
  return WriteTextFile(files, folder + log.stored_name + kNote, NoteText(log, log_signature));
}

Result<std::optional<SetFile>> FindStoredLog(FileSystem& files, const std::string& folder,
                                             const SetFile& log, const std::string& log_signature) {
  std::string signature;
  ASSIGN_OR_RETURN(std::optional<SetFile> found,
                   ReadNote(files, folder, log.stored_name, &signature));
  if (found.has_value() && signature == log_signature && found->name == log.name &&
      found->generation == log.generation && found->created == log.created) {
    StoredFileFacts facts;
    const Status read = ReadStoredFile(
        files, folder + log.stored_name, [](Bytes) { return Status::Ok(); }, &facts);
    if (read.ok() && facts.AreOf(*found)) return found;
  }
  RETURN_IF_ERROR(RemoveIfThere(files, folder + log.stored_name + kNote));
  RETURN_IF_ERROR(RemoveIfThere(files, folder + log.stored_name));
  return std::optional<SetFile>();
}

Status KeepStoredLogs(FileSystem& files, const std::string& folder) {
  ASSIGN_OR_RETURN(const bool exists, files.Exists(folder));
  if (!exists) return Status::Ok();
  ASSIGN_OR_RETURN(const std::set<std::string> whole, WholeStoredLogs(files, folder));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(folder));
  for (const std::string& name : names) {
    const std::string stored_name =
        name.ends_with(kNote) ? name.substr(0, name.size() - std::string(kNote).size()) : name;
    if (!whole.contains(stored_name)) RETURN_IF_ERROR(RemoveEntry(files, folder + name));
  }
  return whole.empty() ? files.RemoveDirectory(folder) : Status::Ok();
}

Status GatherLeftovers(FileSystem& files, const std::string& set_folder,
                       const std::string& folder) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(set_folder));
  for (const std::string& name : names) {
    const std::string leftover = set_folder + name + "/";
    if (IsExpiredFolderName(name)) RETURN_IF_ERROR(RemoveFolder(files, leftover));
    if (!IsUnfinishedFolderName(name)) continue;
    RETURN_IF_ERROR(KeepStoredLogs(files, leftover));
    ASSIGN_OR_RETURN(const bool some, files.Exists(leftover));
    if (!some || leftover == folder) continue;
    RETURN_IF_ERROR(files.CreateDirectories(folder));
    ASSIGN_OR_RETURN(const std::vector<std::string> stored, files.List(leftover));
    for (const std::string& file : stored) {
      RETURN_IF_ERROR(files.Rename(leftover + file, folder + file));
    }
    RETURN_IF_ERROR(files.RemoveDirectory(leftover));
  }
  return files.CreateDirectories(folder);
}

Status RemoveUnlisted(FileSystem& files, const std::string& folder, const SetManifest& manifest) {
  std::set<std::string> listed;
  for (const SetFile& file : manifest.files) listed.insert(file.stored_name);
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(folder));
  for (const std::string& name : names) {
    if (!listed.contains(name)) RETURN_IF_ERROR(RemoveEntry(files, folder + name));
  }
  return Status::Ok();
}

}  // namespace contrail
