#include "engine/maintenance.h"

#include <absl/time/time.h>

namespace contrail {
namespace {

// Often enough that a version's memory and a finished generation are soon free again, and seldom
// enough to cost nothing when the instance is idle.
constexpr absl::Duration kInterval = absl::Milliseconds(100);
constexpr size_t kVersionsPerRound = 100'000;
constexpr uint32_t kCheckpointStepBlocks = (1 << 20) / kLogBlockSize;

// The position `bytes` of log before `tip`; generations have equal sizes.
Lgpos StepBack(Lgpos tip, uint64_t bytes, uint32_t generation_bytes) {
  const uint64_t generations = bytes / generation_bytes + 1;
  if (tip.generation <= generations) return {1, 0, 0};
  return {static_cast<uint32_t>(tip.generation - generations), tip.block, tip.offset};
}

}  // namespace

void Maintenance::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Maintenance::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void Maintenance::Loop() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stop_), kInterval)) return;
    }
    // A failure here is a failure of the log or the pool, which remember it themselves: every
    // session meets it at its next commit.
    RunOnce().Ignore();
  }
}

Status Maintenance::RunOnce() {
  absl::MutexLock lock(&round_mutex_);
  if (paused_) return Status::Ok();
  RETURN_IF_ERROR(instance_.Health());
  RETURN_IF_ERROR(instance_.transactions().CleanUp(kVersionsPerRound).status());
  if (instance_.options().recovery) held_logs_.Look();
  return MoveCheckpoint();
}

void Maintenance::Pause() {
  absl::MutexLock lock(&round_mutex_);
  paused_ = true;
}

void Maintenance::Resume() {
  absl::MutexLock lock(&round_mutex_);
  paused_ = false;
}

Status Maintenance::MoveCheckpoint() {
  const InstanceOptions& options = instance_.options();
  if (!options.recovery) return Status::Ok();
  const Lgpos tip = instance_.log().Tip();
  const bool quiesce = quiesce_.load(std::memory_order_relaxed);
  instance_.pool().SetWriteTarget(
      quiesce ? tip : StepBack(tip, options.checkpoint_depth, options.log_generation_bytes));
  if (!options.background_threads) {
    RETURN_IF_ERROR(instance_.pool().WriteSome(tip, /*max_pages=*/1 << 20).status());
  }
  // Nothing was logged since the last time: nothing can have moved but page writes, and the
  // position they free is worth a write only now and then.
  const Lgpos before = instance_.checkpoint();
  const Lgpos oldest = std::min({tip, instance_.log().DurableEnd(), instance_.pool().OldestDirty(),
                                 instance_.transactions().OldestNeeded()});
  // A checkpoint costs a sync that competes with commits: it moves in steps while there is work,
  // and all the way when there is none.
  const bool idle = tip == last_tip_;
  last_tip_ = tip;
  const bool step = oldest.generation != written_.generation ||
                    oldest.block >= written_.block + kCheckpointStepBlocks;
  if (oldest == written_ || (!idle && !step)) return Status::Ok();
  RETURN_IF_ERROR(instance_.WriteCheckpointNow());
  written_ = oldest;
  const Lgpos after = instance_.checkpoint();
  if (after.generation == before.generation) return Status::Ok();
  RETURN_IF_ERROR(UpdateRequiredGenerations(after.generation));
  return options.circular_logging ? DeleteOldGenerations(after.generation) : Status::Ok();
}

// The range of generations in the header is what tools show and what a restore checks; redo itself
// starts at the checkpoint.
Status Maintenance::UpdateRequiredGenerations(uint32_t checkpoint_generation) {
  const uint32_t current = instance_.log().CurrentGeneration();
  return instance_.ForEachDatabase([&](AttachedDatabase& attached) {
    if (attached.read_only()) return Status::Ok();
    return attached.database().UpdateHeader([&](DatabaseHeader* header) {
      header->generation_min_required =
          std::max(checkpoint_generation, header->attach_position.generation);
      header->generation_max_required = header->generation_max_committed = current;
    });
  });
}

Status Maintenance::DeleteOldGenerations(uint32_t below) {
  const uint32_t keep = std::min(below, instance_.backup_gate().keep_generation());
  return instance_.DeleteGenerationsBelow(keep);
}

}  // namespace contrail
