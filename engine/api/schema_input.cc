#include "engine/api/schema_input.h"

#include "engine/api/buffers.h"
#include "engine/sort_weights.h"

namespace contrail::api {
namespace {

struct FlagPair {
  JET_GRBIT grbit;
  uint32_t flag;
};

constexpr FlagPair kColumnFlags[] = {
    {JET_bitColumnNotNULL, column_flag::kNotNull},
    {JET_bitColumnVersion, column_flag::kVersion},
    {JET_bitColumnAutoincrement, column_flag::kAutoIncrement},
    {JET_bitColumnMultiValued, column_flag::kMultiValued},
    {JET_bitColumnEscrowUpdate, column_flag::kEscrowUpdate},
    {JET_bitColumnFinalize, column_flag::kFinalize},
    {JET_bitColumnDeleteOnZero, column_flag::kDeleteOnZero},
    {JET_bitColumnCompressed, column_flag::kCompressed},
};
// Accepted, and either told apart elsewhere or without effect here.
constexpr JET_GRBIT kOtherColumnFlags = JET_bitColumnFixed | JET_bitColumnTagged |
                                        JET_bitColumnUpdatable | JET_bitColumnMaybeNull |
                                        JET_bitColumnUnversioned;

constexpr FlagPair kIndexFlags[] = {
    {JET_bitIndexUnique, index_flag::kUnique},
    {JET_bitIndexPrimary, index_flag::kPrimary | index_flag::kUnique},
    {JET_bitIndexDisallowNull, index_flag::kNoNullSegment},
    {JET_bitIndexSortNullsHigh, index_flag::kNullsHigh},
    {JET_bitIndexCrossProduct, index_flag::kCrossProduct},
    {JET_bitIndexNestedTable, index_flag::kNestedTable},
    {JET_bitIndexDisallowTruncation, index_flag::kDisallowTruncation},
    {JET_bitIndexDotNetGuid, index_flag::kDotNetGuid},
};
constexpr JET_GRBIT kIgnoringNulls =
    JET_bitIndexIgnoreNull | JET_bitIndexIgnoreAnyNull | JET_bitIndexIgnoreFirstNull;
constexpr JET_GRBIT kOtherIndexFlags = kIgnoringNulls | JET_bitIndexLazyFlush | JET_bitIndexEmpty |
                                       JET_bitIndexUnversioned | JET_bitIndexUnicode |
                                       JET_bitIndexTuples | JET_bitIndexTupleLimits |
                                       JET_bitIndexKeyMost | JET_bitIndexImmutableStructure;

// Which rows with nulls have an entry.
uint32_t NullPolicy(JET_GRBIT grbit) {
  if ((grbit & JET_bitIndexIgnoreAnyNull) != 0) return 0;
  uint32_t flags = index_flag::kAllowSomeNulls;
  if ((grbit & JET_bitIndexIgnoreFirstNull) != 0) return flags;
  flags |= index_flag::kAllowFirstNull;
  if ((grbit & JET_bitIndexIgnoreNull) == 0) flags |= index_flag::kAllowAllNulls;
  return flags;
}

Result<uint32_t> IndexFlagsFrom(JET_GRBIT grbit) {
  uint32_t flags = 0;
  JET_GRBIT known = kOtherIndexFlags;
  for (const FlagPair& pair : kIndexFlags) {
    known |= pair.grbit;
    if ((grbit & pair.grbit) != 0) flags |= pair.flag;
  }
  if ((grbit & ~known) != 0) return Error::kInvalidGrbit;
  const bool primary = (grbit & JET_bitIndexPrimary) != 0;
  if (primary && (grbit & (kIgnoringNulls | JET_bitIndexEmpty)) != 0) return Error::kInvalidGrbit;
  if ((grbit & JET_bitIndexDisallowNull) != 0 && (grbit & kIgnoringNulls) != 0) {
    return Error::kInvalidGrbit;
  }
  if ((grbit & JET_bitIndexEmpty) != 0 && (grbit & JET_bitIndexIgnoreAnyNull) == 0) {
    return Error::kInvalidGrbit;
  }
  return flags | ((grbit & JET_bitIndexDisallowNull) != 0 ? 0 : NullPolicy(grbit));
}

// Numbers of locales by which Windows programs ask. What sort orders the engine has is decided
// where an index over Unicode text is made.
struct Locale {
  uint32_t lcid;
  const char16_t* name;
};
constexpr Locale kLocales[] = {
    {0x0409, u"en-US"}, {0x0809, u"en-GB"}, {0x0407, u"de-DE"}, {0x040c, u"fr-FR"},
    {0x0410, u"it-IT"}, {0x0c0a, u"es-ES"}, {0x0411, u"ja-JP"}, {0x0412, u"ko-KR"},
    {0x0804, u"zh-CN"}, {0x0404, u"zh-TW"}, {0x0419, u"ru-RU"}, {0x0416, u"pt-BR"},
    {0x0413, u"nl-NL"}, {0x041d, u"sv-SE"}, {0x0415, u"pl-PL"}, {0x007f, u""},
};

Status SetSortOrder(const IndexInput& input, const ParameterSet& parameters, NewIndex* index) {
  const uint64_t standard = parameters.number(JET_paramUnicodeIndexDefault);
  const uint32_t given_flags = input.map_flags.value_or(0);
  index->lcmap_flags = given_flags != 0 ? given_flags : static_cast<uint32_t>(standard);
  if (given_flags != 0 || input.locale_name.has_value() || input.lcid.value_or(0) != 0) {
    index->flags |= index_flag::kLocaleSet;
  }
  if (input.locale_name.has_value()) {
    index->locale_name = *input.locale_name;
    return Status::Ok();
  }
  uint32_t lcid = input.lcid.value_or(0);
  if (lcid == 0) lcid = static_cast<uint32_t>(standard >> 32);
  for (const Locale& locale : kLocales) {
    if (locale.lcid != lcid) continue;
    index->locale_name = locale.name;
    return Status::Ok();
  }
  return Error::kInvalidLanguageId;
}

Status SetTuples(const IndexInput& input, const ParameterSet& parameters, NewIndex* index) {
  if (input.tuple_limits != nullptr) {
    const JET_TUPLELIMITS& limits = *input.tuple_limits;
    index->tuple_limits = TupleLimits{.min_length = limits.chLengthMin,
                                      .max_length = limits.chLengthMax,
                                      .to_index_max = limits.chToIndexMax,
                                      .increment = limits.cchIncrement,
                                      .start = limits.ichStart};
  } else if ((input.grbit & JET_bitIndexTuples) != 0) {
    const auto value = [&](uint32_t id) { return static_cast<uint32_t>(parameters.number(id)); };
    index->tuple_limits = TupleLimits{.min_length = value(JET_paramIndexTuplesLengthMin),
                                      .max_length = value(JET_paramIndexTuplesLengthMax),
                                      .to_index_max = value(JET_paramIndexTuplesToIndexMax),
                                      .increment = value(JET_paramIndexTupleIncrement),
                                      .start = value(JET_paramIndexTupleStart)};
  }
  if (!index->tuple_limits.has_value()) return Status::Ok();
  // 0 asks for the default.
  if (index->tuple_limits->increment == 0) index->tuple_limits->increment = 1;
  return input.var_segment_max == 0 ? Status::Ok() : Status(Error::kIndexTuplesVarSegMacNotAllowed);
}

// "+first\0-second\0": what stands before the second NUL of the end.
Status ParseKey(std::string_view key, std::vector<NewIndex::Segment>* segments) {
  while (!key.empty()) {
    const size_t end = key.find('\0');
    if (end == key.npos) return Error::kIndexInvalidDef;
    std::string_view part = key.substr(0, end);
    key.remove_prefix(end + 1);
    if (part.empty()) break;  // The terminator. What follows is not ours to read.
    const bool descending = part.front() == '-';
    if (part.front() == '-' || part.front() == '+') part.remove_prefix(1);
    if (part.empty()) return Error::kIndexInvalidDef;
    segments->push_back({.column = std::string(part), .descending = descending});
  }
  return segments->empty() ? Status(Error::kIndexInvalidDef) : Status::Ok();
}

}  // namespace

Result<std::string> NameFrom(const char* name) {
  if (name == nullptr) return Error::kInvalidName;
  return std::string(name);
}

Result<std::string> NameFrom(const char16_t* name) {
  if (name == nullptr) return Error::kInvalidName;
  return ToUtf8(name);
}

Result<std::string> KeyFrom(const char* key, uint32_t size) {
  if (key == nullptr || size == 0) return Error::kInvalidParameter;
  const size_t length = MultiTextLength(key, size);
  if (length == size) return Error::kIndexInvalidDef;
  return std::string(key, length);
}

Result<std::string> KeyFrom(const char16_t* key, uint32_t size) {
  if (key == nullptr || size == 0) return Error::kInvalidParameter;
  const size_t units = size / sizeof(char16_t);
  const size_t length = MultiTextLength(key, units);
  if (length == units) return Error::kIndexInvalidDef;
  return ToUtf8(std::u16string_view(key, length));
}

Result<bool> MustBeNull(JET_GRBIT grbit) {
  if (grbit == JET_bitIndexColumnMustBeNull) return true;
  if (grbit == JET_bitIndexColumnMustBeNonNull) return false;
  return Error::kInvalidGrbit;
}

Result<NewColumn> ColumnFrom(std::string name, JET_COLTYP type, uint32_t max_size,
                             uint32_t code_page, JET_GRBIT grbit, const void* default_value,
                             uint32_t default_size) {
  if ((grbit & JET_bitColumnUserDefinedDefault) != 0) return Error::kFeatureNotAvailable;
  if (type >= kColumnTypeCount) return Error::kInvalidColumnType;
  NewColumn column;
  column.name = std::move(name);
  column.type = static_cast<ColumnType>(type);
  column.max_size = max_size;
  column.code_page = code_page;
  column.fixed = (grbit & JET_bitColumnFixed) != 0;
  column.tagged = (grbit & JET_bitColumnTagged) != 0;
  JET_GRBIT known = kOtherColumnFlags;
  for (const FlagPair& pair : kColumnFlags) {
    known |= pair.grbit;
    if ((grbit & pair.grbit) != 0) column.flags |= pair.flag;
  }
  if ((grbit & ~known) != 0 || (column.fixed && column.tagged)) return Error::kInvalidGrbit;
  if (default_size != 0) {
    if (default_value == nullptr) return Error::kInvalidParameter;
    const Bytes bytes = BytesAt(default_value, default_size);
    column.default_value.emplace(bytes.begin(), bytes.end());
  }
  return column;
}

Status SizeWarning(const NewColumn& column) {
  const bool is_short = column.type == ColumnType::kBinary || column.type == ColumnType::kText;
  return is_short && column.max_size > kMaxShortValueSize ? Status(Error::kWarnColumnMaxTruncated)
                                                          : Status::Ok();
}

Status SetDefaultSortOrder(const ParameterSet& parameters, IndexSchema* order) {
  NewIndex index;
  RETURN_IF_ERROR(SetSortOrder({}, parameters, &index));
  order->flags = index_flag::kLocalizedText;
  order->locale_name = index.locale_name.empty() ? u"en-US" : index.locale_name;
  order->lcmap_flags = index.lcmap_flags | map_flag::kSortKey;
  return Status::Ok();
}

Result<NewIndex> IndexFrom(const IndexInput& input, const ParameterSet& parameters) {
  NewIndex index;
  index.name = input.name;
  ASSIGN_OR_RETURN(index.flags, IndexFlagsFrom(input.grbit));
  RETURN_IF_ERROR(ParseKey(input.key, &index.segments));
  index.conditions = input.conditions;
  index.density = input.density;
  if ((input.grbit & JET_bitIndexKeyMost) != 0) index.key_most = input.key_most;
  index.var_segment_max = input.var_segment_max;
  RETURN_IF_ERROR(SetSortOrder(input, parameters, &index));
  RETURN_IF_ERROR(SetTuples(input, parameters, &index));
  return index;
}

}  // namespace contrail::api
