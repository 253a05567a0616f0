// BackupSetReader::Verify.

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "backup/set/backup_set_reader.h"
#include "backup/set/content_check.h"
#include "backup/set/stored_file.h"

namespace contrail {
namespace {

// Of one file; the rest of it would say the same.
constexpr size_t kMostChunkFaults = 16;

class EntryVerification {
 public:
  EntryVerification(FileSystem& files, const SetEntry& entry, std::vector<SetFault>* faults)
      : files_(files), entry_(entry), faults_(faults), logs_(entry.manifest) {}

  // `take` is told of every piece of content; what it returns ends the verification.
  Status CheckFile(const SetFile& file, const std::function<Status(size_t)>& take);
  void CheckOrder();
  void Fault(const std::string& path, std::string what, Status status, int64_t chunk = -1) {
    faults_->push_back({entry_.manifest.number, path, std::move(what), status, chunk,
                        chunk < 0 ? -1 : chunk * static_cast<int64_t>(kChunkBytes),
                        /*by_replay=*/false});
  }

 private:
  void CheckFacts(const SetFile& file, const std::string& path, Status read,
                  const StoredFileFacts& facts);
  bool CheckChunks(const SetFile& file, const std::string& path, Status read,
                   const StoredFileFacts& facts);

  FileSystem& files_;
  const SetEntry& entry_;
  std::vector<SetFault>* faults_;
  LogOrderCheck logs_;
};

Status EntryVerification::CheckFile(const SetFile& file,
                                    const std::function<Status(size_t)>& take) {
  const std::string path = entry_.folder + file.stored_name;
  ContentCheck content(entry_.manifest, file, path);
  Status stopped;
  StoredFileFacts facts;
  const auto take_content = [&](Bytes bytes) {
    content.Add(bytes);
    stopped = take(bytes.size());
    return stopped;
  };
  const Status read = ReadStoredFile(files_, path, take_content, &facts);
  RETURN_IF_ERROR(stopped);
  const size_t before = faults_->size();
  CheckFacts(file, path, read, facts);
  if (faults_->size() == before) {
    if (const std::string wrong = content.Finish(); !wrong.empty()) {
      Fault(path, wrong, Error::kReadVerifyFailure);
    }
  }
  logs_.Add(file, content.log_header());
  return Status::Ok();
}

void EntryVerification::CheckFacts(const SetFile& file, const std::string& path, Status read,
                                   const StoredFileFacts& facts) {
  if (read.Is(Error::kFileNotFound)) return Fault(path, "The file is missing.", read);
  if (!read.ok() && !read.Is(Error::kReadVerifyFailure)) {
    return Fault(path, "The file cannot be read.", read);
  }
  if (CheckChunks(file, path, read, facts)) return;
  if (!read.ok()) return Fault(path, "The end of the file is damaged or missing.", read);
  if (facts.bytes != file.bytes || facts.hash != file.hash) {
    Fault(path, "The content is not what the manifest says.", Error::kReadVerifyFailure);
  } else if (facts.stored_bytes != file.stored_bytes || facts.stored_hash != file.stored_hash) {
    Fault(path, "The content is whole, but the frame around it is not what the manifest says.",
          Error::kReadVerifyFailure);
  }
}

// Whether a chunk was found wrong.
bool EntryVerification::CheckChunks(const SetFile& file, const std::string& path, Status read,
                                    const StoredFileFacts& facts) {
  const size_t before = faults_->size();
  const auto place = [](size_t chunk) {
    return absl::StrCat("Chunk ", chunk, ", from byte ", chunk * kChunkBytes,
                        " of the content on, ");
  };
  for (size_t i = 0; i < facts.chunks.size() && faults_->size() < before + kMostChunkFaults; ++i) {
    if (i < file.chunks.size() && facts.chunks[i] == file.chunks[i]) continue;
    Fault(path, place(i) + "is not what the manifest says.", Error::kReadVerifyFailure,
          static_cast<int64_t>(i));
  }
  const size_t next = facts.chunks.size();
  if (!read.ok() && faults_->size() == before && next < file.chunks.size()) {
    Fault(path, place(next) + "cannot be decompressed.", Error::kReadVerifyFailure,
          static_cast<int64_t>(next));
  }
  return faults_->size() > before;
}

void EntryVerification::CheckOrder() {
  if (const std::string wrong = logs_.Finish(); !wrong.empty()) {
    Fault(entry_.folder, wrong, Error::kMissingRestoreLogFiles);
  }
}

void CheckLink(const BackupSetReader& set, const SetEntry& entry, EntryVerification& verification) {
  if (HoldsDatabases(entry.manifest.kind)) return;
  const Result<std::vector<const SetEntry*>> chain = set.ChainTo(entry.manifest.number);
  if (!chain.ok()) {
    verification.Fault(entry.folder, "The backups that this one goes on from are not all there.",
                       chain.status());
    return;
  }
  const SetManifest& before = (*chain)[chain->size() - 2]->manifest;
  if (!entry.manifest.GoesOnFrom(before)) {
    verification.Fault(entry.folder, "Logs between this backup and the one before it are missing.",
                       Error::kMissingRestoreLogFiles);
  }
}

bool TellsOfDamage(Status status) {
  switch (status.error()) {
    case Error::kFileAccessDenied:
    case Error::kOutOfFileHandles:
    case Error::kOutOfMemory:
    case Error::kInvalidDatabaseVersion:  // Written by another version, which may well read it.
      return false;
    default:
      return true;
  }
}

// Those that a mark would tell of.
std::vector<SetFault> OfEntry(const std::vector<SetFault>& faults, const SetEntry& entry) {
  std::vector<SetFault> own;
  if (entry.no_folder) return own;
  for (const SetFault& fault : faults) {
    if (fault.number == entry.manifest.number && TellsOfDamage(fault.status)) own.push_back(fault);
  }
  return own;
}

}  // namespace

size_t BackupSetReader::CountUnmarked(const std::vector<SetFault>& faults) const {
  size_t count = 0;
  for (const SetEntry& entry : entries_) {
    if (!entry.damaged && !OfEntry(faults, entry).empty()) ++count;
  }
  return count;
}

std::vector<const SetEntry*> BackupSetReader::ProvenGood(const uint32_t* replayed) const {
  std::vector<const SetEntry*> chain;
  if (replayed != nullptr) {
    Result<std::vector<const SetEntry*>> found = ChainTo(*replayed);
    if (found.ok()) chain = std::move(*found);
  }
  std::vector<const SetEntry*> good;
  for (const SetEntry& entry : entries_) {
    if (!entry.damaged || !entry.status.ok()) continue;
    const bool was_replayed = std::find(chain.begin(), chain.end(), &entry) != chain.end();
    if (was_replayed || !IsMarkOfReplay(*files_, entry.folder)) good.push_back(&entry);
  }
  return good;
}

Result<size_t> BackupSetReader::MarkDamaged(const std::vector<SetFault>& faults) const {
  size_t marked = 0;
  for (const SetEntry& entry : entries_) {
    const std::vector<SetFault> own = OfEntry(faults, entry);
    if (own.empty() || entry.damaged) continue;
    RETURN_IF_ERROR(contrail::MarkDamaged(*files_, entry.folder, own));
    ++marked;
  }
  return marked;
}

// Meanwhile, which is no fault of the set. A link that leads nowhere has its name, all the same.
bool BackupSetReader::HasExpired(const SetEntry& entry) const {
  const Result<std::vector<std::string>> names = files_->List(folder_);
  const std::string name =
      entry.folder.substr(folder_.size(), entry.folder.size() - folder_.size() - 1);
  return names.ok() && std::find(names->begin(), names->end(), name) == names->end();
}

Status BackupSetReader::Verify(const SetProgressCallback& progress, std::vector<SetFault>* faults,
                               uint32_t number) const {
  std::vector<const SetEntry*> entries;
  if (number == 0) {
    for (const SetEntry& entry : entries_) entries.push_back(&entry);
  } else {
    ASSIGN_OR_RETURN(entries, ChainTo(number));
  }
  SetProgress state{"verify", {}, 0, 0};
  for (const SetEntry* entry : entries) state.bytes_total += entry->manifest.TotalBytes();
  for (const SetEntry* entry : entries) {
    std::vector<SetFault> found;
    EntryVerification verification(*files_, *entry, &found);
    if (entry->no_folder) {
      verification.Fault(entry->folder.substr(0, entry->folder.size() - 1),
                         "The name is that of a backup, but it is no folder: move it out of the "
                         "set.",
                         Error::kInvalidPath);
    } else if (!entry->status.ok()) {
      verification.Fault(entry->folder + kManifestName,
                         entry->of_other_format()
                             ? "The manifest is of a format that this version does not read."
                             : "The manifest is damaged or missing.",
                         entry->status);
    } else {
      for (const SetFile& file : entry->manifest.files) {
        state.file = entry->folder + file.stored_name;
        RETURN_IF_ERROR(verification.CheckFile(file, [&](size_t bytes) {
          state.bytes_done += bytes;
          return !progress || progress(state) ? Status() : Status(Error::kTermInProgress);
        }));
      }
      verification.CheckOrder();
      CheckLink(*this, *entry, verification);
    }
    if (!found.empty() && HasExpired(*entry)) continue;
    faults->insert(faults->end(), found.begin(), found.end());
  }
  return Status::Ok();
}

}  // namespace contrail
