#include "engine/recovery_session.h"

#include <algorithm>

#include "engine/clean_header.h"
#include "engine/database_creation.h"
#include "engine/event_ids.h"

namespace contrail {
namespace {

// A file as a backup streamed it: its pages are of different moments.
bool IsUnrestoredCopy(const DatabaseHeader& header) {
  return header.state != DatabaseState::kClean && header.current_full_backup.generation_low != 0 &&
         header.current_full_backup.generation_high == 0;
}

}  // namespace

RecoverySession::RecoverySession(Instance& instance, const RecoveryPlan& plan,
                                 const Signature& signature, ForwardingLogWriter& log)
    : instance_(instance), plan_(plan), signature_(signature), log_(log) {}

RecoverySession::~RecoverySession() {
  for (auto& [id, slot] : slots_) {
    if (slot.database != nullptr) instance_.transactions().Forget(*slot.database);
  }
}

Status RecoverySession::Begin(const InstanceState& initial) {
  state_ = initial;
  state_.attachments.clear();
  for (const Attachment& attachment : initial.attachments) {
    RETURN_IF_ERROR(Attach(attachment));
  }
  instance_.transactions().RaiseNextId(initial.next_transaction);
  return Status::Ok();
}

Status RecoverySession::Attach(const Attachment& attachment) {
  const auto known = slots_.find(attachment.database_id);
  if (known != slots_.end() && known->second.attachment.signature == attachment.signature &&
      (known->second.database != nullptr || known->second.left_out)) {
    return Status::Ok();  // Attached where the replay began, and named again by its record.
  }
  Slot slot;
  slot.attachment = attachment;
  const std::optional<std::string> path = plan_.resolve(attachment);
  if (!path.has_value()) {
    slot.left_out = true;
  } else if (const Result<bool> exists = instance_.files().Exists(*path); exists.ok() && !*exists) {
    // Not told yet: if it was detached later on, nothing is missing.
    slot.attachment.path = *path;
    slot.open_status = Error::kFileNotFound;
  } else {
    slot.attachment.path = *path;
    Result<std::unique_ptr<Database>> opened =
        Database::Open(instance_.files(), instance_.pool(), instance_.events(), *path,
                       /*read_only=*/false, /*expected_page_size=*/0, log_);
    if (!opened.ok()) {
      slot.open_status = opened.status();
    } else if ((*opened)->header().signature != attachment.signature) {
      // Another file lies at this path now. If ours was detached later on, nothing is missing.
      slot.open_status = Error::kDatabaseSignInUse;
    } else if (IsUnrestoredCopy((*opened)->header())) {
      instance_.events().Report(
          {.id = event_id::kStreamedCopyNotRestored,
           .severity = Severity::kError,
           .text = "The file is a backup that has not been restored.",
           .file = *path,
           .error = static_cast<int32_t>(Error::kSoftRecoveryOnBackupDatabase)});
      slot.open_status = Error::kSoftRecoveryOnBackupDatabase;
    } else {
      slot.database = std::move(*opened);
      slot.database->set_id(attachment.database_id);
      slot.database->RaiseDbTime(attachment.dbtime);
      slot.database->RaiseObjectId(attachment.last_object_id);
      const DatabaseHeader header = slot.database->header();
      const bool clean = header.state == DatabaseState::kClean;
      slot.applies_from = clean ? header.consistent_position : header.attach_position;
      if (clean && slot.applies_from < attachment.position) {
        // The crash came between the attach record and the header.
        slot.applies_from = attachment.position;
      }
      if (clean && header.consistent_position < attachment.position) {
        RETURN_IF_ERROR(
            MarkHeaderDirty(*slot.database, attachment, signature_, {}, plan_.change_header));
      }
    }
  }
  slots_[attachment.database_id] = std::move(slot);
  return Status::Ok();
}

Status RecoverySession::OnCreate(const LogRecord& record) {
  ASSIGN_OR_RETURN(const AttachRecord create, DecodeAttachRecord(record.payload));
  const Attachment attachment{create.database_id, create.path, create.signature, record.position};
  const std::optional<std::string> path = plan_.resolve(attachment);
  if (!path.has_value()) return Status::Ok();
  ASSIGN_OR_RETURN(const bool exists, instance_.files().Exists(*path));
  if (exists) return Status::Ok();  // The file was synced before the record was written.
  const CreateDatabaseOptions options{.page_size = create.page_size,
                                      .initial_pages = create.initial_pages,
                                      .signature = create.signature,
                                      .created = create.time};
  return CreateDatabaseFile(instance_.files(), instance_.events(), *path, options, false);
}

Status RecoverySession::OnAttach(const LogRecord& record) {
  ASSIGN_OR_RETURN(const AttachRecord attach, DecodeAttachRecord(record.payload));
  return Attach({attach.database_id, attach.path, attach.signature, record.position});
}

Status RecoverySession::OnDetach(const LogRecord& record) {
  if (record.payload.size() != 1) return Error::kLogFileCorrupt;
  const auto slot = slots_.find(static_cast<uint8_t>(record.payload[0]));
  if (slot == slots_.end()) return Status::Ok();
  if (slot->second.database != nullptr) {
    if (record.position < slot->second.applies_from) {
      // The file is of a later time and has been attached again since.
      instance_.transactions().Forget(*slot->second.database);
    } else {
      RETURN_IF_ERROR(CloseClean(slot->second, record.position));
    }
  }
  slots_.erase(slot);
  return Status::Ok();
}

Status RecoverySession::OnBackup(const LogRecord& record) {
  ASSIGN_OR_RETURN(const BackupRecord backup, DecodeBackupRecord(record.payload));
  if (backup.phase == BackupPhase::kPrepareLogs) {
    BackupMark& mark = backup.scope == BackupScope::kIncremental ? state_.last_incremental_backup
                                                                 : state_.last_full_backup;
    mark = {record.position, backup.time};
  }
  switch (backup.phase) {
    case BackupPhase::kTruncate:
      pending_truncation_ = backup.generation_high;
      return Status::Ok();
    case BackupPhase::kUpdate:
      pending_stamps_.push_back(backup);
      return Status::Ok();
    case BackupPhase::kStop:
      truncated_below_ = std::max(truncated_below_, pending_truncation_);
      pending_truncation_ = 0;
      return StampPending(record.position);
    case BackupPhase::kBegin:
    case BackupPhase::kAbort:
      pending_stamps_.clear();
      pending_truncation_ = 0;
      return Status::Ok();
    case BackupPhase::kPrepareLogs:
      return Status::Ok();
  }
  return Error::kLogFileCorrupt;
}

// A backup's end is one record: the databases get their stamps together or not at all.
Status RecoverySession::StampPending(Lgpos end) {
  for (const BackupRecord& stamp : pending_stamps_) {
    if (FindDatabase(stamp.database_id, end) == nullptr) continue;  // Absent, or stamped already.
    RETURN_IF_ERROR(OpenDatabase(stamp.database_id)->UpdateHeader([&](DatabaseHeader* header) {
      StampHeader(stamp, header);
    }));
  }
  pending_stamps_.clear();
  return Status::Ok();
}

bool RecoverySession::NeedsBarrier(RecordType type) const {
  return type == RecordType::kCreateDatabase || type == RecordType::kAttachDatabase ||
         type == RecordType::kDetachDatabase;
}

Status RecoverySession::OnRecord(const LogRecord& record) {
  log_.SetRedoPosition(record.position);
  switch (record.type) {
    case RecordType::kCommit:
      return instance_.transactions().RedoCommit(record.position, record.payload);
    case RecordType::kRollbackEnd:
      return instance_.transactions().RedoRollbackEnd(record.position, record.payload);
    case RecordType::kCreateDatabase:
      return OnCreate(record);
    case RecordType::kAttachDatabase:
      return OnAttach(record);
    case RecordType::kDetachDatabase:
      return OnDetach(record);
    case RecordType::kBackup:
      return OnBackup(record);
    default:
      return Status::Ok();  // Marks that change nothing when repeated.
  }
}

namespace {

// A new tree's root is formatted with its object id, whether or not its creation is committed.
Status RaiseObjectIds(const MutationView& mutation, Database& database) {
  return mutation.ForEachPage([&](const PageChange& change) -> Status {
    if (!change.is_new) return Status::Ok();
    Bytes operations = change.operations;
    ASSIGN_OR_RETURN(const PageOperation first, DecodeOperation(&operations));
    if (first.kind == OperationKind::kFormat) database.RaiseObjectId(first.object_id);
    return Status::Ok();
  });
}

}  // namespace

Status RecoverySession::OnMutation(Lgpos position, const MutationView& mutation) {
  log_.SetRedoPosition(position);
  const auto slot = slots_.find(mutation.database_id());
  if (slot == slots_.end() || slot->second.left_out) return Status::Ok();
  if (Database* database = slot->second.database.get()) {
    database->RaiseDbTime(mutation.dbtime());
    RETURN_IF_ERROR(RaiseObjectIds(mutation, *database));
  }
  if (mutation.annotation().empty()) return Status::Ok();
  return instance_.transactions().RedoAnnotation(position, mutation.database_id(),
                                                 mutation.annotation());
}

CachedDatabase* RecoverySession::FindDatabase(uint8_t database_id, Lgpos position) {
  const auto slot = slots_.find(database_id);
  if (slot == slots_.end() || slot->second.database == nullptr) return nullptr;
  return position < slot->second.applies_from ? nullptr : &slot->second.database->pages();
}

Database* RecoverySession::OpenDatabase(uint8_t database_id) {
  const auto slot = slots_.find(database_id);
  return slot == slots_.end() ? nullptr : slot->second.database.get();
}

// Objects are found in the catalog whatever the log still tells of their creation. The time counter
// has no such witness when there was no checkpoint, so it takes a leap that no history can have
// covered: the values are 64 bits wide.
Status RecoverySession::RaiseCounters(Database& database) {
  if (!plan_.has_checkpoint) {
    database.RaiseDbTime(database.last_dbtime() + (DbTime{1} << 32));
  }
  Transaction reader(instance_.transactions());
  CatalogStore catalog(database, instance_.transactions());
  ASSIGN_OR_RETURN(const std::vector<CatalogRow> tables, catalog.Tables(reader));
  for (const CatalogRow& table : tables) {
    database.RaiseObjectId(table.id);
    ASSIGN_OR_RETURN(const std::vector<CatalogRow> rows, catalog.RowsOf(reader, table.id));
    for (const CatalogRow& row : rows) {
      if (row.type != CatalogType::kColumn) database.RaiseObjectId(row.id);
    }
  }
  return Status::Ok();
}

// A restored copy is as long as the database was when it was opened for the backup; since then it
// may have grown. Whoever opens it next, a later attach record or a user, expects all of it.
Status RecoverySession::FitFile(Database& database) {
  RETURN_IF_ERROR(database.FindLastPage());
  return database.ExtendTo(database.last_page());
}

Status RecoverySession::FinishRedo() {
  for (const auto& [id, slot] : slots_) {
    if (slot.left_out) continue;
    if (slot.database != nullptr) {
      RETURN_IF_ERROR(FitFile(*slot.database));
      RETURN_IF_ERROR(RaiseCounters(*slot.database));
      continue;
    }
    ReportOpenFailure(slot);
    return slot.open_status;
  }
  return Status::Ok();
}

void RecoverySession::ReportOpenFailure(const Slot& slot) {
  instance_.events().Report({.id = event_id::kRecoveryDatabaseMissing,
                             .severity = Severity::kError,
                             .text = "Recovery needs a database that it cannot open.",
                             .file = slot.attachment.path,
                             .expected = slot.attachment.signature.ToText(),
                             .error = slot.open_status.number()});
}

Status RecoverySession::CloseClean(Slot& slot, Lgpos position) {
  Database& database = *slot.database;
  RETURN_IF_ERROR(FitFile(database));
  RETURN_IF_ERROR(database.pages().FlushAll());
  RETURN_IF_ERROR(MarkHeaderClean(database, position, plan_.change_header));
  instance_.transactions().Forget(database);
  slot.database.reset();
  return Status::Ok();
}

Status RecoverySession::CloseAllClean() {
  for (auto& [id, slot] : slots_) {
    if (slot.database == nullptr) continue;
    RETURN_IF_ERROR(slot.database->pages().FlushAll());
    const std::byte payload{id};
    ASSIGN_OR_RETURN(const Lgpos position,
                     log_.AppendRecord(RecordType::kDetachDatabase, Bytes(&payload, 1)));
    RETURN_IF_ERROR(log_.WaitDurable(position));
    RETURN_IF_ERROR(CloseClean(slot, position));
  }
  slots_.clear();
  return Status::Ok();
}

}  // namespace contrail
