#include "engine/text_order.h"

#include <algorithm>

#include "engine/icu_text_order.h"

namespace contrail {
namespace {

// The sort of en-US and of every other locale that adds nothing to the common weights:
// 00000001-57ee-1e5c-00b4-d0000bb1e11e.
constexpr SortId kDefaultSortId = {
    std::byte{0x01}, std::byte{0x00}, std::byte{0x00}, std::byte{0x00},
    std::byte{0xee}, std::byte{0x57}, std::byte{0x5c}, std::byte{0x1e},
    std::byte{0x00}, std::byte{0xb4}, std::byte{0xd0}, std::byte{0x00},
    std::byte{0x0b}, std::byte{0xb1}, std::byte{0xe1}, std::byte{0x1e}};

// The NLS versions of the built-in weights, which are equal for those.
constexpr uint32_t kOldestBuiltIn = 0x0006020d;
constexpr uint32_t kNewestBuiltIn = 0x0006020f;
constexpr uint32_t kEnglishLcid = 1033;

bool SameName(std::u16string_view a, std::u16string_view b) {
  const auto lower = [](char16_t unit) {
    return unit >= u'A' && unit <= u'Z' ? static_cast<char16_t>(unit + 0x20) : unit;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char16_t x, char16_t y) { return lower(x) == lower(y); });
}

// Locales known to have the default sort. Of others Windows knows the sort by its registry.
bool HasDefaultSort(const IndexSchema& index) {
  if (index.locale_name.empty()) return index.lcid == kEnglishLcid;
  return SameName(index.locale_name, u"en-US");
}

// Indexes of old files record a version and no ID.
SortId IdOf(const IndexSchema& index) {
  const bool none = index.sort_id == SortId{};
  return none && HasDefaultSort(index) ? kDefaultSortId : index.sort_id;
}

bool AreSortKeyFlags(uint32_t flags) {
  return (flags & map_flag::kSortKey) != 0 && (flags & map_flag::kByteReversed) == 0 &&
         (flags & ~(map_flag::kSortKey | map_flag::kBesideSortKey)) == 0;
}

bool IsBuiltIn(uint64_t sort_version, const SortId& id, uint32_t flags) {
  const auto version = static_cast<uint32_t>(sort_version >> 32);
  return version >= kOldestBuiltIn && version <= kNewestBuiltIn && id == kDefaultSortId &&
         flags == kDefaultLCMapFlags;
}

class WindowsTextOrder final : public TextOrder {
 public:
  WindowsTextOrder(SortOrder order, uint32_t flags, std::shared_ptr<const SortTables> tables)
      : order_(std::move(order)), flags_(flags), tables_(std::move(tables)) {}
  Result<SortKeyResult> MakeKey(Bytes text, MutableBytes to) const override {
    return MakeUnicodeSortKey(order_, flags_, text, to);
  }

 private:
  const SortOrder order_;
  const uint32_t flags_;
  const std::shared_ptr<const SortTables> tables_;  // What the order points into, or null.
};

uint64_t VersionOf(uint32_t nls_version) { return uint64_t{nls_version} << 32 | nls_version; }

}  // namespace

bool SameSortVersion(uint64_t a, uint64_t b) {
  if (a == b) return true;
  // Pairs that differ in nothing that a key shows.
  const uint64_t low = std::min(a >> 32, b >> 32);
  const uint64_t high = std::max(a >> 32, b >> 32);
  return (low == 0x00060101 && high == 0x00060102) ||
         (low >= kOldestBuiltIn && high <= kNewestBuiltIn);
}

TextOrders::TextOrders(std::shared_ptr<const SortTables> tables, SortOrderChoice choice)
    : tables_(std::move(tables)), choice_(choice) {}

std::shared_ptr<const TextOrder> TextOrders::FindWindows(const IndexSchema& index) const {
  const uint32_t flags = index.lcmap_flags;
  if (!AreSortKeyFlags(flags)) return nullptr;
  const SortId id = IdOf(index);
  if (tables_ != nullptr && SameSortVersion(index.sort_version, VersionOf(tables_->version()))) {
    if (std::optional<SortOrder> order = tables_->FindOrder(id, flags)) {
      return std::make_shared<const WindowsTextOrder>(*std::move(order), flags, tables_);
    }
  }
  if (!IsBuiltIn(index.sort_version, id, flags)) return nullptr;
  return std::make_shared<const WindowsTextOrder>(SortOrder::BuiltIn(), flags, nullptr);
}

std::shared_ptr<const TextOrder> TextOrders::Find(const IndexSchema& index) const {
  if (!index.Has(index_flag::kLocalizedText)) return nullptr;
  if (index.sort_id != kIcuSortId) return FindWindows(index);
  uint64_t version = 0;
  Result<std::shared_ptr<const TextOrder>> order =
      MakeIcuTextOrder(index.locale_name, index.lcmap_flags, &version);
  return order.ok() && version == index.sort_version ? *std::move(order) : nullptr;
}

void TextOrders::Attach(TableSchema& table) const {
  for (IndexSchema& index : table.indexes) index.text_order = Find(index);
}

Status TextOrders::ChooseWindows(IndexSchema& index) const {
  if (!AreSortKeyFlags(index.lcmap_flags)) return Error::kInvalidLCMapStringFlags;
  if (!HasDefaultSort(index)) return Error::kInvalidLanguageId;
  index.sort_id = kDefaultSortId;
  index.sort_version = VersionOf(tables_ != nullptr ? tables_->version() : kNewestBuiltIn);
  index.text_order = FindWindows(index);
  return index.text_order != nullptr ? Status::Ok() : Status(Error::kInvalidLCMapStringFlags);
}

Status TextOrders::Choose(IndexSchema& index) const {
  if (choice_ == SortOrderChoice::kWindows) return ChooseWindows(index);
  if (choice_ == SortOrderChoice::kAutomatic && tables_ != nullptr && ChooseWindows(index).ok()) {
    return Status::Ok();
  }
  index.sort_id = kIcuSortId;
  ASSIGN_OR_RETURN(index.text_order,
                   MakeIcuTextOrder(index.locale_name, index.lcmap_flags, &index.sort_version));
  return Status::Ok();
}

}  // namespace contrail
