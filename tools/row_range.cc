#include "tools/row_range.h"

#include "engine/search_key.h"
#include "storage/check.h"
#include "tools/value_parse.h"

namespace contrail::tool {
namespace {

struct Word {
  std::string text;
  bool quoted = false;
};

// One end of a range, split at its commas. Stops at ".." outside of quotes.
Result<std::vector<Word>> TakeEnd(std::string_view* rest) {
  std::vector<Word> words;
  if (rest->empty() || rest->starts_with("..")) return words;
  words.emplace_back();
  while (!rest->empty()) {
    const char letter = rest->front();
    if (letter == '"' && words.back().text.empty() && !words.back().quoted) {
      words.back().quoted = true;
      rest->remove_prefix(1);
      for (;;) {
        const size_t end = rest->find('"');
        if (end == rest->npos) return Error::kInvalidParameter;
        words.back().text += rest->substr(0, end);
        rest->remove_prefix(end + 1);
        if (!rest->starts_with('"')) break;
        words.back().text.push_back('"');
        rest->remove_prefix(1);
      }
      if (rest->empty() || rest->starts_with("..")) return words;
      if (!rest->starts_with(',')) return Error::kInvalidParameter;
      continue;
    }
    if (rest->starts_with("..")) return words;
    rest->remove_prefix(1);
    if (letter == ',') {
      words.emplace_back();
    } else {
      words.back().text.push_back(letter);
    }
  }
  return words;
}

Result<std::vector<std::byte>> MakeBound(const TableSchema& table, const IndexSchema& index,
                                         const std::vector<Word>& words, bool upper,
                                         std::string* problem) {
  if (words.size() > index.segments.size()) {
    *problem = "index " + index.name + " has fewer columns than the range has values";
    return Error::kInvalidParameter;
  }
  SearchKey key;
  for (size_t i = 0; i < words.size(); ++i) {
    const ColumnSchema* column = table.FindColumn(index.segments[i].column);
    if (column == nullptr) return Error::kCatalogCorrupted;
    std::vector<std::byte> value;
    const bool null = words[i].text == "null" && !words[i].quoted;
    if (!null) {
      Result<std::vector<std::byte>> parsed = ParseValue(*column, words[i].text);
      if (!parsed.ok()) {
        *problem = "\"" + words[i].text + "\" is no value of column " + column->name;
        return parsed.status();
      }
      value = std::move(parsed).value();
    }
    uint32_t options = i == 0 ? make_key_bit::kNewKey : 0;
    if (!null && value.empty()) options |= make_key_bit::kKeyDataZeroLength;
    if (i + 1 == words.size()) {
      options |= upper ? make_key_bit::kFullColumnEndLimit : make_key_bit::kFullColumnStartLimit;
    }
    const Status made = key.Make(table, &index, value, options);
    if (!made.ok()) {
      *problem = "no key can be made of \"" + words[i].text + "\" for column " + column->name;
      return made;
    }
  }
  return std::vector<std::byte>(key.bytes().begin(), key.bytes().end());
}

}  // namespace

Result<OfflineRange> ParseRowRange(const TableSchema& table, std::string_view text,
                                   std::string* problem) {
  CHECK(problem != nullptr);
  const size_t sign = text.find('=');
  if (sign == text.npos) {
    *problem = "a range is written INDEX=LO..HI";
    return Error::kInvalidParameter;
  }
  const std::string name(text.substr(0, sign));
  const IndexSchema* index = table.FindIndex(name);
  if (index == nullptr) {
    *problem = "table " + table.name + " has no index \"" + name + "\"";
    return Error::kIndexNotFound;
  }
  std::string_view rest = text.substr(sign + 1);
  Result<std::vector<Word>> low = TakeEnd(&rest);
  const bool split = low.ok() && rest.starts_with("..");
  if (split) rest.remove_prefix(2);
  Result<std::vector<Word>> high = TakeEnd(&rest);
  if (!split || !high.ok() || !rest.empty()) {
    *problem = "a range is written INDEX=LO..HI, with quotes closed";
    return Error::kInvalidParameter;
  }
  if (!index->segments.empty() && index->segments.front().descending) std::swap(low, high);
  OfflineRange range;
  range.index = index;
  ASSIGN_OR_RETURN(range.low, MakeBound(table, *index, *low, /*upper=*/false, problem));
  ASSIGN_OR_RETURN(range.high, MakeBound(table, *index, *high, /*upper=*/true, problem));
  return range;
}

}  // namespace contrail::tool
