// HandleTable: handles for objects that clients hold. A handle that was closed, or never given out, is
// recognised, so a client's mistake gets an error and not a crash.
//
// A handle is a slot number and the slot's generation, which changes whenever the slot is given out or
// taken back. Looking one up takes two loads and no lock; giving out and taking back take a lock.
//
// Thread rule: thread safe, except that nobody may use an object while it is being removed: that is
// the API's own rule for sessions and cursors.

#pragma once

#include <absl/synchronization/mutex.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace contrail::api {

template <typename T>
class HandleTable {
 public:
  HandleTable() = default;
  ~HandleTable() {
    for (auto& chunk : chunks_) delete[] chunk.load(std::memory_order_relaxed);
  }
  HandleTable(const HandleTable&) = delete;
  HandleTable& operator=(const HandleTable&) = delete;

  // The object stays owned by the caller. 0 when all handles are in use.
  uintptr_t Add(T* object) {
    absl::MutexLock lock(&mutex_);
    uint32_t index;
    if (!free_.empty()) {
      index = free_.back();
      free_.pop_back();
    } else {
      if (used_ == kChunks * kChunkSize) return 0;
      index = used_++;
      auto& chunk = chunks_[index / kChunkSize];
      if (chunk.load(std::memory_order_relaxed) == nullptr) {
        chunk.store(new Slot[kChunkSize], std::memory_order_release);
      }
    }
    Slot& slot = SlotAt(index);
    slot.object = object;
    const uint32_t generation = slot.generation.load(std::memory_order_relaxed) + 1;
    slot.generation.store(generation, std::memory_order_release);
    return uintptr_t{generation} << kIndexBits | index | kMark;
  }

  // Null for anything that Add did not return or that was removed since.
  T* Find(uintptr_t handle) const {
    const uint32_t index = handle & kIndexMask;
    if ((handle & kMark) == 0 || index >= kChunks * kChunkSize) return nullptr;
    const Slot* chunk = chunks_[index / kChunkSize].load(std::memory_order_acquire);
    if (chunk == nullptr) return nullptr;
    const Slot& slot = chunk[index % kChunkSize];
    const uint32_t generation = slot.generation.load(std::memory_order_acquire);
    if (generation != static_cast<uint32_t>(handle >> kIndexBits) || generation % 2 == 0) {
      return nullptr;
    }
    return slot.object;
  }

  void Remove(uintptr_t handle) {
    absl::MutexLock lock(&mutex_);
    const uint32_t index = handle & kIndexMask;
    Slot& slot = SlotAt(index);
    slot.generation.store(slot.generation.load(std::memory_order_relaxed) + 1,
                          std::memory_order_release);
    slot.object = nullptr;
    free_.push_back(index);
  }

 private:
  static constexpr uint32_t kChunkSize = 1024;
  static constexpr uint32_t kChunks = 128;
  static constexpr int kIndexBits = 18;
  static constexpr uintptr_t kMark = uintptr_t{1} << 17;  // Keeps 0 from being a handle.
  static constexpr uintptr_t kIndexMask = kMark - 1;
  static_assert(kChunks * kChunkSize <= kMark);

  struct Slot {
    std::atomic<uint32_t> generation{0};  // Odd while in use.
    T* object = nullptr;
  };
  Slot& SlotAt(uint32_t index) {
    return chunks_[index / kChunkSize].load(std::memory_order_relaxed)[index % kChunkSize];
  }

  std::array<std::atomic<Slot*>, kChunks> chunks_{};
  absl::Mutex mutex_;
  uint32_t used_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<uint32_t> free_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace contrail::api
