// Instance: one engine in a process: a log stream, a buffer pool, transactions, attached databases.
//
//   created --Initialize--> running --Terminate--> ended
//
// Initialize recovers: it replays the log from the checkpoint, rolls back what had not committed,
// leaves every database clean and detached, and goes on with the log stream. Terminate detaches
// everything clean, unless it is abrupt.
//
// Invariants
// 1. A database that is attached is named in the checkpoint before any page of it is written.
// 2. The checkpoint never passes the oldest dirty page, the oldest active transaction or the end of
//    the durable log.
// 3. Generations at or above the checkpoint's, or that a running backup needs (BackupGate), are
// never
//    deleted.
// 4. After a failed log or database write the instance is lost (kInstanceUnavailable): nothing more
//    reaches the databases, and the next Initialize recovers.
//
// Thread rule: thread safe; Initialize and Terminate are not called at the same time as anything
// else.

#pragma once

#include <absl/synchronization/mutex.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/attached_database.h"
#include "engine/backup_gate.h"
#include "engine/folder_databases.h"
#include "engine/instance_options.h"
#include "engine/session.h"
#include "log/checkpoint.h"
#include "log/forwarding_log_writer.h"
#include "log/recovery.h"
#include "storage/gated_files.h"

namespace contrail {

class Maintenance;
class RecoverySession;
class TextOrders;

// The log stream that goes on behind a replay that ended before its log did: a restore to a point
// (docs/restore.md). It has a signature of its own, so that no log of the old stream is taken for
// one of its, and its generations have numbers above those of the old one, so that positions keep
// their order.
struct NewLogStream {
  Signature signature;
  uint32_t first_generation = 0;
  // What an earlier try of the same replay has logged in it; replayed behind the plan's source.
  LogSource begun;
};

struct RecoveryPlan {  // What to replay and onto what: the own log, or that of a backup.
  LogSource source;
  Lgpos start;
  std::optional<Signature> expected_signature;
  // The path at which to find the database of an attach record; nullopt: leave it out. Creation
  // records are never replayed.
  std::function<std::optional<std::string>(const Attachment&)> resolve;
  Lgpos stop_at = kLgposMax;  // Then new_stream is given, too.
  std::optional<NewLogStream> new_stream;
  // Logs that a backup had begun to delete are deleted.
  bool own_log = false;
  // The counters of the databases where the replay begins are known (engine/instance_state.h).
  bool has_checkpoint = false;
  // The lock of the log folder (engine/instance_lock.h) where the caller has it; null: the instance
  // takes it.
  std::shared_ptr<File> log_lock;
  // Has the last word whenever the replay attaches or detaches a database.
  std::function<void(DatabaseHeader*)> change_header;
};

struct AttachOptions {
  bool read_only = false;
  uint32_t expected_page_size = 0;  // 0: the instance's.
  // JET_bitDbDeleteCorruptIndexes and the like change nothing here.
};

struct CreateOptions {
  bool overwrite = false;
  PageNumber initial_pages = 254;
};

enum class TerminateMode {
  kComplete,  // Wait for nothing, finish all work; an error when a backup runs.
  kAbrupt,    // As kComplete without cleaning up versions; the databases are clean all the same.
  kCrash,     // Stop as a killed process would. For tests.
};

class Instance {
 public:
  Instance(FileSystem& files, EventSink& events, InstanceOptions options);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  using Progress = std::function<bool(const RedoProgress&)>;
  // kFileAccessDenied when another instance or process uses the same files; errors of recovery.
  Status Initialize(const Progress& progress = nullptr);
  // Replays a plan instead of the instance's own log, then goes on as Initialize does.
  Status InitializeFrom(const RecoveryPlan& plan, const Progress& progress = nullptr);
  // Sessions have ended. kBackupInProgress (complete, with a backup running).
  Status Terminate(TerminateMode mode);
  bool running() const { return running_.load(std::memory_order_acquire); }

  const InstanceOptions& options() const { return options_; }
  InstanceOptions& mutable_options() { return options_; }  // Before Initialize.
  FileSystem& files() { return files_; }
  EventSink& events() { return events_; }
  LogWriter& log() { return log_; }
  BufferPool& pool() { return *pool_; }
  TransactionManager& transactions() { return *transactions_; }
  // Set by Initialize, from the options.
  const TextOrders& text_orders() const { return *text_orders_; }
  BackupGate& backup_gate() { return backup_gate_; }

  // The freeze of a snapshot, in two steps. The backup gate is taken, so nothing is attached or
  // detached meanwhile; reads go on all the time.
  // 1. No change of data begins, no page is written, no background work is done. The log goes on.
  void HoldWrites();
  // 2. After HoldWrites: nothing of the instance reaches any file; whoever has to write waits.
  void CloseWrites() { write_gate_.Close(); }
  // From either step back to work.
  void ResumeWrites();
  bool frozen() const { return write_gate_.closed(); }
  // How many changes of files wait for the end of step 2.
  uint32_t waiting_writes() const { return write_gate_.waiting(); }
  // JET_bitStopServiceQuiesceCaches: see Maintenance.
  void SetQuiesceCaches(bool quiesce);
  // What a floor above keeps for each instance (backup/): made when it is first asked for, gone
  // before anything that the instance consists of.
  using Service = std::shared_ptr<void>;
  Service GetService(const std::function<Service()>& make);
  // Ok, or why the instance is lost.
  Status Health() const;

