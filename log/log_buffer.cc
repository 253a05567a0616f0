#include "log/log_buffer.h"

#include <sched.h>
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "storage/check.h"

namespace contrail {
namespace {

constexpr uint64_t kByteMask = (uint64_t{1} << 40) - 1;

// Two of the largest records fit, so that one can be appended while another is on its way.
size_t RingBytes(size_t wanted, size_t max_payload) {
  return std::bit_ceil(std::max(wanted, 2 * (max_payload + kLogBlockSize)));
}

}  // namespace

LogBuffer::LogBuffer(uint32_t generation_bytes, size_t buffer_bytes, uint32_t generation,
                     uint32_t offset, State state)
    : generation_bytes_(generation_bytes),
      record_limit_(generation_bytes - static_cast<uint32_t>(kFrameHeaderBytes)),
      max_payload_(MaxRecordPayload(generation_bytes)),
      ring_(RingBytes(buffer_bytes, max_payload_)),
      ring_mask_(ring_.size() - 1),
      word_(MakeWord(generation, offset + kFrameHeaderBytes, 1)),
      released_(uint64_t{generation} * generation_bytes + offset),
      state_(std::move(state)),
      open_begin_(offset),
      last_sealed_end_(MakeLgpos(generation, offset)) {
  CHECK(std::has_single_bit(ring_.size()));
  CHECK(generation_bytes <= kMaxGenerationBytes && generation_bytes % kLogBlockSize == 0);
  CHECK(offset <= record_limit_);
}

LogBuffer::Outcome LogBuffer::Append(RecordType type, Bytes payload, Lgpos* position) {
  DCHECK(payload.size() <= max_payload_);
  const uint32_t size = static_cast<uint32_t>(kRecordHeaderBytes + payload.size());
  uint64_t word = word_.load(std::memory_order_acquire);
  do {
    if (Offset(word) + size > record_limit_) return Outcome::kGenerationFull;
    const uint64_t end = Linear(Generation(word), Offset(word)) + size;
    if (end > released_.load(std::memory_order_acquire) + ring_.size()) return Outcome::kBufferFull;
  } while (!word_.compare_exchange_weak(word, word + (uint64_t{size} << 4),
                                        std::memory_order_acq_rel, std::memory_order_acquire));
  // The place is ours. The frame cannot be written before the slot has counted us.
  const uint64_t linear = Linear(Generation(word), Offset(word));
  const uint32_t header = EncodeRecordHeader(type, payload.size());
  CopyIn(linear, reinterpret_cast<const std::byte*>(&header), sizeof header);
  CopyIn(linear + kRecordHeaderBytes, payload.data(), payload.size());
  slots_[SlotOf(word)].copied.fetch_add(kOneRecord + size, std::memory_order_release);
  *position = MakeLgpos(Generation(word), Offset(word));
  return Outcome::kDone;
}

void LogBuffer::CopyIn(uint64_t linear, const std::byte* from, size_t size) {
  if (size == 0) return;
  const size_t index = linear & ring_mask_;
  const size_t first = std::min(size, ring_.size() - index);
  std::memcpy(ring_.data() + index, from, first);
  if (first < size) std::memcpy(ring_.data(), from + first, size - first);
}

Lgpos LogBuffer::Tip() const {
  const uint64_t word = word_.load(std::memory_order_acquire);
  return MakeLgpos(Generation(word), Offset(word));
}

Lgpos LogBuffer::EndOfRecords() const {
  const std::lock_guard lock(seal_mutex_);
  const uint64_t word = word_.load(std::memory_order_acquire);
  const bool empty = Offset(word) == open_begin_ + kFrameHeaderBytes;
  return empty ? last_sealed_end_ : MakeLgpos(Generation(word), Offset(word));
}

bool LogBuffer::HalfFull() const {
  const uint64_t word = word_.load(std::memory_order_acquire);
  const uint64_t linear = Linear(Generation(word), Offset(word));
  return linear > released_.load(std::memory_order_relaxed) + ring_.size() / 2;
}

uint64_t LogBuffer::Seal() {
  const std::lock_guard lock(seal_mutex_);
  // The last slot but one stays for a generation's end.
  if (open_sequence_ - finished_ + 2 > kSlots) return open_sequence_ - 1;
  uint64_t word = word_.load(std::memory_order_acquire);
  do {
    if (Offset(word) == open_begin_ + kFrameHeaderBytes) return open_sequence_ - 1;
  } while (!word_.compare_exchange_weak(
      word, MakeWord(Generation(word), Offset(word) + kFrameHeaderBytes, open_sequence_ + 1),
      std::memory_order_acq_rel, std::memory_order_acquire));
  PushSealed(word, false);
  open_begin_ = Offset(word);
  return open_sequence_ - 1;
}

LogBuffer::SealOutcome LogBuffer::SealGeneration(uint32_t full) {
  const std::lock_guard lock(seal_mutex_);
  uint64_t word = word_.load(std::memory_order_acquire);
  if (Generation(word) != full) return SealOutcome::kAlreadySealed;
  if (full >= kMaxGeneration) return SealOutcome::kSequenceEnd;
  if (open_sequence_ - finished_ + 1 > kSlots) return SealOutcome::kNoRoom;
  const uint32_t first = LogHeaderBytes(state_->size());
  while (!word_.compare_exchange_weak(
      word, MakeWord(full + 1, first + kFrameHeaderBytes, open_sequence_ + 1),
      std::memory_order_acq_rel, std::memory_order_acquire)) {
  }
  PushSealed(word, true);
  open_begin_ = first;
  return SealOutcome::kSealed;
}

void LogBuffer::PushSealed(uint64_t sealed_word, bool final) {
  DCHECK(SlotOf(sealed_word) == open_sequence_ % kSlots);
  Frame& frame = sealed_[open_sequence_ % kSlots];
  frame.sequence = open_sequence_;
  frame.generation = Generation(sealed_word);
  frame.begin = open_begin_;
  frame.end = Offset(sealed_word);
  frame.final = final;
  frame.next_state = final ? state_ : nullptr;
  frame.records = 0;
  last_sealed_end_ = frame.end_position();
  ++open_sequence_;
}

void LogBuffer::SetState(State state) {
  CHECK(state->size() <= kMaxLogStateBytes);
  const std::lock_guard lock(seal_mutex_);
  state_ = std::move(state);
}

Lgpos LogBuffer::EndOfSealed() const {
  const std::lock_guard lock(seal_mutex_);
  const uint32_t generation = Generation(word_.load(std::memory_order_acquire));
  return generation == last_sealed_end_.generation ? last_sealed_end_ : Lgpos{generation, 0, 0};
}

std::optional<LogBuffer::Frame> LogBuffer::Take(uint64_t last) {
  Frame frame;
  {
    const std::lock_guard lock(seal_mutex_);
    DCHECK(last < open_sequence_);
    if (next_to_take_ > last) return std::nullopt;
    frame = sealed_[next_to_take_ % kSlots];
    sealed_[next_to_take_ % kSlots].next_state = nullptr;
    ++next_to_take_;
  }
  // Copies are short; one that is late has lost its processor, so let it have ours.
  const Slot& slot = slots_[frame.sequence % kSlots];
  uint64_t copied = slot.copied.load(std::memory_order_acquire);
  while ((copied & kByteMask) != frame.length()) {
    DCHECK((copied & kByteMask) < frame.length());
    sched_yield();
    copied = slot.copied.load(std::memory_order_acquire);
  }
  frame.records = copied / kOneRecord;
  return frame;
}

void LogBuffer::CopyOut(const Frame& frame, uint32_t offset, MutableBytes to) {
  DCHECK(offset >= frame.begin + kFrameHeaderBytes && offset + to.size() <= frame.end);
  const uint64_t linear = Linear(frame.generation, offset);
  const size_t index = linear & ring_mask_;
  const size_t first = std::min(to.size(), ring_.size() - index);
  if (first > 0) std::memcpy(to.data(), ring_.data() + index, first);
  if (first < to.size()) std::memcpy(to.data() + first, ring_.data(), to.size() - first);
  released_.store(linear + to.size(), std::memory_order_release);
}

uint64_t LogBuffer::ContentHash(const Frame& frame) const {
  const uint64_t linear = Linear(frame.generation, frame.begin + kFrameHeaderBytes);
  const size_t index = linear & ring_mask_;
  const size_t length = frame.length();
  if (index + length <= ring_.size()) return XXH3_64bits(ring_.data() + index, length);
  // It wraps around, which happens once per turn of the ring.
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(),
                                                                              XXH3_freeState);
  CHECK(state != nullptr && XXH3_64bits_reset(state.get()) == XXH_OK);
  const size_t first = ring_.size() - index;
  CHECK(XXH3_64bits_update(state.get(), ring_.data() + index, first) == XXH_OK);
  CHECK(XXH3_64bits_update(state.get(), ring_.data(), length - first) == XXH_OK);
  return XXH3_64bits_digest(state.get());
}

void LogBuffer::Finish(const Frame& frame) {
  const std::lock_guard lock(seal_mutex_);
  CHECK(frame.sequence == finished_ + 1);
  slots_[frame.sequence % kSlots].copied.store(0, std::memory_order_relaxed);
  finished_ = frame.sequence;
  if (!frame.final) return;
  // Between the generations nothing waits for the disk.
  const uint32_t first = LogHeaderBytes(frame.next_state->size());
  released_.store(Linear(frame.generation + 1, first), std::memory_order_release);
}

}  // namespace contrail
