// How the Unicode text of an index becomes keys, and which sort order an index gets.
//
// An index records what its keys were made by: a sort version and a sort ID. Keys can be made for
// it only by the very same rules:
//
//   recorded in the index                       keys come from
//   ------------------------------------------  ---------------------------------------------
//   a sort of Windows, version of the tables    the table file given, if it has that sort ID
//   the default sort, versions 6020D to 6020F   built-in weights: NUL, ASCII, a little more
//   our sort ID, this ICU's collator version    ICU
//   anything else                               nowhere: such an index can only be walked
//
// Format: docs/format/key.md.

#pragma once

#include <memory>

#include "engine/schema.h"
#include "engine/sort_order_choice.h"
#include "engine/sort_tables.h"
#include "engine/unicode_sort_key.h"

namespace contrail {

// Makes the keys of one index's text. Immutable; any thread may use it.
class TextOrder {
 public:
  virtual ~TextOrder() = default;
  // Writes the sort key of `text` (UTF-16LE, not empty) into `to`.
  // kUnicodeNormalizationNotSupported for text whose place in the order is not known.
  virtual Result<SortKeyResult> MakeKey(Bytes text, MutableBytes to) const = 0;
};

// The sort orders that an instance has. Immutable; any thread may use it.
class TextOrders {
 public:
  // Without a table file `tables` is null.
  explicit TextOrders(std::shared_ptr<const SortTables> tables = nullptr,
                      SortOrderChoice choice = SortOrderChoice::kAutomatic);

  // What makes the keys of an index as it is recorded; null when nothing does, or when the index
  // has no Unicode text.
  std::shared_ptr<const TextOrder> Find(const IndexSchema& index) const;
  // Gives every index its text_order.
  void Attach(TableSchema& table) const;

  // Records in a new index, whose locale and flags are set, what it is sorted by, and sets its
  // text_order. kInvalidLanguageId (no such locale, or Windows' order of it is not known),
  // kInvalidLCMapStringFlags.
  Status Choose(IndexSchema& index) const;

 private:
  Status ChooseWindows(IndexSchema& index) const;
  std::shared_ptr<const TextOrder> FindWindows(const IndexSchema& index) const;

  std::shared_ptr<const SortTables> tables_;
  SortOrderChoice choice_;
};

// Whether two sort versions of Windows (high half: NLS version) stand for the same keys.
bool SameSortVersion(uint64_t a, uint64_t b);

}  // namespace contrail
