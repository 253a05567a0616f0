// What the system tables of a newly created database hold. Format: docs/format/catalog.md.

#pragma once

#include <string>
#include <vector>

#include "engine/catalog_row.h"

namespace contrail {

// All rows of MSysObjects (and of its shadow: the same), in key order.
std::vector<CatalogRow> InitialCatalogRows();

// A row of MSysObjids; every object but the database root and primary indexes has one.
struct ObjidRow {
  ObjectId object = 0;
  ObjectId table = 0;
  CatalogType type = CatalogType::kTable;
};
std::vector<ObjidRow> InitialObjidRows();
Status EncodeObjidRow(const ObjidRow& row, RecordLayout layout, RecordBuilder& builder);
Result<ObjidRow> DecodeObjidRow(const RecordView& record);
void MakeObjidKey(ObjectId object, KeyBuffer& key);

// A row of MSysLocales.
struct LocaleRow {
  uint8_t type = 0;
  int32_t value = 0;
  std::u16string key;  // Without its NUL, which is stored.
};
std::vector<LocaleRow> InitialLocaleRows();
Status EncodeLocaleRow(const LocaleRow& row, RecordLayout layout, RecordBuilder& builder);
Result<LocaleRow> DecodeLocaleRow(const RecordView& record);
void MakeLocaleKey(std::u16string_view key_text, KeyBuffer& key);

}  // namespace contrail
