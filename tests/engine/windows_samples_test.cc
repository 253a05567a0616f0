// Every table of the databases that Windows wrote: catalog, records and keys are decoded, made
// again and compared byte for byte. Walks the trees itself: only pages and nodes of storage/ are
// used.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "engine/index_key.h"
#include "engine/initial_catalog.h"
#include "engine/long_value_format.h"
#include "engine/text_order.h"
#include "storage/page_view.h"
#include "tests/support/hex.h"
#include "tests/support/shared_data.h"

namespace contrail {
namespace {

using test::ToHex;
using Buffer = std::vector<std::byte>;

struct Entry {
  Buffer key;
  Buffer data;
};

class Sample {
 public:
  explicit Sample(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    std::memcpy(&page_size_, bytes_.data() + 236, 4);
    if (page_size_ == 0) page_size_ = 4096;
  }

  uint32_t page_size() const { return page_size_; }
  RecordLayout layout() const { return RecordLayoutOf(page_size_); }

  std::vector<Entry> Tree(PageNumber root) const {
    std::vector<Entry> entries;
    Walk(root, entries);
    return entries;
  }

  // Kept: one of the samples has a table of 65,000 columns.
  const std::map<ObjectId, TableSchema>& Tables() {
    if (tables_.empty()) tables_ = ReadTables();
    return tables_;
  }

 private:
  std::map<ObjectId, TableSchema> ReadTables() const {
    std::map<ObjectId, std::vector<CatalogRow>> rows;
    for (const Entry& entry : Tree(catalog_place::kObjectsPage)) {
      const RecordView view = RecordView::Open(ObjectsSchema(), layout(), entry.data).value();
      const CatalogRow row = DecodeCatalogRow(view).value();
      rows[row.table].push_back(row);
    }
    std::map<ObjectId, TableSchema> tables;
    for (const auto& [id, own] : rows) {
      Result<TableSchema> table = TableFromRows(own);
      EXPECT_TRUE(table.ok()) << own.front().name;
      if (!table.ok()) continue;
      TextOrders().Attach(*table);
      tables.emplace(id, *std::move(table));
    }
    return tables;
  }

  void Walk(PageNumber page, std::vector<Entry>& entries) const {
    const auto* image =
        reinterpret_cast<const std::byte*>(bytes_.data()) + FileOffsetOf(page, page_size_);
    const PageView view(image, page_size_);
    ASSERT_EQ(view.FindDamage(), nullptr) << page;
    for (uint32_t line = 0; line < view.line_count(); ++line) {
      if (!view.is_leaf()) {
        Walk(view.child(line), entries);
        continue;
      }
      const NodeView node = view.node(line);
      if (node.deleted()) continue;
      Entry entry;
      entry.key.resize(node.key_size());
      node.CopyKey(entry.key.data());
      entry.data.assign(node.data.begin(), node.data.end());
      entries.push_back(std::move(entry));
    }
  }

  std::string bytes_;
  uint32_t page_size_ = 0;
  std::map<ObjectId, TableSchema> tables_;
};

class SampleLongValues : public LongValueReader {
 public:
  SampleLongValues(const Sample& sample, const TableSchema& table) {
    if (table.long_value_root_page == 0) return;
    std::map<LongValueId, uint32_t> sizes;
    std::map<LongValueId, std::map<uint32_t, Buffer>> chunks;
    for (const Entry& entry : sample.Tree(table.long_value_root_page)) {
      const LongValuePosition position = DecodeLongValueKey(entry.key).value();
      if (position.is_root) {
        sizes[position.id] = DecodeLongValueRoot(entry.data).value().size;
      } else {
        chunks[position.id][position.offset] = entry.data;
      }
    }
    for (const auto& [id, size] : sizes) {
      Buffer& value = values_[id];
      value.resize(size);
      for (auto chunk = chunks[id].begin(); chunk != chunks[id].end(); ++chunk) {
        const auto next = std::next(chunk);
        const uint32_t end = next == chunks[id].end() ? size : next->first;
        const MutableBytes to = MutableBytes(value).subspan(chunk->first, end - chunk->first);
        EXPECT_EQ(ReadLongValueChunk(chunk->second, end - chunk->first, 0, to).value(), to.size());
      }
    }
  }

