// Compressed values: a scheme byte (scheme in the upper five bits) and its data. Used for values
// with the "compressed" bit inside records and for chunks of long values that are stored shorter
// than their length. Format: docs/format/compression.md.

#pragma once

#include <cstdint>

#include "storage/bytes.h"
#include "storage/status.h"

namespace contrail {

enum class CompressionScheme : uint8_t {
  kNone = 0,
  kSevenBitAscii = 1,
  kSevenBitUnicode = 2,
  kXpress = 3,
  kScrub = 4,
  kXpress9 = 5,
  kXpress10 = 6,
  kLz4 = 7,
};

// The scheme of a non-empty compressed value.
constexpr CompressionScheme CompressionSchemeOf(std::byte first) {
  return static_cast<CompressionScheme>(static_cast<uint8_t>(first) >> 3);
}

// Length of the value once decompressed. kDecompressionFailed for malformed bytes;
// kFeatureNotAvailable for XPRESS9, XPRESS10 (later formats, refused); a scrubbed value's length
// cannot be known: kDecompressionFailed.
Result<uint32_t> DecompressedSize(Bytes stored);

// Decompresses into `to`: as much as fits (a prefix when `to` is shorter). Returns the bytes
// written. Errors as DecompressedSize. A scrubbed chunk gives zeros.
Result<size_t> Decompress(Bytes stored, MutableBytes to);

// Compresses `value` into `to` by the best of 7-bit and XPRESS; `unicode` says that it is UTF-16LE.
// Returns the length, always smaller than the value's, or 0 when nothing makes it smaller.
size_t Compress(Bytes value, bool unicode, MutableBytes to);

// Values shorter than this are not tried with XPRESS.
inline constexpr size_t kMinXpressSize = 64;
inline constexpr size_t kMaxXpressSize = 65535;

}  // namespace contrail
