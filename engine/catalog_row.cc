#include "engine/catalog_row.h"

#include <algorithm>

#include "engine/value_compression.h"
#include "storage/check.h"

namespace contrail {
namespace {

using namespace catalog_column;  // NOLINT(google-build-using-namespace): ids of this one table

constexpr Error kCorrupted = Error::kCatalogCorrupted;
constexpr size_t kMaxLocaleNameBytes = 170;  // 85 units, Windows' limit.

// Reads the columns of a catalog record; the first impossible value is remembered.
class RowReader {
 public:
  explicit RowReader(const RecordView& record) : record_(record) {}

  Status status() const { return status_; }

  // The bytes of a column, nothing when null. Compressed values are unpacked into scratch space.
  std::optional<Bytes> Get(ColumnId id) {
    const ColumnSchema* column = record_.schema().FindColumn(id);
    CHECK(column != nullptr);
    const Result<ColumnValue> value = record_.Value(*column);
    if (!value.ok()) return Fail(value.status());
    if (value->is_null()) return std::nullopt;
    if (value->kind == ValueKind::kInline) return value->bytes;
    if (value->kind == ValueKind::kSeparated) return Fail(kCorrupted);
    const Result<uint32_t> size = DecompressedSize(value->bytes);
    if (!size.ok()) return Fail(size.status());
    scratch_.resize(*size);
    const Result<size_t> got = Decompress(value->bytes, scratch_);
    if (!got.ok() || *got != *size) return Fail(kCorrupted);
    return Bytes(scratch_);
  }

  template <typename T>
  std::optional<T> Number(ColumnId id) {
    const std::optional<Bytes> bytes = Get(id);
    if (!bytes.has_value()) return std::nullopt;
    if (bytes->size() != sizeof(T)) {
      Fail(kCorrupted);
      return std::nullopt;
    }
    return LoadLittle<T>(bytes->data());
  }

  template <typename T>
  T Required(ColumnId id) {
    const std::optional<T> number = Number<T>(id);
    if (!number.has_value()) Fail(kCorrupted);
    return number.value_or(T{0});
  }

  std::optional<std::vector<std::byte>> Vector(ColumnId id) {
    const std::optional<Bytes> bytes = Get(id);
    if (!bytes.has_value()) return std::nullopt;
    return std::vector<std::byte>(bytes->begin(), bytes->end());
  }

  std::optional<std::string> Text(ColumnId id) {
    const std::optional<Bytes> bytes = Get(id);
    if (!bytes.has_value()) return std::nullopt;
    return std::string(AsText(*bytes));
  }

  std::nullopt_t Fail(Status status) {
    if (status_.ok()) status_ = status;
    return std::nullopt;
  }

 private:
  const RecordView& record_;
  std::vector<std::byte> scratch_;
  Status status_;
};

std::optional<TupleLimits> ReadTupleLimits(RowReader& reader) {
  const std::optional<Bytes> bytes = reader.Get(kTupleLimits);
  if (!bytes.has_value()) return std::nullopt;
  // Old files have the first three only.
  if (bytes->size() != 20 && bytes->size() != 12) return reader.Fail(kCorrupted);
  const auto word = [&](size_t i) { return LoadLittle<uint32_t>(bytes->data() + 4 * i); };
  TupleLimits limits{word(0), word(1), word(2), 1, 0};
  if (bytes->size() == 20) {
    limits.increment = word(3);
    limits.start = word(4);
  }
  return limits;
}

std::optional<std::array<std::byte, 16>> ReadSortId(RowReader& reader) {
  const std::optional<Bytes> bytes = reader.Get(kSortId);
  if (!bytes.has_value()) return std::nullopt;
  std::array<std::byte, 16> id;
  if (bytes->size() != id.size()) return reader.Fail(kCorrupted);
  std::copy(bytes->begin(), bytes->end(), id.begin());
  return id;
}

std::optional<std::u16string> ReadLocaleName(RowReader& reader) {
  const std::optional<Bytes> bytes = reader.Get(kLocaleName);
  if (!bytes.has_value()) return std::nullopt;
  if (bytes->size() % 2 != 0 || bytes->size() > kMaxLocaleNameBytes) return reader.Fail(kCorrupted);
  std::u16string name(bytes->size() / 2, u'\0');
  if (!name.empty()) std::memcpy(name.data(), bytes->data(), bytes->size());
  return name;
}

// Writes the columns of a catalog record; the first failure is remembered.
class RowWriter {
 public:
  explicit RowWriter(RecordBuilder& builder) : builder_(builder) {}

