#include "backup/new_timeline.h"

#include <absl/strings/str_cat.h>

#include <array>

#include "backup/backup_events.h"
#include "storage/file_steps.h"

namespace contrail {
namespace {

constexpr std::array<char, 8> kMagic = {'C', 'O', 'N', 'T', 'R', 'T', 'L', 'N'};
constexpr size_t kOldAt = kMagic.size();
constexpr size_t kNewAt = kOldAt + Signature::kSize;
constexpr size_t kStopAt = kNewAt + Signature::kSize;
constexpr size_t kFirstAt = kStopAt + 8;
constexpr size_t kSize = kFirstAt + 4;

// False when there is no whole note. One that is not was never acted upon.
Result<bool> ReadNote(FileSystem& files, const std::string& path, NewTimeline* note) {
  const Result<std::unique_ptr<File>> file = files.Open(path, {.mode = FileMode::kReadOnly});
  if (file.status().Is(Error::kFileNotFound)) return false;
  RETURN_IF_ERROR(file.status());
  ASSIGN_OR_RETURN(const uint64_t size, (*file)->Size());
  if (size != kSize) return false;
  std::array<std::byte, kSize> bytes;
  RETURN_IF_ERROR((*file)->Read(0, bytes));
  if (std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) return false;
  note->old_signature = Signature::Load(bytes.data() + kOldAt);
  note->stream.signature = Signature::Load(bytes.data() + kNewAt);
  note->stop_at = Lgpos::FromPacked(LoadLittle<uint64_t>(bytes.data() + kStopAt));
  note->stream.first_generation = LoadLittle<uint32_t>(bytes.data() + kFirstAt);
  return true;
}

// The logs in the folder, all of the stream that the note names; false when one is not.
Result<bool> TakeBegun(FileSystem& files, const LogListing& listing, NewTimeline* timeline) {
  LogSource& begun = timeline->stream.begun;
  begun.files = listing.archived;
  if (listing.has_current) begun.files.push_back(listing.current);
  for (const LogFileInfo& file : begun.files) {
    const Result<LogFileHeader> header = ReadLogFileHeader(files, DiscardEvents(), file.path);
    if (!header.ok() || header->signature != timeline->stream.signature) return false;
  }
  return listing.has_current;
}

}  // namespace

Result<std::optional<Signature>> NewTimeline::NotedSignature(FileSystem& files,
                                                             const std::string& folder,
                                                             const std::string& base_name) {
  NewTimeline noted;
  ASSIGN_OR_RETURN(const bool has_note, ReadNote(files, NotePath(folder, base_name), &noted));
  if (!has_note) return std::optional<Signature>();
  return std::optional<Signature>(noted.stream.signature);
}

Result<NewTimeline> NewTimeline::Find(FileSystem& files, EventSink& events,
                                      const std::string& folder, const std::string& base_name,
                                      const Signature& old_signature, Lgpos stop_at,
                                      uint32_t first_generation) {
  NewTimeline noted;
  ASSIGN_OR_RETURN(const bool has_note, ReadNote(files, NotePath(folder, base_name), &noted));
  ASSIGN_OR_RETURN(const LogListing listing, ListLogFiles(files, events, folder, base_name));
  const bool same = has_note && noted.old_signature == old_signature && noted.stop_at == stop_at &&
                    noted.stream.first_generation == first_generation;
  if (listing.archived.empty() && !listing.has_current) {
    if (same) return noted;
    NewTimeline fresh;
    fresh.old_signature = old_signature;
    fresh.stop_at = stop_at;
    fresh.stream.signature = Signature::Random();
    fresh.stream.first_generation = first_generation;
    return fresh;
  }
  if (same) {
    ASSIGN_OR_RETURN(const bool begun, TakeBegun(files, listing, &noted));
    if (begun) return noted;
  }
  return ReportFailure(events, event_id::kRestoreFailed, Error::kBackupDirectoryNotEmpty,
                       has_note ? "An earlier restore into the folder, to another point, has not "
                                  "been finished: repeat it, or begin with an empty folder."
                                : "The folder where the new log stream would begin holds logs "
                                  "already.",
                       listing.has_current ? listing.current.path : listing.archived[0].path);
}

Status NewTimeline::Write(FileSystem& files, const std::string& folder,
                          const std::string& base_name) const {
  std::array<std::byte, kSize> bytes;
  std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
  old_signature.Store(bytes.data() + kOldAt);
  stream.signature.Store(bytes.data() + kNewAt);
  StoreLittle<uint64_t>(bytes.data() + kStopAt, stop_at.Packed());
  StoreLittle<uint32_t>(bytes.data() + kFirstAt, stream.first_generation);
  return ReplaceFile(files, NotePath(folder, base_name), bytes);
}

Status NewTimeline::Remove(FileSystem& files, const std::string& folder,
                           const std::string& base_name) {
  const Status removed = files.Remove(NotePath(folder, base_name));
  if (removed.Is(Error::kFileNotFound)) return Status::Ok();
  RETURN_IF_ERROR(removed);
  return files.SyncDirectory(folder);
}

}  // namespace contrail
