#include "tests/support/sample_pages.h"

#include <algorithm>
#include <fstream>

namespace contrail::test {
namespace {

constexpr size_t kPageSizeField = 236;
constexpr size_t kExtentTreeField = 12;  // Of the space header in the database root.

void CollectExtents(const SampleFile& file, PageNumber number, std::vector<PageNumber>* pages) {
  const PageView view = file.view(number);
  for (uint32_t line = 0; line < view.line_count(); ++line) {
    const NodeView node = view.node(line);
    if (node.deleted()) continue;
    if (!view.is_leaf()) {
      CollectExtents(file, view.child(line), pages);
      continue;
    }
    std::byte key[4];
    if (node.key_size() != sizeof key || node.data.size() != 4) continue;
    node.CopyKey(key);
    const PageNumber last = LoadBig32(key);
    const auto count = LoadLittle<uint32_t>(node.data.data());
    for (PageNumber page = last - count + 1; page <= last; ++page) pages->push_back(page);
  }
}

}  // namespace

std::vector<PageNumber> SampleFile::OwnedPages() const {
  std::vector<PageNumber> owned;
  const Bytes space_header = view(1).external_header();
  if (space_header.size() < 16) return owned;
  CollectExtents(*this, LoadLittle<uint32_t>(space_header.data() + kExtentTreeField), &owned);
  std::sort(owned.begin(), owned.end());
  std::erase_if(owned, [&](PageNumber number) {
    const Bytes bytes = page(number);
    return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
  });
  return owned;
}

SampleFile LoadSample(const std::string& name) {
  const ScratchFolder scratch;
  std::ifstream file(UnpackSample(name, scratch.path()), std::ios::binary);
  SampleFile sample;
  sample.name = name;
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const Bytes bytes = AsBytes(text);
  sample.bytes.assign(bytes.begin(), bytes.end());
  EXPECT_GT(sample.bytes.size(), 2 * kMaxPageSize) << name;
  sample.page_size = LoadLittle<uint32_t>(sample.bytes.data() + kPageSizeField);
  return sample;
}

}  // namespace contrail::test
