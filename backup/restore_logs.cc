#include "backup/restore_logs.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <utility>

#include "backup/backup_events.h"
#include "engine/instance_lock.h"
#include "log/log_inspection.h"
#include "storage/aligned_buffer.h"
#include "storage/same_file.h"

namespace contrail {
namespace {

constexpr size_t kReadBytes = 1 << 20;

// How a sequence of logs can be refused, for logs that were given and for logs that were found.
struct Refusals {
  uint32_t signature_event;
  Error signature;
  uint32_t order_event;
  Error order;
};
constexpr Refusals kGiven = {event_id::kRestoreLogSignature, Error::kGivenLogFileHasBadSignature,
                             event_id::kRestoreLogNotContiguous,
                             Error::kGivenLogFileIsNotContiguous};
constexpr Refusals kExisting = {
    event_id::kExistingLogSignature, Error::kExistingLogFileHasBadSignature,
    event_id::kExistingLogNotContiguous, Error::kExistingLogFileIsNotContiguous};

// What is told only when it turns out to matter.
class HeldEvents final : public EventSink {
 public:
  void Report(const Event& event) override { events_.push_back(event); }
  std::vector<Event> Take() { return std::move(events_); }

 private:
  std::vector<Event> events_;
};

class RestoreLogFinder {
 public:
  RestoreLogFinder(FileSystem& files, EventSink& events, const RestoreLogRequest& request)
      : files_(files), events_(&events), request_(request) {}

  Result<RestoreLogs> Find() {
    RETURN_IF_ERROR(FindRange());
    RETURN_IF_ERROR(TakeSet());
    RETURN_IF_ERROR(FindSurvivors());
    return std::move(logs_);
  }
  Result<RestoreLogs> FindBehindSet() {
    logs_.generation_high = request_.generation_high;
    RETURN_IF_ERROR(FindSurvivors());
    return std::move(logs_);
  }

 private:
  Status FindRange();
  Status TakeSet();
  Status FindSurvivors();
  Status TakeSurvivors();
  Status TakeInOrder(const LogFileInfo& file);
  Status TakeCurrent(bool others);
  bool WantsCurrent() const {
    return request_.last_wanted == 0 || logs_.generation_newest < request_.last_wanted;
  }
  uint32_t expected() const {
    return logs_.generation_high + static_cast<uint32_t>(logs_.survivors) + 1;
  }
  std::string BeforeTheGap() const;
  // Checks the file's header against the one before, and adds it.
  Status Take(const LogFileInfo& file, const Refusals& refusals);
  Result<LogListing> ListArchivedLogs(const std::string& folder);
  Status CheckLastSurvivor(const std::vector<LogFileInfo>& found);
  Status VerifyWhole(const std::string& path);

