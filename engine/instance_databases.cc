// Creating, attaching and detaching databases, and the checkpoint, which names them.

#include <absl/strings/str_cat.h>

#include "engine/clean_header.h"
#include "engine/database_creation.h"
#include "engine/event_ids.h"
#include "engine/instance.h"
#include "engine/table_registry.h"
#include "engine/text_order.h"

namespace contrail {

AttachedDatabase::AttachedDatabase(std::unique_ptr<Database> database, Attachment attachment,
                                   TransactionManager& transactions,
                                   std::shared_ptr<const TextOrders> text_orders)
    : database_(std::move(database)),
      attachment_(std::move(attachment)),
      text_orders_(std::move(text_orders)),
      catalog_(*database_, transactions),
      tables_(std::make_unique<TableRegistry>(*this, transactions)) {}

AttachedDatabase::~AttachedDatabase() = default;

AttachedDatabase* Instance::FindDatabase(const std::string& path) {
  absl::ReaderMutexLock lock(&databases_mutex_);
  for (const auto& database : databases_) {
    if (database->path() == path) return database.get();
  }
  return nullptr;
}

AttachedDatabase* Instance::FindDatabase(uint8_t database_id) {
  absl::ReaderMutexLock lock(&databases_mutex_);
  for (const auto& database : databases_) {
    if (database->id() == database_id) return database.get();
  }
  return nullptr;
}

std::vector<AttachedDatabase*> Instance::AttachedDatabases() {
  absl::ReaderMutexLock lock(&databases_mutex_);
  std::vector<AttachedDatabase*> all;
  for (const auto& database : databases_) all.push_back(database.get());
  return all;
}

Status Instance::ForEachDatabase(const std::function<Status(AttachedDatabase&)>& visit) {
  absl::ReaderMutexLock lock(&databases_mutex_);
  for (const auto& database : databases_) {
    RETURN_IF_ERROR(visit(*database));
  }
  return Status::Ok();
}

Status Instance::DeleteGenerationsBelow(uint32_t generation) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(options_.log_path));
  bool removed = false;
  for (const std::string& name : names) {
    const uint32_t found = GenerationOfFileName(options_.base_name, name);
    if (found == 0 || found >= generation) continue;
    RETURN_IF_ERROR(files_.Remove(options_.log_path + name));
    removed = true;
  }
  return removed ? files_.SyncDirectory(options_.log_path) : Status::Ok();
}

Result<uint8_t> Instance::FreeDatabaseId() {
  for (uint8_t id = 1; id < kMaxDatabases; ++id) {
    bool taken = false;
    for (const auto& database : databases_) taken |= database->id() == id;
    if (!taken) return id;
  }
  return Error::kTooManyAttachedDatabases;
}

void Instance::PublishState() {
  absl::MutexLock lock(&state_mutex_);
  state_.attachments.clear();
  live_.clear();
  for (const auto& database : databases_) {
    if (database->read_only()) continue;
    state_.attachments.push_back(database->attachment());
    live_.push_back(&database->database());
  }
  log_.SetState(EncodeInstanceState(state_));
}

Status Instance::CreateDatabase(const std::string& path, const CreateOptions& options) {
  RETURN_IF_ERROR(Health());
  {
    absl::MutexLock lock(&databases_mutex_);
    RETURN_IF_ERROR(backup_gate_.CheckIdle());
    for (const auto& database : databases_) {
      if (database->path() != path) continue;
      Report(Severity::kError, event_id::kFilesInUse,
             "The database cannot be created: one of that path is attached.", path,
             Error::kDatabaseDuplicate);
      return Error::kDatabaseDuplicate;
    }
    ASSIGN_OR_RETURN(const uint8_t id, FreeDatabaseId());
    const LogTime now = LogTime::Now();
    const CreateDatabaseOptions creation{.page_size = options_.page_size,
                                         .initial_pages = options.initial_pages,
                                         .signature = Signature::Random(now),
                                         .created = now};
    RETURN_IF_ERROR(CreateDatabaseFile(files_, events_, path, creation, options.overwrite));
    const AttachRecord record{.database_id = id,
                              .signature = creation.signature,
                              .page_size = creation.page_size,
                              .initial_pages = creation.initial_pages,
                              .time = now,
                              .path = path};
    const Result<Lgpos> position =
        log_.AppendRecord(RecordType::kCreateDatabase, EncodeAttachRecord(record));
    RETURN_IF_ERROR(position.status());
  }
  Report(Severity::kInformation, event_id::kDatabaseCreated, "A database was created.", path,
         Status::Ok());
  return AttachDatabase(path, {});
}

