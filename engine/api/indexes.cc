// Creating and deleting indexes, of the family "index". The current index is in current_index.cc.

#include "engine/api/schema_input.h"
#include "engine/api/table_calls.h"

namespace contrail::api {
namespace {

// All indexes or none.
template <typename IndexCreate>
JET_ERR CreateIndexes(JET_SESID sesid, JET_TABLEID tableid, IndexCreate* input, uint32_t count) {
  if (input == nullptr || count == 0) return JET_errInvalidParameter;
  return ChangeTable(sesid, tableid, [&](TableDdl& ddl, const ApiTable& table) -> Status {
    const ApiInstance& instance = *table.session.load(std::memory_order_relaxed)->instance;
    for (uint32_t i = 0; i < count; ++i) {
      const Result<NewIndex> index = ReadIndex(input[i], instance.parameters);
      const Status status = index.ok() ? ddl.CreateIndex(table.table, *index) : index.status();
      if ((input[i].grbit & JET_bitIndexImmutableStructure) == 0) input[i].err = ToJet(status);
      RETURN_IF_ERROR(status);
    }
    return Status::Ok();
  });
}

template <typename IndexCreate, typename Char>
JET_ERR CreateIndex(JET_SESID sesid, JET_TABLEID tableid, const Char* name, JET_GRBIT grbit,
                    const Char* key, uint32_t key_size, uint32_t density) {
  // What these need does not fit into the arguments.
  constexpr JET_GRBIT kNeedStructure =
      JET_bitIndexUnicode | JET_bitIndexTupleLimits | JET_bitIndexKeyMost;
  if ((grbit & kNeedStructure) != 0) return JET_errInvalidGrbit;
  IndexCreate index = {};
  index.cbStruct = sizeof(index);
  index.szIndexName = name;
  index.szKey = key;
  index.cbKey = key_size;
  index.grbit = grbit;
  index.ulDensity = density;
  return CreateIndexes(sesid, tableid, &index, 1);
}

}  // namespace
}  // namespace contrail::api

using contrail::Error;
using contrail::Status;
using contrail::TableDdl;
using contrail::api::ApiTable;
using contrail::api::NarrowText;

JET_API JetCreateIndexA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                        JET_GRBIT grbit, const char* szKey, uint32_t cbKey, uint32_t lDensity) {
  return contrail::api::CreateIndex<JET_INDEXCREATE_A>(sesid, tableid, szIndexName, grbit, szKey,
                                                       cbKey, lDensity);
}

JET_API JetCreateIndexW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName,
                        JET_GRBIT grbit, const char16_t* szKey, uint32_t cbKey, uint32_t lDensity) {
  return contrail::api::CreateIndex<JET_INDEXCREATE_W>(sesid, tableid, szIndexName, grbit, szKey,
                                                       cbKey, lDensity);
}

JET_API JetCreateIndex2A(JET_SESID sesid, JET_TABLEID tableid, JET_INDEXCREATE_A* pindexcreate,
                         uint32_t cIndexCreate) {
  return contrail::api::CreateIndexes(sesid, tableid, pindexcreate, cIndexCreate);
}

JET_API JetCreateIndex2W(JET_SESID sesid, JET_TABLEID tableid, JET_INDEXCREATE_W* pindexcreate,
                         uint32_t cIndexCreate) {
  return contrail::api::CreateIndexes(sesid, tableid, pindexcreate, cIndexCreate);
}

JET_API JetCreateIndex3A(JET_SESID sesid, JET_TABLEID tableid, JET_INDEXCREATE2_A* pindexcreate,
                         uint32_t cIndexCreate) {
  return contrail::api::CreateIndexes(sesid, tableid, pindexcreate, cIndexCreate);
}

JET_API JetCreateIndex3W(JET_SESID sesid, JET_TABLEID tableid, JET_INDEXCREATE2_W* pindexcreate,
                         uint32_t cIndexCreate) {
  return contrail::api::CreateIndexes(sesid, tableid, pindexcreate, cIndexCreate);
}

JET_API JetCreateIndex4A(JET_SESID sesid, JET_TABLEID tableid, JET_INDEXCREATE3_A* pindexcreate,
                         uint32_t cIndexCreate) {
  return contrail::api::CreateIndexes(sesid, tableid, pindexcreate, cIndexCreate);
}

JET_API JetCreateIndex4W(JET_SESID sesid, JET_TABLEID tableid, JET_INDEXCREATE3_W* pindexcreate,
                         uint32_t cIndexCreate) {
  return contrail::api::CreateIndexes(sesid, tableid, pindexcreate, cIndexCreate);
}

JET_API JetDeleteIndexA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName) {
  return contrail::api::ChangeTable(sesid, tableid,
                                    [&](TableDdl& ddl, const ApiTable& table) -> Status {
                                      if (szIndexName == nullptr) return Error::kInvalidName;
                                      return ddl.DeleteIndex(table.table, szIndexName);
                                    });
}

JET_API JetDeleteIndexW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName) {
  const NarrowText name(szIndexName);
  if (!name.ok()) return JET_errUnicodeTranslationFail;
  return JetDeleteIndexA(sesid, tableid, name.c_str());
}
