#include "log/flight_schedule.h"

#include "storage/check.h"

namespace contrail {
namespace {
constexpr uint64_t kBoarding = ~uint64_t{0};
}  // namespace

FlightSchedule::Ticket FlightSchedule::TakeTicket(uint64_t end) {
  const auto ticket = [](Role role, std::atomic<int>* signal) {
    return Ticket{role, signal, signal->load(std::memory_order_relaxed)};
  };
  if (!flying_) {
    flying_ = true;
    ++number_;
    flight_end_ = kBoarding;
    return {};
  }
  if (end <= flight_end_) return ticket(Role::kPassenger, &landed_[number_ % 2]);
  if (pilot_waits_) return ticket(Role::kPassenger, &landed_[(number_ + 1) % 2]);
  pilot_waits_ = true;
  return ticket(Role::kNextPilot, &pilot_called_[(number_ + 1) % 2]);
}

Status FlightSchedule::WaitUntil(Lgpos end) {
  const uint64_t wanted = end.Packed();
  while (durable_.load(std::memory_order_acquire) < wanted) {
    Ticket ticket;
    {
      const std::lock_guard lock(mutex_);
      if (durable_.load(std::memory_order_acquire) >= wanted) break;
      if (!health_.ok()) return health_;
      ticket = TakeTicket(wanted);
    }
    if (ticket.signal != nullptr) ticket.signal->wait(ticket.seen, std::memory_order_acquire);
    if (ticket.role != Role::kPassenger) RETURN_IF_ERROR(Pilot());
  }
  return Status::Ok();
}

Status FlightSchedule::WaitForLanding() {
  Ticket ticket;
  {
    const std::lock_guard lock(mutex_);
    if (!health_.ok()) return health_;
    ticket = TakeTicket(0);
  }
  DCHECK(ticket.role != Role::kNextPilot);
  if (ticket.signal == nullptr) return Pilot();
  ticket.signal->wait(ticket.seen, std::memory_order_acquire);
  return health();
}

Status FlightSchedule::Pilot() {
  {
    const std::lock_guard lock(mutex_);
    // When the log went down while we waited, the flight was not handed over to us.
    if (!health_.ok() && !flying_) return health_;
    DCHECK(flying_ && flight_end_ == kBoarding);
    if (health_.ok()) flight_end_ = flight_.Board().Packed();
  }
  const Status down = health();
  const Status status = down.ok() ? flight_.Fly() : down;
  Land(status);
  return status;
}

void FlightSchedule::Land(Status status) {
  bool hand_over = false;
  uint64_t landed = 0;
  {
    const std::lock_guard lock(mutex_);
    DCHECK(flying_);
    if (!status.ok() && health_.ok()) health_ = status;
    if (!health_.ok()) down_.store(true, std::memory_order_release);
    landed = number_;
    hand_over = pilot_waits_ && health_.ok();
    pilot_waits_ = false;
    if (hand_over) {
      ++number_;
      flight_end_ = kBoarding;
    } else {
      flying_ = false;
    }
    landed_[landed % 2].fetch_add(1, std::memory_order_release);
    if (hand_over) pilot_called_[number_ % 2].fetch_add(1, std::memory_order_release);
    if (!health_.ok()) {
      // Nobody waits in vain for a flight that will never leave.
      landed_[(landed + 1) % 2].fetch_add(1, std::memory_order_release);
      for (std::atomic<int>& signal : pilot_called_) signal.fetch_add(1, std::memory_order_release);
      landed_for_good_.notify_all();
    }
  }
  if (hand_over) pilot_called_[(landed + 1) % 2].notify_all();
  landed_[landed % 2].notify_all();
  if (down()) {
    landed_[(landed + 1) % 2].notify_all();
    for (std::atomic<int>& signal : pilot_called_) signal.notify_all();
  }
}

void FlightSchedule::Publish(Lgpos durable) {
  DCHECK(durable.Packed() >= durable_.load(std::memory_order_relaxed));
  durable_.store(durable.Packed(), std::memory_order_release);
}

Status FlightSchedule::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

void FlightSchedule::TakeDown(Status error) {
  CHECK(!error.ok());
  std::unique_lock lock(mutex_);
  if (health_.ok()) health_ = error;
  down_.store(true, std::memory_order_release);
  // A flight under way wakes everybody when it lands.
  landed_for_good_.wait(lock, [this] { return !flying_; });
}

}  // namespace contrail
