// Starting an instance on files that are there already: which logs to replay, and how to go on.

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <filesystem>

#include "engine/event_ids.h"
#include "engine/instance.h"
#include "engine/recovery_session.h"

namespace contrail {
namespace {

// The generations from `first` to the end, without a gap. The name of the first missing one is
// reported.
Result<LogSource> ContiguousFrom(const LogListing& listing, uint32_t first,
                                 const InstanceOptions& options, EventSink& events) {
  LogSource source;
  uint32_t wanted = first;
  for (const LogFileInfo& file : listing.archived) {
    if (file.generation < first) continue;
    if (file.generation != wanted) break;
    source.files.push_back(file);
    ++wanted;
  }
  if (listing.has_current && listing.current.generation == wanted) {
    source.files.push_back(listing.current);
    ++wanted;
  }
  const uint32_t last = listing.has_current        ? listing.current.generation
                        : listing.archived.empty() ? 0
                                                   : listing.archived.back().generation;
  if (source.files.empty() || wanted != last + 1) {
    events.Report({.id = event_id::kLogFileMissing,
                   .severity = Severity::kError,
                   .text = "A log file that recovery needs is missing.",
                   .file = options.log_path + LogFileName(options.base_name, wanted),
                   .expected = absl::StrCat("generations ", first, " to ", last),
                   .found = absl::StrCat("none with number ", wanted),
                   .error = static_cast<int32_t>(Error::kMissingLogFile)});
    return Error::kMissingLogFile;
  }
  return source;
}

}  // namespace

// Windows leaves archived logs alone behind, too; that one is missing would be half of the truth.
Status Instance::RefuseLogsOfWindows(const LogListing& listing) {
  for (const LogFileInfo& file : listing.archived) {
    const Status status = ReadLogFileHeader(files_, DiscardEvents(), file.path).status();
    if (status.Is(Error::kBadLogVersion)) {
      return ReadLogFileHeader(files_, events_, file.path).status();
    }
  }
  return Status::Ok();
}

Status Instance::ReportMissingLog(std::string text, const std::string& file, std::string expected,
                                  std::string found) {
  events_.Report({.id = event_id::kLogFileMissing,
                  .severity = Severity::kError,
                  .text = std::move(text),
                  .file = file,
                  .expected = std::move(expected),
                  .found = std::move(found),
                  .error = static_cast<int32_t>(Error::kMissingLogFile)});
  return Error::kMissingLogFile;
}

Status Instance::RecoverOwnLog(const Progress& progress) {
  ASSIGN_OR_RETURN(const LogListing listing,
                   ListLogFiles(files_, events_, options_.log_path, options_.base_name));
  Result<Checkpoint> checkpoint = ReadCheckpoint(files_, events_, CheckpointPath());
  // What a newer version has left behind is not this one's to write over.
  if (checkpoint.status().Is(Error::kBadLogVersion)) return checkpoint.status();
  if (listing.archived.empty() && !listing.has_current) {
    if (!checkpoint.status().Is(Error::kCheckpointFileNotFound)) {
      return ReportMissingLog(
          "There is a checkpoint but no log. Restore the logs, or remove the checkpoint if every "
          "database was detached.",
          CheckpointPath(), options_.base_name + "*.log beside the checkpoint", "none");
    }
    RETURN_IF_ERROR(OpenServices());
    return StartFresh();
  }

  // A roll-over that a crash interrupted is no reason (ListLogFiles knows it): the file was lost,
  // and with it commits that were acknowledged. Going on behind the archived logs would hide that.
  if (!listing.has_current) {
    RETURN_IF_ERROR(RefuseLogsOfWindows(listing));
    return ReportMissingLog("The current log file is missing, but archived ones are there.",
                            options_.log_path + CurrentLogFileName(options_.base_name),
                            "a generation behind the archived ones",
                            absl::StrCat("generations ", listing.archived.front().generation,
                                         " to ", listing.archived.back().generation));
  }

  if (!options_.recovery_folder.empty()) {
    ASSIGN_OR_RETURN(recovery_databases_, FolderDatabases::Find(files_, options_.recovery_folder));
    for (const std::string& path : options_.recovery_databases) {
      RETURN_IF_ERROR(recovery_databases_.Add(files_, events_, path));
    }
  }
  RecoveryPlan plan;
  InstanceState initial;
  ASSIGN_OR_RETURN(plan, PlanFromFiles(listing, checkpoint.ok() ? &*checkpoint : nullptr));
  ASSIGN_OR_RETURN(const LogFileHeader first,
                   ReadLogFileHeader(files_, events_, plan.source.files.front().path));
  if (checkpoint.ok()) {
    if (checkpoint->signature != first.signature) {
      events_.Report({.id = event_id::kLogSequenceBroken,
                      .severity = Severity::kError,
                      .text = "The checkpoint belongs to another log stream.",
                      .file = CheckpointPath(),
                      .expected = first.signature.ToText(),
                      .found = checkpoint->signature.ToText(),
                      .error = static_cast<int32_t>(Error::kBadCheckpointSignature)});
      return Error::kBadCheckpointSignature;
    }
    ASSIGN_OR_RETURN(initial, DecodeInstanceState(checkpoint->state));
    RETURN_IF_ERROR(MendTornPages(initial));
  } else {
    Report(Severity::kWarning, event_id::kCheckpointUnusable,
           "The checkpoint cannot be used; all logs are replayed.", CheckpointPath(),
           checkpoint.status());
    ASSIGN_OR_RETURN(initial, DecodeInstanceState(first.state));
    RETURN_IF_ERROR(MendTornPages(initial));
  }
  RETURN_IF_ERROR(OpenServices());
  return Replay(plan, first.signature, initial, progress);
}

Result<RecoveryPlan> Instance::PlanFromFiles(const LogListing& listing,
                                             const Checkpoint* checkpoint) {
  RecoveryPlan plan;
  if (checkpoint != nullptr) {
    plan.start = checkpoint->position;
    plan.has_checkpoint = true;
    plan.expected_signature = checkpoint->signature;
  } else {
    const uint32_t first =
        listing.archived.empty() ? listing.current.generation : listing.archived.front().generation;
    plan.start = {first, 0, 0};
  }
  ASSIGN_OR_RETURN(plan.source, ContiguousFrom(listing, plan.start.generation, options_, events_));
  plan.source.last_may_be_torn = true;
  plan.own_log = true;
  plan.resolve = [this](const Attachment& attachment) -> std::optional<std::string> {
    const std::string path = RecoveredPath(attachment);
    if (options_.recovery_leaves_out_missing) {
      const Result<bool> exists = files_.Exists(path);
      if (exists.ok() && !*exists) return std::nullopt;
    }
    return path;
  };
  return plan;
}

std::string Instance::RecoveredPath(const Attachment& attachment) const {
  const std::string& logged = attachment.path;
  const auto moved = options_.recovery_paths.find(logged);
  if (moved != options_.recovery_paths.end()) return moved->second;
  const std::string name = logged.substr(logged.rfind('/') + 1);
  if (!options_.recovery_folder.empty()) {
    const FolderDatabase* found = recovery_databases_.Find(attachment.signature, name);
    return found != nullptr ? found->path : options_.recovery_folder + name;
  }
  if (options_.alternate_recovery_path.empty()) return logged;
  return options_.alternate_recovery_path + name;
}

// Pages go into the file that they were written to, and into no other that lies there now: a
// foreign database, an older copy of this one, or one that was closed clean and is durable as it
// is.
Status Instance::MendTornPages(const InstanceState& state) {
  std::vector<std::pair<uint64_t, std::unique_ptr<File>>> open;
  for (const Attachment& attachment : state.attachments) {
    Result<std::unique_ptr<File>> file =
        files_.Open(RecoveredPath(attachment),
                    {.mode = FileMode::kReadWrite, .direct = true, .exclusive = true});
    // A database that has gone since is recovery's to complain about, and so is one without a
    // header: either copy of it will do.
    if (!file.ok()) continue;
    const Result<DatabaseHeader> header = ReadHeader(**file, DiscardEvents());
    if (!header.ok() || header->signature != attachment.signature ||
        header->state == DatabaseState::kClean || header->attach_position < attachment.position ||
        header->current_full_backup.generation_low != 0) {
      continue;
    }
    open.emplace_back(Database::IdentityOf(attachment.signature), std::move(*file));
  }
  return BufferPool::RecoverTornPages(files_, events_,
                                      options_.system_path + options_.base_name + ".dwa",
                                      [&](uint64_t identity) -> File* {
                                        for (auto& [known, file] : open) {
                                          if (known == identity) return file.get();
                                        }
                                        return nullptr;
                                      });
}

Status Instance::Replay(const RecoveryPlan& plan, const Signature& signature,
                        const InstanceState& initial, const Progress& progress) {
  Report(Severity::kInformation, event_id::kRecoveryBegins, "Recovery begins.", options_.log_path,
         Status::Ok());
  RecoverySession session(*this, plan, signature, log_);
  RETURN_IF_ERROR(session.Begin(initial));
  uint64_t records = 0;
  ASSIGN_OR_RETURN(const LogEnd end, RedoLogs(plan, session, progress, &records));
  RETURN_IF_ERROR(session.FinishRedo());
  {
    absl::MutexLock lock(&state_mutex_);
    state_ = session.state();
    state_.next_transaction = transactions_->next_id();
    if (plan.new_stream.has_value()) {
      // Positions of the old stream mean nothing in the new one.
      state_.last_full_backup = state_.last_incremental_backup = {};
    }
  }
  RETURN_IF_ERROR(ContinueLog(plan, end));
  RETURN_IF_ERROR(transactions_->UndoUnfinished(
      [&](uint8_t database_id) { return session.OpenDatabase(database_id); }));
  RETURN_IF_ERROR(transactions_->CleanUpAll());
  RETURN_IF_ERROR(session.CloseAllClean());
  if (plan.own_log) FinishTruncation(std::min(session.truncated_below(), plan.start.generation));
  Report(Severity::kInformation, event_id::kRecoveryEnds,
         absl::StrCat("Recovery replayed ", records, " records."), options_.log_path, Status::Ok());
  return Status::Ok();
}

// The end of a backup may have been cut short between its record and the last deletion. The
// checkpoint that the next recovery would begin at is still the one of before.
void Instance::FinishTruncation(uint32_t below) {
  const Status deleted = DeleteGenerationsBelow(below);
  if (deleted.ok()) return;
  Report(Severity::kWarning, event_id::kLogTruncationFailed,
         "Logs that nothing needs any more could not be deleted; the next backup tries again.",
         options_.log_path, deleted);
}

Result<LogEnd> Instance::RedoLogs(const RecoveryPlan& plan, RecoverySession& session,
                                  const Progress& progress, uint64_t* records) {
  ASSIGN_OR_RETURN(
      const std::unique_ptr<LogReader> reader,
      LogReader::Open(files_, events_, plan.source, plan.start,
                      plan.expected_signature.has_value() ? &*plan.expected_signature : nullptr));
  ASSIGN_OR_RETURN(const RedoResult redo, RunRedo(*reader, events_, session,
                                                  {.progress = progress, .stop_at = plan.stop_at}));
  *records = redo.records;
  if (!plan.new_stream.has_value() || plan.new_stream->begun.files.empty()) return redo.end;
  const LogSource& begun = plan.new_stream->begun;
  ASSIGN_OR_RETURN(const std::unique_ptr<LogReader> rest,
                   LogReader::Open(files_, events_, begun, {begun.files.front().generation, 0, 0},
                                   &plan.new_stream->signature));
  ASSIGN_OR_RETURN(const RedoResult again,
                   RunRedo(*rest, events_, session, {.progress = progress}));
  *records += again.records;
  return again.end;
}

// Goes on in the current log file when the replay ended there, else in a generation of its own.
Status Instance::ContinueLog(const RecoveryPlan& plan, const LogEnd& end) {
  InstanceState state = this->state();
  state.attachments.clear();
  if (plan.new_stream.has_value()) {
    const NewLogStream& stream = *plan.new_stream;
    ASSIGN_OR_RETURN(
        log_writer_,
        stream.begun.files.empty()
            ? LogWriter::Create(files_, events_, WriterOptions(), stream.signature,
                                EncodeInstanceState(state), stream.first_generation)
            : LogWriter::Resume(files_, events_, WriterOptions(), end, EncodeInstanceState(state)));
    log_.SetTarget(log_writer_.get());
    return Status::Ok();
  }
  const std::filesystem::path last =
      std::filesystem::path(plan.source.files.back().path).lexically_normal();
  const auto is = [&](const std::string& name) {
    return last == (std::filesystem::path(options_.log_path) / name).lexically_normal();
  };
  // A crash within a roll-over leaves the current generation under the prepared file's name.
  const bool in_current =
      is(CurrentLogFileName(options_.base_name)) || is(PreparedLogFileName(options_.base_name));
  Result<std::unique_ptr<LogWriter>> writer =
      in_current
          ? LogWriter::Resume(files_, events_, WriterOptions(), end, EncodeInstanceState(state))
          : LogWriter::Create(files_, events_, WriterOptions(), end.header.signature,
                              EncodeInstanceState(state), end.position.generation + 1, &end);
  RETURN_IF_ERROR(writer.status());
  log_writer_ = std::move(*writer);
  log_.SetTarget(log_writer_.get());
  return Status::Ok();
}

}  // namespace contrail
