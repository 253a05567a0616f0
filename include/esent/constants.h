/* Constants that are not flags: handles, limits, column types, positions, callback reasons,
   information levels, file states. */

#ifndef CONTRAIL_ESENT_CONSTANTS_H_
#define CONTRAIL_ESENT_CONSTANTS_H_

#include "esent/types.h"

/* The value of a handle that stands for nothing. */
#define JET_instanceNil (~(JET_INSTANCE)0)
#define JET_sesidNil (~(JET_SESID)0)
#define JET_tableidNil (~(JET_TABLEID)0)
#define JET_dbidNil ((JET_DBID)0xFFFFFFFF)

/* Sizes in bytes and counts that no object exceeds. The ones that end in MostMost hold for every
   page size. */
#define JET_MAX_COMPUTERNAME_LENGTH 15
#define JET_BASE_NAME_LENGTH 3
#define JET_cbBookmarkMost 256
#define JET_cbBookmarkMostMost 2000
#define JET_cbNameMost 64
#define JET_cbFullNameMost 255
#define JET_cbColumnLVPageOverhead 82
#define JET_cbLVDefaultValueMost 255
#define JET_cbColumnMost 255
#define JET_cbLVColumnMost 2147483647
#define JET_cbKeyMostMost 2000
#define JET_cbKeyMost32KBytePage 2000
#define JET_cbKeyMost16KBytePage 2000
#define JET_cbKeyMost8KBytePage 2000
#define JET_cbKeyMost4KBytePage 1000
#define JET_cbKeyMost2KBytePage 500
#define JET_cbKeyMostMin 255
#define JET_cbKeyMost 255
#define JET_cbLimitKeyMost 256
#define JET_cbPrimaryKeyMost 255
#define JET_cbSecondaryKeyMost 255
#define JET_ccolKeyMost 16
#define JET_ccolMost 65248
#define JET_ccolFixedMost 127
#define JET_ccolVarMost 128
#define JET_ccolTaggedMost 64993

/* Column types. Text is code page 1252 or UTF-16 by the cp member of the definition. */
#define JET_coltypNil 0
#define JET_coltypBit 1
#define JET_coltypUnsignedByte 2
#define JET_coltypShort 3
#define JET_coltypLong 4
#define JET_coltypCurrency 5
#define JET_coltypIEEESingle 6
#define JET_coltypIEEEDouble 7
#define JET_coltypDateTime 8
#define JET_coltypBinary 9
#define JET_coltypText 10
#define JET_coltypLongBinary 11
#define JET_coltypLongText 12
#define JET_coltypSLV 13
#define JET_coltypUnsignedLong 14
#define JET_coltypLongLong 15
#define JET_coltypGUID 16
#define JET_coltypUnsignedShort 17
#define JET_coltypUnsignedLongLong 18
#define JET_coltypMax 19

/* Object types of JetGetObjectInfo. */
#define JET_objtypNil 0
#define JET_objtypTable 1

/* Special distances for the cRow argument of JetMove. */
#define JET_MoveFirst (-2147483647 - 1)
#define JET_MovePrevious (-1)
#define JET_MoveNext 1
#define JET_MoveLast 2147483647

/* What JetPrepareUpdate is to prepare. */
#define JET_prepInsert 0
#define JET_prepReplace 2
#define JET_prepCancel 3
#define JET_prepReplaceNoLock 4
#define JET_prepInsertCopy 5
#define JET_prepInsertCopyDeleteOriginal 7
#define JET_prepInsertCopyReplaceOriginal 9

/* The empty value of a local storage slot. */
#define JET_LSNil (~(JET_LS)0)

/* Why a JET_CALLBACK is called. One registration may name several reasons. */
#define JET_cbtypNull 0
#define JET_cbtypFinalize 1
#define JET_cbtypBeforeInsert 2
#define JET_cbtypAfterInsert 4
#define JET_cbtypBeforeReplace 8
#define JET_cbtypAfterReplace 16
#define JET_cbtypBeforeDelete 32
#define JET_cbtypAfterDelete 64
#define JET_cbtypUserDefinedDefaultValue 128
#define JET_cbtypOnlineDefragCompleted 256
#define JET_cbtypFreeCursorLS 512
#define JET_cbtypFreeTableLS 1024

/* Which operation a status callback reports on. */
#define JET_snpRepair 2
#define JET_snpCompact 4
#define JET_snpRestore 8
#define JET_snpBackup 9
#define JET_snpUpgrade 10
#define JET_snpScrub 11
#define JET_snpUpgradeRecordFormat 12

/* What a status callback reports: begin, progress (with a JET_SNPROG), end or failure. */
#define JET_sntProgress 0
#define JET_sntFail 3
#define JET_sntBegin 5
#define JET_sntComplete 6
#define JET_sntRequirements 7

/* State recorded in a database header. */
#define JET_dbstateJustCreated 1
#define JET_dbstateDirtyShutdown 2
#define JET_dbstateCleanShutdown 3
#define JET_dbstateBeingConverted 4
#define JET_dbstateForceDetach 5

/* What JetGetDatabaseFileInfo says a file is. */
#define JET_filetypeUnknown 0
#define JET_filetypeDatabase 1
#define JET_filetypeLog 3
#define JET_filetypeCheckpoint 4
#define JET_filetypeTempDatabase 5
#define JET_filetypeFlushMap 7

