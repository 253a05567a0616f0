// BackupSession: the external backup of one instance, as a state machine. Source: the backup
// contract, sections 3 to 12 and 20; docs/backup_states.md.
//
//   none --Begin(full)--> databases --LogInfo--> logs --End--> none
//   none --Begin(incremental)--> logs (--LogInfo--> logs, prepared) --End--> none
//   none --BeginSurrogate--> surrogate --EndSurrogate--> none
//
// In "databases" attached databases may be opened, in "logs" log files; up to 32 at once, each by
// its own handle. Stop makes every call but CloseFile and End fail until the backup has ended.
// Whatever End returns is what became of the backup. A surrogate backup is taken from a copy of the
// databases elsewhere: here it only begins and ends.
//
// Thread rule: thread safe; reads of different handles run at the same time, other calls one after
// the other.

#pragma once

#include <absl/synchronization/mutex.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backup/database_stream.h"
#include "backup/epoch.h"
#include "backup/log_range.h"
#include "backup/log_stream.h"
#include "backup/session_pace.h"
#include "engine/instance.h"

namespace contrail {

enum class BackupState { kNone, kDatabases, kLogs, kSurrogate };

enum class BackupEnd { kNormal, kAbort };

using BackupHandle = uint64_t;  // Never 0, never used twice.

// Whose a backup is: the client's of the API, or somebody's inside the engine who makes one on its
// own (BackupSession::NewOwner). To everybody else's calls there is none: kNoBackup. Tested with
// the call itself, so that nobody gets into a backup that has taken another one's place.
using BackupOwner = uint64_t;
inline constexpr BackupOwner kApiClient = 0;

struct OpenedFile {
  BackupHandle handle = 0;
  uint64_t size = 0;
};

struct LogFileList {
  std::vector<std::string> paths;
  uint32_t generation_low = 0;
  uint32_t generation_high = 0;
};

// What a running backup is about; for whoever keeps it.
struct BackupSummary {
  BackupKind kind = BackupKind::kFull;
  BackupMark begin;
  BackupMark prepare;  // Null before the log phase.
  struct Database {
    std::string path;
    Signature signature;
    bool copied = false;
  };
  std::vector<Database> databases;
};

class BackupSession {
 public:
  static constexpr size_t kMaxHandles = 32;

  explicit BackupSession(Instance& instance)
      : instance_(instance),
        pace_([&instance] { return WaitsOfCommits(instance.transactions()); }) {}
  ~BackupSession();
  BackupSession(const BackupSession&) = delete;
  BackupSession& operator=(const BackupSession&) = delete;

  // The session of an instance; made when it is first asked for.
  static std::shared_ptr<BackupSession> Of(Instance& instance);

  // What Begin tests before it looks at its arguments: kBackupNotAllowedYet, kLoggingDisabled,
  // kLogDiskFull (the log is down for that reason), kLogWriteFail.
  Status CheckAllowed() const;
  // kInvalidBackup (incremental with circular logging), kLogSequenceEnd, kBackupInProgress,
  // kMissingFullBackup, kCheckpointCorrupt, kCheckpointFileNotFound.
  Status Begin(BackupKind kind, BackupOwner owner = kApiClient);
  // Paths of the databases that a full backup copies. kNoBackup, kInvalidBackupSequence,
  // kBackupAbortByServer (as everything below).
  Result<std::vector<std::string>> AttachInfo(BackupOwner owner = kApiClient);
  // `path` is absolute. kInvalidBackupSequence (an attached database in the log phase: ends the
  // backup), kDatabaseNotFound (something else in the database phase), kMissingFileToBackup,
  // kInvalidParameter (no log file; ends the backup), kOutOfMemory (it is open already, or too many
  // are). `part`: of a file that several readers share, or one that goes on where another has
  // stopped; kInvalidParameter when there is no such part, which ends nothing. A file counts as
  // copied when every byte of it has been given.
  Result<OpenedFile> OpenFile(const std::string& path, const StreamPart& part = {},
                              BackupOwner owner = kApiClient);
  // The next bytes; 0 at the end. kInvalidParameter (no such handle, size not allowed). When a
  // database cannot be read it leaves the backup and the handle closes; when a log cannot be read
  // the backup ends.
  Result<size_t> ReadFile(BackupHandle handle, MutableBytes buffer, BackupOwner owner = kApiClient);
  // Works after Stop, too. A file that was not read to its end does not count as copied.
  Status CloseFile(BackupHandle handle, BackupOwner owner = kApiClient);
  // The logs of the backup. The first call ends the database phase, and calls `at_end` where the
  // logs to copy end (backup/log_range.h).
  Result<LogFileList> LogInfo(const std::function<void()>& at_end = nullptr,
                              BackupOwner owner = kApiClient);
  // Runs work that uses the instance and no file of the backup: a termination waits for its end,
  // and asks for it by stopping(). kNoBackup, kBackupAbortByServer; else what `work` returns, which
  // may call everything here but End.
  Status RunWithin(const std::function<Status()>& work, BackupOwner owner = kApiClient);
  bool stopping() const { return stop_.load(); }
  Result<std::vector<std::string>> TruncateLogInfo(BackupOwner owner = kApiClient);
  Status TruncateLog(BackupOwner owner = kApiClient);
  // Normal: ok when the backup is in force; kBackupAbortByCaller when it was ended too early, or
  // none of the databases was copied, kBackupAbortByServer after Stop, else what went wrong. Abort:
  // ok. `truncated`: the caller has seen to the logs itself.
  Status End(BackupEnd how, bool truncated, BackupOwner owner = kApiClient);
  // The other backup has the log generations `first` to `last`. kInvalidParameter (not a range of
  // this log), kInvalidBackup (circular logging), kMissingFullBackup, and as Begin.
  Status BeginSurrogate(BackupKind kind, uint32_t first, uint32_t last);
  // As End, and each ends the other's backup, too, as failed: kBackupInProgress here,
  // kSurrogateBackupInProgress in End.
  Status EndSurrogate(BackupEnd how, bool truncated);
  void Stop();

