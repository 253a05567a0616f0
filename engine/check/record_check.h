// Whether a record is well-formed and fits its table, column by column.
// docs/format/record.md.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/record_view.h"

namespace contrail {

struct RecordFault {
  std::string what;
  std::string expected;
  std::string found;
};

// Reuse one for many records of a table. Thread rule: one thread.
class RecordCheck {
 public:
  RecordCheck(const TableSchema& schema, RecordLayout layout) : schema_(schema), layout_(layout) {}

  // True when the record is sound; else fault() says what is not. `long_value` is called for each
  // reference to a separated value.
  bool Run(Bytes record, const std::function<void(LongValueId)>& long_value);
  const RecordFault& fault() const { return fault_; }
  // After a run that found nothing wrong.
  const RecordView& view() const { return view_; }
  // The columns that may not be null, and that the record is too old to have: Windows lets them be
  // added to a table with records, which stay as they are. Not a fault.
  uint32_t missing_values() const { return missing_values_; }

 private:
  bool Fail(std::string what, std::string expected, std::string found);
  bool CheckOutline(Bytes record);
  bool CheckVariable();
  bool CheckVariableEnds();
  bool CheckTagged(const std::function<void(LongValueId)>& long_value);
  bool CheckField(const TaggedField& field, const std::function<void(LongValueId)>& long_value);
  bool CheckNotNull();
  bool CheckSize(const ColumnSchema& column, size_t size);

  const TableSchema& schema_;
  RecordLayout layout_;
  RecordView view_;
  RecordFault fault_;
  uint32_t missing_values_ = 0;
  std::vector<std::byte> scratch_;
};

}  // namespace contrail
