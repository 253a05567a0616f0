#include "storage/flush_list.h"

#include <algorithm>

#include "storage/check.h"

namespace contrail {
namespace {

// How many excluded entries TakeOff looks past, so that a backup's range at the front of a long
// list cannot make every batch walk the whole of it.
constexpr size_t kLookPast = 4096;

}  // namespace

void FlushList::Append(PageNumber page, Lgpos position) {
  // A sink whose tip moved back would break the order on which checkpoints rest.
  CHECK(waiting_.empty() || waiting_.back().position <= position);
  waiting_.push_back({position, next_sequence_++, page});
}

Lgpos FlushList::Oldest() const {
  const std::lock_guard lock(mutex_);
  Lgpos oldest = waiting_.empty() ? kLgposMax : waiting_.front().position;
  for (const Entry& entry : in_flight_) oldest = std::min(oldest, entry.position);
  return oldest;
}

uint64_t FlushList::NextSequence() const {
  const std::lock_guard lock(mutex_);
  return next_sequence_;
}

bool FlushList::IsDoneBelow(uint64_t sequence) const {
  const std::lock_guard lock(mutex_);
  DCHECK(sequence <= next_sequence_);
  const auto below = [&](const Entry& entry) { return entry.sequence < sequence; };
  return (waiting_.empty() || !below(waiting_.front())) &&
         std::none_of(in_flight_.begin(), in_flight_.end(), below);
}

void FlushList::TakeOff(Lgpos limit, uint64_t sequence, size_t most, std::vector<Entry>* taken) {
  const std::lock_guard lock(mutex_);
  CHECK(in_flight_.empty());
  taken->clear();
  passed_over_.clear();
  while (!waiting_.empty() && taken->size() < most && passed_over_.size() < kLookPast) {
    const Entry& entry = waiting_.front();
    if (entry.position >= limit || entry.sequence >= sequence) break;
    (IsExcluded(entry.page) ? passed_over_ : *taken).push_back(entry);
    waiting_.pop_front();
  }
  waiting_.insert(waiting_.begin(), passed_over_.begin(), passed_over_.end());
  in_flight_ = *taken;
}

void FlushList::PutBackLocked(const Entry& entry) {
  const auto place =
      std::lower_bound(waiting_.begin(), waiting_.end(), entry,
                       [](const Entry& a, const Entry& b) { return a.sequence < b.sequence; });
  DCHECK(place == waiting_.end() || place->position >= entry.position);
  waiting_.insert(place, entry);
}

void FlushList::PutBack(const Entry& entry) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(in_flight_.begin(), in_flight_.end(), [&](const Entry& other) {
    return other.sequence == entry.sequence;
  });
  CHECK(found != in_flight_.end());
  in_flight_.erase(found);
  PutBackLocked(entry);
  landed_.notify_all();
}

void FlushList::FinishFlight() {
  const std::lock_guard lock(mutex_);
  in_flight_.clear();
  landed_.notify_all();
}

void FlushList::FailFlight() {
  const std::lock_guard lock(mutex_);
  flight_failed_ = true;
  landed_.notify_all();
}

void FlushList::WaitWhileExcluded() {
  std::unique_lock lock(mutex_);
  landed_.wait(lock, [&] {
    const auto end = waiting_.begin() + std::min(waiting_.size(), kLookPast);
    return waiting_.empty() || !std::all_of(waiting_.begin(), end, [&](const Entry& entry) {
             return IsExcluded(entry.page);
           });
  });
}

bool FlushList::IsExcluded(PageNumber page) const {
  return std::any_of(exclusions_.begin(), exclusions_.end(), [&](const Exclusion& exclusion) {
    return exclusion.first <= page && page <= exclusion.last;
  });
}

bool FlushList::HasFlightIn(PageNumber first, PageNumber last) const {
  if (flight_failed_) return false;
  return std::any_of(in_flight_.begin(), in_flight_.end(),
                     [&](const Entry& entry) { return first <= entry.page && entry.page <= last; });
}

uint64_t FlushList::Exclude(PageNumber first, PageNumber last) {
  CHECK(first <= last);
  std::unique_lock lock(mutex_);
  const uint64_t ticket = next_ticket_++;
  exclusions_.push_back({ticket, first, last});
  landed_.wait(lock, [&] { return !HasFlightIn(first, last); });
  return ticket;
}

void FlushList::Permit(uint64_t ticket) {
  const std::lock_guard lock(mutex_);
  const auto removed = std::erase_if(
      exclusions_, [&](const Exclusion& exclusion) { return exclusion.ticket == ticket; });
  CHECK(removed == 1);
  landed_.notify_all();
}

void FlushList::Clear() {
  const std::lock_guard lock(mutex_);
  in_flight_.clear();
  waiting_.clear();
}

}  // namespace contrail
