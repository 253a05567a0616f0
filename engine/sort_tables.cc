#include "engine/sort_tables.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "engine/event_ids.h"

namespace contrail {

namespace {

constexpr size_t kHeaderBytes = 16;
constexpr size_t kUnitBytes = 4;
constexpr size_t kUnits = 0x10000;
constexpr size_t kPageUnits = 256;
constexpr size_t kOrderBytes = 36;
constexpr size_t kExpansionBytes = 4;
constexpr size_t kContractionsBytes = 24;
constexpr uint64_t kMostFileBytes = 64 << 20;  // Windows' have 3 MiB.

// Flags of an order.
constexpr uint32_t kIdeographsHave3Bytes = 0x01;
constexpr uint32_t kReversedDiacritics = 0x10;
constexpr uint32_t kUpperCaseFirst = 0x40;

}  // namespace

// Reads one file, and remembers the first thing that is wrong with it.
class SortTableParser {
 public:
  explicit SortTableParser(std::vector<std::byte> bytes)
      : tables_(std::shared_ptr<SortTables>(new SortTables)) {
    tables_->bytes_ = std::move(bytes);
    all_ = tables_->bytes_;
  }

  // Null when the file is not understood.
  std::shared_ptr<const SortTables> Parse() {
    const bool understood =
        ReadHeader() && ReadOrders() && ReadExpansions() && ReadContractions() && CheckOrders();
    return understood ? tables_ : nullptr;
  }
  size_t wrong_at() const { return wrong_at_; }
  const std::string& expected() const { return expected_; }
  const std::string& found() const { return found_; }

 private:
  bool Wrong(size_t offset, std::string expected, std::string found) {
    wrong_at_ = offset;
    expected_ = std::move(expected);
    found_ = std::move(found);
    return false;
  }

  // The next bytes of the section of orders.
  bool Take(size_t count, size_t size, const char* what, Bytes* bytes) {
    const size_t left = all_.size() - place_;
    if (count > left / size) {
      return Wrong(place_, absl::StrCat(what, " of ", count * size, " bytes"),
                   absl::StrCat(left, " bytes"));
    }
    *bytes = all_.subspan(place_, count * size);
    place_ += count * size;
    return true;
  }
  bool TakeNumber(const char* what, uint32_t* number) {
    Bytes bytes;
    if (!Take(1, sizeof *number, what, &bytes)) return false;
    *number = LoadLittle<uint32_t>(bytes.data());
    return true;
  }

  bool ReadHeader() {
    if (all_.size() < kHeaderBytes) return Wrong(0, "a header of 16 bytes", Size());
    std::array<size_t, 4> sections;
    for (size_t i = 0; i < sections.size(); ++i) {
      sections[i] = LoadLittle<uint32_t>(all_.data() + 4 * i);
      if (sections[i] < kHeaderBytes || sections[i] >= all_.size() || sections[i] % 2 != 0) {
        return Wrong(4 * i, "the offset of a section", absl::StrCat(sections[i]));
      }
    }
    const size_t begin = sections[0];
    size_t end = all_.size();
    for (const size_t other : sections) {
      if (other > begin) end = std::min(end, other);
    }
    if ((end - begin) / kUnitBytes < kUnits) {
      return Wrong(0, "weights of 65536 units", absl::StrCat((end - begin) / kUnitBytes));
    }
    tables_->units_ = all_.subspan(begin, (end - begin) / kUnitBytes * kUnitBytes);
    place_ = sections[3];
    return true;
  }

  bool ReadOrders() {
    uint32_t count = 0;
    Bytes rows;
    if (!TakeNumber("a version", &tables_->version_)) return false;
    // Versions of Windows Vista and later; what was before had another layout.
    if (tables_->version_ >> 16 != 0x0005 && tables_->version_ >> 16 != 0x0006) {
      return Wrong(place_ - 4, "a sort version of 5.x or 6.x",
                   absl::StrCat("0x", absl::Hex(tables_->version_)));
    }
    if (!TakeNumber("a number of orders", &count)) return false;
    if (!Take(count, kOrderBytes, "orders", &rows)) return false;
    for (size_t at = 0; at < rows.size(); at += kOrderBytes) {
      SortTables::OrderRow row;
      std::copy_n(rows.data() + at, row.id.size(), row.id.data());
      const auto number = [&](size_t i) {
        return LoadLittle<uint32_t>(rows.data() + at + 16 + 4 * i);
      };
      row.flags = number(0);
      row.contractions = number(1);
      row.exceptions = number(2);
      row.linguistic_exceptions = number(3);
      tables_->orders_.push_back(row);
    }
    return true;
  }

  bool ReadExpansions() {
    uint32_t count = 0;
    return TakeNumber("a number of expansions", &count) &&
           Take(count, kExpansionBytes, "expansions", &tables_->expansions_);
  }

