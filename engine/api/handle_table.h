// HandleTable: handles for objects that clients hold. A handle that was closed, or never given out,
// is recognised, so a client's mistake gets an error and not a crash.
//
// A handle is a slot number and the slot's generation, which changes whenever the slot is given out
// or taken back. Looking one up takes three loads and no lock; giving out and taking back take a
// lock. Objects are never freed while the table lives, only used again: a thread that still holds
// one that another thread has just given back reads valid memory, and finds by its `handle` that it
// is gone.
//
// T is default constructible and has `std::atomic<uintptr_t> handle` and `uint32_t slot`.
//
// Thread rule: thread safe.

#pragma once

#include <absl/synchronization/mutex.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "storage/check.h"

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

  // An object that nobody can find yet, new or as it was given back. Null when all are in use.
  T* Take() {
    absl::MutexLock lock(&mutex_);
    uint32_t index;
    if (!free_.empty()) {
      index = free_.back();
      free_.pop_back();
    } else {
      if (used_ == kChunks * kChunkSize) return nullptr;
      index = used_++;
      auto& chunk = chunks_[index / kChunkSize];
      if (chunk.load(std::memory_order_relaxed) == nullptr) {
        chunk.store(new Slot[kChunkSize], std::memory_order_release);
      }
      SlotAt(index).object = std::make_unique<T>();
    }
    T* object = SlotAt(index).object.get();
    object->slot = index;
    return object;
  }

  // From now on Find finds the object.
  uintptr_t Publish(T* object) {
    absl::MutexLock lock(&mutex_);
    Slot& slot = SlotAt(object->slot);
    const uint32_t generation = slot.generation.load(std::memory_order_relaxed) + 1;
    DCHECK(generation % 2 == 1);
    const uintptr_t handle = uintptr_t{generation} << kIndexBits | kMark | object->slot;
    object->handle.store(handle, std::memory_order_release);
    slot.generation.store(generation, std::memory_order_release);
    return handle;
  }

  // Gives the object back. It may have been published or not.
  void Return(T* object) {
    absl::MutexLock lock(&mutex_);
    Slot& slot = SlotAt(object->slot);
    object->handle.store(0, std::memory_order_release);
    const uint32_t generation = slot.generation.load(std::memory_order_relaxed);
    if (generation % 2 == 1) slot.generation.store(generation + 1, std::memory_order_release);
    free_.push_back(object->slot);
  }

  // Null for anything that Publish did not return or that was given back since.
  T* Find(uintptr_t handle) const {
    const uint32_t index = handle & kIndexMask;
    if ((handle & kMark) == 0 || index >= kChunks * kChunkSize) return nullptr;
    const Slot* chunk = chunks_[index / kChunkSize].load(std::memory_order_acquire);
    if (chunk == nullptr) return nullptr;
    const Slot& slot = chunk[index % kChunkSize];
    const uint32_t generation = slot.generation.load(std::memory_order_acquire);
    if (uintptr_t{generation} != handle >> kIndexBits || generation % 2 == 0) return nullptr;
    return slot.object.get();
  }

 private:
  static constexpr uint32_t kChunkSize = 1024;
  static constexpr uint32_t kChunks = 128;
  static constexpr int kIndexBits = 18;
  static constexpr uintptr_t kMark = uintptr_t{1} << 17;  // Keeps 0 from being a handle.
  static constexpr uintptr_t kIndexMask = kMark - 1;
  static_assert(kChunks * kChunkSize <= kMark);
  // The largest handle is far from ~0, which the API gives out as "no handle".
  static_assert(kIndexBits + 32 < 64);

  struct Slot {
    std::atomic<uint32_t> generation{0};  // Odd while published.
    std::unique_ptr<T> object;
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