  Result<size_t> Read(LongValueId id, uint32_t offset, MutableBytes to) override {
    const auto found = values_.find(id);
    if (found == values_.end()) return Error::kRecordNotFound;
    const Bytes value = found->second;
    const Bytes part = value.subspan(std::min<size_t>(offset, value.size()));
    const size_t size = std::min(part.size(), to.size());
    std::copy_n(part.begin(), size, to.begin());
    return size;
  }

  size_t size() const { return values_.size(); }

 private:
  std::map<LongValueId, Buffer> values_;
};

class WindowsSamples : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    CONTRAIL_REQUIRE_SHARED_DATA();
    static std::map<std::string, Sample> samples;
    auto found = samples.find(GetParam());
    if (found == samples.end()) {
      const test::ScratchFolder folder;
      const auto path = test::UnpackSample(GetParam() + ".edb", folder.path());
      ASSERT_FALSE(path.empty());
      found = samples.emplace(GetParam(), Sample(path)).first;
    }
    sample_ = &found->second;
  }

  Sample* sample_ = nullptr;
};

// Zeros where Windows leaves filler: the fixed data of null columns.
Buffer WithoutFiller(const RecordView& view) {
  Buffer bytes(view.bytes().begin(), view.bytes().end());
  for (const ColumnSchema& column : view.schema().columns()) {
    if (!column.is_fixed() || column.id > view.last_fixed()) continue;
    if (!view.Value(column).value().is_null()) continue;
    std::fill_n(bytes.begin() + column.record_offset, column.fixed_size(), std::byte{0});
  }
  return bytes;
}

TEST_P(WindowsSamples, CatalogRowsAndKeys) {
  RecordBuilder builder;
  KeyBuffer key;
  std::map<Buffer, Buffer> names;  // Keys of the Name index to primary keys.
  std::map<Buffer, Buffer> roots;
  const auto copy = [](Bytes bytes) { return Buffer(bytes.begin(), bytes.end()); };
  for (const Entry& entry : sample_->Tree(catalog_place::kObjectsPage)) {
    const RecordView view =
        RecordView::Open(ObjectsSchema(), sample_->layout(), entry.data).value();
    const CatalogRow row = DecodeCatalogRow(view).value();
    MakeCatalogIdKey(row.table, row.type, row.id, key);
    ASSERT_EQ(ToHex(key.bytes()), ToHex(entry.key));
    ASSERT_TRUE(EncodeCatalogRow(row, sample_->layout(), builder).ok());
    ASSERT_EQ(ToHex(builder.Encode(3789).value()), ToHex(WithoutFiller(view)));
    MakeCatalogNameKey(row.table, row.type, row.name, key);
    names[copy(key.bytes())] = entry.key;
    MakeCatalogRootKey(row.name, key);
    if (row.root_flag) roots[copy(key.bytes())] = entry.key;
  }
  const auto expect_index = [&](PageNumber root, const std::map<Buffer, Buffer>& expected) {
    std::map<Buffer, Buffer> stored;
    for (const Entry& entry : sample_->Tree(root)) stored[entry.key] = entry.data;
    EXPECT_EQ(stored, expected);
  };
  expect_index(catalog_place::kNameIndexPage, names);
  expect_index(catalog_place::kRootObjectsIndexPage, roots);
}

TEST_P(WindowsSamples, RecordsComeBackByteForByte) {
  RecordBuilder builder;
  size_t records = 0;
  for (const auto& [id, table] : sample_->Tables()) {
    for (const Entry& entry : sample_->Tree(table.root_page)) {
      const RecordView view = RecordView::Open(table, sample_->layout(), entry.data).value();
      for (const ColumnSchema& column : table.columns()) {
        ASSERT_TRUE(view.ValueCount(column).ok());
        ASSERT_TRUE(view.Value(column).ok());
      }
      ASSERT_TRUE(builder.StartFrom(view).ok());
      const Result<Bytes> encoded = builder.Encode(RecordSizeLimit(sample_->page_size(), 253));
      ASSERT_TRUE(encoded.ok()) << table.name;
      ASSERT_EQ(ToHex(*encoded), ToHex(entry.data)) << table.name;
      ++records;
    }
  }
  EXPECT_GT(records, 100u);
}

