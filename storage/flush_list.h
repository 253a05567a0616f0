// FlushList: the dirty pages of one database in the order in which they became dirty, the pages
// that are being written, and the ranges where writing is not allowed now.
//
// Invariants
// 1. Positions never fall from front to back: an entry's position is the log's tip, read inside the
//    mutex, when its page became dirty. So the front bounds where redo has to start.
// 2. An entry taken for writing stays in flight, and keeps counting for Oldest, until FinishFlight:
//    its page is in the file and the file is synced.
// 3. No entry in flight lies in an excluded range, once Exclude has returned.
// An entry whose page is not dirty any more (dropped, or written through an earlier entry) is
// stale; the writer skips it.
//
// Thread safe.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "storage/lgpos.h"
#include "storage/page_format.h"
#include "storage/redo_sink.h"

namespace contrail {

class FlushList {
 public:
  struct Entry {
    Lgpos position;
    uint64_t sequence = 0;  // Grows by one with each entry of the list.
    PageNumber page = 0;
  };

  // Runs `mark` (which sets the page's dirty bit) and appends the entry as one step.
  template <typename Mark>
  void Add(PageNumber page, const RedoSink& sink, Mark mark) {
    const std::lock_guard lock(mutex_);
    mark();
    Append(page, sink.Tip());
  }

  // kLgposMax when nothing is dirty or in flight.
  Lgpos Oldest() const;
  // Of the next entry to come: everything added before has a smaller one.
  uint64_t NextSequence() const;
  // True when no entry with a sequence below `sequence` is waiting or in flight.
  bool IsDoneBelow(uint64_t sequence) const;

  // Moves entries older than `limit` and `sequence` into flight, oldest first, at most `most`;
  // those in excluded ranges stay. One flight at a time (the writer's mutex).
  void TakeOff(Lgpos limit, uint64_t sequence, size_t most, std::vector<Entry>* taken);
  // Puts an entry in flight back in its place: its page could not be copied now.
  void PutBack(const Entry& entry);
  void FinishFlight();
  // The writes have failed for good: what is in flight goes on counting for Oldest (it never
  // reached the file), but nobody waits for it.
  void FailFlight();
  // Blocks while everything that TakeOff would look at is excluded.
  void WaitWhileExcluded();

  // Returns a ticket; blocks while pages of [first, last] are in flight.
  uint64_t Exclude(PageNumber first, PageNumber last);
  void Permit(uint64_t ticket);

  // Forgets everything. No batch may be running.
  void Clear();

 private:
  struct Exclusion {
    uint64_t ticket = 0;
    PageNumber first = 0;
    PageNumber last = 0;
  };

  void Append(PageNumber page, Lgpos position);
  void PutBackLocked(const Entry& entry);
  bool IsExcluded(PageNumber page) const;
  bool HasFlightIn(PageNumber first, PageNumber last) const;

  mutable std::mutex mutex_;
  std::condition_variable landed_;
  bool flight_failed_ = false;
  std::deque<Entry> waiting_;
  std::vector<Entry> in_flight_;
  std::vector<Entry> passed_over_;  // Scratch of TakeOff.
  std::vector<Exclusion> exclusions_;
  uint64_t next_sequence_ = 0;
  uint64_t next_ticket_ = 1;
};

}  // namespace contrail