/* Levels of JetGetDatabaseInfo and JetGetDatabaseFileInfo. */
#define JET_DbInfoFilename 0
#define JET_DbInfoConnect 1
#define JET_DbInfoCountry 2
#define JET_DbInfoLCID 3
#define JET_DbInfoLangid 3
#define JET_DbInfoCp 4
#define JET_DbInfoCollate 5
#define JET_DbInfoOptions 6
#define JET_DbInfoTransactions 7
#define JET_DbInfoVersion 8
#define JET_DbInfoIsam 9
#define JET_DbInfoFilesize 10
#define JET_DbInfoSpaceOwned 11
#define JET_DbInfoSpaceAvailable 12
#define JET_DbInfoUpgrade 13
#define JET_DbInfoMisc 14
#define JET_DbInfoDBInUse 15
#define JET_DbInfoPageSize 17
#define JET_DbInfoFileType 19
#define JET_DbInfoFilesizeOnDisk 21

/* Levels of JetGetObjectInfo. */
#define JET_ObjInfo 0
#define JET_ObjInfoListNoStats 1
#define JET_ObjInfoList 2
#define JET_ObjInfoSysTabCursor 3
#define JET_ObjInfoListACM 4
#define JET_ObjInfoNoStats 5
#define JET_ObjInfoSysTabReadOnly 6
#define JET_ObjInfoRulesLoaded 7
#define JET_ObjInfoMax 8

/* Levels of JetGetTableInfo. The space levels count pages. */
#define JET_TblInfo 0
#define JET_TblInfoName 1
#define JET_TblInfoDbid 2
#define JET_TblInfoMostMany 3
#define JET_TblInfoRvt 4
#define JET_TblInfoOLC 5
#define JET_TblInfoResetOLC 6
#define JET_TblInfoSpaceUsage 7
#define JET_TblInfoDumpTable 8
#define JET_TblInfoSpaceAlloc 9
#define JET_TblInfoSpaceOwned 10
#define JET_TblInfoSpaceAvailable 11
#define JET_TblInfoTemplateTableName 12
#define JET_TblInfoSpaceOwnedLV 17
#define JET_TblInfoSpaceAvailableLV 18

/* Levels of JetGetIndexInfo and JetGetTableIndexInfo. */
#define JET_IdxInfo 0
#define JET_IdxInfoList 1
#define JET_IdxInfoSysTabCursor 2
#define JET_IdxInfoOLC 3
#define JET_IdxInfoResetOLC 4
#define JET_IdxInfoSpaceAlloc 5
#define JET_IdxInfoLCID 6
#define JET_IdxInfoLangid 6
#define JET_IdxInfoCount 7
#define JET_IdxInfoVarSegMac 8
#define JET_IdxInfoIndexId 9
#define JET_IdxInfoKeyMost 10
#define JET_IdxInfoCreateIndex 11
#define JET_IdxInfoCreateIndex2 12
#define JET_IdxInfoCreateIndex3 13
#define JET_IdxInfoLocaleName 14
#define JET_IdxInfoSpaceOwned 18
#define JET_IdxInfoSpaceAvailable 19

/* Levels of JetGetColumnInfo and JetGetTableColumnInfo, and flags that may be added to a list
   level. */
#define JET_ColInfo 0
#define JET_ColInfoList 1
#define JET_ColInfoSysTabCursor 3
#define JET_ColInfoBase 4
#define JET_ColInfoListCompact 5
#define JET_ColInfoByColid 6
#define JET_ColInfoListSortColumnid 7
#define JET_ColInfoBaseByColid 8
#define JET_ColInfoGrbitNonDerivedColumnsOnly 0x80000000
#define JET_ColInfoGrbitMinimalInfo 0x40000000
#define JET_ColInfoGrbitSortByColumnid 0x20000000

/* Levels of JetGetInstanceMiscInfo. */
#define JET_InstanceMiscInfoLogSignature 0
#define JET_InstanceMiscInfoRBS 2

/* Level of JetGetErrorInfoW. */
#define JET_ErrorInfoSpecificErr 1

/* How a filter term compares a column with its value. */
typedef enum JET_RELOP {
  JET_relopEquals = 0,
  JET_relopPrefixEquals = 1,
  JET_relopNotEquals = 2,
  JET_relopLessThanOrEqual = 3,
  JET_relopLessThan = 4,
  JET_relopGreaterThanOrEqual = 5,
  JET_relopGreaterThan = 6,
  JET_relopBitmaskEqualsZero = 7,
  JET_relopBitmaskNotEqualsZero = 8
} JET_RELOP;

/* Categories of errors. They form a tree below JET_errcatError; JetGetErrorInfoW gives the path. */
typedef enum JET_ERRCAT {
  JET_errcatUnknown = 0,
  JET_errcatError = 1,
  JET_errcatOperation = 2,
  JET_errcatFatal = 3,
  JET_errcatIO = 4,
  JET_errcatResource = 5,
  JET_errcatMemory = 6,
  JET_errcatQuota = 7,
  JET_errcatDisk = 8,
  JET_errcatData = 9,
  JET_errcatCorruption = 10,
  JET_errcatInconsistent = 11,
  JET_errcatFragmentation = 12,
  JET_errcatApi = 13,
  JET_errcatUsage = 14,
  JET_errcatState = 15,
  JET_errcatObsolete = 16,
  JET_errcatMax = 17
} JET_ERRCAT;

#endif
