// The steps of the demo that bring a database back and look at it.

#include <absl/strings/str_cat.h>

#include <chrono>

#include "backup/set/backup_set_reader.h"
#include "backup/set/restore_set.h"
#include "backup/set/verify_replay.h"
#include "engine/check/database_check.h"
#include "tools/demo/demo_run.h"
#include "tools/demo/demo_tables.h"
#include "tools/verb.h"

namespace contrail::tool {
Status Demo::Restore(const std::string& folder, const std::string& surviving_logs) {
  TerminalEvents events(/*verbose=*/false);
  RestoreSetRequest request;
  request.set_folder = Path("set");
  request.to = Path(folder);
  request.surviving_logs = surviving_logs;
  return RestoreSet(PosixFileSystem(), events, request).status();
}

Status Demo::CompareWithRecord(const std::string& folder) {
  TerminalEvents events(/*verbose=*/false);
  ASSIGN_OR_RETURN(const BackupSetReader set,
                   BackupSetReader::Open(PosixFileSystem(), events, Path("set")));
  ASSIGN_OR_RETURN(const std::vector<const SetEntry*> chain, set.ChainTo(0));
  ReplayVerification found;
  RETURN_IF_ERROR(VerifyRestored(PosixFileSystem(), events, Path(folder), chain.back()->manifest,
                                 chain.front()->manifest, nullptr, &found));
  const ReplayedTables& tables = found.tables;
  const std::string count = absl::StrCat(CountText(tables.compared), " of ",
                                         CountText(tables.compared + tables.not_recorded),
                                         " tables, ", CountText(tables.rows), " rows");
  report_.AddFigure("", "content recorded by the backup", count);
  if (tables.compared == 0 && found.faults.empty()) return Status::Ok();  // Nothing is claimed.
  report_.AddProof(
      "restored from the set: every table that the backup recorded holds what it held then",
      found.faults.empty(),
      found.faults.empty() ? count + ", by content hash" : found.faults.front().what);
  return Status::Ok();
}

Result<StateProof> Demo::Prove(const std::string& folder, const std::string& label,
                               double* open_seconds) {
  JetSettings settings;
  settings.folder = Path(folder);
  settings.page_size = options_.page_size;
  const auto start = std::chrono::steady_clock::now();
  ASSIGN_OR_RETURN(const std::unique_ptr<JetEngine> engine, JetEngine::Start(settings));
  if (open_seconds != nullptr) {
    *open_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  const std::string path = Path(folder) + "/" + kDemoDatabase;
  ASSIGN_OR_RETURN(std::unique_ptr<JetSession> session, JetSession::Open(*engine, path));
  ASSIGN_OR_RETURN(StateProof proof, ProveState(*session, packages_));
  session.reset();
  RETURN_IF_ERROR(engine->Stop());
  RETURN_IF_ERROR(CheckFile(path, label));
  return proof;
}

Status Demo::CheckFile(const std::string& path, const std::string& label) {
  TerminalEvents events(/*verbose=*/false);
  NoProgress progress;
  CheckReport found;
  RETURN_IF_ERROR(CheckDatabase(PosixFileSystem(), events, path, {}, progress, &found));
  std::string detail;
  for (const auto& subject : {"pages", "trees", "records", "index entries", "long values"}) {
    const auto count = found.checked().find(subject);
    if (count == found.checked().end()) continue;
    absl::StrAppend(&detail, detail.empty() ? "" : ", ", CountText(count->second), " ", subject);
  }
  if (!found.sound()) detail = found.findings().front().ToText();
  report_.AddProof(label + ": the file is sound", found.sound(), detail);
  return Status::Ok();
}

}  // namespace contrail::tool
