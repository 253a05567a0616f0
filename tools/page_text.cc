#include "tools/page_text.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "engine/key_denormalizer.h"
#include "engine/long_value_format.h"
#include "storage/check.h"
#include "storage/space_header.h"
#include "tools/row_text.h"
#include "tools/value_text.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMapCells = 128;
constexpr size_t kMapWidth = 64;

std::string Hex(Bytes bytes) {
  const std::string_view text = AsText(bytes);
  return absl::BytesToHexString({text.data(), text.size()});
}

std::string FlagNames(uint32_t flags, std::span<const std::pair<uint32_t, const char*>> names) {
  std::vector<std::string> set;
  for (const auto& [bit, name] : names) {
    if ((flags & bit) != 0) set.emplace_back(name);
    flags &= ~bit;
  }
  if (flags != 0) set.push_back(absl::StrFormat("%#x", flags));
  return absl::StrJoin(set, ", ");
}

std::string PageFlagNames(uint32_t flags) {
  static constexpr std::array<std::pair<uint32_t, const char*>, 13> kNames = {
      {{page_flag::kRoot, "root"},
       {page_flag::kLeaf, "leaf"},
       {page_flag::kParentOfLeaf, "parent of leaf"},
       {page_flag::kEmptied, "emptied"},
       {0x10, "repaired"},
       {page_flag::kSpaceTree, "space tree"},
       {page_flag::kIndex, "index"},
       {page_flag::kLongValue, "long values"},
       {page_flag::kNonUnique, "non-unique"},
       {page_flag::kNewRecordFormat, "record format"},
       {page_flag::kNewChecksum, "ECC checksum"},
       {0x4000, "scrubbed"},
       {page_flag::kFlushCounterMask, "flush counter"}}};
  return FlagNames(flags, kNames);
}

std::string NodeFlagNames(uint32_t flags) {
  static constexpr std::array<std::pair<uint32_t, const char*>, 3> kNames = {
      {{node_flag::kVersioned, "versioned"},
       {node_flag::kDeleted, "deleted"},
       {node_flag::kCompressed, "compressed"}}};
  return FlagNames(flags, kNames);
}

const char* ChecksumText(ChecksumState state) {
  switch (state) {
    case ChecksumState::kGood:
      return "right";
    case ChecksumState::kCorrected:
      return "one bit is wrong (mended for this view)";
    case ChecksumState::kBad:
      return "WRONG";
    case ChecksumState::kUninitialised:
      return "none: it was never written (all zero)";
  }
  return "";
}

std::string ExtentText(uint32_t last, uint32_t count) {
  if (count == 0) return "no pages";
  if (count > last) return absl::StrCat("NOT AN EXTENT: ", count, " pages ending at ", last);
  return count == 1 ? absl::StrCat("page ", last)
                    : absl::StrCat("pages ", last - count + 1, "..", last);
}

class PageDescriber {
 public:
  PageDescriber(const PageSubject& subject, OfflineReader& reader, bool values)
      : subject_(subject),
        page_(subject.bytes.data(), static_cast<uint32_t>(subject.bytes.size())),
        reader_(reader) {
    const bool rows = subject.owner.kind == PageOwner::Kind::kRows;
    if (values && rows && subject.owner.schema != nullptr) {
      rows_.emplace(reader, *subject.owner.schema, RowFormat::kJsonLines,
                    std::vector<const ColumnSchema*>());
    }
  }

  Json Run() {
    Json document{{"page", subject_.number}, {"owner", subject_.owner.name}};
    document["checksum"] = ChecksumText(subject_.checksum);
    if (subject_.checksum == ChecksumState::kUninitialised) return document;
    document["header"] = Header();
    const char* damage = page_.FindDamage();
    document["layout"] = damage == nullptr ? "sound" : damage;
    document["external_header"] = ExternalHeader();
    Json nodes = Json::array();
    for (uint32_t line = 0; line < page_.line_count(); ++line) nodes.push_back(Node(line));
    document["nodes"] = nodes;
    document["map"] = Map();
    return document;
  }

