#include "tests/support/random_table.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "tests/support/jet_fixture.h"

namespace contrail::test {
namespace {

// Columns that one change touches; a table may have 65,000.
constexpr size_t kMostColumns = 40;

uint32_t SizeOf(JET_COLTYP type) {
  switch (type) {
    case JET_coltypBit:
    case JET_coltypUnsignedByte:
      return 1;
    case JET_coltypShort:
    case JET_coltypUnsignedShort:
      return 2;
    case JET_coltypLong:
    case JET_coltypUnsignedLong:
    case JET_coltypIEEESingle:
      return 4;
    case JET_coltypGUID:
      return 16;
    case JET_coltypCurrency:
    case JET_coltypIEEEDouble:
    case JET_coltypDateTime:
    case JET_coltypLongLong:
      return 8;
    default:
      return 0;
  }
}

void* Reallocate(void*, void* block, uint32_t size) {
  if (size != 0) return std::realloc(block, size);
  std::free(block);
  return nullptr;
}

template <typename T>
std::string BytesOf(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

}  // namespace

RandomTable::RandomTable(JET_SESID session, JET_DBID database, const std::string& name,
                         uint32_t seed)
    : session_(session), name_(name), random_(seed) {
  EXPECT_JET_OK(JetOpenTableA(session_, database, name.c_str(), nullptr, 0, 0, &table_));
  ReadColumns();
  rows_ = ReadRows();
}

void RandomTable::Close() { EXPECT_JET_OK(JetCloseTable(session_, table_)); }

void RandomTable::ReadColumns() {
  JET_COLUMNLIST list = {};
  EXPECT_JET_OK(JetGetTableColumnInfoA(session_, table_, nullptr, &list, sizeof(list),
                                       JET_ColInfoListSortColumnid));
  for (JET_ERR error = JetMove(session_, list.tableid, JET_MoveFirst, 0); error >= 0;
       error = JetMove(session_, list.tableid, JET_MoveNext, 0)) {
    RandomColumn column;
    uint16_t code_page = 0;
    char name[65] = {};
    const auto get = [&](JET_COLUMNID id, void* to, uint32_t size) {
      EXPECT_JET_OK(JetRetrieveColumn(session_, list.tableid, id, to, size, nullptr, 0, nullptr));
    };
    get(list.columnidcolumnid, &column.id, sizeof(column.id));
    get(list.columnidcolumnname, name, sizeof(name) - 1);
    get(list.columnidcoltyp, &column.type, sizeof(column.type));
    get(list.columnidcbMax, &column.most, sizeof(column.most));
    get(list.columnidgrbit, &column.grbit, sizeof(column.grbit));
    get(list.columnidCp, &code_page, sizeof(code_page));
    column.name = name;
    column.unicode = column.is_text() && code_page == 1200;
    if (column.Has(JET_bitColumnAutoincrement)) {
      key_ = column.id;
    } else {
      columns_.push_back(column);
    }
  }
  EXPECT_NE(key_, 0u);
  EXPECT_JET_OK(JetCloseTable(session_, list.tableid));
}

std::map<int32_t, RandomRow> RandomTable::ReadRows() {
  std::map<int32_t, RandomRow> rows;
  EXPECT_JET_OK(JetSetCurrentIndexA(session_, table_, nullptr));
  for (JET_ERR error = JetMove(session_, table_, JET_MoveFirst, 0); error >= 0;
       error = JetMove(session_, table_, JET_MoveNext, 0)) {
    RandomRow row;
    int32_t id = 0;
    uint32_t count = 0;
    JET_ENUMCOLUMN* columns = nullptr;
    EXPECT_JET_OK(JetEnumerateColumns(session_, table_, 0, nullptr, &count, &columns, Reallocate,
                                      nullptr, 0x7fffffff, 0));
    for (uint32_t i = 0; i < count; ++i) {
      std::vector<std::string>& values = row[columns[i].columnid];
      for (uint32_t j = 0; j < columns[i].cEnumColumnValue; ++j) {
        const JET_ENUMCOLUMNVALUE& value = columns[i].rgEnumColumnValue[j];
        values.emplace_back(static_cast<const char*>(value.pvData), value.cbData);
        std::free(value.pvData);
      }
      std::free(columns[i].rgEnumColumnValue);
    }
    std::free(columns);
    std::memcpy(&id, row[key_].front().data(), sizeof(id));
    row.erase(key_);
    rows.emplace(id, std::move(row));
  }
  return rows;
}

void RandomTable::ExpectAsModelled() {
  const std::map<int32_t, RandomRow> found = ReadRows();
  EXPECT_EQ(found.size(), rows_.size()) << name_;
  for (const auto& [id, row] : rows_) {
    const auto place = found.find(id);
    ASSERT_NE(place, found.end()) << name_ << " " << id;
    for (const RandomColumn& column : columns_) {
      const auto wanted = row.find(column.id);
      const auto there = place->second.find(column.id);
      const std::vector<std::string> none;
      ASSERT_EQ(there == place->second.end() ? none : there->second,
                wanted == row.end() ? none : wanted->second)
          << name_ << " " << id << " " << column.name;
    }
  }
}

void RandomTable::Change(uint32_t operations) {
  for (uint32_t done = 0; done < operations;) {
    before_.clear();
    ASSERT_JET_OK(JetBeginTransaction(session_));
    const uint32_t batch = std::min(operations - done, 1 + Below(20));
    for (uint32_t i = 0; i < batch; ++i) {
      OneChange();
      if (testing::Test::HasFatalFailure() || testing::Test::HasNonfatalFailure()) return;
    }
    done += batch;
    if (Below(8) == 0) {
      ASSERT_JET_OK(JetRollback(session_, 0));
      for (auto& [id, row] : before_) {
        rows_.erase(id);
        if (row.has_value()) rows_[id] = std::move(*row);
      }
    } else {
      ASSERT_JET_OK(JetCommitTransaction(session_, JET_bitCommitLazyFlush));
    }
  }
}

// One change in a level of its own, so that a refused one leaves nothing.
void RandomTable::OneChange() {
  ASSERT_JET_OK(JetBeginTransaction(session_));
  const std::map<int32_t, std::optional<RandomRow>> before = before_;
  JET_ERR error = JET_errSuccess;
  const uint32_t what = Below(100);
  if (rows_.empty() || what < 45) {
    error = Insert();
  } else {
    auto place = rows_.lower_bound(
        static_cast<int32_t>(Below(static_cast<uint32_t>(rows_.rbegin()->first) + 1)));
    if (place == rows_.end()) place = rows_.begin();
    const int32_t id = place->first;
    const RandomRow row = place->second;
    before_.try_emplace(id, row);
    error = what < 75 ? Replace(id) : Delete(id);
    if (error == JET_errUnicodeNormalizationNotSupported) {
      rows_[id] = row;
      before_ = before;
    }
  }
  if (error == JET_errUnicodeNormalizationNotSupported) {
    ++refused_;
    JetPrepareUpdate(session_, table_, JET_prepCancel);
    ASSERT_JET_OK(JetRollback(session_, 0));
    return;
  }
  ASSERT_JET_OK(error);
  ASSERT_JET_OK(JetCommitTransaction(session_, 0));
}

JET_ERR RandomTable::Insert() {
  JET_ERR error = JetPrepareUpdate(session_, table_, JET_prepInsert);
  if (error < 0) return error;
  int32_t id = 0;
  EXPECT_JET_OK(JetRetrieveColumn(session_, table_, key_, &id, sizeof(id), nullptr,
                                  JET_bitRetrieveCopy, nullptr));
  const bool wide = columns_.size() > kMostColumns;
  RandomRow row;
  std::vector<const RandomColumn*> chosen;
  for (const RandomColumn& column : columns_) {
    if (!wide) chosen.push_back(&column);
  }
  for (size_t i = 0; wide && i < kMostColumns; ++i) {
    chosen.push_back(&columns_[Below(static_cast<uint32_t>(columns_.size()))]);
  }
  for (const RandomColumn* column : chosen) {
    // What is not set has its default.
    if (!column->Has(JET_bitColumnNotNULL) && Below(6) == 0) continue;
    const std::vector<std::string> values = Values(*column);
    const auto had = row.find(column->id);
    error = SetAll(*column, values, had == row.end() ? 1 : had->second.size());
    if (error < 0) return error;
    row.erase(column->id);
    for (const std::string& value : values) row[column->id].push_back(Stored(*column, value));
  }
  // Defaults are read back from the update itself.
  for (const RandomColumn* column : chosen) {
    if (row.contains(column->id)) continue;
    char value[256];
    uint32_t size = 0;
    error = JetRetrieveColumn(session_, table_, column->id, value, sizeof(value), &size,
                              JET_bitRetrieveCopy, nullptr);
    if (error < 0) return error;
    if (error != JET_wrnColumnNull) row[column->id].emplace_back(value, size);
  }
  error = JetUpdate(session_, table_, nullptr, 0, nullptr);
  if (error < 0) return error;
  EXPECT_FALSE(rows_.contains(id)) << id;
  before_.try_emplace(id, std::nullopt);
  rows_[id] = std::move(row);
  return error;
}

JET_ERR RandomTable::Seek(int32_t id) {
  const JET_ERR error = JetMakeKey(session_, table_, &id, sizeof(id), JET_bitNewKey);
  return error < 0 ? error : JetSeek(session_, table_, JET_bitSeekEQ);
}

JET_ERR RandomTable::Replace(int32_t id) {
  JET_ERR error = Seek(id);
  if (error >= 0) error = JetPrepareUpdate(session_, table_, JET_prepReplace);
  if (error < 0) return error;
  RandomRow row = rows_[id];
  const uint32_t most = static_cast<uint32_t>(std::min(columns_.size(), kMostColumns));
  for (uint32_t i = 0, count = 1 + Below(most); i < count; ++i) {
    const RandomColumn& column = columns_[Below(static_cast<uint32_t>(columns_.size()))];
    std::vector<std::string>& values = row[column.id];
    if (column.is_long() && values.size() == 1 && Below(3) == 0) {
      error = Extend(column, &values.front());
    } else {
      const std::vector<std::string> next = Values(column);
      error = SetAll(column, next, values.size());
      values.clear();
      for (const std::string& value : next) values.push_back(Stored(column, value));
    }
    if (error < 0) return error;
    if (row[column.id].empty()) row.erase(column.id);
  }
  error = JetUpdate(session_, table_, nullptr, 0, nullptr);
  if (error >= 0) rows_[id] = std::move(row);
  return error;
}

JET_ERR RandomTable::Delete(int32_t id) {
  JET_ERR error = Seek(id);
  if (error >= 0) error = JetDelete(session_, table_);
  if (error >= 0) rows_.erase(id);
  return error;
}

// Gives the column these values in place of the `had` ones.
JET_ERR RandomTable::SetAll(const RandomColumn& column, const std::vector<std::string>& values,
                            size_t had) {
  for (size_t itag = had; itag > values.size(); --itag) {
    JET_SETINFO info = {sizeof(info), 0, static_cast<uint32_t>(itag)};
    const JET_ERR error = JetSetColumn(session_, table_, column.id, nullptr, 0, 0, &info);
    if (error < 0) return error;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    constexpr JET_GRBIT kLongBits[] = {0,
                                       0,
                                       JET_bitSetCompressed,
                                       JET_bitSetUncompressed,
                                       JET_bitSetSeparateLV,
                                       JET_bitSetSeparateLV | JET_bitSetCompressed};
    JET_GRBIT grbit = column.is_long() ? kLongBits[Below(6)] : 0;
    if (values[i].empty()) grbit |= JET_bitSetZeroLength;
    JET_SETINFO info = {sizeof(info), 0, static_cast<uint32_t>(i + 1)};
    const JET_ERR error = JetSetColumn(session_, table_, column.id, values[i].data(),
                                       static_cast<uint32_t>(values[i].size()), grbit, &info);
    if (error < 0) return error;
  }
  return JET_errSuccess;
}

// Changes a part of a long value.
JET_ERR RandomTable::Extend(const RandomColumn& column, std::string* value) {
  const uint32_t limit = column.most == 0 ? 60'000 : column.most;
  const auto size = static_cast<uint32_t>(value->size());
  const uint32_t unit = column.unicode ? 2 : 1;
  if (size < 2 * unit || size >= limit) return JET_errSuccess;
  JET_SETINFO info = {sizeof(info), 0, 1};
  const uint32_t room = std::min(limit - size, 3000u);
  std::string part = Text(1 + Below(room), column.unicode);
  if (part.empty() || part.size() > room) return JET_errSuccess;
  if (Below(2) == 0) {
    value->append(part);
    return JetSetColumn(session_, table_, column.id, part.data(),
                        static_cast<uint32_t>(part.size()), JET_bitSetAppendLV, &info);
  }
  info.ibLongValue = Below(size / unit) * unit;
  if (value->size() < info.ibLongValue + part.size()) {
    value->resize(info.ibLongValue + part.size());
  }
  value->replace(info.ibLongValue, part.size(), part);
  return JetSetColumn(session_, table_, column.id, part.data(), static_cast<uint32_t>(part.size()),
                      JET_bitSetOverwriteLV, &info);
}

std::vector<std::string> RandomTable::Values(const RandomColumn& column) {
  const bool null = !column.Has(JET_bitColumnNotNULL) && Below(5) == 0;
  if (null) return {};
  std::vector<std::string> values = {Value(column)};
  if (column.Has(JET_bitColumnMultiValued)) {
    for (uint32_t more = Below(4); more > 0; --more) values.push_back(Value(column));
  }
  return values;
}

std::string RandomTable::Value(const RandomColumn& column) {
  if (column.type == JET_coltypIEEESingle) return BytesOf(static_cast<float>(Below(1000)) / 8);
  if (column.type == JET_coltypIEEEDouble || column.type == JET_coltypDateTime) {
    return BytesOf(static_cast<double>(static_cast<int32_t>(random_())) / 4096);
  }
  if (const uint32_t size = SizeOf(column.type); size != 0) {
    std::string value;
    for (uint32_t i = 0; i < size; ++i) value.push_back(static_cast<char>(random_()));
    return value;
  }
  uint32_t most = 60;
  if (column.is_long()) {
    const uint32_t kind = Below(40);
    most = kind == 0 ? 20'000 : (kind < 12 ? 1600 : 60);
  } else if (Below(4) == 0) {
    most = 255;
  }
  if (column.most != 0) most = std::min(most, column.most);
  const uint32_t size = Below(most + 1);
  if (column.is_text()) return Text(size, column.unicode);
  const bool compressible = Below(2) == 0;
  std::string value;
  for (uint32_t i = 0; i < size; ++i) {
    value.push_back(static_cast<char>(compressible ? i / 7 % 5 : random_()));
  }
  return value;
}

std::string RandomTable::Text(size_t size, bool unicode) {
  constexpr std::string_view kLetters = "abcdeghiklmnoprstuvwxyABCDEGHIKLMNOPRSTUVWXY0123459 .$";
  const bool repetitive = Below(2) == 0;
  std::string text;
  const size_t letters = unicode ? size / 2 : size;
  for (size_t i = 0; i < letters; ++i) {
    const uint32_t place =
        repetitive ? static_cast<uint32_t>(i % 11) : Below(static_cast<uint32_t>(kLetters.size()));
    text.push_back(kLetters[place]);
    if (unicode) text.push_back('\0');
  }
  return text;
}

std::string RandomTable::Stored(const RandomColumn& column, std::string value) {
  if (column.type == JET_coltypBit) return value[0] != 0 ? "\xff" : std::string(1, '\0');
  const bool is_short = column.type == JET_coltypText || column.type == JET_coltypBinary;
  if (!is_short || !column.Has(JET_bitColumnFixed)) return value;
  while (value.size() < column.most) {
    const bool low = !column.unicode || value.size() % 2 == 0;
    value.push_back(column.is_text() && low ? ' ' : '\0');
  }
  return value;
}

}  // namespace contrail::test
