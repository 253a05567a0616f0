#include "backup/set/backup_set_reader.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "backup/backup_events.h"
#include "backup/set/direct_writer.h"
#include "backup/set/set_folder.h"
#include "backup/set/stored_file.h"
#include "storage/check.h"

namespace contrail {
Result<BackupSetReader> BackupSetReader::Open(FileSystem& files, EventSink& events,
                                              const std::string& set_folder) {
  BackupSetReader reader(files, events);
  reader.folder_ = WithSlash(set_folder);
  ASSIGN_OR_RETURN(const bool exists, files.Exists(reader.folder_));
  if (!exists) return reader;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(reader.folder_));
  for (const std::string& name : names) {
    if (ParseBackupFolderName(name).has_value()) reader.entries_.push_back(reader.ReadEntry(name));
  }
  std::sort(
      reader.entries_.begin(), reader.entries_.end(),
      [](const SetEntry& a, const SetEntry& b) { return a.manifest.number < b.manifest.number; });
  return reader;
}

SetEntry BackupSetReader::ReadEntry(const std::string& name) const {
  SetEntry entry;
  entry.folder = folder_ + name + "/";
  const std::optional<BackupName> parsed = ParseBackupFolderName(name);
  CHECK(parsed.has_value());
  entry.manifest.number = parsed->number;
  entry.manifest.kind = parsed->kind;
  const Result<bool> marked = IsMarkedDamaged(*files_, entry.folder);
  entry.damaged = !marked.ok() || *marked;
  const Result<std::string> text = ReadTextFile(*files_, entry.folder + kManifestName);
  const Result<std::string> hash = ReadTextFile(*files_, entry.folder + kManifestHashName);
  if (!text.ok() || !hash.ok()) {
    entry.status = text.ok() ? hash.status() : text.status();
    const Status listed = files_->List(entry.folder).status();
    entry.no_folder = listed.Is(Error::kInvalidPath) || listed.Is(Error::kFileNotFound);
    return entry;
  }
  entry.manifest_hash = HashText(*text);
  if (entry.manifest_hash + "\n" != *hash) {
    entry.status = Error::kReadVerifyFailure;
    return entry;
  }
  Result<SetManifest> manifest = SetManifest::FromJson(*text);
  const bool fits = manifest.ok() && manifest->number == entry.manifest.number &&
                    manifest->kind == entry.manifest.kind;
  if (!fits) {
    entry.status = manifest.ok() ? Status(Error::kDatabaseCorrupted) : manifest.status();
    return entry;
  }
  entry.manifest = std::move(*manifest);
  return entry;
}

uint32_t BackupSetReader::NextNumber() const {
  return entries_.empty() ? 1 : entries_.back().manifest.number + 1;
}

const SetEntry* BackupSetReader::Find(uint32_t number) const {
  for (const SetEntry& entry : entries_) {
    if (entry.manifest.number == number) return &entry;
  }
  return nullptr;
}

const SetEntry* BackupSetReader::NewestOfChain() const {
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (CarriesChain(entry->manifest.kind)) return &*entry;
  }
  return nullptr;
}

Result<std::vector<const SetEntry*>> BackupSetReader::ChainTo(uint32_t number) const {
  if (number == 0 && !entries_.empty()) number = entries_.back().manifest.number;
  const SetEntry* entry = Find(number);
  if (entry == nullptr) return Error::kFileNotFound;
  std::vector<const SetEntry*> chain;
  while (true) {
    RETURN_IF_ERROR(entry->status);
    chain.push_back(entry);
    const SetManifest& manifest = entry->manifest;
    if (HoldsDatabases(manifest.kind)) break;
    entry = Find(manifest.previous_number);
    if (entry == nullptr) {
      const bool any = HoldsDatabases(entries_.front().manifest.kind) &&
                       entries_.front().manifest.number < manifest.number;
      return any ? Error::kMissingRestoreLogFiles : Error::kMissingFullBackup;
    }
    RETURN_IF_ERROR(entry->status);
    if (entry->manifest_hash != manifest.previous_hash || !CarriesChain(entry->manifest.kind)) {
      return Error::kMissingRestoreLogFiles;
    }
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

Status BackupSetReader::Extract(const SetEntry& entry, const SetFile& file, const std::string& path,
                                const std::function<bool(uint64_t bytes)>& progress) const {
  const std::string stored = entry.folder + file.stored_name;
  bool stopped = false;
  StoredFileFacts facts;
  Status read;
  Result<std::unique_ptr<DirectWriter>> writer = DirectWriter::Open(*files_, path);
  Status written = writer.status();
  if (written.ok()) {
    const auto take = [&](Bytes bytes) -> Status {
      written = (*writer)->Add(bytes);
      stopped = written.ok() && progress && !progress(bytes.size());
      return stopped ? Status(Error::kTermInProgress) : written;
    };
    read = ReadStoredFile(*files_, stored, take, &facts);
    if (read.ok() && facts.AreOf(file)) written = (*writer)->Finish();
  }
  if (!written.ok()) {
    return ReportFailure(*events_, event_id::kRestoreFailed, written,
                         "A file of the set cannot be written to its place.", path);
  }
  if (stopped) return Error::kTermInProgress;
  if (!read.ok() && !read.Is(Error::kReadVerifyFailure)) {
    return ReportFailure(*events_, event_id::kRestoreFailed, read,
                         "A file of the set cannot be read.", stored, "a file that can be read",
                         absl::StrCat("error ", read.number()));
  }
  if (read.ok() && facts.AreOf(file)) return written;
  return ReportFailure(*events_, event_id::kRestoreFailed, Error::kReadVerifyFailure,
                       "A file of the set is damaged.", stored, file.stored_hash,
                       read.ok() ? facts.stored_hash : "no whole frame");
}

}  // namespace contrail
