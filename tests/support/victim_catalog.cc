#include "tests/support/victim_catalog.h"

#include <gtest/gtest.h>

namespace contrail::test {
namespace {

constexpr PageNumber kCopies[] = {catalog_place::kObjectsPage, catalog_place::kShadowPage};

}  // namespace

VictimCatalog::Place VictimCatalog::Find(PageNumber root, const std::string& table,
                                         CatalogType type, const std::string& name) {
  const ObjectId object = victim_.table(table).object_id;
  for (const PageNumber leaf : victim_.Leaves(root)) {
    const std::vector<std::byte> page = victim_.Read(leaf);
    const PageView view(page.data(), victim_.page_size());
    for (uint32_t line = 0; line < view.line_count(); ++line) {
      const Bytes bytes = view.node(line).data;
      const Result<RecordView> record =
          RecordView::Open(ObjectsSchema(), RecordLayoutOf(victim_.page_size()), bytes);
      if (!record.ok()) continue;
      const Result<CatalogRow> row = DecodeCatalogRow(*record);
      if (!row.ok() || row->table != object || row->type != type) continue;
      if (!name.empty() && row->name != name) continue;
      return {leaf, line, {bytes.begin(), bytes.end()}, *row};
    }
  }
  ADD_FAILURE() << "no such row: " << table << ", " << name;
  return {};
}

void VictimCatalog::Change(const std::string& table, CatalogType type, const std::string& name,
                           const RowChange& change) {
  for (const PageNumber root : kCopies) {
    Place place = Find(root, table, type, name);
    ASSERT_NE(place.page, 0u);
    const RecordLayout layout = RecordLayoutOf(victim_.page_size());
    const Result<RecordView> record = RecordView::Open(ObjectsSchema(), layout, place.record);
    RecordBuilder builder;
    ASSERT_TRUE(record.ok() && builder.StartFrom(*record).ok());
    change(&place.row);
    ASSERT_EQ(ApplyCatalogRow(place.row, builder), Status::Ok());
    const Result<Bytes> encoded = builder.Encode(victim_.page_size());
    ASSERT_TRUE(encoded.ok());
    victim_.Apply(place.page, PageOperation::ReplaceNode(place.line, 0, *encoded));
  }
}

void VictimCatalog::Remove(const std::string& table, CatalogType type, const std::string& name) {
  for (const PageNumber root : kCopies) {
    const Place place = Find(root, table, type, name);
    ASSERT_NE(place.page, 0u);
    victim_.Apply(place.page, PageOperation::DeleteNodes(place.line, 1));
  }
}

}  // namespace contrail::test