  FileSystem& files_;
  EventSink* events_;
  const RestoreLogRequest& request_;
  RestoreLogs logs_;
  LogTime previous_created_;
};

Status RestoreLogFinder::FindRange() {
  ASSIGN_OR_RETURN(const bool exists, files_.Exists(request_.set_folder));
  if (!exists) return Error::kInvalidPath;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(request_.set_folder));
  uint32_t lowest = 0;
  uint32_t highest = 0;
  for (const std::string& name : names) {
    const uint32_t generation = GenerationOfFileName(request_.base_name, name);
    if (generation == 0) continue;
    lowest = lowest == 0 ? generation : std::min(lowest, generation);
    highest = std::max(highest, generation);
  }
  const uint32_t low = request_.generation_low != 0 ? request_.generation_low : lowest;
  const uint32_t high = request_.generation_high != 0 ? request_.generation_high : highest;
  if (lowest == 0 || low > high || lowest > low) {
    return ReportFailure(*events_, event_id::kRestoreLogMissing, Error::kFileNotFound,
                         "The first log of the backup is missing.",
                         request_.set_folder + LogFileName(request_.base_name, std::max(low, 1u)),
                         absl::StrCat("generations ", low, " to ", high),
                         lowest == 0 ? "no log" : absl::StrCat("generation ", lowest));
  }
  logs_.generation_low = low;
  logs_.generation_high = high;
  return Status::Ok();
}

Status RestoreLogFinder::TakeSet() {
  for (uint32_t generation = logs_.generation_low; generation <= logs_.generation_high;
       ++generation) {
    const std::string path = request_.set_folder + LogFileName(request_.base_name, generation);
    ASSIGN_OR_RETURN(const bool exists, files_.Exists(path));
    if (!exists) {
      const bool first = generation == logs_.generation_low;
      return ReportFailure(*events_, event_id::kRestoreLogMissing,
                           first ? Error::kFileNotFound : Error::kMissingRestoreLogFiles,
                           "A log of the backup is missing.", path,
                           absl::StrCat("generation ", generation));
    }
    RETURN_IF_ERROR(Take({generation, path}, kGiven));
    RETURN_IF_ERROR(VerifyWhole(path));
  }
  return Status::Ok();
}

Status RestoreLogFinder::Take(const LogFileInfo& file, const Refusals& refusals) {
  const Result<LogFileHeader> read = ReadLogFileHeader(files_, *events_, file.path);
  const bool given = refusals.order == kGiven.order;
  if (!read.ok()) {
    if (!read.status().Is(Error::kLogFileCorrupt) &&
        !read.status().Is(Error::kLogReadVerifyFailure)) {
      return read.status();
    }
    return ReportFailure(
        *events_, given ? event_id::kLogCorruptInRestore : event_id::kLogCorruptInRecovery,
        given ? Error::kLogCorruptDuringHardRestore : Error::kLogCorruptDuringHardRecovery,
        "The header of a log is damaged.", file.path);
  }
  const LogFileHeader& header = *read;
  if (logs_.source.files.empty()) {
    logs_.signature = header.signature;
    logs_.page_size = header.page_size;
    logs_.generation_bytes = header.file_bytes;
  } else if (header.signature != logs_.signature) {
    return ReportFailure(*events_, refusals.signature_event, refusals.signature,
                         "A log belongs to another stream.", file.path, logs_.signature.ToText(),
                         header.signature.ToText());
  } else if (header.previous_created != previous_created_) {
    return ReportFailure(*events_, refusals.order_event, refusals.order,
                         "A log does not follow the generation before.", file.path,
                         previous_created_.ToText(), header.previous_created.ToText());
  }
  if (header.generation != file.generation) {
    return ReportFailure(*events_, refusals.order_event, refusals.order,
                         "A log is of another generation than its name says.", file.path,
                         absl::StrCat(file.generation), absl::StrCat(header.generation));
  }
  previous_created_ = header.created;
  logs_.source.files.push_back(file);
  return Status::Ok();
}

Status RestoreLogFinder::VerifyWhole(const std::string& path) {
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                   files_.Open(path, {.mode = FileMode::kReadOnly, .direct = true}));
  ASSIGN_OR_RETURN(const uint64_t size, file->Size());
  const std::unique_ptr<LogFileVerifier> verifier = LogFileVerifier::New(*events_, path);
  AlignedBuffer buffer(kReadBytes);
  Status status;
  const uint64_t whole = size / kLogBlockSize * kLogBlockSize;
  for (uint64_t offset = 0; status.ok() && offset < whole;) {
    const size_t count = std::min<uint64_t>(buffer.size(), whole - offset);
    RETURN_IF_ERROR(file->Read(offset, buffer.span().first(count)));
    status = verifier->Feed(buffer.span().first(count));
    offset += count;
  }
  if (status.ok()) status = verifier->Finish();
  if (status.ok() && whole == size) return status;
  const bool followed = logs_.source.files.back().generation < logs_.generation_high;
  return ReportDamagedLog(files_, *events_, {path, /*of_set=*/true, followed});
}

// Of a running instance, whose current log goes on changing.
Result<LogListing> RestoreLogFinder::ListArchivedLogs(const std::string& folder) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(folder));
  LogListing listing;
  for (const std::string& name : names) {
    const uint32_t generation = GenerationOfFileName(request_.base_name, name);
    if (generation != 0) listing.archived.push_back({generation, folder + name});
  }
  std::sort(listing.archived.begin(), listing.archived.end(),
            [](const LogFileInfo& a, const LogFileInfo& b) { return a.generation < b.generation; });
  return listing;
}

// A running instance has all of its logs up to the one that it has just ended, unless they were
// deleted meanwhile.
Status RestoreLogFinder::CheckLastSurvivor(const std::vector<LogFileInfo>& found) {
  const uint32_t last = found.empty() ? logs_.generation_high : found.back().generation;
  const uint32_t first = found.empty() ? last + 1 : found.front().generation;
  if (last >= request_.last_survivor && first <= logs_.generation_high + 1) return Status::Ok();
  const bool at_end = last < request_.last_survivor;
  const uint32_t missing = (at_end ? last : logs_.generation_high) + 1;
  return ReportFailure(
      *events_, at_end ? event_id::kRequiredLogMissing : event_id::kRequiredFirstLogMissing,
      Error::kRequiredLogFilesMissing, "A log that the restore has to go on with is missing.",
      request_.log_folder + LogFileName(request_.base_name, missing),
      absl::StrCat("generations ", logs_.generation_high + 1, " to ", request_.last_survivor),
      found.empty() ? "none" : absl::StrCat("generations ", first, " to ", last));
}

Status RestoreLogFinder::FindSurvivors() {
  logs_.source.last_may_be_torn = false;
  logs_.generation_newest = logs_.generation_high;
  if (request_.log_folder.empty()) return Status::Ok();
  ASSIGN_OR_RETURN(const bool exists, files_.Exists(request_.log_folder));
  if (!exists) return Status::Ok();
  if (!request_.may_end_early) return TakeSurvivors();
  HeldEvents held;
  EventSink* const told = std::exchange(events_, &held);
  const Status status = TakeSurvivors();
  events_ = told;
  if (!status.ok()) logs_.gap = {status, held.Take()};
  return Status::Ok();
}

