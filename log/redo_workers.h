// RedoWorkers: threads that apply page changes. A page always goes to the same worker, so the
// changes of a page are applied in the order of the log, and different pages at the same time.
//
// Changes travel in batches, their bytes copied into the batch: the reader moves on meanwhile.
// Before a batch is handed over its pages are asked for (prefetch), so that a worker rarely waits
// for the disk.
//
// After the first error nothing more is applied; Add and Barrier return it.
//
// Thread rule: one thread calls these functions.

#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "storage/mutation.h"

namespace contrail {

class RedoWorkers {
 public:
  struct Change {
    CachedDatabase* database = nullptr;
    Lgpos position;  // Of the record, for reports.
    DbTime dbtime = 0;
    PageChange page;
  };
  using Apply = std::function<Status(const Change& change)>;
  using Prefetch = std::function<void(CachedDatabase& database, std::span<const PageNumber> pages)>;

  RedoWorkers(int workers, Apply apply, Prefetch prefetch);
  ~RedoWorkers();  // Drops what has not been applied.

  // `change.page.operations` is copied.
  Status Add(const Change& change);
  // Returns when everything added has been applied.
  Status Barrier();

 private:
  struct Batch {
    std::vector<Change> changes;  // Operations are filled in when the batch is complete.
    std::vector<size_t> offsets;  // Of each change's operations in bytes.
    std::vector<std::byte> bytes;
    void Clear();
    void Complete();
  };
  struct Worker {
    std::thread thread;
    std::unique_ptr<Batch> filling;  // Of the calling thread.
    std::mutex mutex;                // Guards what follows.
    std::condition_variable changed;
    std::deque<std::unique_ptr<Batch>> queue;
    std::vector<std::unique_ptr<Batch>> spare;
    bool busy = false;
    bool stop = false;
  };

  void Send(Worker& worker);
  void AskForPages(const Batch& batch);
  void Run(Worker& worker);
  void ApplyBatch(const Batch& batch);
  Status failure() const;

  const Apply apply_;
  const Prefetch prefetch_;
  std::vector<PageNumber> wanted_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<bool> failed_{false};
  mutable std::mutex failure_mutex_;
  Status failure_;  // Guarded by failure_mutex_.
};

}  // namespace contrail
