// Any bytes as a page of 4 KiB that is read from a file: verified, mended where one bit is wrong,
// looked at for damage, read. The mutator makes the checksum right again, so that what lies behind
// it is reached.

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "storage/page_checksum.h"
#include "storage/page_view.h"

namespace contrail {
namespace {

constexpr uint32_t kPageSize = 4096;
constexpr PageNumber kNumber = 7;

void Require(bool condition) {
  if (!condition) std::abort();
}

std::vector<std::byte> PageOf(const uint8_t* data, size_t size) {
  std::vector<std::byte> page(kPageSize);
  if (size != 0) std::memcpy(page.data(), data, std::min<size_t>(size, kPageSize));
  return page;
}

void Seal(std::vector<std::byte>* page) {
  std::byte* flags = page->data() + page_offset::kFlags;
  StoreLittle(flags, LoadLittle<uint32_t>(flags) | page_flag::kNewChecksum);
  SealPage(*page, kNumber);
}

// As trees do with a page that has no damage.
void Read(const PageView& page) {
  std::vector<std::byte> key;
  std::vector<std::byte> before;
  for (uint32_t line = 0; line < page.line_count(); ++line) {
    const NodeView node = page.node(line);
    Require(node.valid);
    key.resize(node.key_size());
    node.CopyKey(key.data());
    bool equal = false;
    const uint32_t found = page.LowerBound(key, nullptr, &equal);
    Require(found <= page.line_count());
    Require(page.ChildLine(key, node.data) <= page.line_count());
    if (!page.is_leaf()) page.child(line);
    std::swap(before, key);
  }
}

}  // namespace
}  // namespace contrail

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned int seed) {
  using namespace contrail;
  size = LLVMFuzzerMutate(data, size, max_size);
  if (max_size < kPageSize || seed % 8 == 0) return size;
  std::vector<std::byte> page = PageOf(data, size);
  Seal(&page);
  // Now and then one bit is wrong.
  if (seed % 8 == 1) page[seed / 8 % kPageSize] ^= std::byte{1} << static_cast<int>(seed / 64 % 8);
  std::memcpy(data, page.data(), kPageSize);
  return kPageSize;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace contrail;
  std::vector<std::byte> page = PageOf(data, size);
  const ChecksumState read_only = VerifyPageReadOnly(page, kNumber);
  const ChecksumState state = VerifyPage(page, kNumber);
  Require(state == read_only || state == ChecksumState::kCorrected);
  if (state == ChecksumState::kCorrected) {
    Require(VerifyPageReadOnly(page, kNumber) == ChecksumState::kGood);
  }
  const PageView view(page.data(), kPageSize);
  if (view.FindDamage() == nullptr) Read(view);
  // A page that was made right is read whatever it says.
  Seal(&page);
  Require(VerifyPageReadOnly(page, kNumber) == ChecksumState::kGood);
  if (view.FindDamage() == nullptr) Read(view);
  return 0;
}