  BackupOwner NewOwner();

  // Of a backup of the API's client.
  BackupState state() const;
  bool running() const { return state() != BackupState::kNone; }
  // With files to copy.
  bool streaming() const {
    const BackupState now = state();
    return now == BackupState::kDatabases || now == BackupState::kLogs;
  }
  Result<BackupSummary> Summary(BackupOwner owner = kApiClient) const;  // kNoBackup
  // How fast ReadFile gives, from now on and while this backup runs; none: as fast as it goes. A
  // read returns when its bytes may pass, or the backup is stopped.
  void LimitPace(const PaceOptions& limits, BackupOwner owner = kApiClient);
  // Of streams opened from now on.
  void set_read_ahead(const ReadAheadOptions& options);

 private:
  struct Handle {
    absl::Mutex reading;  // Held for the time of a read.
    std::unique_ptr<FileStream> stream;
    std::string path;
    uint8_t database_id = 0;  // 0: a log file.
    uint32_t generation = 0;  // 0: a database.
    StreamPart part;
  };
  using HandlePointer = std::shared_ptr<Handle>;
  enum class Outcome { kGood, kByCaller, kByServer, kFailed };

  bool IsRunning(BackupOwner owner) const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return state_ != BackupState::kNone && owner_ == owner;
  }
  // With files to copy.
  bool IsStreaming(BackupOwner owner) const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return IsRunning(owner) && state_ != BackupState::kSurrogate;
  }
  // kNoBackup also in a surrogate one, which has no files; kBackupAbortByServer.
  Status CheckStreaming(BackupOwner owner) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  Status CheckLogState() const;  // kLogSequenceEnd
  Status StartLocked(BackupKind kind) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status StartSurrogate(BackupKind kind) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // `needed`: the type of the full backup that each of them must have had.
  Status FindMembers(bool joined, std::optional<BackupType> needed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status PrepareLocked(const std::function<void()>& at_end, BackupOwner owner)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsOpen(const std::string& path, const StreamPart& part) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CountDatabase(const Handle& handle, const FileStream& stream)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Result<OpenedFile> OpenDatabase(BackupMember* member, const StreamPart& part)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Result<OpenedFile> OpenLog(const std::string& path, const StreamPart& part)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  OpenedFile AddHandle(HandlePointer handle) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  BackupMember* FindMember(uint8_t database_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What the reader gets.
  Status ReadFailed(BackupHandle number, const Handle& handle, Status status);
  // Leaves the backup, whatever the outcome; the status of End(Normal).
  Status Finish(Outcome outcome, Status failure, bool truncated)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status RecordSurrogateEnd(bool truncated) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  BackupType type() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return state_ == BackupState::kSurrogate ? BackupType::kSurrogate : BackupType::kStreaming;
  }
  Status RecordGoodEnd(bool truncated) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReportOutcome(Outcome outcome, Status status, const std::vector<std::string>& left_out);
  static bool InBackup(const BackupMember& member) { return member.joined && member.copied; }
  // Paths of attached databases that a full backup would not have if it ended now.
  std::vector<std::string> LeftOut() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void CloseHandles() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndByServer();
  BackupScope scope() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return kind_ == BackupKind::kFull ? BackupScope::kFull : BackupScope::kIncremental;
  }

  Instance& instance_;
  SessionPace pace_;
  std::atomic<bool> stop_{false};

  absl::Mutex work_mutex_;  // Before the other one.
  mutable absl::Mutex mutex_;
  BackupState state_ ABSL_GUARDED_BY(mutex_) = BackupState::kNone;
  BackupOwner owner_ ABSL_GUARDED_BY(mutex_) = kApiClient;  // While one runs.
  BackupOwner last_owner_ ABSL_GUARDED_BY(mutex_) = kApiClient;
  BackupKind kind_ ABSL_GUARDED_BY(mutex_) = BackupKind::kFull;
  BackupMark begin_mark_ ABSL_GUARDED_BY(mutex_);
  std::vector<BackupMember> members_ ABSL_GUARDED_BY(mutex_);
  std::optional<LogRange> logs_ ABSL_GUARDED_BY(mutex_);
  struct Surrogate {
    uint32_t first = 0;
    uint32_t last = 0;
  };
  Surrogate surrogate_ ABSL_GUARDED_BY(mutex_);
  std::map<uint32_t, ByteCoverage> given_logs_ ABSL_GUARDED_BY(mutex_);  // By generation.
  std::map<BackupHandle, HandlePointer> handles_ ABSL_GUARDED_BY(mutex_);
  BackupHandle next_handle_ ABSL_GUARDED_BY(mutex_) = 1;
  ReadAheadOptions read_ahead_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace contrail
