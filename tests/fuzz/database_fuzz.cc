// A database of 256 KiB with parts of it overwritten: opened, checked and exported, as an unknown
// file is. The checksums are made right again, so that the damage is met where it lies.
//
// The input is a list of changes: page, place in the page (16 bits), length and kind, bytes.

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "engine/check/database_check.h"
#include "storage/database_header.h"
#include "storage/page_checksum.h"
#include "tests/support/memory_file.h"
#include "tests/support/small_database.h"
#include "tests/support/whole_export.h"

namespace contrail {
namespace {

constexpr size_t kPageSize = 4096;
constexpr size_t kChangeHead = 4;
constexpr char kPath[] = "/fuzzed.edb";

const std::vector<std::byte>& Base() {
  static const std::vector<std::byte> base = test::MakeSmallDatabase();
  if (base.empty()) std::abort();
  return base;
}

void Seal(MutableBytes page, size_t index) {
  if (index < 2) {
    StoreLittle(page.data(), HeaderChecksum(page));
    return;
  }
  std::byte* flags = page.data() + page_offset::kFlags;
  StoreLittle(flags, LoadLittle<uint32_t>(flags) | page_flag::kNewChecksum);
  SealPage(page, static_cast<PageNumber>(index - 1));
}

// The tags at a page's end and the header at its beginning matter most: kinds 1 and 2 go there.
size_t PlaceIn(uint16_t place, uint8_t kind, size_t length) {
  const size_t last = kPageSize - length;
  if (kind == 1) return std::min<size_t>(8 + place % 32, last);
  if (kind == 2) return std::max<size_t>(last - std::min<size_t>(last, place % 256), 0);
  return place % (last + 1);
}

std::vector<std::byte> Changed(Bytes input) {
  std::vector<std::byte> file = Base();
  while (input.size() > kChangeHead) {
    const size_t index = std::to_integer<size_t>(input[0]) % (file.size() / kPageSize);
    const auto place = LoadLittle<uint16_t>(input.data() + 1);
    const auto what = std::to_integer<uint8_t>(input[3]);
    input = input.subspan(kChangeHead);
    const size_t length = std::min<size_t>(1 + what % 32, input.size());
    const MutableBytes page = MutableBytes(file).subspan(index * kPageSize, kPageSize);
    const size_t at = PlaceIn(place, what / 32 % 4, length);
    std::copy_n(input.begin(), length, page.begin() + static_cast<ptrdiff_t>(at));
    input = input.subspan(length);
    if (what < 128) Seal(page, index);
  }
  return file;
}

}  // namespace
}  // namespace contrail

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace contrail;
  test::MemoryFile file(Changed({reinterpret_cast<const std::byte*>(data), size}));
  test::ExportEverything(file, DiscardEvents(), kPath);
  NoProgress progress;
  CheckReport report;
  DatabaseCheckOptions options;
  options.allow_dirty = size % 2 == 0;
  options.cache_bytes = 4 << 20;
  CheckDatabase(file, DiscardEvents(), kPath, options, progress, &report).Ignore();
  return 0;
}
