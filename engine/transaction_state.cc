#include "engine/transaction_state.h"

#include <algorithm>
#include <new>

#include "storage/check.h"

namespace contrail {

std::byte* VersionArena::Allocate(size_t size) {
  size = (size + alignof(VersionRecord) - 1) & ~(alignof(VersionRecord) - 1);
  if (blocks_.empty() || used_ + size > blocks_.back().size) {
    Block block;
    const size_t next =
        blocks_.empty() ? kFirstBlockBytes : std::min(blocks_.back().size * 4, kLargestBlockBytes);
    block.size = std::max(size, next);
    block.memory = std::make_unique_for_overwrite<std::byte[]>(block.size);
    reserved_ += block.size;
    blocks_.push_back(std::move(block));
    used_ = 0;
  }
  std::byte* memory = blocks_.back().memory.get() + used_;
  used_ += size;
  return memory;
}

void VersionArena::Reset() {
  used_ = 0;
  while (!blocks_.empty() && (blocks_.size() > 1 || reserved_ > kKeptBytes)) {
    reserved_ -= blocks_.back().size;
    blocks_.pop_back();
  }
}

void VersionArena::Release() {
  blocks_.clear();
  used_ = reserved_ = 0;
}

void TransactionState::Reset() {
  commit_time.store(kUncommitted, std::memory_order_relaxed);
  id = 0;
  first_position = kLgposMax;
  newest = nullptr;
  version_count = 0;
  arena.Reset();
  versions_unlinked = false;
  failed_cleanups = 0;
  dropped_trees.clear();
  actions.clear();
}

VersionRecord* NewVersion(TransactionState& state, ChangeKind kind, const Tree& tree, uint64_t hash,
                          Bytes key, Bytes data, const Bytes* image) {
  const size_t image_size = image != nullptr ? image->size() : 0;
  const size_t size = sizeof(VersionRecord) + key.size() + data.size() + image_size;
  auto* version = new (state.arena.Allocate(size)) VersionRecord;
  version->owner = &state;
  version->previous = state.newest;
  version->database = &tree.database();
  version->hash = hash;
  version->root = tree.root();
  version->object_id = tree.object_id();
  version->image_size = static_cast<uint16_t>(image_size);
  version->key_size = static_cast<uint16_t>(key.size());
  version->data_size = static_cast<uint16_t>(data.size());
  version->kind = kind;
  version->unique = tree.unique();
  version->has_image = image != nullptr;
  auto* bytes = reinterpret_cast<std::byte*>(version + 1);
  std::copy(key.begin(), key.end(), bytes);
  std::copy(data.begin(), data.end(), bytes + key.size());
  if (image != nullptr) std::copy(image->begin(), image->end(), bytes + key.size() + data.size());
  state.newest = version;
  ++state.version_count;
  return version;
}

}  // namespace contrail