  bool ReadContractions() {
    uint32_t count = 0;
    Bytes rows;
    if (!TakeNumber("a number of contraction tables", &count)) return false;
    if (!Take(count, kContractionsBytes, "contraction tables", &rows)) return false;
    const Bytes data = all_.subspan(place_);
    for (size_t at = 0; at < rows.size(); at += kContractionsBytes) {
      const std::byte* row = rows.data() + at;
      Contractions::Tables tables;
      tables.lowest = LoadLittle<char16_t>(row + 4);
      tables.highest = LoadLittle<char16_t>(row + 6);
      size_t offset = size_t{LoadLittle<uint32_t>(row)} * 2;
      for (size_t i = 0; i < tables.of_length.size(); ++i) {
        const size_t size = Contractions::EntrySize(i + 2) * LoadLittle<uint16_t>(row + 8 + 2 * i);
        if (offset > data.size() || size > data.size() - offset) {
          return Wrong(static_cast<size_t>(row - all_.data()), "a contraction table in the file",
                       absl::StrCat("offset ", offset, ", ", size, " bytes"));
        }
        tables.of_length[i] = data.subspan(offset, size);
        offset += size;
      }
      tables_->contractions_.emplace_back(tables);
    }
    return true;  // What follows, for parts of Hangul syllables, is not used.
  }

  bool CheckOrders() {
    for (const SortTables::OrderRow& row : tables_->orders_) {
      if (row.contractions != SortTables::kNoContractions &&
          row.contractions >= tables_->contractions_.size()) {
        return Wrong(place_, absl::StrCat("below ", tables_->contractions_.size()),
                     absl::StrCat("contraction table ", row.contractions));
      }
      for (const uint32_t pages : {row.exceptions, row.linguistic_exceptions}) {
        if (pages != 0 && !CheckPages(pages)) return false;
      }
    }
    return true;
  }

  // A list of 256 pages of 256 units.
  bool CheckPages(size_t list) {
    const size_t units = tables_->units_.size() / kUnitBytes;
    for (size_t i = 0; i < kPageUnits; ++i) {
      const size_t at = list + i;
      const size_t page =
          at < units ? LoadLittle<uint32_t>(tables_->units_.data() + at * kUnitBytes) : units;
      if (page >= units || units - page < kPageUnits) {
        return Wrong(static_cast<size_t>(tables_->units_.data() - all_.data()) + at * kUnitBytes,
                     absl::StrCat("a page below ", units), absl::StrCat(page));
      }
    }
    return true;
  }

  std::string Size() const { return absl::StrCat(all_.size(), " bytes"); }

  std::shared_ptr<SortTables> tables_;
  Bytes all_;
  size_t place_ = 0;
  size_t wrong_at_ = 0;
  std::string expected_;
  std::string found_;
};

Result<std::shared_ptr<const SortTables>> SortTables::Parse(std::vector<std::byte> bytes,
                                                            const std::string& path,
                                                            EventSink& events) {
  SortTableParser parser(std::move(bytes));
  std::shared_ptr<const SortTables> tables = parser.Parse();
  if (tables != nullptr) return tables;
  const Error error = Error::kUnicodeLanguageValidationFailure;
  events.Report({.id = event_id::kSortTablesNotUnderstood,
                 .severity = Severity::kError,
                 .text = "The file is not a table of sort weights that is understood here.",
                 .file = path,
                 .offset = static_cast<int64_t>(parser.wrong_at()),
                 .expected = parser.expected(),
                 .found = parser.found(),
                 .error = static_cast<int32_t>(error)});
  return error;
}

Result<std::shared_ptr<const SortTables>> SortTables::Read(FileSystem& files,
                                                           const std::string& path,
                                                           EventSink& events) {
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file, files.Open(path, {}));
  ASSIGN_OR_RETURN(const uint64_t size, file->Size());
  std::vector<std::byte> bytes;
  if (size <= kMostFileBytes) {  // Else it is refused as an empty one.
    bytes.resize(size);
    RETURN_IF_ERROR(file->Read(0, bytes));
  }
  return Parse(std::move(bytes), path, events);
}

std::optional<SortOrder> SortTables::FindOrder(const SortId& id, uint32_t flags) const {
  const auto row = std::find_if(orders_.begin(), orders_.end(),
                                [&id](const OrderRow& order) { return order.id == id; });
  if (row == orders_.end()) return std::nullopt;
  constexpr uint32_t kUnderstood = kIdeographsHave3Bytes | kReversedDiacritics | kUpperCaseFirst;
  if ((row->flags & ~kUnderstood) != 0) return std::nullopt;
  // How upper case comes first is not known; that it does not count is.
  if ((row->flags & kUpperCaseFirst) != 0 && (flags & map_flag::kIgnoreCase) == 0) {
    return std::nullopt;
  }
  SortOrder::Parts parts;
  parts.units = units_;
  parts.exceptions = row->exceptions;
  const bool linguistic = (flags & map_flag::kLinguisticCasing) != 0;
  if (linguistic && row->exceptions != 0 && row->linguistic_exceptions != 0) {
    parts.exceptions = row->linguistic_exceptions;
  }
  parts.expansions = expansions_;
  if (row->contractions != kNoContractions) parts.contractions = contractions_[row->contractions];
  parts.ideographs_have_3_bytes = (row->flags & kIdeographsHave3Bytes) != 0;
  parts.diacritics_are_reversed = (row->flags & kReversedDiacritics) != 0;
  return SortOrder(std::move(parts));
}

}  // namespace contrail