TEST_P(WindowsSamples, KeysOfEveryIndex) {
  IndexKeyMaker maker;
  IndexKeySet keys;
  KeyBuffer primary_key;
  size_t entries = 0;
  size_t unicode_entries = 0;
  for (const auto& [id, table] : sample_->Tables()) {
    SampleLongValues long_values(*sample_, table);
    const std::vector<Entry> rows = sample_->Tree(table.root_page);
    for (const IndexSchema& index : table.indexes) {
      std::set<std::pair<Buffer, Buffer>> expected;
      for (const Entry& row : rows) {
        const RecordView view = RecordView::Open(table, sample_->layout(), row.data).value();
        const Status status = maker.MakeKeys(index, view, &long_values, keys);
        ASSERT_TRUE(status.ok()) << table.name << " " << index.name;
        for (size_t i = 0; i < keys.size(); ++i) {
          expected.emplace(Buffer(keys[i].begin(), keys[i].end()),
                           index.is_primary() ? row.data : row.key);
        }
      }
      std::set<std::pair<Buffer, Buffer>> stored;
      for (const Entry& entry : sample_->Tree(index.root_page)) {
        stored.emplace(entry.key, entry.data);
      }
      EXPECT_EQ(stored, expected) << table.name << " " << index.name;
      entries += stored.size();
      if (index.Has(index_flag::kLocalizedText)) unicode_entries += stored.size();
    }
  }
  EXPECT_GT(entries, 0u);
  std::cout << "index entries made again byte for byte: " << entries
            << ", over Unicode text: " << unicode_entries << "\n";
  EXPECT_EQ(unicode_entries, GetParam() == "index" ? 2u : 0u);
}

TEST_P(WindowsSamples, SystemTablesBeginAsOurs) {
  std::vector<CatalogRow> stored;
  for (const Entry& entry : sample_->Tree(catalog_place::kObjectsPage)) {
    const RecordView view =
        RecordView::Open(ObjectsSchema(), sample_->layout(), entry.data).value();
    const CatalogRow row = DecodeCatalogRow(view).value();
    if (row.table < catalog_place::kFirstUserObjectId) stored.push_back(row);
  }
  const std::vector<CatalogRow> ours = InitialCatalogRows();
  ASSERT_EQ(stored.size(), ours.size());
  for (size_t i = 0; i < ours.size(); ++i) EXPECT_EQ(stored[i], ours[i]) << ours[i].name;

  RecordBuilder builder;
  KeyBuffer key;
  const std::vector<Entry> objids = sample_->Tree(catalog_place::kObjidsPage);
  const std::vector<ObjidRow> our_objids = InitialObjidRows();
  for (size_t i = 0; i < our_objids.size(); ++i) {
    MakeObjidKey(our_objids[i].object, key);
    EXPECT_EQ(ToHex(key.bytes()), ToHex(objids[i].key));
    ASSERT_TRUE(EncodeObjidRow(our_objids[i], sample_->layout(), builder).ok());
    EXPECT_EQ(ToHex(builder.Encode(3789).value()), ToHex(objids[i].data));
  }
  std::map<Buffer, Buffer> locales;
  for (const Entry& entry : sample_->Tree(catalog_place::kLocalesPage)) {
    locales[entry.key] = entry.data;
  }
  for (const LocaleRow& row : InitialLocaleRows()) {
    MakeLocaleKey(row.key, key);
    const Buffer& data = locales[Buffer(key.bytes().begin(), key.bytes().end())];
    ASSERT_TRUE(EncodeLocaleRow(row, sample_->layout(), builder).ok());
    EXPECT_EQ(ToHex(builder.Encode(3789).value()), ToHex(data));
  }
}

INSTANTIATE_TEST_SUITE_P(All, WindowsSamples,
                         ::testing::Values("basic", "binary", "default", "index", "large", "multi",
                                           "text"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace contrail
