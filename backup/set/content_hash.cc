#include "backup/set/content_hash.h"

#include <absl/strings/str_format.h>

#include <algorithm>

#include "storage/check.h"

namespace contrail {

ContentHash::ContentHash() : state_(XXH3_createState()) {
  CHECK(state_ != nullptr);
  Restart();
}

ContentHash::~ContentHash() { XXH3_freeState(state_); }

void ContentHash::Restart() { XXH3_128bits_reset(state_); }

void ContentHash::Add(Bytes bytes) { XXH3_128bits_update(state_, bytes.data(), bytes.size()); }

XXH128_hash_t ContentHash::Value() const { return XXH3_128bits_digest(state_); }

std::string ContentHash::Text() const {
  const XXH128_hash_t hash = Value();
  return absl::StrFormat("%016x%016x", hash.high64, hash.low64);
}

std::string HashText(const std::string& text) {
  ContentHash hash;
  hash.Add(AsBytes(text));
  return hash.Text();
}

void ChunkHashes::Add(Bytes bytes) {
  while (!bytes.empty()) {
    const size_t count = std::min<uint64_t>(bytes.size(), kChunkBytes - held_);
    hash_.Add(bytes.first(count));
    held_ += count;
    bytes = bytes.subspan(count);
    if (held_ == kChunkBytes) Finish();
  }
}

void ChunkHashes::Finish() {
  if (held_ == 0) return;
  texts_.push_back(hash_.Text());
  hash_.Restart();
  held_ = 0;
}

}  // namespace contrail
