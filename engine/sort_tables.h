// SortTables: a copy of Windows' SortDefault.nls: the weights of every UTF-16 unit, and the sort
// orders of its locales as changes to them. Layout: docs/format/sort_tables.md. Everything is
// checked when the file is read; what is not understood is refused with an event. Immutable; any
// thread may use it.

#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/sort_order.h"
#include "storage/event.h"
#include "storage/file.h"
#include "storage/status.h"

namespace contrail {

// The 16 bytes of a GUID as they lie in files: tells sort orders apart.
using SortId = std::array<std::byte, 16>;

class SortTables {
 public:
  // kUnicodeLanguageValidationFailure when the bytes are not such a file, after an event that says
  // where and why.
  static Result<std::shared_ptr<const SortTables>> Parse(std::vector<std::byte> bytes,
                                                         const std::string& path,
                                                         EventSink& events);
  // Also errors of the file system.
  static Result<std::shared_ptr<const SortTables>> Read(FileSystem& files, const std::string& path,
                                                        EventSink& events);

  // The NLS version that Windows gives for this file.
  uint32_t version() const { return version_; }
  size_t order_count() const { return orders_.size(); }
  // The order of that id for an index with these map_flag bits. Nothing when the file has none, or
  // one with rules whose effect on keys is not known (docs/format/sort_tables.md). It points into
  // these tables.
  std::optional<SortOrder> FindOrder(const SortId& id, uint32_t flags) const;

 private:
  struct OrderRow {
    SortId id;
    uint32_t flags;
    uint32_t contractions;  // Position in contractions_; kNoContractions.
    uint32_t exceptions;    // Position of a page list in units_; 0: none.
    uint32_t linguistic_exceptions;
  };
  friend class SortTableParser;
  static constexpr uint32_t kNoContractions = 0xffffffff;

  SortTables() = default;

  std::vector<std::byte> bytes_;  // What the spans below point into.
  uint32_t version_ = 0;
  Bytes units_;
  Bytes expansions_;
  std::vector<OrderRow> orders_;
  std::vector<Contractions> contractions_;
};

}  // namespace contrail
