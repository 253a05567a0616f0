// The schemas of the system tables, which exist before any catalog can be read: MSysObjects and its
// shadow, MSysObjids, MSysLocales. Format: docs/format/catalog.md.

#pragma once

#include "engine/schema.h"

namespace contrail {

// Places of a newly created database; the first five are fixed in the format.
namespace catalog_place {
inline constexpr PageNumber kDatabaseRootPage = 1;
inline constexpr PageNumber kObjectsPage = 4;
inline constexpr PageNumber kNameIndexPage = 7;
inline constexpr PageNumber kRootObjectsIndexPage = 10;
inline constexpr PageNumber kShadowPage = 24;
inline constexpr PageNumber kObjidsPage = 29;
inline constexpr PageNumber kLocalesPage = 30;

inline constexpr ObjectId kDatabaseObjectId = 1;
inline constexpr ObjectId kObjectsObjectId = 2;
inline constexpr ObjectId kShadowObjectId = 3;
inline constexpr ObjectId kNameIndexObjectId = 4;
inline constexpr ObjectId kRootObjectsIndexObjectId = 5;
inline constexpr ObjectId kObjidsObjectId = 6;
inline constexpr ObjectId kLocalesObjectId = 7;
inline constexpr ObjectId kFirstUserObjectId = 8;
}  // namespace catalog_place

// Column ids of MSysObjects.
namespace catalog_column {
inline constexpr ColumnId kObjidTable = 1;
inline constexpr ColumnId kType = 2;
inline constexpr ColumnId kId = 3;
inline constexpr ColumnId kColtypOrPgnoFdp = 4;
inline constexpr ColumnId kSpaceUsage = 5;
inline constexpr ColumnId kFlags = 6;
inline constexpr ColumnId kPagesOrLocale = 7;
inline constexpr ColumnId kRootFlag = 8;
inline constexpr ColumnId kRecordOffset = 9;
inline constexpr ColumnId kLCMapFlags = 10;
inline constexpr ColumnId kKeyMost = 11;
inline constexpr ColumnId kLVChunkMax = 12;
inline constexpr ColumnId kPgnoFdpLastSetTime = 13;
inline constexpr ColumnId kName = 128;
inline constexpr ColumnId kStats = 129;
inline constexpr ColumnId kTemplateTable = 130;
inline constexpr ColumnId kDefaultValue = 131;
inline constexpr ColumnId kKeyFldIds = 132;
inline constexpr ColumnId kVarSegMac = 133;
inline constexpr ColumnId kConditionalColumns = 134;
inline constexpr ColumnId kTupleLimits = 135;
inline constexpr ColumnId kVersion = 136;
inline constexpr ColumnId kSortId = 137;
inline constexpr ColumnId kCallbackData = 256;
inline constexpr ColumnId kCallbackDependencies = 257;
inline constexpr ColumnId kSeparateLV = 258;
inline constexpr ColumnId kSpaceHints = 259;
inline constexpr ColumnId kSpaceDeferredLVHints = 260;
inline constexpr ColumnId kLocaleName = 261;
}  // namespace catalog_column

inline constexpr const char* kObjectsTableName = "MSysObjects";
inline constexpr const char* kShadowTableName = "MSysObjectsShadow";
inline constexpr const char* kObjidsTableName = "MSysObjids";
inline constexpr const char* kLocalesTableName = "MSysLocales";

// MSysObjects with its indexes Id (primary), Name and RootObjects. Record offsets are the true ones
// (the catalog's own rows say 4 for each of them). Built once, immutable.
const TableSchema& ObjectsSchema();
// The same columns, primary index Id only.
const TableSchema& ShadowSchema();
const TableSchema& ObjidsSchema();
const TableSchema& LocalesSchema();

}  // namespace contrail
