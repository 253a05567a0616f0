#include "tests/support/counter_page.h"

#include "storage/check.h"
#include "storage/page_checksum.h"
#include "storage/page_operation.h"

namespace contrail::test {
namespace {

constexpr uint32_t kNodes = 24;

}  // namespace

void FormatCounterPage(MutableBytes page, uint64_t counter) {
  std::vector<std::byte> list;
  NodeListWriter writer(&list);
  // Long enough to reach into every sector of a small page.
  std::vector<std::byte> data(page.size() / 32);
  for (size_t at = 0; at + sizeof counter <= data.size(); at += sizeof counter) {
    StoreLittle(data.data() + at, counter);
  }
  for (uint32_t i = 0; i < kNodes; ++i) {
    std::byte key[4];
    StoreBig32(key, i);
    writer.Add(0, key, data);
  }
  const auto format =
      PageOperation::Format(page_flag::kAlways | page_flag::kLeaf, 9, 0, 0, {}, list);
  CHECK(ApplyOperation(format, page.data(), static_cast<uint32_t>(page.size())).ok());
  StoreLittle<DbTime>(page.data() + page_offset::kDbTime, counter);
}

std::optional<uint64_t> CounterOf(const PageView& page) {
  const uint64_t counter = page.dbtime();
  if (page.line_count() != kNodes) return std::nullopt;
  for (uint32_t line = 0; line < kNodes; ++line) {
    const NodeView node = page.node(line);
    if (!node.valid || node.data.size() != page.page_size() / 32) return std::nullopt;
    for (size_t at = 0; at + sizeof counter <= node.data.size(); at += sizeof counter) {
      if (LoadLittle<uint64_t>(node.data.data() + at) != counter) return std::nullopt;
    }
  }
  return counter;
}

std::vector<std::byte> CounterFile(uint32_t page_size, PageNumber count, uint64_t counter) {
  std::vector<std::byte> file(FileOffsetOf(count + 1, page_size));
  for (PageNumber number = 1; number <= count; ++number) {
    const MutableBytes page(file.data() + FileOffsetOf(number, page_size), page_size);
    FormatCounterPage(page, counter + number);
    SealPage(page, number);
  }
  return file;
}

}  // namespace contrail::test
