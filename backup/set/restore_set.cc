#include "backup/set/restore_set.h"

#include <absl/strings/str_cat.h>

#include "backup/backup_events.h"
#include "backup/set/backup_set_reader.h"
#include "backup/set/placed_restore.h"
#include "backup/set/restore_choice.h"
#include "storage/same_file.h"

namespace contrail {
namespace {

class SetRestore {
 public:
  SetRestore(FileSystem& files, EventSink& events, const RestoreSetRequest& request)
      : files_(files), events_(events), request_(request), restore_(files, events, request) {}

  Result<RestoreSetResult> Run();

 private:
  Status CheckTarget() const;
  Status FindChain();
  Status MakeReady();
  Status ExtractAll();
  Status TellOfAnother(const SetEntry& entry, Status status) const;

  FileSystem& files_;
  EventSink& events_;
  const RestoreSetRequest& request_;
  PlacedRestore restore_;
  std::optional<BackupSetReader> set_;
  std::vector<const SetEntry*> chain_;
};

Result<RestoreSetResult> SetRestore::Run() {
  RETURN_IF_ERROR(CheckTarget());
  RETURN_IF_ERROR(FindChain());
  RETURN_IF_ERROR(restore_.Enter(chain_.back()->manifest));
  const std::string& backup = chain_.back()->manifest_hash;
  if (restore_.former().has_value()) {
    return restore_.ResultOfFormer(backup);
  }
  Status status = MakeReady();
  if (status.ok()) status = restore_.Finish(backup);
  if (!status.ok()) {
    restore_.GiveUp();
    return status;
  }
  return restore_.result();
}

// Retention would take what lies in a backup's folder with the backup.
Status SetRestore::CheckTarget() const {
  if (!IsWithin(request_.to, request_.set_folder)) return Status::Ok();
  return ReportFailure(events_, event_id::kRestoreFailed, Error::kInvalidPath, kTargetInSetText,
                       request_.to);
}

Status SetRestore::FindChain() {
  Result<BackupSetReader> set = BackupSetReader::Open(files_, events_, request_.set_folder);
  if (!set.ok()) {
    return ReportFailure(events_, event_id::kRestoreFailed, set.status(), "The set cannot be read.",
                         request_.set_folder, "a folder with backups", "something else");
  }
  set_ = std::move(*set);
  ASSIGN_OR_RETURN(chain_, ChooseChain(*set_, events_, request_));
  return Status::Ok();
}

Status SetRestore::MakeReady() {
  RETURN_IF_ERROR(restore_.Begin());
  for (const SetEntry* entry : chain_) {
    for (const SetFile& file : entry->manifest.files) RETURN_IF_ERROR(restore_.Admit(file));
    RETURN_IF_ERROR(restore_.AdmitRange(entry->manifest));
  }
  RETURN_IF_ERROR(restore_.CheckOthers());
  return ExtractAll();
}

Status SetRestore::ExtractAll() {
  SetProgress state{"extract", {}, 0, 0};
  for (const SetEntry* entry : chain_) state.bytes_total += entry->manifest.TotalBytes();
  for (const SetEntry* entry : chain_) {
    for (const SetFile& file : entry->manifest.files) {
      state.file = file.name;
      const Status extracted =
          set_->Extract(*entry, file, restore_.PathOf(file), [&](uint64_t bytes) {
            state.bytes_done += bytes;
            return !request_.progress || request_.progress(state);
          });
      if (!extracted.ok()) return TellOfAnother(*entry, extracted);
    }
  }
  return Status::Ok();
}

// When a backup is damaged, as the event before says: is there one without it?
Status SetRestore::TellOfAnother(const SetEntry& entry, Status status) const {
  if (!status.Is(Error::kReadVerifyFailure) && !status.Is(Error::kFileNotFound)) return status;
  const uint32_t number = entry.manifest.number;
  const std::string other = TellOfNewestWithout(*set_, number, request_);
  if (other.empty()) return status;
  return ReportFailure(events_, event_id::kRestoreFailed, status,
                       absl::StrCat("Backup ", number, " is damaged.", other), entry.folder);
}

}  // namespace

Result<RestoreSetResult> RestoreSet(FileSystem& files, EventSink& events,
                                    const RestoreSetRequest& request) {
  return SetRestore(files, events, request).Run();
}

}  // namespace contrail
