// XXH3-128 of content that comes in pieces: of the whole, and of each chunk of it.

#pragma once

#include <xxhash.h>

#include <cstdint>
#include <string>
#include <vector>

#include "storage/bytes.h"

namespace contrail {

// Content is hashed in chunks of this many bytes, so that damage has a place. The last chunk of a
// file may be shorter.
inline constexpr uint64_t kChunkBytes = 1 << 20;

class ContentHash {
 public:
  ContentHash();
  ~ContentHash();
  ContentHash(const ContentHash&) = delete;
  ContentHash& operator=(const ContentHash&) = delete;

  void Add(Bytes bytes);
  void Restart();
  XXH128_hash_t Value() const;
  std::string Text() const;  // 32 hexadecimal digits, the high half first.

 private:
  XXH3_state_t* state_;
};

// The hash of a text.
std::string HashText(const std::string& text);

class ChunkHashes {
 public:
  void Add(Bytes bytes);
  // The content has ended: the last chunk is what there is of it.
  void Finish();
  // Of the chunks that have come whole, or after Finish of all.
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  ContentHash hash_;
  uint64_t held_ = 0;  // Bytes of the chunk that has not come whole.
  std::vector<std::string> texts_;
};

}  // namespace contrail
