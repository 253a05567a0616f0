#include "log/redo_workers.h"

#include <algorithm>
#include <utility>

#include "storage/check.h"

namespace contrail {
namespace {

// Large enough that handing over costs nothing per change, small enough to keep all workers busy.
constexpr size_t kBatchBytes = 128 << 10;
constexpr size_t kBatchChanges = 512;
// Batches a worker may lag behind the reader.
constexpr size_t kQueueLimit = 8;

size_t WorkerOf(const RedoWorkers::Change& change, size_t workers) {
  const uint64_t mixed = (change.page.page + reinterpret_cast<uintptr_t>(change.database)) *
                         uint64_t{0x9e3779b97f4a7c15};
  return (mixed >> 32) % workers;
}

}  // namespace

void RedoWorkers::Batch::Clear() {
  changes.clear();
  offsets.clear();
  bytes.clear();
}

void RedoWorkers::Batch::Complete() {
  DCHECK(changes.size() == offsets.size());
  for (size_t i = 0; i < changes.size(); ++i) {
    Bytes& operations = changes[i].page.operations;
    operations = Bytes(bytes).subspan(offsets[i], operations.size());
  }
}

RedoWorkers::RedoWorkers(int workers, Apply apply, Prefetch prefetch)
    : apply_(std::move(apply)), prefetch_(std::move(prefetch)) {
  CHECK(apply_ != nullptr && prefetch_ != nullptr);
  for (int i = 0; i < std::max(workers, 1); ++i) {
    workers_.push_back(std::make_unique<Worker>());
    Worker& worker = *workers_.back();
    worker.filling = std::make_unique<Batch>();
    worker.thread = std::thread([this, &worker] { Run(worker); });
  }
}

RedoWorkers::~RedoWorkers() {
  for (const auto& worker : workers_) {
    const std::lock_guard lock(worker->mutex);
    worker->queue.clear();
    worker->stop = true;
    worker->changed.notify_all();
  }
  for (const auto& worker : workers_) worker->thread.join();
}

Status RedoWorkers::failure() const {
  const std::lock_guard lock(failure_mutex_);
  return failure_;
}

Status RedoWorkers::Add(const Change& change) {
  DCHECK(change.database != nullptr);
  if (failed_.load(std::memory_order_relaxed)) return failure();
  Worker& worker = *workers_[WorkerOf(change, workers_.size())];
  Batch& batch = *worker.filling;
  batch.changes.push_back(change);
  batch.offsets.push_back(batch.bytes.size());
  batch.bytes.insert(batch.bytes.end(), change.page.operations.begin(),
                     change.page.operations.end());
  if (batch.bytes.size() >= kBatchBytes || batch.changes.size() >= kBatchChanges) Send(worker);
  return Status::Ok();
}

Status RedoWorkers::Barrier() {
  for (const auto& worker : workers_) Send(*worker);
  for (const auto& worker : workers_) {
    std::unique_lock lock(worker->mutex);
    worker->changed.wait(lock, [&] { return worker->queue.empty() && !worker->busy; });
  }
  return failure();
}

void RedoWorkers::Send(Worker& worker) {
  if (worker.filling->changes.empty()) return;
  worker.filling->Complete();
  AskForPages(*worker.filling);
  std::unique_lock lock(worker.mutex);
  worker.changed.wait(lock, [&] { return worker.queue.size() < kQueueLimit; });
  worker.queue.push_back(std::move(worker.filling));
  if (worker.spare.empty()) {
    worker.filling = std::make_unique<Batch>();
  } else {
    worker.filling = std::move(worker.spare.back());
    worker.spare.pop_back();
  }
  worker.changed.notify_all();
}

void RedoWorkers::AskForPages(const Batch& batch) {
  // Runs of one database at a time; batches rarely have more than one.
  for (size_t i = 0; i < batch.changes.size();) {
    CachedDatabase* const database = batch.changes[i].database;
    wanted_.clear();
    for (; i < batch.changes.size() && batch.changes[i].database == database; ++i) {
      // What the record makes anew need not be read.
      if (!batch.changes[i].page.is_new) wanted_.push_back(batch.changes[i].page.page);
    }
    std::sort(wanted_.begin(), wanted_.end());
    wanted_.erase(std::unique(wanted_.begin(), wanted_.end()), wanted_.end());
    if (!wanted_.empty()) prefetch_(*database, wanted_);
  }
}

void RedoWorkers::Run(Worker& worker) {
  std::unique_ptr<Batch> batch;
  for (;;) {
    {
      std::unique_lock lock(worker.mutex);
      worker.busy = false;
      if (batch != nullptr) worker.spare.push_back(std::move(batch));
      // The reader may wait for this worker to be idle, or for room in its queue.
      worker.changed.notify_all();
      worker.changed.wait(lock, [&] { return worker.stop || !worker.queue.empty(); });
      if (worker.stop) return;
      batch = std::move(worker.queue.front());
      worker.queue.pop_front();
      worker.busy = true;
    }
    ApplyBatch(*batch);
    batch->Clear();
  }
}

void RedoWorkers::ApplyBatch(const Batch& batch) {
  for (const Change& change : batch.changes) {
    if (failed_.load(std::memory_order_relaxed)) return;
    const Status status = apply_(change);
    if (status.ok()) continue;
    const std::lock_guard lock(failure_mutex_);
    if (failure_.ok()) failure_ = status;
    failed_.store(true, std::memory_order_relaxed);
    return;
  }
}

}  // namespace contrail
