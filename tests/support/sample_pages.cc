#include "tests/support/sample_pages.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

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

const SampleFile& LoadSample(const std::string& name) {
  static std::map<std::string, SampleFile> loaded;
  SampleFile& sample = loaded[name];
  if (!sample.bytes.empty()) return sample;
  const ScratchFolder scratch;
  const std::filesystem::path path = UnpackSample(name, scratch.path());
  sample.name = name;
  sample.bytes.resize(std::filesystem::file_size(path));
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(sample.bytes.data()),
            static_cast<std::streamsize>(sample.bytes.size()));
  EXPECT_TRUE(file.good()) << name;
  EXPECT_GT(sample.bytes.size(), 2 * kMaxPageSize) << name;
  sample.page_size = LoadLittle<uint32_t>(sample.bytes.data() + kPageSizeField);
  return sample;
}

}  // namespace contrail::test