  Status status() const { return status_; }

  void Put(ColumnId id, Bytes bytes) { Note(builder_.Set(Column(id), 1, bytes)); }
  // Absent columns are left out of a new record, and become null in an existing one.
  void PutNull(ColumnId id) {
    if (!builder_.Value(Column(id)).is_null()) Note(builder_.SetNull(Column(id), 1));
  }
  template <typename T>
  void Number(ColumnId id, T number) {
    std::byte bytes[sizeof(T)];
    StoreLittle(bytes, number);
    Put(id, bytes);
  }
  template <typename T>
  void OptionalNumber(ColumnId id, const std::optional<T>& number) {
    if (number.has_value()) {
      Number(id, *number);
    } else {
      PutNull(id);
    }
  }
  template <typename T>
  void OptionalBytes(ColumnId id, const std::optional<T>& value) {
    if (value.has_value()) {
      Put(id, std::as_bytes(std::span(*value)));
    } else {
      PutNull(id);
    }
  }

 private:
  const ColumnSchema& Column(ColumnId id) const {
    const ColumnSchema* column = builder_.schema().FindColumn(id);
    CHECK(column != nullptr);
    return *column;
  }
  void Note(Status status) {
    if (status_.ok()) status_ = status;
  }

  RecordBuilder& builder_;
  Status status_;
};

std::optional<std::array<std::byte, 20>> TupleLimitBytes(const std::optional<TupleLimits>& limits) {
  if (!limits.has_value()) return std::nullopt;
  std::array<std::byte, 20> bytes;
  const uint32_t words[] = {limits->min_length, limits->max_length, limits->to_index_max,
                            limits->increment, limits->start};
  for (size_t i = 0; i < 5; ++i) StoreLittle(bytes.data() + 4 * i, words[i]);
  return bytes;
}

template <typename T>
std::optional<std::array<std::byte, sizeof(T)>> NumberBytes(const std::optional<T>& number) {
  if (!number.has_value()) return std::nullopt;
  std::array<std::byte, sizeof(T)> bytes;
  StoreLittle(bytes.data(), *number);
  return bytes;
}

void AppendKeyLong(uint32_t number, KeyBuffer& key) {
  std::byte bytes[5] = {std::byte{0x7f}};
  StoreBig32(bytes + 1, number ^ 0x80000000u);
  key.Append(bytes);
}

void AppendKeyType(CatalogType type, KeyBuffer& key) {
  const auto number = static_cast<uint16_t>(static_cast<uint16_t>(type) ^ 0x8000u);
  const std::byte bytes[3] = {std::byte{0x7f}, static_cast<std::byte>(number >> 8),
                              static_cast<std::byte>(number)};
  key.Append(bytes);
}

void AppendKeyName(std::string_view name, KeyBuffer& key) {
  const IndexSchema& index = *ObjectsSchema().FindIndex("Name");
  const size_t room = index.key_most - key.size();
  const Result<NormalizedSegment> segment =
      NormalizeSegment(index, *ObjectsSchema().FindColumn(kName), false, SegmentValue::kData,
                       AsBytes(name), key.storage().subspan(key.size(), room));
  CHECK(segment.ok());  // Latin text can always be normalised.
  key.Resize(key.size() + segment->size);
}

}  // namespace

Result<CatalogRow> DecodeCatalogRow(const RecordView& record) {
  RowReader reader(record);
  CatalogRow row;
  row.table = reader.Required<uint32_t>(kObjidTable);
  const auto type = reader.Required<int16_t>(kType);
  row.id = reader.Required<uint32_t>(kId);
  row.type_or_root = reader.Required<uint32_t>(kColtypOrPgnoFdp);
  row.space_usage = reader.Required<uint32_t>(kSpaceUsage);
  row.flags = reader.Required<uint32_t>(kFlags);
  row.pages_or_locale = reader.Required<uint32_t>(kPagesOrLocale);
  row.root_flag = reader.Number<uint8_t>(kRootFlag).value_or(0) != 0;
  row.record_offset = reader.Number<int16_t>(kRecordOffset);
  row.lcmap_flags = reader.Number<uint32_t>(kLCMapFlags);
  row.key_most = reader.Number<uint16_t>(kKeyMost);
  row.long_value_chunk_max = reader.Number<uint32_t>(kLVChunkMax);
  const std::optional<std::string> name = reader.Text(kName);
  row.name = name.value_or("");
  row.template_table = reader.Text(kTemplateTable);
  row.default_value = reader.Vector(kDefaultValue);
  row.key_segments = reader.Vector(kKeyFldIds);
  row.var_segment_max = reader.Number<uint16_t>(kVarSegMac);
  row.conditional_columns = reader.Vector(kConditionalColumns);
  row.tuple_limits = ReadTupleLimits(reader);
  row.sort_version = reader.Number<uint64_t>(kVersion);
  row.sort_id = ReadSortId(reader);
  row.locale_name = ReadLocaleName(reader);
  RETURN_IF_ERROR(reader.status());
  if (type < static_cast<int16_t>(CatalogType::kTable) ||
      type > static_cast<int16_t>(CatalogType::kCallback) || !name.has_value()) {
    return kCorrupted;
  }
  row.type = static_cast<CatalogType>(type);
  return row;
}

Status EncodeCatalogRow(const CatalogRow& row, RecordLayout layout, RecordBuilder& builder) {
  builder.StartEmpty(ObjectsSchema(), layout);
  return ApplyCatalogRow(row, builder);
}

Status ApplyCatalogRow(const CatalogRow& row, RecordBuilder& builder) {
  RowWriter writer(builder);
  writer.Number(kObjidTable, row.table);
  writer.Number(kType, static_cast<int16_t>(row.type));
  writer.Number(kId, row.id);
  writer.Number(kColtypOrPgnoFdp, row.type_or_root);
  writer.Number(kSpaceUsage, row.space_usage);
  writer.Number(kFlags, row.flags);
  writer.Number(kPagesOrLocale, row.pages_or_locale);
  if (row.root_flag) {
    writer.Number(kRootFlag, uint8_t{0xff});
  } else {
    writer.PutNull(kRootFlag);
  }
  writer.OptionalNumber(kRecordOffset, row.record_offset);
  writer.OptionalNumber(kLCMapFlags, row.lcmap_flags);
  writer.OptionalNumber(kKeyMost, row.key_most);
  writer.OptionalNumber(kLVChunkMax, row.long_value_chunk_max);
  writer.Put(kName, AsBytes(row.name));
  writer.OptionalBytes(kTemplateTable, row.template_table);
  writer.OptionalBytes(kDefaultValue, row.default_value);
  writer.OptionalBytes(kKeyFldIds, row.key_segments);
  writer.OptionalBytes(kVarSegMac, NumberBytes(row.var_segment_max));
  writer.OptionalBytes(kConditionalColumns, row.conditional_columns);
  writer.OptionalBytes(kTupleLimits, TupleLimitBytes(row.tuple_limits));
  writer.OptionalBytes(kVersion, NumberBytes(row.sort_version));
  writer.OptionalBytes(kSortId, row.sort_id);
  writer.OptionalBytes(kLocaleName, row.locale_name);
  return writer.status();
}

void MakeCatalogTablePrefix(ObjectId table, KeyBuffer& key) {
  key.Clear();
  AppendKeyLong(table, key);
}

void MakeCatalogTablePrefix(ObjectId table, CatalogType type, KeyBuffer& key) {
  MakeCatalogTablePrefix(table, key);
  AppendKeyType(type, key);
}

void MakeCatalogIdKey(ObjectId table, CatalogType type, uint32_t id, KeyBuffer& key) {
  MakeCatalogTablePrefix(table, type, key);
  AppendKeyLong(id, key);
}

void MakeCatalogNameKey(ObjectId table, CatalogType type, std::string_view name, KeyBuffer& key) {
  MakeCatalogTablePrefix(table, type, key);
  AppendKeyName(name, key);
}

void MakeCatalogRootKey(std::string_view table_name, KeyBuffer& key) {
  const std::byte root_flag[2] = {std::byte{0x7f}, std::byte{0xff}};
  key.Assign(root_flag);
  AppendKeyName(table_name, key);
}

Status CheckName(std::string_view name) {
  constexpr size_t kMaxNameSize = 64;
  if (name.empty() || name.size() > kMaxNameSize || name.front() == ' ') return Error::kInvalidName;
  const bool clean = std::all_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 &&
           std::string_view("!.[]").find(c) == std::string_view::npos;
  });
  return clean ? Status::Ok() : Error::kInvalidName;
}

}  // namespace contrail
