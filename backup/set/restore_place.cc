#include "backup/set/restore_place.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "backup/backup_events.h"
#include "backup/set/json_number.h"
#include "backup/set/set_folder.h"
#include "engine/event_ids.h"
#include "engine/instance_lock.h"
#include "log/checkpoint.h"
#include "log/log_files.h"
#include "storage/check.h"
#include "storage/database_header.h"
#include "storage/file_steps.h"

namespace contrail {
namespace {

using nlohmann::json;

constexpr char kWorkshopName[] = "restore.unfinished";
constexpr char kDescriptionName[] = "finished.json";
constexpr char kWitnessPrefix[] = "witness-";

// Archived logs, the current log, databases, the checkpoint. Whoever looks at the folder in the
// middle finds a log without a checkpoint, never a checkpoint without its log.
int MovingOrder(const std::string& base_name, const std::string& name) {
  if (GenerationOfFileName(base_name, name) != 0) return 0;
  if (name == CurrentLogFileName(base_name) || name == PreparedLogFileName(base_name)) return 1;
  return name == CheckpointFileName(base_name) ? 3 : 2;
}

// A value of the file formats as hexadecimal digits.
template <typename T>
std::string BytesOf(const T& value) {
  std::string bytes(T::kSize, '\0');
  value.Store(reinterpret_cast<std::byte*>(bytes.data()));
  return absl::BytesToHexString(bytes);
}

bool IsHexDigit(char digit) { return absl::ascii_isxdigit(static_cast<unsigned char>(digit)); }

template <typename T>
T FromBytes(const std::string& digits) {
  if (digits.size() != 2 * T::kSize || !std::all_of(digits.begin(), digits.end(), IsHexDigit)) {
    throw std::out_of_range(digits);
  }
  const std::string bytes = absl::HexStringToBytes(digits);
  return T::Load(reinterpret_cast<const std::byte*>(bytes.data()));
}

}  // namespace

std::string FinishedRestore::ToJson() const {
  const json object = {{"backup", backup},
                       {"with_survivors", with_survivors},
                       {"databases", databases},
                       {"generation_low", replay.generation_low},
                       {"generation_high", replay.generation_high},
                       {"surviving_logs", replay.surviving_logs},
                       {"generation_end", replay.generation_end},
                       {"point", point},
                       {"last_commit", replay.last_commit.Packed()},
                       {"last_commit_time", BytesOf(replay.last_commit_time)},
                       {"new_stream", BytesOf(replay.new_stream)}};
  return object.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

// The library reports what it does not find by throwing; no exception leaves this function.
Result<FinishedRestore> FinishedRestore::FromJson(const std::string& text) {
  try {
    const json object = json::parse(text);
    FinishedRestore finished;
    finished.backup = object.at("backup").get<std::string>();
    finished.with_survivors = object.at("with_survivors").get<bool>();
    finished.databases = object.at("databases").get<std::vector<std::string>>();
    finished.replay.generation_low = NumberAt<uint32_t>(object, "generation_low");
    finished.replay.generation_high = NumberAt<uint32_t>(object, "generation_high");
    finished.replay.surviving_logs = NumberAt<size_t>(object, "surviving_logs");
    finished.replay.generation_end = NumberAt<uint32_t>(object, "generation_end");
    // Older ones knew of no point.
    finished.point = object.value("point", "");
    if (!finished.point.empty()) {
      finished.replay.last_commit = Lgpos::FromPacked(NumberAt<uint64_t>(object, "last_commit"));
      finished.replay.last_commit_time = FromBytes<LogTime>(object.at("last_commit_time"));
      finished.replay.new_stream = FromBytes<Signature>(object.at("new_stream"));
    }
    return finished;
  } catch (const std::exception&) {
    return Error::kDatabaseCorrupted;
  }
}

RestorePlace::RestorePlace(FileSystem& files, EventSink& events, std::string to,
                           std::string base_name)
    : files_(files),
      events_(events),
      to_(std::move(to)),
      base_name_(std::move(base_name)),
      workshop_(to_ + kWorkshopName + "/"),
      old_logs_(workshop_ + "logs/") {}

Status RestorePlace::Enter() {
  const Status made = files_.CreateDirectories(to_);
  if (!made.ok()) {
    return ReportFailure(events_, event_id::kRestoreFailed, made,
                         "The folder to restore to cannot be made.", to_);
  }
  ASSIGN_OR_RETURN(lock_, LockLogFolder(files_, events_, to_, base_name_));
  ASSIGN_OR_RETURN(checkpoint_lock_,
                   LockCheckpointFolder(files_, events_, to_ + base_name_ + ".dwa"));
  ASSIGN_OR_RETURN(const bool tried, files_.Exists(workshop_));
  if (tried) {
    const Result<std::string> text = ReadTextFile(files_, workshop_ + kDescriptionName);
    if (text.ok()) {
      Result<FinishedRestore> former = FinishedRestore::FromJson(*text);
      if (!former.ok()) {
        return ReportFailure(events_, event_id::kRestoreFailed, former.status(),
                             "The description of a restore that was interrupted is damaged.",
                             workshop_ + kDescriptionName);
      }
      former_ = std::move(*former);
      return Move(*former_);
    }
    if (!text.status().Is(Error::kFileNotFound)) return text.status();
    RETURN_IF_ERROR(RemoveWorkshop());
  }
  return Prepare();
}

Status RestorePlace::Prepare() {
  RETURN_IF_ERROR(files_.CreateDirectories(workshop_));
  const Signature random = Signature::Random();
  witness_ = absl::StrFormat("%s%08x-%d", kWitnessPrefix, random.random,
                             random.created.ToUnixMilliseconds());
  return WriteTextFile(files_, workshop_ + witness_, "");
}

Result<bool> RestorePlace::IsSameFolder(const std::string& folder) const {
  return files_.Exists(WithSlash(folder) + kWorkshopName + "/" + witness_);
}

bool RestorePlace::IsOwnName(const std::string& name) const {
  return StaysBehind(name) || name == CurrentLogFileName(base_name_) ||
         name == PreparedLogFileName(base_name_) || name == CheckpointFileName(base_name_) ||
         name == base_name_ + ".restored";
}

Status RestorePlace::CheckEmpty(const std::vector<std::string>& names) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> there, files_.List(to_));
  for (const std::string& name : there) {
    const bool of_stream = GenerationOfFileName(base_name_, name) != 0 ||
                           name == CurrentLogFileName(base_name_) ||
                           name == PreparedLogFileName(base_name_) ||
                           name == CheckpointFileName(base_name_) || name == base_name_ + ".dwa";
    if (!of_stream && std::find(names.begin(), names.end(), name) == names.end()) continue;
    return ReportFailure(events_, event_id::kRestoreFailed, Error::kBackupDirectoryNotEmpty,
                         "The folder to restore to holds a database or its logs already.",
                         to_ + name);
  }
  return Status::Ok();
}

