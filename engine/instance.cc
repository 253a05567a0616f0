#include "engine/instance.h"

#include <absl/strings/str_cat.h>

#include "engine/clean_header.h"
#include "engine/event_ids.h"
#include "engine/instance_lock.h"
#include "engine/maintenance.h"
#include "engine/text_order.h"
#include "storage/check.h"

namespace contrail {

Session::Session(Instance& instance)
    : instance_(&instance),
      transaction_(instance.transactions()),
      context_{.transaction = &transaction_, .scratch = &scratch_} {}

Instance::Instance(FileSystem& files, EventSink& events, InstanceOptions options)
    : files_(files, write_gate_), events_(events), options_(std::move(options)) {}

Instance::~Instance() {
  if (running()) Terminate(TerminateMode::kCrash).Ignore();
}

void Instance::Report(Severity severity, uint32_t id, std::string text, std::string file,
                      Status status) {
  events_.Report({.id = id,
                  .severity = severity,
                  .text = std::move(text),
                  .file = std::move(file),
                  .error = status.number()});
}

std::string Instance::CheckpointPath() const {
  return options_.system_path + CheckpointFileName(options_.base_name);
}

std::string Instance::LogPathOf(uint32_t generation) const {
  return options_.log_path + LogFileName(options_.base_name, generation);
}

LogWriterOptions Instance::WriterOptions() const {
  return {.directory = options_.log_path,
          .base_name = options_.base_name,
          .generation_bytes = options_.log_generation_bytes,
          .buffer_bytes = options_.log_buffer_bytes,
          .page_size = options_.page_size,
          .background_thread = options_.background_threads};
}

Status Instance::TakeLock(std::shared_ptr<File> lock) {
  for (const std::string& folder : {options_.system_path, options_.log_path}) {
    if (options_.create_missing_folders) {
      RETURN_IF_ERROR(files_.CreateDirectories(folder));
    }
    ASSIGN_OR_RETURN(const bool exists, files_.Exists(folder));
    if (!exists) {
      Report(Severity::kError, event_id::kRecoveryFailed, "A folder of the instance is missing.",
             folder, Error::kInvalidPath);
      return Error::kInvalidPath;
    }
  }
  lock_file_ = std::move(lock);
  if (lock_file_ != nullptr) return Status::Ok();
  ASSIGN_OR_RETURN(lock_file_,
                   LockLogFolder(files_, events_, options_.log_path, options_.base_name));
  return Status::Ok();
}

Status Instance::OpenServices() {
  std::shared_ptr<const SortTables> tables;
  if (!options_.sort_table_path.empty()) {
    ASSIGN_OR_RETURN(tables, SortTables::Read(files_, options_.sort_table_path, events_));
  }
  text_orders_ = std::make_shared<const TextOrders>(std::move(tables), options_.sort_order);
  BufferPoolOptions pool_options;
  pool_options.cache_bytes = options_.cache_bytes;
  pool_options.double_write_path = options_.system_path + options_.base_name + ".dwa";
  pool_options.background_writer = options_.background_threads;
  ASSIGN_OR_RETURN(pool_, BufferPool::Create(files_, events_, log_, pool_options));
  transactions_ = std::make_unique<TransactionManager>(log_, events_);
  return Status::Ok();
}

Status Instance::StartFresh() {
  ASSIGN_OR_RETURN(log_writer_, LogWriter::Create(files_, events_, WriterOptions(),
                                                  Signature::Random(), EncodeInstanceState({})));
  log_.SetTarget(log_writer_.get());
  return Status::Ok();
}

Status Instance::Initialize(const Progress& progress) {
  CHECK(!running());
  Report(Severity::kInformation, event_id::kInstanceStarting, "The instance starts.",
         options_.log_path, Status::Ok());
  RETURN_IF_ERROR(TakeLock());
  Status status = Status::Ok();
  if (!options_.recovery) {
    log_writer_ = std::make_unique<NullLogWriter>(Signature::Random());
    log_.SetTarget(log_writer_.get());
    status = OpenServices();
  } else {
    status = RecoverOwnLog(progress);
  }
  return FinishInitialize(status);
}

Status Instance::InitializeFrom(const RecoveryPlan& plan, const Progress& progress) {
  CHECK(!running());
  Report(Severity::kInformation, event_id::kInstanceStarting, "The instance starts.",
         options_.log_path, Status::Ok());
  RETURN_IF_ERROR(TakeLock(plan.log_lock));
  Status status = OpenServices();
  if (status.ok()) {
    const Result<LogFileHeader> first =
        ReadLogFileHeader(files_, events_, plan.source.files.front().path);
    status = first.status();
    if (first.ok()) {
      const Result<InstanceState> initial = DecodeInstanceState(first->state);
      status = initial.ok() ? Replay(plan, first->signature, *initial, progress) : initial.status();
    }
  }
  return FinishInitialize(status);
}

Status Instance::FinishInitialize(Status status) {
  if (status.ok()) status = WriteCheckpointNow();
  if (!status.ok()) {
    Report(Severity::kError, event_id::kRecoveryFailed, "The instance could not be started.",
           options_.log_path, status);
    ReleaseServices();
    return status;
  }
  running_.store(true, std::memory_order_release);
  maintenance_ = std::make_unique<Maintenance>(*this);
  if (options_.background_threads) maintenance_->Start();
  return Status::Ok();
}

Instance::Service Instance::GetService(const std::function<Service()>& make) {
  absl::MutexLock lock(&service_mutex_);
  if (service_ == nullptr) service_ = make();
  return service_;
}

void Instance::ReleaseServices() {
  // Threads that are about to be joined may stand before a closed gate.
  ResumeWrites();
  {
    absl::MutexLock lock(&service_mutex_);
    service_.reset();
  }
  maintenance_.reset();
  {
    absl::MutexLock lock(&databases_mutex_);
    databases_.clear();
    PublishState();
  }
  if (log_writer_ != nullptr) log_writer_->Abandon();
  transactions_.reset();
  pool_.reset();
  log_.SetTarget(nullptr);
  log_writer_.reset();
  lock_file_.reset();
}

Status Instance::Terminate(TerminateMode mode) {
  if (!running()) return Error::kNotInitialized;
  if (mode == TerminateMode::kComplete) RETURN_IF_ERROR(backup_gate_.CheckIdle());
  if (mode != TerminateMode::kCrash) backup_gate_.RequestEnd();
  if (maintenance_ != nullptr) maintenance_->Stop();

  Status status = Status::Ok();
  if (mode != TerminateMode::kCrash) {
    status = Health();
    absl::MutexLock lock(&databases_mutex_);
    while (status.ok() && !databases_.empty()) {
      status = DetachLocked(databases_.back().get());
    }
  }
  if (status.ok() && mode != TerminateMode::kCrash) status = WriteCheckpointNow();
  if (status.ok() && mode != TerminateMode::kCrash) status = log_.Close();
  running_.store(false, std::memory_order_release);
  if (!status.ok()) {
    Report(Severity::kError, event_id::kInstanceStoppedWithError,
           "The instance could not be ended cleanly; the next start will recover.",
           options_.log_path, status);
  }
  ReleaseServices();
  if (status.ok() && mode != TerminateMode::kCrash) {
    Report(Severity::kInformation, event_id::kInstanceStopped, "The instance has stopped.",
           options_.log_path, status);
  }
  return status;
}

Status Instance::Health() const {
  if (pool_ == nullptr) return Error::kNotInitialized;
  if (!log_.health().ok() || !pool_->health().ok()) return Error::kInstanceUnavailable;
  return Status::Ok();
}

Status Instance::RunMaintenance() { return maintenance_->RunOnce(); }

}  // namespace contrail
