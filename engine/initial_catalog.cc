#include "engine/initial_catalog.h"

#include "storage/check.h"

namespace contrail {
namespace {

constexpr ColumnId kObjidColumn = 256;
constexpr ColumnId kObjidTableColumn = 257;
constexpr ColumnId kObjidTypeColumn = 258;

constexpr ColumnId kLocaleTypeColumn = 1;
constexpr ColumnId kLocaleValueColumn = 2;
constexpr ColumnId kLocaleKeyColumn = 128;

constexpr uint8_t kSchemaVersionRow = 1;
constexpr uint8_t kLocaleStateRow = 2;

// The key's text as stored: UTF-16LE with its terminator.
std::vector<std::byte> StoredKey(std::u16string_view text) {
  std::vector<std::byte> bytes((text.size() + 1) * 2);
  if (!text.empty()) std::memcpy(bytes.data(), text.data(), text.size() * 2);
  return bytes;
}

template <typename T>
Status SetNumber(RecordBuilder& builder, ColumnId id, T number) {
  std::byte bytes[sizeof(T)];
  StoreLittle(bytes, number);
  return builder.Set(*builder.schema().FindColumn(id), 1, bytes);
}

Result<Bytes> Required(const RecordView& record, ColumnId id, size_t size = 0) {
  ASSIGN_OR_RETURN(const ColumnValue value, record.Value(*record.schema().FindColumn(id)));
  if (value.kind != ValueKind::kInline || (size != 0 && value.bytes.size() != size)) {
    return Error::kCatalogCorrupted;
  }
  return value.bytes;
}

void MakeSingleKey(const TableSchema& table, Bytes value, KeyBuffer& key) {
  const IndexSchema& index = table.indexes.front();
  const ColumnSchema& column = *table.FindColumn(index.segments.front().column);
  const Result<NormalizedSegment> segment = NormalizeSegment(
      index, column, false, SegmentValue::kData, value, key.storage().first(index.key_most));
  CHECK(segment.ok());  // Numbers and binary can always be normalised.
  key.Resize(segment->size);
}

}  // namespace

std::vector<CatalogRow> InitialCatalogRows() {
  std::vector<CatalogRow> rows;
  for (const TableSchema* table :
       {&ObjectsSchema(), &ShadowSchema(), &ObjidsSchema(), &LocalesSchema()}) {
    const std::vector<CatalogRow> own = MakeCatalogRows(*table);
    rows.insert(rows.end(), own.begin(), own.end());
  }
  return rows;
}

std::vector<ObjidRow> InitialObjidRows() {
  using namespace catalog_place;  // NOLINT(google-build-using-namespace): constants
  return {
      {kObjectsObjectId, kObjectsObjectId, CatalogType::kTable},
      {kShadowObjectId, kShadowObjectId, CatalogType::kTable},
      {kNameIndexObjectId, kObjectsObjectId, CatalogType::kIndex},
      {kRootObjectsIndexObjectId, kObjectsObjectId, CatalogType::kIndex},
      {kObjidsObjectId, kObjidsObjectId, CatalogType::kTable},
      {kLocalesObjectId, kLocalesObjectId, CatalogType::kTable},
  };
}

Status EncodeObjidRow(const ObjidRow& row, RecordLayout layout, RecordBuilder& builder) {
  builder.StartEmpty(ObjidsSchema(), layout);
  RETURN_IF_ERROR(SetNumber(builder, kObjidColumn, row.object));
  RETURN_IF_ERROR(SetNumber(builder, kObjidTableColumn, row.table));
  return SetNumber(builder, kObjidTypeColumn, static_cast<int16_t>(row.type));
}

Result<ObjidRow> DecodeObjidRow(const RecordView& record) {
  ASSIGN_OR_RETURN(const Bytes object, Required(record, kObjidColumn, 4));
  ASSIGN_OR_RETURN(const Bytes table, Required(record, kObjidTableColumn, 4));
  ASSIGN_OR_RETURN(const Bytes type, Required(record, kObjidTypeColumn, 2));
  return ObjidRow{LoadLittle<uint32_t>(object.data()), LoadLittle<uint32_t>(table.data()),
                  static_cast<CatalogType>(LoadLittle<int16_t>(type.data()))};
}

void MakeObjidKey(ObjectId object, KeyBuffer& key) {
  std::byte bytes[4];
  StoreLittle(bytes, object);
  MakeSingleKey(ObjidsSchema(), bytes, key);
}

std::vector<LocaleRow> InitialLocaleRows() {
  std::vector<LocaleRow> rows;
  for (const std::u16string part : {u"External", u"Internal"}) {
    const std::u16string path = u".Schema\\" + part + u"\\";
    rows.push_back({kSchemaVersionRow, 1, path + u"Major"});
    rows.push_back({kSchemaVersionRow, 0, path + u"Minor"});
    rows.push_back({kSchemaVersionRow, 0, path + u"Update"});
  }
  rows.push_back({kLocaleStateRow, 1, u"MSysLocalesConsistent"});
  return rows;
}

Status EncodeLocaleRow(const LocaleRow& row, RecordLayout layout, RecordBuilder& builder) {
  builder.StartInsert(LocalesSchema(), layout);
  RETURN_IF_ERROR(SetNumber(builder, kLocaleTypeColumn, row.type));
  RETURN_IF_ERROR(SetNumber(builder, kLocaleValueColumn, row.value));
  return builder.Set(*LocalesSchema().FindColumn(kLocaleKeyColumn), 1, StoredKey(row.key));
}

Result<LocaleRow> DecodeLocaleRow(const RecordView& record) {
  ASSIGN_OR_RETURN(const Bytes type, Required(record, kLocaleTypeColumn, 1));
  ASSIGN_OR_RETURN(const Bytes value, Required(record, kLocaleValueColumn, 4));
  ASSIGN_OR_RETURN(const Bytes key, Required(record, kLocaleKeyColumn));
  if (key.size() % 2 != 0) return Error::kCatalogCorrupted;
  LocaleRow row;
  row.type = static_cast<uint8_t>(type[0]);
  row.value = LoadLittle<int32_t>(value.data());
  row.key.resize(key.size() / 2);
  if (!key.empty()) std::memcpy(row.key.data(), key.data(), key.size());
  if (!row.key.empty() && row.key.back() == u'\0') row.key.pop_back();
  return row;
}

void MakeLocaleKey(std::u16string_view key_text, KeyBuffer& key) {
  MakeSingleKey(LocalesSchema(), StoredKey(key_text), key);
}

}  // namespace contrail
