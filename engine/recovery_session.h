// RecoverySession: what the engine does with a log while it is replayed: opens databases as their
// attach records come by, hands transaction records to the analysis, and closes everything clean at
// the end.
//
// A database's header tells from where on its records count: a dirty one from its attach position,
// a clean one from where it was made consistent. Redo itself is idempotent by dbtime, so a second
// run after a crash inside recovery does the same again.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/backup_record.h"
#include "engine/instance.h"

namespace contrail {

class RecoverySession final : public RecoveryHost {
 public:
  // `signature` is that of the log stream being replayed.
  RecoverySession(Instance& instance, const RecoveryPlan& plan, const Signature& signature,
                  ForwardingLogWriter& log);
  ~RecoverySession() override;

  // Opens what was attached where the replay begins.
  Status Begin(const InstanceState& initial);

  Status OnRecord(const LogRecord& record) override;
  bool NeedsBarrier(RecordType type) const override;
  Status OnMutation(Lgpos position, const MutationView& mutation) override;
  CachedDatabase* FindDatabase(uint8_t database_id, Lgpos position) override;

  // After redo: the databases are whole now. Every one that is still attached must have been found;
  // kFileNotFound (or what opening it gave) otherwise, with an event.
  Status FinishRedo();
  // For undo: the database of an id, or null.
  Database* OpenDatabase(uint8_t database_id);
  // After undo: flushes everything, logs the detachments, leaves clean headers.
  Status CloseAllClean();
  // The backups that the log speaks of.
  const InstanceState& state() const { return state_; }
  // Generations below this one have been given up by a backup that is in force; 0: none.
  uint32_t truncated_below() const { return truncated_below_; }

 private:
  struct Slot {
    Attachment attachment;
    std::unique_ptr<Database> database;
    Lgpos applies_from;     // Records before this position are in the file already.
    Status open_status;     // Why there is no database.
    bool left_out = false;  // The plan does not want it.
  };
  Status Attach(const Attachment& attachment);
  Status OnCreate(const LogRecord& record);
  Status OnAttach(const LogRecord& record);
  Status OnDetach(const LogRecord& record);
  Status OnBackup(const LogRecord& record);
  Status StampPending(Lgpos end);
  Status CloseClean(Slot& slot, Lgpos position);
  static Status FitFile(Database& database);
  Status RaiseCounters(Database& database);
  void ReportOpenFailure(const Slot& slot);

  Instance& instance_;
  const RecoveryPlan& plan_;
  Signature signature_;
  ForwardingLogWriter& log_;
  std::map<uint8_t, Slot> slots_;
  InstanceState state_;
  // Of a backup whose end has not been seen.
  std::vector<BackupRecord> pending_stamps_;
  uint32_t pending_truncation_ = 0;
  uint32_t truncated_below_ = 0;
};

}  // namespace contrail