Status RestorePlace::LockDatabase(const std::string& name, const std::string& signature) {
  const std::string path = to_ + name;
  ASSIGN_OR_RETURN(const bool exists, files_.Exists(path));
  if (!exists) return Status::Ok();
  Result<std::unique_ptr<File>> file =
      files_.Open(path, {.mode = FileMode::kReadWrite, .exclusive = true});
  if (!file.ok()) {
    return ReportFailure(events_, event_id::kFilesInUse, file.status(),
                         "A database that the restore would replace cannot be locked.", path);
  }
  // One that cannot be read is what restores are for.
  const Result<DatabaseHeader> header = ReadHeader(**file, DiscardEvents());
  if (header.ok() && header->signature.ToText() != signature) {
    return ReportFailure(events_, event_id::kRestoreFailed, Error::kDatabaseSignInUse,
                         "Another database lies where the restored one would go.", path, signature,
                         header->signature.ToText());
  }
  databases_.push_back(std::move(*file));
  return Status::Ok();
}

Status RestorePlace::Finish(const FinishedRestore& description) {
  RETURN_IF_ERROR(files_.SyncDirectory(workshop_));
  const std::string temporary = workshop_ + witness_ + ".json";
  RETURN_IF_ERROR(WriteTextFile(files_, temporary, description.ToJson()));
  RETURN_IF_ERROR(files_.Rename(temporary, workshop_ + kDescriptionName));
  RETURN_IF_ERROR(files_.SyncDirectory(workshop_));
  return Move(description);
}

