// DDL on the ledger of EngineUnderTest, and whether its rows and index entries agree.

#pragma once

#include <set>
#include <string>

#include "tests/support/engine_under_test.h"

namespace contrail::test {

inline NewIndex IndexOnAmount(std::string name) {
  NewIndex index;
  index.name = std::move(name);
  index.flags =
      index_flag::kAllowAllNulls | index_flag::kAllowFirstNull | index_flag::kAllowSomeNulls;
  index.segments = {{"amount", false}};
  return index;
}

inline ObjectId LedgerId(LedgerSession& session) {
  return session.cursor().table().definition()->schema().object_id;
}

inline Status CreateAmountIndex(EngineUnderTest& engine, LedgerSession& session, std::string name) {
  return TableDdl(session.session(), engine.database())
      .CreateIndex(LedgerId(session), IndexOnAmount(std::move(name)));
}

inline Status DeleteLedgerIndex(EngineUnderTest& engine, LedgerSession& session,
                                std::string_view name) {
  return TableDdl(session.session(), engine.database()).DeleteIndex(LedgerId(session), name);
}

inline Status AddLongColumn(EngineUnderTest& engine, LedgerSession& session, std::string name) {
  NewColumn column;
  column.name = std::move(name);
  return TableDdl(session.session(), engine.database())
      .AddColumn(LedgerId(session), column)
      .status();
}

// The ids of the ledger's rows in the order of an index (empty: the primary one).
inline Result<std::multiset<int64_t>> IdsIn(LedgerSession& session, std::string_view index) {
  TableCursor& cursor = session.cursor();
  RETURN_IF_ERROR(cursor.SetCurrentIndex(index));
  std::multiset<int64_t> ids;
  Status status = cursor.MoveFirst();
  for (; status.ok(); status = cursor.MoveNext()) {
    std::byte bytes[8];
    RetrieveArguments arguments;
    RETURN_IF_ERROR(cursor.RetrieveColumn(1, bytes, &arguments));
    ids.insert(LoadLittle<int64_t>(bytes));
  }
  if (!status.Is(Error::kNoCurrentRecord)) return status;
  RETURN_IF_ERROR(cursor.SetCurrentIndex(""));
  return ids;
}

}  // namespace contrail::test