Status RestoreLogFinder::TakeSurvivors() {
  ASSIGN_OR_RETURN(const LogListing listing, ListArchivedLogs(request_.log_folder));
  std::vector<LogFileInfo> found;
  for (const LogFileInfo& file : listing.archived) {
    if (request_.last_survivor != 0 && file.generation > request_.last_survivor) continue;
    if (file.generation > logs_.generation_high) found.push_back(file);
  }
  if (!found.empty()) logs_.generation_newest = found.back().generation;
  if (request_.last_survivor != 0) RETURN_IF_ERROR(CheckLastSurvivor(found));
  for (const LogFileInfo& file : found) {
    if (request_.last_wanted != 0 && expected() > request_.last_wanted) break;
    RETURN_IF_ERROR(TakeInOrder(file));
  }
  if (request_.last_survivor != 0) return Status::Ok();
  if (WantsCurrent()) return TakeCurrent(!found.empty());
  ++logs_.generation_newest;  // The current one, which nobody has looked at.
  return Status::Ok();
}

Status RestoreLogFinder::TakeInOrder(const LogFileInfo& file) {
  if (file.generation != expected()) {
    return ReportFailure(
        *events_, kExisting.order_event, kExisting.order,
        absl::StrCat("The logs that were found do not follow those of the backup", BeforeTheGap()),
        file.path, absl::StrCat("generation ", expected()),
        absl::StrCat("generation ", file.generation));
  }
  RETURN_IF_ERROR(Take(file, kExisting));
  ++logs_.survivors;
  return Status::Ok();
}

Status RestoreLogFinder::TakeCurrent(bool others) {
  const std::string folder = request_.log_folder.substr(0, request_.log_folder.size() - 1);
  ASSIGN_OR_RETURN(
      const LogListing listing,
      ListLogFiles(files_, *events_, folder.empty() ? "/" : folder, request_.base_name));
  if (listing.has_current) {
    RETURN_IF_ERROR(TakeInOrder(listing.current));
    logs_.generation_newest = listing.current.generation;
    logs_.source.last_may_be_torn = true;
    return Status::Ok();
  }
  if (!others) return Status::Ok();
  return ReportFailure(
      *events_, event_id::kExistingCurrentLogMissing, Error::kMissingCurrentLogFiles,
      absl::StrCat("The current log is missing, but logs before it are there", BeforeTheGap()),
      request_.log_folder + CurrentLogFileName(request_.base_name));
}

// The end of a sentence: what can still be had.
std::string RestoreLogFinder::BeforeTheGap() const {
  if (request_.last_survivor != 0) return ".";
  return absl::StrFormat(": restore with --to-lgpos %X:FFFF:FFFF to take what lies before the gap.",
                         expected() - 1);
}

}  // namespace

Status ReportDamagedLog(FileSystem& files, EventSink& events, const DamagedLog& log) {
  const std::string& path = log.path;
  const bool of_set = log.of_set;
  const Result<LogInspection> inspection = InspectLogFile(files, DiscardEvents(), path, nullptr);
  // Something that was durable has changed, or the file is none.
  const bool corrupt =
      log.followed || !inspection.ok() || inspection->final || inspection->frame_behind.has_value();
  if (!corrupt && inspection->torn.empty() && of_set) {
    return ReportFailure(events, event_id::kRedoEndsAbruptly, Error::kRedoAbruptEnded,
                         "A log of the backup ends before its generation does.", path);
  }
  if (!corrupt) {
    return ReportFailure(
        events, of_set ? event_id::kLogTornInRestore : event_id::kLogTornInRecovery,
        of_set ? Error::kLogTornWriteDuringHardRestore : Error::kLogTornWriteDuringHardRecovery,
        "The end of a log is torn.", path, "a whole frame", inspection->torn);
  }
  return ReportFailure(
      events, of_set ? event_id::kLogCorruptInRestore : event_id::kLogCorruptInRecovery,
      of_set ? Error::kLogCorruptDuringHardRestore : Error::kLogCorruptDuringHardRecovery,
      of_set ? "A log of the backup is damaged." : "A log behind those of the backup is damaged.",
      path);
}

Result<RestoreLogs> FindRestoreLogs(FileSystem& files, EventSink& events,
                                    const RestoreLogRequest& request) {
  return RestoreLogFinder(files, events, request).Find();
}

Result<RestoreLogs> FindSurvivingLogs(FileSystem& files, EventSink& events,
                                      const RestoreLogRequest& request) {
  return RestoreLogFinder(files, events, request).FindBehindSet();
}

Status DeleteLogsOutside(FileSystem& files, const RestoreLogRequest& request,
                         const RestoreLogs& logs) {
  // Our own log folder: we have its lock, and would wait for ourselves.
  if (SameFile(request.set_folder, request.log_folder)) return Status::Ok();
  // That of an instance.
  ASSIGN_OR_RETURN(const bool in_use,
                   IsLogFolderLocked(files, request.set_folder, request.base_name));
  if (in_use) return Status::Ok();
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(request.set_folder));
  for (const std::string& name : names) {
    const uint32_t generation = GenerationOfFileName(request.base_name, name);
    if (generation == 0) continue;
    if (generation >= logs.generation_low && generation <= logs.generation_high) continue;
    RETURN_IF_ERROR(files.Remove(request.set_folder + name));
  }
  return Status::Ok();
}

}  // namespace contrail
