// Definitions of columns and indexes as the API's structures give them, checked and turned into
// what TableDdl takes. The A and W structures, and their versions, differ only in types of members.

#pragma once

#include <esent.h>

#include <string>

#include "engine/api/parameter_set.h"
#include "engine/api/text.h"
#include "engine/table_ddl.h"

namespace contrail::api {

// kInvalidName for null.
Result<std::string> NameFrom(const char* name);
Result<std::string> NameFrom(const char16_t* name);

// kInvalidGrbit, kFeatureNotAvailable (defaults computed by callbacks).
Result<NewColumn> ColumnFrom(std::string name, JET_COLTYP type, uint32_t max_size,
                             uint32_t code_page, JET_GRBIT grbit, const void* default_value,
                             uint32_t default_size);
// The call succeeds with kWarnColumnMaxTruncated when the size was cut.
Status SizeWarning(const NewColumn& column);

// The parts of an index definition that all versions have, in UTF-8.
struct IndexInput {
  std::string name;
  std::string key;  // As JET_INDEXCREATE's szKey, with its NULs.
  JET_GRBIT grbit = 0;
  uint32_t density = 0;
  uint32_t key_most = 0;  // Looked at with JET_bitIndexKeyMost.
  uint32_t var_segment_max = 0;
  const JET_TUPLELIMITS* tuple_limits = nullptr;
  std::optional<uint32_t> lcid;
  std::optional<std::u16string> locale_name;
  std::optional<uint32_t> map_flags;
  std::vector<NewIndex::Condition> conditions;
};
// kIndexInvalidDef, kInvalidGrbit, kInvalidLanguageId, kInvalidParameter. `parameters` are those of
// the instance: defaults of tuples and of sort orders.
Result<NewIndex> IndexFrom(const IndexInput& input, const ParameterSet& parameters);

// The sort order of a text that is in no index: the instance's default. kInvalidLanguageId.
Status SetDefaultSortOrder(const ParameterSet& parameters, IndexSchema* order);

// The key's text of `size` bytes. kInvalidParameter when null or empty; kIndexInvalidDef without
// its two NULs.
Result<std::string> KeyFrom(const char* key, uint32_t size);
Result<std::string> KeyFrom(const char16_t* key, uint32_t size);
// kInvalidGrbit unless exactly one of the two bits is given.
Result<bool> MustBeNull(JET_GRBIT grbit);

// JET_COLUMNCREATE_A and _W.
template <typename ColumnCreate>
Result<NewColumn> ReadColumn(const ColumnCreate& input) {
  if (input.cbStruct != sizeof(input)) return Error::kInvalidParameter;
  ASSIGN_OR_RETURN(std::string name, NameFrom(input.szColumnName));
  return ColumnFrom(std::move(name), input.coltyp, input.cbMax, input.cp, input.grbit,
                    input.pvDefault, input.cbDefault);
}

// JET_INDEXCREATE, 2 and 3, _A and _W.
template <typename IndexCreate>
Status ReadSortOrder(const IndexCreate& input, IndexInput* index) {
  if constexpr (requires { input.lcid; }) {
    if ((input.grbit & JET_bitIndexUnicode) == 0) {
      index->lcid = input.lcid;
      return Status::Ok();
    }
    if (input.pidxunicode == nullptr) return Error::kIndexInvalidDef;
    index->lcid = input.pidxunicode->lcid;
    index->map_flags = input.pidxunicode->dwMapFlags;
  } else if (input.pidxunicode != nullptr) {
    if (input.pidxunicode->szLocaleName != nullptr) {
      index->locale_name = input.pidxunicode->szLocaleName;
    }
    index->map_flags = input.pidxunicode->dwMapFlags;
  }
  return Status::Ok();
}

template <typename IndexCreate>
Result<NewIndex> ReadIndex(const IndexCreate& input, const ParameterSet& parameters) {
  if (input.cbStruct != sizeof(input)) return Error::kInvalidParameter;
  IndexInput index;
  ASSIGN_OR_RETURN(index.name, NameFrom(input.szIndexName));
  ASSIGN_OR_RETURN(index.key, KeyFrom(input.szKey, input.cbKey));
  index.grbit = input.grbit;
  index.density = input.ulDensity;
  index.key_most = input.cbKeyMost;
  if ((input.grbit & JET_bitIndexTupleLimits) != 0) {
    if (input.ptuplelimits == nullptr) return Error::kIndexInvalidDef;
    index.tuple_limits = input.ptuplelimits;
  } else {
    index.var_segment_max = input.cbVarSegMac;
  }
  RETURN_IF_ERROR(ReadSortOrder(input, &index));
  if (input.cConditionalColumn != 0 && input.rgconditionalcolumn == nullptr) {
    return Error::kIndexInvalidDef;
  }
  for (uint32_t i = 0; i < input.cConditionalColumn; ++i) {
    const auto& condition = input.rgconditionalcolumn[i];
    if (condition.cbStruct != sizeof(condition)) return Error::kIndexInvalidDef;
    ASSIGN_OR_RETURN(std::string column, NameFrom(condition.szColumnName));
    ASSIGN_OR_RETURN(const bool must_be_null, MustBeNull(condition.grbit));
    index.conditions.push_back({.column = std::move(column), .must_be_null = must_be_null});
  }
  return IndexFrom(index, parameters);
}

}  // namespace contrail::api
