#include "backup/set/backup_set_reader.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstring>

#include "backup/backup_events.h"
#include "backup/set/content_check.h"
#include "backup/set/set_folder.h"
#include "backup/set/stored_file.h"
#include "storage/aligned_buffer.h"

namespace contrail {
namespace {

constexpr size_t kWriteBytes = 1 << 20;

// Writes content that comes in pieces with direct I/O.
class DirectWriter {
 public:
  DirectWriter(FileSystem& files, const std::string& path) : files_(files), path_(path) {}

  Status Open() {
    ASSIGN_OR_RETURN(file_,
                     files_.Open(path_, {.mode = FileMode::kCreateOrTruncate, .direct = true}));
    return Status::Ok();
  }
  Status Add(Bytes bytes) {
    while (!bytes.empty()) {
      const size_t count = std::min(bytes.size(), kWriteBytes - held_);
      std::memcpy(buffer_.data() + held_, bytes.data(), count);
      held_ += count;
      bytes = bytes.subspan(count);
      if (held_ == kWriteBytes) RETURN_IF_ERROR(WriteOut());
    }
    return Status::Ok();
  }
  Status Finish() {
    const uint64_t size = written_ + held_;
    // Direct writes are of whole blocks; what is too much is cut off again.
    const size_t whole = (held_ + kDirectIoAlignment - 1) / kDirectIoAlignment * kDirectIoAlignment;
    std::memset(buffer_.data() + held_, 0, whole - held_);
    held_ = whole;
    if (held_ > 0) RETURN_IF_ERROR(WriteOut());
    if (written_ != size) RETURN_IF_ERROR(file_->Resize(size));
    return file_->Sync();
  }

 private:
  Status WriteOut() {
    RETURN_IF_ERROR(file_->Write(written_, buffer_.span().first(held_)));
    written_ += held_;
    held_ = 0;
    return Status::Ok();
  }

  FileSystem& files_;
  const std::string path_;
  std::unique_ptr<File> file_;
  AlignedBuffer buffer_{kWriteBytes};
  size_t held_ = 0;
  uint64_t written_ = 0;
};

bool IsAsListed(const SetFile& file, const StoredFileFacts& facts) {
  return facts.bytes == file.bytes && facts.stored_bytes == file.stored_bytes &&
         facts.hash == file.hash && facts.stored_hash == file.stored_hash;
}

}  // namespace

Result<BackupSetReader> BackupSetReader::Open(FileSystem& files, EventSink& events,
                                              const std::string& set_folder) {
  BackupSetReader reader(files, events);
  reader.folder_ = WithSlash(set_folder);
  ASSIGN_OR_RETURN(const bool exists, files.Exists(reader.folder_));
  if (!exists) return reader;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(reader.folder_));
  for (const std::string& name : names) {
    if (NumberOfFolderName(name) != 0) reader.entries_.push_back(reader.ReadEntry(name));
  }
  std::sort(
      reader.entries_.begin(), reader.entries_.end(),
      [](const SetEntry& a, const SetEntry& b) { return a.manifest.number < b.manifest.number; });
  return reader;
}

SetEntry BackupSetReader::ReadEntry(const std::string& name) const {
  SetEntry entry;
  entry.folder = folder_ + name + "/";
  entry.manifest.number = NumberOfFolderName(name);
  entry.manifest.kind = name.ends_with("-full") ? BackupKind::kFull : BackupKind::kIncremental;
  const Result<std::string> text = ReadTextFile(*files_, entry.folder + kManifestName);
  const Result<std::string> hash = ReadTextFile(*files_, entry.folder + kManifestHashName);
  if (!text.ok() || !hash.ok()) {
    entry.status = text.ok() ? hash.status() : text.status();
    return entry;
  }
  entry.manifest_hash = HashText(*text);
  if (entry.manifest_hash + "\n" != *hash) {
    entry.status = Error::kReadVerifyFailure;
    return entry;
  }
  Result<SetManifest> manifest = SetManifest::FromJson(*text);
  if (!manifest.ok() || manifest->number != entry.manifest.number ||
      manifest->kind != entry.manifest.kind) {
    entry.status = Error::kDatabaseCorrupted;
    return entry;
  }
  entry.manifest = std::move(*manifest);
  return entry;
}

uint32_t BackupSetReader::NextNumber() const {
  return entries_.empty() ? 1 : entries_.back().manifest.number + 1;
}

Result<std::vector<const SetEntry*>> BackupSetReader::ChainTo(uint32_t number) const {
  auto last = entries_.rbegin();
  while (number != 0 && last != entries_.rend() && last->manifest.number != number) ++last;
  if (last == entries_.rend()) return Error::kFileNotFound;
  std::vector<const SetEntry*> chain;
  for (auto entry = last; entry != entries_.rend(); ++entry) {
    RETURN_IF_ERROR(entry->status);
    if (!chain.empty()) {
      const SetManifest& next = chain.back()->manifest;
      if (next.previous_number != entry->manifest.number) continue;
      if (next.previous_hash != entry->manifest_hash) return Error::kMissingRestoreLogFiles;
    }
    chain.push_back(&*entry);
    if (entry->manifest.kind == BackupKind::kFull) {
      std::reverse(chain.begin(), chain.end());
      return chain;
    }
  }
  return Error::kMissingFullBackup;
}