namespace {

// Why a database in this state cannot be attached; ok when it can.
Status CheckAttachable(const DatabaseHeader& header, const std::string& path, EventSink& events) {
  if (header.state == DatabaseState::kClean) return Status::Ok();
  const bool streamed = header.current_full_backup.generation_low != 0 &&
                        header.current_full_backup.generation_high == 0;
  const Error error =
      streamed ? Error::kSoftRecoveryOnBackupDatabase : Error::kDatabaseDirtyShutdown;
  events.Report({.id = streamed ? event_id::kStreamedCopyNotRestored : event_id::kDatabaseDirty,
                 .severity = Severity::kError,
                 .text = streamed ? "The file is a backup that has not been restored."
                                  : "The database was not shut down cleanly and needs its logs.",
                 .file = path,
                 .offset = 52,
                 .expected = "state 3 (clean)",
                 .found = absl::StrCat("state ", static_cast<uint32_t>(header.state)),
                 .error = static_cast<int32_t>(error)});
  return error;
}

}  // namespace

// Recovery and restore know databases by their signatures, so two attached ones must not share one.
// A database that is only read has no part in the log.
Status Instance::CheckSignature(const DatabaseHeader& header, const std::string& path) {
  for (const auto& other : databases_) {
    if (other->read_only() || other->attachment().signature != header.signature) continue;
    events_.Report({.id = event_id::kDatabaseSignatureInUse,
                    .severity = Severity::kError,
                    .text = absl::StrCat(
                        "The database is a copy of one that is attached: ", other->path(), "."),
                    .file = path,
                    .expected = "a signature of its own",
                    .found = header.signature.ToText(),
                    .error = static_cast<int32_t>(Error::kDatabaseSignInUse)});
    return Error::kDatabaseSignInUse;
  }
  return Status::Ok();
}

Status Instance::AttachDatabase(const std::string& path, const AttachOptions& options) {
  RETURN_IF_ERROR(Health());
  absl::MutexLock lock(&databases_mutex_);
  for (const auto& database : databases_) {
    if (database->path() == path) return Error::kWarnDatabaseAttached;
  }
  RETURN_IF_ERROR(backup_gate_.CheckIdle());
  ASSIGN_OR_RETURN(const uint8_t id, FreeDatabaseId());
  ASSIGN_OR_RETURN(
      std::unique_ptr<Database> database,
      Database::Open(files_, *pool_, events_, path, options.read_only, options_.page_size, log_));
  const DatabaseHeader header = database->header();
  RETURN_IF_ERROR(CheckAttachable(header, path, events_));
  if (!options.read_only) RETURN_IF_ERROR(CheckSignature(header, path));
  database->set_id(id);
  database->set_extension_pages(options_.extension_pages);
  Attachment attachment{id, path, header.signature, {}};
  if (!options.read_only) RETURN_IF_ERROR(pool_->ForgetProtection());

  if (!options.read_only) {
    const AttachRecord record{.database_id = id,
                              .signature = header.signature,
                              .page_size = header.page_size,
                              .initial_pages = 0,
                              .time = LogTime::Now(),
                              .path = path};
    ASSIGN_OR_RETURN(attachment.position,
                     log_.AppendRecord(RecordType::kAttachDatabase, EncodeAttachRecord(record)));
    RETURN_IF_ERROR(log_.WaitDurable(attachment.position));
    RETURN_IF_ERROR(MarkHeaderDirty(*database, attachment, log_.signature(),
                                    log_.GenerationCreated(attachment.position.generation)));
  }
  databases_.push_back(std::make_unique<AttachedDatabase>(
      std::move(database), std::move(attachment), *transactions_, text_orders_));
  PublishState();
  RETURN_IF_ERROR(WriteCheckpointNow());
  Report(Severity::kInformation, event_id::kDatabaseAttached, "A database was attached.", path,
         Status::Ok());
  return Status::Ok();
}