 private:
  Json Header() const {
    const std::byte* from = page_.bytes();
    Json header{
        {"checksum_stored", absl::StrFormat("%016x", StoredChecksum(subject_.bytes))},
        {"checksum_computed",
         absl::StrFormat("%016x", ComputedChecksum(subject_.bytes, subject_.number))},
        {"dbtime", page_.dbtime()},
        {"previous", page_.previous()},
        {"next", page_.next()},
        {"object_id", page_.object_id()},
        {"free_bytes", page_.free_bytes()},
        {"uncommitted_free", LoadLittle<uint16_t>(from + page_offset::kUncommittedFree)},
        {"data_end", page_.data_end()},
        {"tags", LoadLittle<uint16_t>(from + page_offset::kTagCount) & 0xfff},
        {"reserved_tags", LoadLittle<uint16_t>(from + page_offset::kTagCount) >> 12 & 7},
        {"flags", absl::StrFormat("%#x (%s)", page_.flags(), PageFlagNames(page_.flags()))}};
    if (IsLargePage(page_.page_size())) {
      header["page_number"] = LoadLittle<uint32_t>(from + page_offset::kLargePageNumber);
    }
    return header;
  }

  bool is_space() const { return (page_.flags() & page_flag::kSpaceTree) != 0; }

  Json ExternalHeader() const {
    const Bytes bytes = page_.tag_count() > 0 ? page_.external_header() : Bytes();
    Json result{{"bytes", Hex(bytes)}};
    if (!page_.is_root()) {
      result["meaning"] = bytes.empty() ? "no key prefix" : "key prefix of the page's nodes";
      return result;
    }
    if (is_space()) {
      if (bytes.size() < SpaceHeader::kSize) {
        result["meaning"] = "split buffer, cut short";
        return result;
      }
      result["meaning"] = absl::StrCat("split buffer: ", ExtentText(Word(bytes, 0), Word(bytes, 4)),
                                       "; ", ExtentText(Word(bytes, 8), Word(bytes, 12)));
      return result;
    }
    const auto header = SpaceHeader::Load(bytes);
    if (!header) {
      result["meaning"] = "space header of another form";
      return result;
    }
    result["meaning"] = "space header";
    result["primary_pages"] = header->primary_pages;
    result["parent"] = header->parent;
    result["space_flags"] = header->flags;
    if (header->multiple_extents()) {
      result["owned_extents_root"] = header->owned_root();
      result["available_extents_root"] = header->available_root();
    } else {
      result["free_bitmap"] = absl::StrFormat("%08x", header->detail);
    }
    return result;
  }

  static uint32_t Word(Bytes bytes, size_t offset) {
    DCHECK(offset + 4 <= bytes.size());
    return LoadLittle<uint32_t>(bytes.data() + offset);
  }

  Json Node(uint32_t line) {
    const TagView tag = page_.tag(line + 1);
    Json result{{"line", line}, {"offset", tag.offset}, {"size", tag.size}};
    const NodeView node = page_.node(line);
    if (!node.valid) {
      result["meaning"] = "NOT A NODE";
      return result;
    }
    std::vector<std::byte> key(node.key_size());
    node.CopyKey(key.data());
    result["flags"] = NodeFlagNames(node.flags);
    if (!node.prefix.empty()) result["shared"] = node.prefix.size();
    result["key"] = Hex(key);
    if (!is_space() && subject_.owner.index != nullptr) {
      AddKeyValues(*subject_.owner.index, key, "key_values", &result);
    }
    if (!page_.is_leaf()) {
      const PageNumber child = page_.child(line);
      result["meaning"] = child != 0 ? absl::StrCat("child page ", child) : "NO CHILD PAGE";
    } else if (is_space()) {
      result["meaning"] = Extent(key, node.data);
    } else {
      Leaf(key, node.data, &result);
    }
    return result;
  }

