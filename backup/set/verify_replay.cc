#include "backup/set/verify_replay.h"

#include <absl/strings/str_cat.h>

#include <map>
#include <set>

#include "backup/set/backup_set_reader.h"
#include "backup/set/restore_choice.h"
#include "backup/set/restore_set.h"
#include "backup/set/set_folder.h"
#include "backup/set/table_content.h"
#include "engine/check/database_check.h"
#include "engine/instance.h"
#include "storage/file_path.h"

namespace contrail {
namespace {

using Chain = std::vector<const SetEntry*>;

constexpr size_t kMostFindings = 20;  // Of one database; the rest is for `contrail check`.

class RestoredCheck {
 public:
  RestoredCheck(FileSystem& files, EventSink& events, const std::string& folder,
                const SetManifest& manifest, const SetProgressCallback& progress,
                ReplayVerification* verification)
      : files_(files),
        events_(events),
        folder_(WithSlash(folder)),
        manifest_(manifest),
        progress_(progress),
        verification_(verification) {}

  Status CheckFile(const SetFile& database);
  Status CompareContents(const SetManifest& holder);

 private:
  Status ReadRecorded(Session& session, AttachedDatabase& attached, const std::string& signature,
                      std::map<std::string, TableContent>* by_name);
  Status Compare(Instance& instance, const SetFile& database);
  void Fault(const std::string& path, std::string what, Error error) {
    verification_->faults.push_back({manifest_.number, path, std::move(what), error, -1, -1,
                                     /*by_replay=*/true});
  }

  FileSystem& files_;
  EventSink& events_;
  const std::string folder_;
  const SetManifest& manifest_;
  const SetProgressCallback& progress_;
  ReplayVerification* verification_;
};

Status RestoredCheck::CheckFile(const SetFile& database) {
  const std::string path = folder_ + database.name;
  if (progress_ && !progress_({"check", path, 0, 0})) return Error::kTermInProgress;
  NoProgress none;
  CheckReport report;
  RETURN_IF_ERROR(CheckDatabase(files_, events_, path, {}, none, &report));
  size_t told = 0;
  for (const CheckFinding& finding : report.findings()) {
    if (finding.remedy == Remedy::kReclaimSpace) continue;  // Space that the original had lost.
    if (++told > kMostFindings) break;
    Fault(path, finding.ToText(), Error::kDatabaseCorrupted);
  }
  ++verification_->databases;
  return Status::Ok();
}

Status RestoredCheck::CompareContents(const SetManifest& holder) {
  InstanceOptions options;
  options.system_path = options.log_path = options.temporary_path = folder_;
  options.base_name = manifest_.base_name;
  options.page_size = manifest_.page_size;
  options.recovery_folder = folder_;
  Instance instance(files_, events_, options);
  RETURN_IF_ERROR(instance.Initialize());
  Status status;
  for (const SetFile& file : holder.files) {
    if (status.ok() && file.kind == SetFileKind::kDatabase) status = Compare(instance, file);
  }
  const Status ended = instance.Terminate(TerminateMode::kAbrupt);
  return status.ok() ? ended : status;
}

Status RestoredCheck::ReadRecorded(Session& session, AttachedDatabase& attached,
                                   const std::string& signature,
                                   std::map<std::string, TableContent>* by_name) {
  const auto progress = [&](const std::string& table) {
    return !progress_ || progress_({"contents", table, 0, 0});
  };
  std::set<std::string> recorded;
  for (const TableContent& content : manifest_.contents) {
    if (content.database == signature) recorded.insert(content.table);
  }
  std::vector<TableToRead> tables;
  RETURN_IF_ERROR(AddTablesToRead(session, attached, signature, &tables));
  for (const TableToRead& table : tables) {
    if (!recorded.contains(table.name)) continue;
    RETURN_IF_ERROR(ReadTableContent(session, table, progress, &(*by_name)[table.name]));
  }
  return Status::Ok();
}

Status RestoredCheck::Compare(Instance& instance, const SetFile& database) {
  const std::string path = folder_ + database.name;
  RETURN_IF_ERROR(instance.AttachDatabase(path, {.read_only = true}));
  std::map<std::string, TableContent> by_name;
  {
    Session session(instance);
    RETURN_IF_ERROR(session.transaction().Begin(/*read_only=*/true));
    const Status read =
        ReadRecorded(session, *instance.FindDatabase(path), database.signature, &by_name);
    RETURN_IF_ERROR(session.transaction().Rollback());
    RETURN_IF_ERROR(read);
  }
  for (const UnrecordedTable& table : manifest_.not_recorded) {
    if (table.database == database.signature) ++verification_->tables.not_recorded;
  }
  for (const TableContent& wanted : manifest_.contents) {
    if (wanted.database != database.signature) continue;
    const auto is = by_name.find(wanted.table);
    if (is == by_name.end()) {
      Fault(path, "A table is missing: " + wanted.table, Error::kObjectNotFound);
    } else if (is->second != wanted) {
      Fault(path,
            absl::StrCat("Table ", wanted.table,
                         " does not hold what it held when it was backed "
                         "up: ",
                         wanted.rows, " rows, ", wanted.hash, "; now ", is->second.rows, " rows, ",
                         is->second.hash),
            Error::kDatabaseCorrupted);
    } else {
      ++verification_->tables.compared;
      verification_->tables.rows += wanted.rows;
    }
  }
  return Status::Ok();
}

// What a restore says of a set that is damaged, as against a disk that is full or the like.
bool TellsOfTheSet(Status status) {
  switch (status.error()) {
    case Error::kReadVerifyFailure:
    case Error::kFileNotFound:
    case Error::kMissingRestoreLogFiles:
    case Error::kGivenLogFileHasBadSignature:
    case Error::kGivenLogFileIsNotContiguous:
    case Error::kLogCorruptDuringHardRestore:
    case Error::kBadPatchPage:
    case Error::kStartingRestoreLogTooHigh:
    case Error::kEndingRestoreLogTooLow:
    case Error::kRestoreOfNonBackupDatabase:
    case Error::kDatabaseCorrupted:
    case Error::kRedoAbruptEnded:
      return true;
    default:
      return false;
  }
}

}  // namespace

Status VerifyRestored(FileSystem& files, EventSink& events, const std::string& folder,
                      const SetManifest& manifest, const SetManifest& holder,
                      const SetProgressCallback& progress, ReplayVerification* verification) {
  RestoredCheck check(files, events, folder, manifest, progress, verification);
  for (const SetFile& file : holder.files) {
    if (file.kind == SetFileKind::kDatabase) RETURN_IF_ERROR(check.CheckFile(file));
  }
  verification->has_contents = manifest.has_contents;
  return manifest.has_contents ? check.CompareContents(holder) : Status::Ok();
}

namespace {

// Restores the chain into request.to and verifies that. Faults are of its last backup.
Result<ReplayVerification> ReplayChain(FileSystem& files, EventSink& events,
                                       const RestoreSetRequest& request, const Chain& chain) {
  const SetManifest& manifest = chain.back()->manifest;
  ReplayVerification verification;
  verification.blamed = manifest.number;
  const Result<RestoreSetResult> restored = RestoreSet(files, events, request);
  if (!restored.ok()) {
    if (!TellsOfTheSet(restored.status())) return restored.status();
    verification.faults.push_back({manifest.number, chain.back()->folder,
                                   "The backup cannot be restored.", restored.status(), -1, -1,
                                   /*by_replay=*/true});
    return verification;
  }
  verification.replay = restored->replay;
  RETURN_IF_ERROR(VerifyRestored(files, events, request.to, manifest, chain.front()->manifest,
                                 request.progress, &verification));
  return verification;
}

// Whose the faults are that the replay of a chain has shown: a file of one of its backups is not
// what it was, or one of them fails although the chain up to the one before it does not.
class CulpritSearch {
 public:
  CulpritSearch(FileSystem& files, const BackupSetReader& set, const RestoreSetRequest& request,
                const Chain& chain)
      : files_(files), set_(set), request_(request), chain_(chain) {}

