#include "tests/support/table_under_test.h"

#include <absl/strings/str_cat.h>

#include <map>
#include <set>

#include "storage/check.h"

namespace contrail::test {

ColumnSchema MakeColumn(ColumnId id, const std::string& name, ColumnType type, uint32_t flags) {
  ColumnSchema column;
  column.id = id;
  column.name = name;
  column.type = type;
  column.flags = flags;
  column.max_size = FixedSizeOf(type);
  if (type == ColumnType::kText || type == ColumnType::kBinary) column.max_size = 255;
  if (IsTextType(type)) column.code_page = kCodePageLatin;
  return column;
}

IndexSchema MakeIndex(const TableSchema& table, const std::string& name,
                      const std::vector<std::string>& segments, uint32_t flags) {
  IndexSchema index;
  index.name = name;
  index.flags = flags | index_flag::kWideSegments;
  for (const std::string& segment : segments) {
    const ColumnSchema* column = table.FindColumn(std::string_view(segment).substr(1));
    CHECK(column != nullptr);
    IndexSegment made;
    made.column = column->id;
    made.descending = segment[0] == '-';
    index.segments.push_back(made);
  }
  return index;
}

TableSchema PeopleSchema() {
  constexpr uint32_t kNulls =
      index_flag::kAllowAllNulls | index_flag::kAllowFirstNull | index_flag::kAllowSomeNulls;
  TableSchema schema;
  schema.name = "people";
  const auto add = [&schema](ColumnSchema column) {
    if (column.is_fixed()) column.record_offset = schema.NextFixedOffset();
    schema.AddColumn(std::move(column));
  };
  add(MakeColumn(people::kId, "id", ColumnType::kLong, column_flag::kNotNull));
  add(MakeColumn(people::kGroup, "group", ColumnType::kShort));
  add(MakeColumn(people::kNumber, "number", ColumnType::kLongLong, column_flag::kAutoIncrement));
  add(MakeColumn(people::kVersion, "version", ColumnType::kLong, column_flag::kVersion));
  ColumnSchema count = MakeColumn(people::kCount, "count", ColumnType::kLong,
                                  column_flag::kEscrowUpdate | column_flag::kHasDefault);
  count.default_value = LittleBytes<int32_t>(5);
  add(count);
  add(MakeColumn(people::kName, "name", ColumnType::kText));
  add(MakeColumn(people::kTags, "tags", ColumnType::kText, column_flag::kMultiValued));
  add(MakeColumn(people::kNote, "note", ColumnType::kLongText));
  add(MakeColumn(people::kBlob, "blob", ColumnType::kLongBinary, column_flag::kCompressed));
  schema.indexes.push_back(
      MakeIndex(schema, "primary", {"+id"}, index_flag::kPrimary | index_flag::kUnique));
  schema.indexes.push_back(MakeIndex(schema, "by_name", {"+name"}, index_flag::kUnique));
  schema.indexes.push_back(MakeIndex(schema, "by_group", {"+group"}, kNulls));
  schema.indexes.push_back(MakeIndex(schema, "by_tag", {"+tags"}, index_flag::kMultiValued));
  return schema;
}

TableUnderTest::TableUnderTest(TransactionsUnderTest& transactions, TableSchema schema)
    : under_test(transactions) {
  const Tree tree = under_test.MakeTree(true);
  schema.root_page = tree.root();
  schema.object_id = tree.object_id();
  for (IndexSchema& index : schema.indexes) {
    const Tree made = index.is_primary() ? tree : under_test.MakeTree(index.is_unique());
    index.root_page = made.root();
    index.object_id = made.object_id();
  }
  table = std::make_shared<Table>(
      std::make_shared<TableDefinition>(*under_test.database, std::move(schema)),
      *under_test.manager, this);
}

Status TableUnderTest::CreateLongValueTree(OperationContext&, Table& which) {
  TableSchema schema = which.definition()->schema();
  const Tree tree = under_test.MakeTree(true);
  schema.long_value_root_page = tree.root();
  schema.long_value_object_id = tree.object_id();
  which.AmendDefinition(
      std::make_shared<TableDefinition>(*under_test.database, std::move(schema)));
  return Status::Ok();
}

namespace {

// Everything a session sees of a table, as texts to compare.
struct Seen {
  std::map<ObjectId, std::multiset<std::string>> expected_entries;
  std::map<LongValueId, uint32_t> expected_references;
};

std::string EntryText(Bytes key, Bytes primary_key) {
  return ToText(key) + "|" + ToText(primary_key);
}

}  // namespace

std::string TableUnderTest::FindInconsistency() {
  const auto session = under_test.NewSession();
  CHECK(session->transaction.Begin(true).ok());
  const auto definition = table->definition();
  LongValueStore long_values(session->context, *table);
  IndexKeyMaker maker;
  IndexKeySet keys;
  Seen seen;
  for (const auto& [key, data] :
       AllNodes({definition->primary_tree(), *under_test.manager}, session->transaction)) {
    const auto record = RecordView::Open(definition->schema(), definition->layout(), AsBytes(data));
    if (!record.ok()) return "malformed record";
    for (const auto& index : definition->secondary_indexes()) {
      if (!maker.MakeKeys(*index.schema, *record, &long_values, keys).ok()) return "no keys";
      for (size_t i = 0; i < keys.size(); ++i) {
        seen.expected_entries[index.schema->object_id].insert(EntryText(keys[i], AsBytes(key)));
      }
    }
    for (uint32_t i = 0; i < record->tagged_count(); ++i) {
      const auto field = record->TaggedAt(i);
      if (!field.ok()) return "malformed field";
      const auto count = field->is_null() ? Result<uint32_t>(0u) : field->value_count();
      for (uint32_t itag = 1; count.ok() && itag <= *count; ++itag) {
        const auto value = field->Value(itag);
        if (!value.ok()) return "malformed value";
        if (value->kind == ValueKind::kSeparated) ++seen.expected_references[value->long_value];
      }
    }
  }
  for (const auto& index : definition->secondary_indexes()) {
    std::multiset<std::string> found;
    for (const auto& [key, data] :
         AllNodes({index.tree, *under_test.manager}, session->transaction)) {
      found.insert(EntryText(AsBytes(key), AsBytes(data)));
    }
    if (found != seen.expected_entries[index.schema->object_id]) {
      return absl::StrCat("index ", index.schema->name, ": ", found.size(), " entries, expected ",
                          seen.expected_entries[index.schema->object_id].size());
    }
  }
  if (!definition->long_value_tree()) return "";
  std::map<LongValueId, uint32_t> references;
  for (const auto& [key, data] :
       AllNodes({*definition->long_value_tree(), *under_test.manager}, session->transaction)) {
    const auto position = DecodeLongValueKey(AsBytes(key));
    if (!position.ok()) return "malformed long value key";
    if (!position->is_root) continue;
    references[position->id] = DecodeLongValueRoot(AsBytes(data)).value().reference_count;
    const auto size = long_values.Size(position->id);
    std::vector<std::byte> whole(size.ok() ? *size : 0);
    const auto read = long_values.Read(position->id, 0, whole);
    if (!read.ok() || *read != whole.size()) return absl::StrCat("long value ", position->id);
  }
  return references == seen.expected_references
             ? ""
             : absl::StrCat("long values: ", references.size(), ", expected ",
                            seen.expected_references.size());
}

}  // namespace contrail::test