  // The values of the key's columns by their names, as far as the key still tells them.
  void AddKeyValues(const IndexSchema& index, Bytes key, const char* name, Json* result) const {
    const TableSchema& table = *subject_.owner.schema;
    Json values = Json::object();
    std::array<std::byte, kMaxKeyMost> bytes;
    for (size_t i = 0; i < index.segments.size(); ++i) {
      const DenormalizedValue value = DenormalizeSegment(index, table, key, i, bytes);
      const ColumnSchema* column = table.FindColumn(index.segments[i].column);
      if (!value.known || column == nullptr) continue;
      std::string text = "null";
      if (value.kind != SegmentValue::kNull) {
        text.clear();
        AppendJsonValue(*column, Bytes(bytes).first(value.size), &text);
      }
      values[column->name] = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    }
    if (!values.empty()) (*result)[name] = values;
  }

  static std::string Extent(Bytes key, Bytes data) {
    if (data.size() != 4 || key.size() < 4) return "NOT AN EXTENT";
    const std::string text = ExtentText(LoadBig32(key.data() + key.size() - 4), Word(data, 0));
    if (key.size() == 4) return text;
    return absl::StrCat(text, ", pool ", static_cast<int>(key[0]) & 0x7f);
  }

  void Leaf(Bytes key, Bytes data, Json* result) {
    switch (subject_.owner.kind) {
      case PageOwner::Kind::kRows:
        if (Row(data, result)) return;
        break;
      case PageOwner::Kind::kIndex:
        (*result)["primary_key"] = Hex(data);
        if (subject_.owner.schema != nullptr && subject_.owner.schema->primary_index() != nullptr) {
          AddKeyValues(*subject_.owner.schema->primary_index(), data, "primary_key_values", result);
        }
        return;
      case PageOwner::Kind::kLongValues:
        if (LongValue(key, data, result)) return;
        break;
      case PageOwner::Kind::kDatabase:
      case PageOwner::Kind::kUnknown:
        break;
    }
    (*result)["data"] = Hex(data);
  }

  bool Row(Bytes data, Json* result) {
    if (!rows_) return false;
    const Result<RecordView> record =
        RecordView::Open(*subject_.owner.schema, RecordLayoutOf(page_.page_size()), data);
    std::string text;
    if (!record.ok() || !rows_->Append(*record, &text).ok()) {
      (*result)["meaning"] = "NOT A RECORD of the table";
      return false;
    }
    (*result)["row"] = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    return true;
  }

  static bool LongValue(Bytes key, Bytes data, Json* result) {
    const Result<LongValuePosition> position = DecodeLongValueKey(key);
    if (!position.ok()) {
      (*result)["meaning"] = "NOT A KEY of a long value";
      return false;
    }
    if (!position->is_root) {
      (*result)["meaning"] = absl::StrCat("value ", position->id, ", chunk at ", position->offset,
                                          ", ", data.size(), " bytes stored");
      return true;
    }
    const Result<LongValueRoot> root = DecodeLongValueRoot(data);
    (*result)["meaning"] = root.ok()
                               ? absl::StrCat("value ", position->id, ": ", root->size, " bytes, ",
                                              root->reference_count, " references")
                               : absl::StrCat("value ", position->id, ": NOT A ROOT");
    return root.ok();
  }

  // How the bytes are used: one letter for each of kMapCells parts of the page.
  std::string Map() const {
    const uint32_t size = page_.page_size();
    const uint32_t header = PageHeaderSize(size);
    std::vector<uint8_t> used(size, 0);
    std::fill_n(used.begin(), header, 2);
    const uint32_t tags = std::min<uint32_t>(4 * page_.tag_count(), size - header);
    std::fill_n(used.end() - tags, tags, 3);
    for (uint32_t i = 0; i < page_.tag_count(); ++i) {
      const TagView tag = page_.tag(i);
      const uint32_t first = std::min(header + tag.offset, size);
      const uint32_t end = std::min(first + tag.size, size);
      for (uint32_t at = first; at < end; ++at) used[at] = std::max<uint8_t>(used[at], 1);
    }
    std::string map;
    const uint32_t cell = size / kMapCells;
    for (uint32_t at = 0; at < size; at += cell) {
      const auto begin = used.begin() + at;
      const auto count = static_cast<uint32_t>(
          std::count_if(begin, begin + cell, [](uint8_t use) { return use != 0; }));
      const uint8_t most = *std::max_element(begin, begin + cell);
      map.push_back(count == 0     ? '.'
                    : most == 2    ? 'H'
                    : most == 3    ? 'T'
                    : count < cell ? '+'
                                   : '#');
    }
    return map;
  }