Status RestorePlace::Move(const FinishedRestore& description) {
  const Status moved = MoveAll(description);
  if (moved.ok()) return moved;
  return ReportFailure(events_, event_id::kRestoreFailed, moved,
                       "The restored files are whole but could not all be moved into their places; "
                       "the next restore into the folder goes on with it.",
                       to_);
}

bool RestorePlace::StaysBehind(const std::string& name) const {
  return name == kDescriptionName || name.starts_with(kWitnessPrefix) ||
         name == base_name_ + ".lock" || name == base_name_ + ".dwa";
}

// Each step can be repeated. The checkpoint, the double-write area and the prepared log of before
// speak of files that are no longer there.
Status RestorePlace::MoveAll(const FinishedRestore& description) {
  const std::string checkpoint = CheckpointFileName(base_name_);
  ASSIGN_OR_RETURN(const bool old_checkpoint_may_be_there, files_.Exists(workshop_ + checkpoint));
  if (old_checkpoint_may_be_there) {
    RETURN_IF_ERROR(RemoveIfThere(files_, to_ + checkpoint));
    RETURN_IF_ERROR(RemoveIfThere(files_, to_ + base_name_ + ".dwa"));
    RETURN_IF_ERROR(files_.SyncDirectory(to_));
  }
  if (!description.replay.new_stream.IsNull()) {
    RETURN_IF_ERROR(SetOldTimelineAside(description.replay.new_stream));
  }
  ASSIGN_OR_RETURN(std::vector<std::string> names, files_.List(workshop_));
  std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return MovingOrder(base_name_, a) < MovingOrder(base_name_, b);
  });
  for (const std::string& name : names) {
    if (StaysBehind(name)) continue;
    if (name == CurrentLogFileName(base_name_)) {
      RETURN_IF_ERROR(RemoveIfThere(files_, to_ + PreparedLogFileName(base_name_)));
    }
    RETURN_IF_ERROR(files_.Rename(workshop_ + name, to_ + name));
  }
  RETURN_IF_ERROR(files_.SyncDirectory(to_));
  databases_.clear();
  for (const std::string& name : names) {
    if (StaysBehind(name) && name != kDescriptionName) {
      RETURN_IF_ERROR(files_.Remove(workshop_ + name));
    }
  }
  RETURN_IF_ERROR(RemoveIfThere(files_, workshop_ + kDescriptionName));
  RETURN_IF_ERROR(files_.RemoveDirectory(workshop_));
  return files_.SyncDirectory(to_);
}

// Logs that tell what happened behind the point are kept, but nobody who looks for the new stream's
// logs finds them. Those of the new stream may have been moved in already.
Status RestorePlace::SetOldTimelineAside(const Signature& new_stream) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(to_));
  for (const std::string& name : names) {
    if (name == PreparedLogFileName(base_name_)) {
      RETURN_IF_ERROR(RemoveIfThere(files_, to_ + name));  // Holds nothing, or the new stream's.
      continue;
    }
    if (GenerationOfFileName(base_name_, name) == 0 && name != CurrentLogFileName(base_name_)) {
      continue;
    }
    const Result<LogFileHeader> header = ReadLogFileHeader(files_, DiscardEvents(), to_ + name);
    if (header.ok() && header->signature == new_stream) continue;
    const std::string aside =
        to_ + absl::StrFormat("timeline-%08x/", header.ok() ? header->signature.random : 0);
    RETURN_IF_ERROR(files_.CreateDirectories(aside));
    RETURN_IF_ERROR(files_.Rename(to_ + name, aside + name));
    RETURN_IF_ERROR(files_.SyncDirectory(aside));
  }
  return files_.SyncDirectory(to_);
}

Status RestorePlace::RemoveOldLogs() { return RemoveFolder(files_, old_logs_); }

Status RestorePlace::RemoveWorkshop() {
  RETURN_IF_ERROR(RemoveOldLogs());
  return RemoveFolder(files_, workshop_);
}

void RestorePlace::GiveUp() {
  const Result<bool> finished = files_.Exists(workshop_ + kDescriptionName);
  // What is whole is kept for the next try to move.
  if (finished.ok() && !*finished) RemoveWorkshop().Ignore();
  databases_.clear();
  checkpoint_lock_.reset();
  lock_.reset();
}

}  // namespace contrail
