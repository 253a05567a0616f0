// The caller's memory as spans, and results on their way into it.

#pragma once

#include <esent.h>

#include <algorithm>
#include <cstring>

#include "storage/bytes.h"
#include "storage/status.h"

namespace contrail::api {

// A null pointer is empty, whatever the size.
inline Bytes BytesAt(const void* memory, size_t size) {
  return memory == nullptr ? Bytes() : Bytes(static_cast<const std::byte*>(memory), size);
}

inline MutableBytes RoomAt(void* memory, size_t size) {
  return memory == nullptr ? MutableBytes() : MutableBytes(static_cast<std::byte*>(memory), size);
}

// Copies what fits and tells the whole size (`actual` may be null). `when_cut` when a buffer was
// given and is too small.
inline Status CopyOut(Bytes from, void* to, uint32_t size, uint32_t* actual, Error when_cut) {
  if (actual != nullptr) *actual = static_cast<uint32_t>(from.size());
  if (to == nullptr) return Status::Ok();
  const size_t copied = std::min<size_t>(from.size(), size);
  if (copied != 0) std::memcpy(to, from.data(), copied);
  return copied < from.size() ? Status(when_cut) : Status::Ok();
}

// A result of one fixed size. kInvalidBufferSize when the buffer has another.
template <typename T>
Status CopyExactly(const T& value, void* to, uint32_t size) {
  if (size != sizeof(value)) return Error::kInvalidBufferSize;
  std::memcpy(to, &value, sizeof(value));
  return Status::Ok();
}

}  // namespace contrail::api