  const PageSubject& subject_;
  PageView page_;
  OfflineReader& reader_;
  std::optional<RowText> rows_;
};

std::string PlainText(const Json& value) {
  return value.is_string() ? Printable(value.get<std::string>())
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void PrintNode(const Json& node) {
  std::printf("  %4u  at %5u, %5u bytes", node["line"].get<unsigned>(),
              node["offset"].get<unsigned>(), node["size"].get<unsigned>());
  for (const auto& [name, value] : node.items()) {
    if (name == "line" || name == "offset" || name == "size") continue;
    const std::string text = PlainText(value);
    if (text.empty()) continue;
    const bool short_name = name == "flags" || name == "shared" || name == "meaning";
    if (short_name) {
      std::printf("  %s%s%s", name == "shared" ? "shares " : "", text.c_str(),
                  name == "shared" ? " bytes" : "");
    } else {
      std::printf("\n        %s %s", name.c_str(), text.c_str());
    }
  }
  std::printf("\n");
}

}  // namespace

PageOwner FindOwner(const std::vector<NamedTable>& tables, ObjectId object_id) {
  PageOwner owner;
  if (object_id == catalog_place::kDatabaseObjectId) {
    owner.kind = PageOwner::Kind::kDatabase;
    owner.name = "database root";
    return owner;
  }
  for (const NamedTable& table : tables) {
    owner.schema = table.schema ? &*table.schema : nullptr;
    const auto found = [&](const NamedTree& tree, PageOwner::Kind kind) {
      if (tree.subject.object_id != object_id) return false;
      owner.kind = kind;
      owner.name = tree.name;
      return true;
    };
    if (found(table.rows, PageOwner::Kind::kRows)) {
      if (owner.schema != nullptr) owner.index = owner.schema->primary_index();
      return owner;
    }
    for (const NamedTable::Index& index : table.indexes) {
      if (!found(index.tree, PageOwner::Kind::kIndex)) continue;
      if (owner.schema != nullptr) owner.index = owner.schema->FindIndex(index.name);
      return owner;
    }
    if (table.long_values && found(*table.long_values, PageOwner::Kind::kLongValues)) return owner;
  }
  return PageOwner();
}

Json DescribePage(const PageSubject& subject, OfflineReader& reader, bool values) {
  DCHECK(IsValidPageSize(static_cast<uint32_t>(subject.bytes.size())));
  return PageDescriber(subject, reader, values).Run();
}

void PrintPage(const Json& page) {
  std::printf("page %u of %s, checksum %s\n", page["page"].get<unsigned>(),
              PlainText(page["owner"]).c_str(), page["checksum"].get<std::string>().c_str());
  if (!page.contains("header")) return;
  for (const auto& [name, value] : page["header"].items()) {
    std::printf("  %-20s %s\n", name.c_str(), PlainText(value).c_str());
  }
  std::printf("layout %s\n", page["layout"].get<std::string>().c_str());
  std::printf("external header");
  for (const auto& [name, value] : page["external_header"].items()) {
    const std::string text = PlainText(value);
    if (!text.empty()) std::printf("  %s %s", name.c_str(), text.c_str());
  }
  std::printf("\nnodes\n");
  for (const Json& node : page["nodes"]) PrintNode(node);
  std::printf("bytes (H header, # used, + partly used, . free, T tags)\n");
  const std::string map = page["map"].get<std::string>();
  for (size_t at = 0; at < map.size(); at += kMapWidth) {
    std::printf("  %s\n", map.substr(at, kMapWidth).c_str());
  }
}

}  // namespace contrail::tool