Status Instance::DetachDatabase(const std::string& path) {
  absl::MutexLock lock(&databases_mutex_);
  RETURN_IF_ERROR(backup_gate_.CheckIdle());
  for (const auto& database : databases_) {
    if (database->path() != path) continue;
    if (database->open_count.load() != 0) return Error::kDatabaseInUse;
    return DetachLocked(database.get());
  }
  return Error::kDatabaseNotFound;
}

Status Instance::DetachLocked(AttachedDatabase* attached) {
  Database& database = attached->database();
  const std::string path = attached->path();
  if (!attached->read_only()) {
    RETURN_IF_ERROR(transactions_->CleanUpAll());
    transactions_->Forget(database);
    RETURN_IF_ERROR(database.pages().FlushAll());
    const std::byte payload{attached->id()};
    ASSIGN_OR_RETURN(const Lgpos position,
                     log_.AppendRecord(RecordType::kDetachDatabase, Bytes(&payload, 1)));
    RETURN_IF_ERROR(log_.WaitDurable(position));
    RETURN_IF_ERROR(MarkHeaderClean(database, position));
  } else {
    transactions_->Forget(database);
  }
  // Nobody looks at its counters any more when it goes away.
  const auto place = std::find_if(databases_.begin(), databases_.end(),
                                  [&](const auto& other) { return other.get() == attached; });
  const std::unique_ptr<AttachedDatabase> leaving = std::move(*place);
  databases_.erase(place);
  PublishState();
  RETURN_IF_ERROR(WriteCheckpointNow());
  Report(Severity::kInformation, event_id::kDatabaseDetached, "A database was detached.", path,
         Status::Ok());
  return Status::Ok();
}

InstanceState Instance::state() const {
  absl::MutexLock lock(&state_mutex_);
  InstanceState state = state_;
  for (size_t i = 0; i < live_.size(); ++i) {
    state.attachments[i].dbtime = live_[i]->last_dbtime();
    state.attachments[i].last_object_id = live_[i]->last_object_id();
  }
  if (transactions_ != nullptr) state.next_transaction = transactions_->next_id();
  return state;
}

Lgpos Instance::checkpoint() const {
  absl::MutexLock lock(&state_mutex_);
  return checkpoint_;
}

void Instance::SetLastBackup(bool incremental, const BackupMark& mark) {
  absl::MutexLock lock(&state_mutex_);
  (incremental ? state_.last_incremental_backup : state_.last_full_backup) = mark;
}

Status Instance::WriteCheckpointNow() {
  if (!options_.recovery) return Status::Ok();
  absl::MutexLock serialise(&checkpoint_mutex_);
  // The tip first: whatever becomes dirty, or begins, after this lies behind it (invariant 2).
  const Lgpos tip = std::min(log_.Tip(), log_.DurableEnd());
  Lgpos position = std::min(tip, pool_->OldestDirty());
  position = std::min(position, transactions_->OldestNeeded());
  position = std::min(position, backup_gate_.hold_checkpoint());
  const Checkpoint checkpoint{
      .position = position, .signature = log_.signature(), .state = EncodeInstanceState(state())};
  // A transaction that no longer counts as unfinished may owe that to a commit record that is not
  // on disk yet.
  RETURN_IF_ERROR(log_.EnsureDurable());
  RETURN_IF_ERROR(WriteCheckpoint(files_, CheckpointPath(), checkpoint));
  absl::MutexLock lock(&state_mutex_);
  checkpoint_ = position;
  return Status::Ok();
}

}  // namespace contrail
