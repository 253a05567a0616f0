// LogBuffer: where records wait between Append and the disk.
//
// A ring of bytes, and one atomic word that says where the next record goes. Appending reserves a
// place with one compare-and-swap, copies into it outside of any lock, and reports the copy done to
// the frame it belongs to. Sealing ends the open frame and leaves room for the next frame's header;
// the sealed frame may be written once all its copies are done.
//
//   word   generation (32 bits) | offset in the generation's file (28) | frame slot (4)
//
// Invariants
// 1. The word only grows, record by record, frame by frame; so positions are in the order of the
// log.
// 2. A byte at (generation, offset) lies in the ring at (generation * generation_bytes + offset)
// mod
//    ring size: generations follow each other in the ring as they do on disk.
// 3. Nothing is copied over a byte that has not been released.
// 4. A slot counts the bytes copied into one frame, and is reused only after that frame was
// finished.
//
// Thread rule: everything is thread safe, except Take and Finish: one thread at a time (the
// flight).

#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "log/log_format.h"
#include "storage/aligned_buffer.h"

namespace contrail {

class LogBuffer {
 public:
  using State = std::shared_ptr<const std::vector<std::byte>>;

  // A part of the stream that goes to disk as one frame.
  struct Frame {
    uint64_t sequence = 0;
    uint32_t generation = 0;
    uint32_t begin = 0;  // File offset of the frame header; records follow it.
    uint32_t end = 0;    // File offset after the last record.
    bool final = false;  // The generation ends here.
    State next_state;    // Of a final frame: what the next generation's header carries.
    uint64_t records = 0;

    uint32_t length() const { return end - begin - static_cast<uint32_t>(kFrameHeaderBytes); }
    Lgpos end_position() const { return MakeLgpos(generation, end); }
  };

  // The first frame's header lies at (generation, offset).
  LogBuffer(uint32_t generation_bytes, size_t buffer_bytes, uint32_t generation, uint32_t offset,
            State state);

  enum class Outcome {
    kDone,
    kBufferFull,      // Wait until something has been released.
    kGenerationFull,  // Seal the generation, then try again.
  };
  // Payload of at most max_payload() bytes.
  Outcome Append(RecordType type, Bytes payload, Lgpos* position);
  size_t max_payload() const { return max_payload_; }

  // Position of the next record.
  Lgpos Tip() const;
  // Position after the last record appended so far (at or before Tip).
  Lgpos EndOfRecords() const;
  // More than half of the ring waits for the disk.
  bool HalfFull() const;

  // Ends the open frame if it has records and there is a slot for another one. Returns the sequence
  // number of the last sealed frame.
  uint64_t Seal();
  // Ends the generation `full`, if it is still the one being filled: with kNoRoom when frames have
  // to be written first, kLogSequenceEnd when numbers have run out.
  enum class SealOutcome { kSealed, kAlreadySealed, kNoRoom, kSequenceEnd };
  SealOutcome SealGeneration(uint32_t full);
  // The state that generations begun from now on carry.
  void SetState(State state);

  // Where everything sealed so far ends: after a generation's last frame that is the next
  // generation.
  Lgpos EndOfSealed() const;

  // The oldest sealed frame, when all its records have been copied (waits for that); empty when
  // none is left up to `last`.
  std::optional<Frame> Take(uint64_t last);
  // Copies bytes of a taken frame out, in rising order; they are released.
  void CopyOut(const Frame& frame, uint32_t offset, MutableBytes to);
  // Hash of a taken frame's records.
  uint64_t ContentHash(const Frame& frame) const;
  // Gives the slot back, and the room up to where the next frame begins.
  void Finish(const Frame& frame);

 private:
  static constexpr uint32_t kSlots = 16;
  static constexpr uint64_t kOneRecord = uint64_t{1} << 40;
  struct alignas(64) Slot {
    std::atomic<uint64_t> copied{0};  // Bytes, and records from bit 40 on.
  };

  static constexpr uint64_t MakeWord(uint32_t generation, uint32_t offset, uint64_t sequence) {
    return uint64_t{generation} << 32 | uint64_t{offset} << 4 | sequence % kSlots;
  }
  static constexpr uint32_t Generation(uint64_t word) { return static_cast<uint32_t>(word >> 32); }
  static constexpr uint32_t Offset(uint64_t word) { return static_cast<uint32_t>(word) >> 4; }
  static constexpr uint32_t SlotOf(uint64_t word) { return word % kSlots; }
  uint64_t Linear(uint32_t generation, uint32_t offset) const {
    return uint64_t{generation} * generation_bytes_ + offset;
  }
  void CopyIn(uint64_t linear, const std::byte* from, size_t size);
  void PushSealed(uint64_t sealed_word, bool final);  // Under seal_mutex_.

  const uint32_t generation_bytes_;
  const uint32_t
      record_limit_;  // File offset no record reaches beyond: leaves a frame header's room.
  const size_t max_payload_;
  AlignedBuffer ring_;
  const uint64_t ring_mask_;

  alignas(64) std::atomic<uint64_t> word_;
  alignas(64) std::atomic<uint64_t> released_;  // Linear; everything before it may be overwritten.
  std::array<Slot, kSlots> slots_;

  mutable std::mutex seal_mutex_;  // Guards what follows.
  State state_;
  std::array<Frame, kSlots> sealed_;
  uint64_t open_sequence_ = 1;  // Of the frame being filled.
  uint64_t next_to_take_ = 1;
  uint64_t finished_ = 0;  // All frames up to here.
  uint32_t open_begin_;    // File offset of the open frame.
  Lgpos last_sealed_end_;
};

}  // namespace contrail