Status BackupSetReader::CheckLink(size_t index, std::vector<SetFault>* faults) const {
  const SetEntry& entry = entries_[index];
  if (entry.manifest.kind == BackupKind::kFull) return Status::Ok();
  const Result<std::vector<const SetEntry*>> chain = ChainTo(entry.manifest.number);
  if (!chain.ok()) {
    faults->push_back({entry.manifest.number, entry.folder,
                       "The backups that this one goes on from are not all there.",
                       chain.status()});
    return Status::Ok();
  }
  const SetManifest& before = (*chain)[chain->size() - 2]->manifest;
  if (before.log_signature != entry.manifest.log_signature ||
      entry.manifest.generation_low > before.generation_high + 1) {
    faults->push_back({entry.manifest.number, entry.folder,
                       "Logs between this backup and the one before it are missing.",
                       Error::kMissingRestoreLogFiles});
  }
  return Status::Ok();
}

Status BackupSetReader::Verify(const SetProgressCallback& progress,
                               std::vector<SetFault>* faults) const {
  uint64_t total = 0;
  uint64_t done = 0;
  for (const SetEntry& entry : entries_) {
    for (const SetFile& file : entry.manifest.files) total += file.bytes;
  }
  for (size_t i = 0; i < entries_.size(); ++i) {
    const SetEntry& entry = entries_[i];
    const auto fault = [&](const std::string& path, std::string what, Status status) {
      faults->push_back({entry.manifest.number, path, std::move(what), status});
    };
    if (!entry.status.ok()) {
      fault(entry.folder + kManifestName, "The manifest is damaged or missing.", entry.status);
      continue;
    }
    LogOrderCheck logs(entry.manifest);
    for (const SetFile& file : entry.manifest.files) {
      const std::string path = entry.folder + file.stored_name;
      ContentCheck content(entry.manifest, file, path);
      Status stopped;
      const Result<StoredFileFacts> facts = ReadStoredFile(*files_, path, [&](Bytes bytes) {
        done += bytes.size();
        if (progress && !progress({"verify", path, done, total})) {
          stopped = Error::kTermInProgress;
          return stopped;
        }
        content.Add(bytes);
        return Status::Ok();
      });
      RETURN_IF_ERROR(stopped);
      if (!facts.ok()) {
        fault(path, "The file is damaged or missing.", facts.status());
      } else if (!IsAsListed(file, *facts)) {
        fault(path, "The file is not what the manifest says.", Error::kReadVerifyFailure);
      } else if (const std::string wrong = content.Finish(); !wrong.empty()) {
        fault(path, wrong, Error::kReadVerifyFailure);
      }
      logs.Add(file, content.log_header());
    }
    if (const std::string wrong = logs.Finish(); !wrong.empty()) {
      fault(entry.folder, wrong, Error::kMissingRestoreLogFiles);
    }
    RETURN_IF_ERROR(CheckLink(i, faults));
  }
  return Status::Ok();
}

Status BackupSetReader::Extract(const SetEntry& entry, const SetFile& file, const std::string& path,
                                const std::function<bool(uint64_t bytes)>& progress) const {
  const std::string stored = entry.folder + file.stored_name;
  DirectWriter writer(*files_, path);
  Status written = writer.Open();
  bool stopped = false;
  const Result<StoredFileFacts> facts =
      !written.ok() ? written : ReadStoredFile(*files_, stored, [&](Bytes bytes) -> Status {
        written = writer.Add(bytes);
        stopped = written.ok() && progress && !progress(bytes.size());
        return stopped ? Status(Error::kTermInProgress) : written;
      });
  if (facts.ok() && IsAsListed(file, *facts)) written = writer.Finish();
  if (!written.ok()) {
    return ReportFailure(*events_, event_id::kRestoreFailed, written,
                         "A file of the set cannot be written to its place.", path);
  }
  if (stopped) return Error::kTermInProgress;
  if (!facts.ok() && !facts.status().Is(Error::kReadVerifyFailure)) {
    return ReportFailure(*events_, event_id::kRestoreFailed, facts.status(),
                         "A file of the set cannot be read.", stored, "a file that can be read",
                         absl::StrCat("error ", facts.status().number()));
  }
  if (facts.ok() && IsAsListed(file, *facts)) return written;
  return ReportFailure(*events_, event_id::kRestoreFailed, Error::kReadVerifyFailure,
                       "A file of the set is damaged.", stored, file.stored_hash,
                       facts.ok() ? facts->stored_hash : "no whole frame");
}

}  // namespace contrail