  // Replaces the faults by those of the culprit.
  Status Find(ReplayVerification* verification);

 private:
  Result<ReplayVerification> Try(size_t last);

  FileSystem& files_;
  const BackupSetReader& set_;
  const RestoreSetRequest& request_;
  const Chain& chain_;
};

Status CulpritSearch::Find(ReplayVerification* verification) {
  std::vector<SetFault> read;
  RETURN_IF_ERROR(set_.Verify(request_.progress, &read, chain_.back()->manifest.number));
  if (!read.empty()) {
    verification->blamed = read.front().number;
    verification->blame = ReplayBlame::kItsFiles;
    verification->faults = std::move(read);
    return Status::Ok();
  }
  // What a backup has wrong, those that go on from it have, too.
  size_t sound = 0;  // So many of the chain.
  for (size_t faulty = chain_.size(); sound + 1 < faulty;) {
    const size_t middle = sound + (faulty - sound) / 2;
    Result<ReplayVerification> tried = Try(middle - 1);
    if (tried.status().Is(Error::kTermInProgress)) return tried.status();
    if (!tried.ok()) {  // A full disk, for example.
      verification->blame = ReplayBlame::kNotTold;
      return Status::Ok();
    }
    if (tried->faults.empty()) {
      sound = middle;
      continue;
    }
    faulty = middle;
    verification->blamed = tried->blamed;
    verification->faults = std::move(tried->faults);
  }
  verification->blame = sound == 0 ? ReplayBlame::kItself : ReplayBlame::kItselfOrChain;
  return Status::Ok();
}

Result<ReplayVerification> CulpritSearch::Try(size_t last) {
  const Chain chain(chain_.begin(), chain_.begin() + static_cast<ptrdiff_t>(last) + 1);
  RestoreSetRequest request = request_;
  request.number = chain.back()->manifest.number;
  request.point = {};
  const std::string to = WithSlash(request_.to);
  request.to = absl::StrCat(to.substr(0, to.size() - 1), "-", request.number, "/");
  RETURN_IF_ERROR(RemoveFolder(files_, request.to));
  // What goes wrong here has been told, or is told of the chain.
  Result<ReplayVerification> tried = ReplayChain(files_, DiscardEvents(), request, chain);
  RETURN_IF_ERROR(RemoveFolder(files_, request.to));
  return tried;
}

}  // namespace

Result<ReplayVerification> VerifyByReplay(FileSystem& files, EventSink& events,
                                          const RestoreSetRequest& request) {
  ASSIGN_OR_RETURN(const BackupSetReader set,
                   BackupSetReader::Open(files, events, request.set_folder));
  ASSIGN_OR_RETURN(const Chain chain, ChooseChain(set, events, request));
  ASSIGN_OR_RETURN(ReplayVerification verification, ReplayChain(files, events, request, chain));
  if (!verification.faults.empty()) {
    RETURN_IF_ERROR(CulpritSearch(files, set, request, chain).Find(&verification));
  }
  return verification;
}

}  // namespace contrail
