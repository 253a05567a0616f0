#include "tests/support/backup_client.h"

#include "storage/aligned_buffer.h"
#include "tests/support/model_instance.h"

namespace contrail::test {
namespace {

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

Status CopyAll(BackupSession& session, Instance& instance, const std::string& folder,
               const BackupRun& run, TakenBackup* taken) {
  FileSystem& files = instance.files();
  if (run.kind == BackupKind::kFull) {
    ASSIGN_OR_RETURN(const std::vector<std::string> paths, session.AttachInfo());
    for (const std::string& path : paths) {
      taken->databases.push_back({path, folder + NameOf(path)});
      RETURN_IF_ERROR(CopyThrough(session, files, path, folder + NameOf(path), run.meanwhile));
    }
  }
  if (run.meanwhile) run.meanwhile();
  ASSIGN_OR_RETURN(const LogFileList logs, session.LogInfo());
  taken->generation_low = logs.generation_low;
  taken->generation_high = logs.generation_high;
  for (const std::string& path : logs.paths) {
    RETURN_IF_ERROR(CopyThrough(session, files, path, folder + NameOf(path)));
  }
  return run.truncate ? session.TruncateLog() : Status::Ok();
}

}  // namespace

Status CopyThrough(BackupSession& session, FileSystem& files, const std::string& path,
                   const std::string& to, const std::function<void()>& meanwhile, size_t piece) {
  ASSIGN_OR_RETURN(const OpenedFile opened, session.OpenFile(path));
  ASSIGN_OR_RETURN(const std::unique_ptr<File> copy,
                   files.Open(to, {.mode = FileMode::kCreateOrTruncate}));
  AlignedBuffer buffer(piece);
  uint64_t offset = 0;
  while (true) {
    ASSIGN_OR_RETURN(const size_t count, session.ReadFile(opened.handle, buffer.span()));
    if (count == 0) break;
    RETURN_IF_ERROR(copy->Write(offset, buffer.span().first(count)));
    offset += count;
    if (meanwhile) meanwhile();
  }
  if (offset != opened.size) return Error::kInternalError;
  RETURN_IF_ERROR(copy->Sync());
  return session.CloseFile(opened.handle);
}

Result<TakenBackup> TakeBackup(Instance& instance, const std::string& folder,
                               const BackupRun& run) {
  RETURN_IF_ERROR(instance.files().CreateDirectories(folder));
  const std::shared_ptr<BackupSession> session = BackupSession::Of(instance);
  RETURN_IF_ERROR(session->Begin(run.kind));
  TakenBackup taken;
  Status status = CopyAll(*session, instance, folder, run, &taken);
  if (status.ok()) status = instance.files().SyncDirectory(folder);
  const Status ended = session->End(status.ok() ? BackupEnd::kNormal : BackupEnd::kAbort, false);
  RETURN_IF_ERROR(status);
  RETURN_IF_ERROR(ended);
  return taken;
}

RestoreRequest RestoreIn(const std::string& folder, const TakenBackup& backup) {
  RestoreRequest request;
  request.set_folder = folder;
  request.generation_low = backup.generation_low;
  request.generation_high = backup.generation_high;
  request.instance = ModelInstance::SmallOptions(folder);
  request.databases = backup.databases;
  return request;
}

}  // namespace contrail::test
