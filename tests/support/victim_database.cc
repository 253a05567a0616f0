#include "tests/support/victim_database.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "engine/offline_reader.h"
#include "storage/page_checksum.h"

namespace contrail::test {

VictimDatabase::VictimDatabase(const std::string& path) : path_(path) {
  auto reader = OfflineReader::Open(PosixFileSystem(), DiscardEvents(), path, false);
  if (!reader.ok()) return;
  page_size_ = (*reader)->database().page_size();
  auto tables = (*reader)->Tables();
  if (tables.ok()) tables_ = std::move(tables).value();
}

const TableSchema& VictimDatabase::table(const std::string& name) const {
  for (const TableSchema& table : tables_) {
    if (table.name == name) return table;
  }
  ADD_FAILURE() << "no table " << name;
  return tables_.front();
}

PageNumber VictimDatabase::index_root(const std::string& table_name,
                                      const std::string& index) const {
  return table(table_name).FindIndex(index)->root_page;
}

void VictimDatabase::Change(PageNumber number, const PageChange& change, bool seal) {
  std::vector<std::byte> page(page_size_);
  const auto file = PosixFileSystem().Open(path_, {.mode = FileMode::kReadWrite});
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->Read(FileOffsetOf(number, page_size_), page).ok());
  change(page);
  if (seal) SealPage(page, number);
  ASSERT_TRUE((*file)->Write(FileOffsetOf(number, page_size_), page).ok());
}

void VictimDatabase::Apply(PageNumber number, const PageOperation& operation) {
  Change(number, [&](MutableBytes page) {
    ASSERT_EQ(ApplyOperation(operation, page.data(), page_size_), Status::Ok());
  });
}

std::vector<std::byte> VictimDatabase::Read(PageNumber number) const {
  std::vector<std::byte> page(page_size_);
  const auto file = PosixFileSystem().Open(path_, {.mode = FileMode::kReadOnly});
  EXPECT_TRUE(file.ok() && (*file)->Read(FileOffsetOf(number, page_size_), page).ok());
  return page;
}

void VictimDatabase::ChangeHeader(const std::function<void(DatabaseHeader*)>& change) {
  const auto file = PosixFileSystem().Open(path_, {.mode = FileMode::kReadWrite});
  ASSERT_TRUE(file.ok());
  Result<DatabaseHeader> header = ReadHeader(**file, DiscardEvents());
  ASSERT_TRUE(header.ok());
  change(&*header);
  ASSERT_TRUE(WriteHeader(**file, *header).ok());
}

void VictimDatabase::Append(size_t bytes) {
  const auto file = PosixFileSystem().Open(path_, {.mode = FileMode::kReadWrite});
  ASSERT_TRUE(file.ok());
  const Result<uint64_t> size = (*file)->Size();
  ASSERT_TRUE(size.ok());
  ASSERT_TRUE((*file)->Write(*size, std::vector<std::byte>(bytes)).ok());
}

MutableBytes VictimDatabase::Part(MutableBytes page, Bytes part) const {
  return page.subspan(static_cast<size_t>(part.data() - page.data()), part.size());
}

MutableBytes VictimDatabase::ExternalHeader(MutableBytes page) const {
  return Part(page, PageView(page.data(), page_size_).external_header());
}

MutableBytes VictimDatabase::NodeData(MutableBytes page, uint32_t line) const {
  const NodeView node = PageView(page.data(), page_size_).node(line);
  EXPECT_TRUE(node.valid);
  return Part(page, node.data);
}

MutableBytes VictimDatabase::NodeKey(MutableBytes page, uint32_t line) const {
  const NodeView node = PageView(page.data(), page_size_).node(line);
  EXPECT_TRUE(node.valid);
  return Part(page, node.suffix);
}

void VictimDatabase::SetNodeFlag(MutableBytes page, uint32_t line, uint8_t flag) const {
  std::byte* tag = page.data() + page_size_ - 4 * (size_t{line} + 2);
  ASSERT_FALSE(IsLargePage(page_size_));
  StoreLittle<uint32_t>(tag, LoadLittle<uint32_t>(tag) | uint32_t{flag} << 29);
}

void VictimDatabase::SwapNodes(MutableBytes page, uint32_t line) const {
  std::byte* tag = page.data() + page_size_ - 4 * (size_t{line} + 2);
  std::swap_ranges(tag, tag + 4, tag - 4);
}

PageNumber VictimDatabase::FirstLeaf(PageNumber root) {
  const PageNumber child = Child(root, 0);
  return child == 0 ? root : FirstLeaf(child);
}

PageNumber VictimDatabase::Child(PageNumber page, uint32_t line) {
  const std::vector<std::byte> bytes = Read(page);
  const PageView view(bytes.data(), page_size_);
  return view.is_leaf() ? 0 : view.child(line);
}

std::vector<PageNumber> VictimDatabase::Leaves(PageNumber root) {
  const std::vector<std::byte> bytes = Read(root);
  const PageView view(bytes.data(), page_size_);
  if (view.is_leaf()) return {root};
  std::vector<PageNumber> leaves;
  for (uint32_t line = 0; line < view.line_count(); ++line) {
    const std::vector<PageNumber> below = Leaves(view.child(line));
    leaves.insert(leaves.end(), below.begin(), below.end());
  }
  return leaves;
}

VictimDatabase::NodePlace VictimDatabase::Find(PageNumber root, Bytes key) {
  for (const PageNumber leaf : Leaves(root)) {
    const std::vector<std::byte> bytes = Read(leaf);
    const PageView view(bytes.data(), page_size_);
    for (uint32_t line = 0; line < view.line_count(); ++line) {
      if (CompareKey(view.node(line), key) == 0) return {leaf, line};
    }
  }
  ADD_FAILURE() << "no such node below page " << root;
  return {};
}

std::vector<PageNumber> VictimDatabase::UnusedPages(size_t count) const {
  std::vector<PageNumber> unused;
  auto page = static_cast<PageNumber>(std::filesystem::file_size(path_) / page_size_ - 2);
  for (; page > 0 && unused.size() < count; --page) {
    const std::vector<std::byte> bytes = Read(page);
    const auto is_zero = [](std::byte byte) { return byte == std::byte{0}; };
    if (std::all_of(bytes.begin(), bytes.end(), is_zero)) unused.push_back(page);
  }
  EXPECT_EQ(unused.size(), count);
  return unused;
}

}  // namespace contrail::test
