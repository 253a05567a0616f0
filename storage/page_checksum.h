// Page checksums with single-bit correction, and the header page's checksum. docs/format/page.md.

#pragma once

#include "storage/bytes.h"
#include "storage/page_format.h"

namespace contrail {

enum class ChecksumState {
  kGood,
  kCorrected,  // One bit was wrong; the bytes given have been mended.
  kBad,
  kUninitialised,  // All zero: never written. An error where something refers to the page.
};

// Computes and stores the checksum(s) of a page (new format); large pages also get their number.
void SealPage(MutableBytes page, PageNumber number);
// Verifies, and mends a single wrong bit in place. Old (XOR) and new (ECC) format.
ChecksumState VerifyPage(MutableBytes page, PageNumber number);
// Verifies only; never kCorrected (a correctable page is kBad).
ChecksumState VerifyPageReadOnly(Bytes page, PageNumber number);

// First 8 bytes as stored and as computed, for events.
uint64_t StoredChecksum(Bytes page);
uint64_t ComputedChecksum(Bytes page, PageNumber number);

// Database header pages, trailer page: XOR of all words but the first.
uint32_t HeaderChecksum(Bytes header_page);

}  // namespace contrail
