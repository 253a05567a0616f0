// Where a new column goes, and what a column may be: the rules of JetAddColumn.

#include "engine/record_format.h"
#include "engine/table_ddl.h"

namespace contrail {
namespace {

constexpr uint32_t kFilledByEngine =
    column_flag::kAutoIncrement | column_flag::kVersion | column_flag::kEscrowUpdate;

Status CheckFlags(const NewColumn& request, bool tagged) {
  const uint32_t flags = request.flags;
  if (request.fixed && (tagged || IsLongType(request.type))) return Error::kInvalidGrbit;
  if (!tagged && (flags & column_flag::kMultiValued) != 0) {
    return Error::kMultiValuedColumnMustBeTagged;
  }
  if ((flags & column_flag::kCompressed) != 0 && !IsLongType(request.type)) {
    return Error::kColumnCannotBeCompressed;
  }
  if (tagged && (flags & kFilledByEngine) != 0) return Error::kCannotBeTagged;
  if ((flags & kFilledByEngine & ((flags & kFilledByEngine) - 1)) != 0) {
    return Error::kInvalidGrbit;  // More than one of them.
  }
  const bool whole_number =
      request.type == ColumnType::kLong || request.type == ColumnType::kUnsignedLong;
  if ((flags & column_flag::kAutoIncrement) != 0 && !whole_number &&
      request.type != ColumnType::kLongLong && request.type != ColumnType::kUnsignedLongLong &&
      request.type != ColumnType::kCurrency) {
    return Error::kInvalidGrbit;
  }
  if ((flags & column_flag::kVersion) != 0 && request.type != ColumnType::kLong) {
    return Error::kInvalidGrbit;
  }
  if ((flags & column_flag::kEscrowUpdate) != 0 &&
      (request.type != ColumnType::kLong || !request.default_value.has_value())) {
    return Error::kInvalidGrbit;
  }
  const uint32_t at_zero = flags & (column_flag::kFinalize | column_flag::kDeleteOnZero);
  if (at_zero == 0) return Status::Ok();
  if ((flags & column_flag::kEscrowUpdate) == 0) return Error::kInvalidGrbit;
  if ((at_zero & (at_zero - 1)) != 0) return Error::kInvalidGrbit;  // Not both.
  // Records do not go by themselves here when such a column reaches zero.
  return Error::kFeatureNotAvailable;
}

Status CheckNotRedundant(const TableSchema& table, uint32_t flags) {
  for (const ColumnSchema& column : table.columns()) {
    if (column.deleted()) continue;
    for (const uint32_t only_one : {column_flag::kAutoIncrement, column_flag::kVersion}) {
      if ((flags & only_one) != 0 && column.Has(only_one)) return Error::kColumnRedundant;
    }
  }
  return Status::Ok();
}

Status SetSize(const NewColumn& request, ColumnSchema* column) {
  if (const uint32_t size = FixedSizeOf(request.type); size != 0) {
    column->max_size = size;
    return Status::Ok();
  }
  if (IsLongType(request.type)) {
    column->max_size = request.max_size;
    return Status::Ok();
  }
  column->max_size =
      request.max_size == 0 ? kMaxShortValueSize : std::min(request.max_size, kMaxShortValueSize);
  return Status::Ok();
}

Status SetCodePage(const NewColumn& request, ColumnSchema* column) {
  if (!IsTextType(request.type)) {
    column->code_page = 0;
    return Status::Ok();
  }
  if (request.code_page != 0 && request.code_page != kCodePageLatin &&
      request.code_page != kCodePageUnicode) {
    return Error::kInvalidCodePage;
  }
  column->code_page =
      request.code_page == 0 ? kCodePageLatin : static_cast<uint16_t>(request.code_page);
  return Status::Ok();
}

// A column of that name that was deleted keeps its row under another name, so live ones decide.
Status TakeId(const TableSchema& table, bool tagged, bool fixed, ColumnSchema* column) {
  if (tagged) {
    column->id = table.last_tagged_column() + 1;
    return column->id <= kLastTaggedColumn ? Status::Ok() : Status(Error::kTooManyColumns);
  }
  if (!fixed) {
    column->id = table.last_variable_column() + 1;
    return column->id <= kLastVariableColumn ? Status::Ok() : Status(Error::kTooManyColumns);
  }
  column->id = table.last_fixed_column() + 1;
  column->record_offset = table.NextFixedOffset();
  return column->id <= kLastFixedColumn ? Status::Ok() : Status(Error::kTooManyColumns);
}

}  // namespace

Status TableDdl::PlaceColumn(const TableSchema& table, const NewColumn& request,
                             ColumnSchema* column) {
  if (!IsValidColumnType(request.type)) return Error::kInvalidColumnType;
  if (table.FindColumn(request.name) != nullptr) return Error::kColumnDuplicate;
  const bool tagged = request.tagged || IsLongType(request.type);
  const bool fixed = !tagged && (FixedSizeOf(request.type) != 0 || request.fixed);
  RETURN_IF_ERROR(CheckFlags(request, tagged));
  RETURN_IF_ERROR(CheckNotRedundant(table, request.flags));
  column->name = request.name;
  column->type = request.type;
  column->flags = request.flags;
  if (table.is_template()) {
    column->from_template = true;
    column->flags |= column_flag::kTemplateColumn;
  }
  RETURN_IF_ERROR(SetSize(request, column));
  RETURN_IF_ERROR(SetCodePage(request, column));
  RETURN_IF_ERROR(TakeId(table, tagged, fixed, column));
  if (request.default_value.has_value()) {
    if (column->max_size != 0 && request.default_value->size() > column->max_size) {
      return Error::kDefaultValueTooBig;  // Of a number too, unlike one that is too short.
    }
    RETURN_IF_ERROR(CheckDefaultFits(*column, *request.default_value));
    column->default_value = *request.default_value;
    column->flags |= column_flag::kHasDefault;
  }
  const uint32_t limit = RecordSizeLimit(database_.database().page_size(), kDefaultKeyMost);
  const size_t bitmap =
      record_format::NullBitmapSize(column->is_fixed() ? column->id : table.last_fixed_column());
  const size_t fixed_end =
      fixed ? column->record_offset + column->max_size : table.NextFixedOffset();
  return fixed_end + bitmap <= limit ? Status::Ok() : Status(Error::kRecordTooBig);
}

}  // namespace contrail