  // Databases. Paths are absolute. All of these may run while other sessions work.
  // kDatabaseDuplicate, kTooManyAttachedDatabases, kBackupInProgress, errors of files.
  Status CreateDatabase(const std::string& path, const CreateOptions& options);
  // kWarnDatabaseAttached when it is attached already; kDatabaseDirtyShutdown,
  // kDatabaseSharingViolation, kPageSizeMismatch, kInvalidDatabaseVersion, kFileAccessDenied,
  // kBackupInProgress, kDatabaseSignInUse (a copy of a database that is attached)...
  Status AttachDatabase(const std::string& path, const AttachOptions& options);
  // kDatabaseNotFound, kDatabaseInUse, kBackupInProgress.
  Status DetachDatabase(const std::string& path);
  // Null when it is not attached. Valid until detached.
  AttachedDatabase* FindDatabase(const std::string& path);
  AttachedDatabase* FindDatabase(uint8_t database_id);
  std::vector<AttachedDatabase*> AttachedDatabases();

  // The checkpoint as last written, and what it would be now.
  Lgpos checkpoint() const;
  Status WriteCheckpointNow();
  // One round of background work: cleanup of versions, checkpoint, deletion of logs when circular.
  Status RunMaintenance();
  // The last backups, kept in the checkpoint.
  void SetLastBackup(bool incremental, const BackupMark& mark);
  InstanceState state() const;

  // Visits the attached databases; none is detached meanwhile.
  Status ForEachDatabase(const std::function<Status(AttachedDatabase&)>& visit);
  // Removes archived generations lower than this. The caller knows that nobody needs them.
  Status DeleteGenerationsBelow(uint32_t generation);

  std::string CheckpointPath() const;
  std::string LogPathOf(uint32_t generation) const;  // Of an archived generation.

 private:
  Status TakeLock(std::shared_ptr<File> lock = nullptr);
  Status OpenServices();
  Status StartFresh();
  Status RecoverOwnLog(const Progress& progress);
  Result<RecoveryPlan> PlanFromFiles(const LogListing& listing, const Checkpoint* checkpoint);
  // Where recovery finds a database that the log knows under a path and a signature.
  std::string RecoveredPath(const Attachment& attachment) const;
  Status Replay(const RecoveryPlan& plan, const Signature& signature, const InstanceState& initial,
                const Progress& progress);
  Status FinishInitialize(Status status);
  void ReleaseServices();
  Result<LogEnd> RedoLogs(const RecoveryPlan& plan, RecoverySession& session,
                          const Progress& progress, uint64_t* records);
  void FinishTruncation(uint32_t below);
  Status ContinueLog(const RecoveryPlan& plan, const LogEnd& end);
  Status MendTornPages(const InstanceState& state);
  Status DetachLocked(AttachedDatabase* database) ABSL_EXCLUSIVE_LOCKS_REQUIRED(databases_mutex_);
  Result<uint8_t> FreeDatabaseId() ABSL_EXCLUSIVE_LOCKS_REQUIRED(databases_mutex_);
  Status CheckSignature(const DatabaseHeader& header, const std::string& path)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(databases_mutex_);
  void PublishState() ABSL_EXCLUSIVE_LOCKS_REQUIRED(databases_mutex_);
  LogWriterOptions WriterOptions() const;
  void Report(Severity severity, uint32_t id, std::string text, std::string file, Status status);
  Status RefuseLogsOfWindows(const LogListing& listing);
  Status ReportMissingLog(std::string text, const std::string& file, std::string expected,
                          std::string found);

  WriteGate write_gate_;
  GatedFileSystem files_;
  EventSink& events_;
  InstanceOptions options_;
  std::shared_ptr<File> lock_file_;
  FolderDatabases recovery_databases_;  // Empty unless options_.recovery_folder is given.
  ForwardingLogWriter log_;
  std::unique_ptr<LogWriter> log_writer_;
  std::unique_ptr<BufferPool> pool_;
  std::unique_ptr<TransactionManager> transactions_;
  std::shared_ptr<const TextOrders> text_orders_;
  BackupGate backup_gate_;
  std::unique_ptr<Maintenance> maintenance_;
  std::atomic<bool> running_{false};
  std::atomic<bool> writes_held_{false};

  mutable absl::Mutex databases_mutex_;
  std::vector<std::unique_ptr<AttachedDatabase>> databases_ ABSL_GUARDED_BY(databases_mutex_);

  mutable absl::Mutex state_mutex_ ABSL_ACQUIRED_AFTER(databases_mutex_);
  InstanceState state_ ABSL_GUARDED_BY(state_mutex_);
  // Those of state_.attachments, in the same order.
  std::vector<Database*> live_ ABSL_GUARDED_BY(state_mutex_);

  absl::Mutex checkpoint_mutex_;
  absl::Mutex service_mutex_;
  Service service_ ABSL_GUARDED_BY(service_mutex_);
  Lgpos checkpoint_ ABSL_GUARDED_BY(state_mutex_);
};

}  // namespace contrail
