/* Structures that answer questions: about objects, columns, indexes, threads, errors and
   instances. */

#ifndef CONTRAIL_ESENT_STRUCT_INFORMATION_H_
#define CONTRAIL_ESENT_STRUCT_INFORMATION_H_

#include "esent/constants.h"
#include "esent/types.h"

/* Facts about a table. */
typedef struct JET_OBJECTINFO {
  uint32_t cbStruct;
  JET_OBJTYP objtyp;
  double dtCreate;
  double dtUpdate;
  JET_GRBIT grbit;
  uint32_t flags;
  uint32_t cRecord;
  uint32_t cPage;
} JET_OBJECTINFO;

/* A temporary table of objects: a cursor on it and the ids of its columns. */
typedef struct JET_OBJECTLIST {
  uint32_t cbStruct;
  JET_TABLEID tableid;
  uint32_t cRecord;
  JET_COLUMNID columnidcontainername;
  JET_COLUMNID columnidobjectname;
  JET_COLUMNID columnidobjtyp;
  JET_COLUMNID columniddtCreate;
  JET_COLUMNID columniddtUpdate;
  JET_COLUMNID columnidgrbit;
  JET_COLUMNID columnidflags;
  JET_COLUMNID columnidcRecord;
  JET_COLUMNID columnidcPage;
} JET_OBJECTLIST;

/* A temporary table of columns: a cursor on it and the ids of its columns. */
typedef struct JET_COLUMNLIST {
  uint32_t cbStruct;
  JET_TABLEID tableid;
  uint32_t cRecord;
  JET_COLUMNID columnidPresentationOrder;
  JET_COLUMNID columnidcolumnname;
  JET_COLUMNID columnidcolumnid;
  JET_COLUMNID columnidcoltyp;
  JET_COLUMNID columnidCountry;
  JET_COLUMNID columnidLangid;
  JET_COLUMNID columnidCp;
  JET_COLUMNID columnidCollate;
  JET_COLUMNID columnidcbMax;
  JET_COLUMNID columnidgrbit;
  JET_COLUMNID columnidDefault;
  JET_COLUMNID columnidBaseTableName;
  JET_COLUMNID columnidBaseColumnName;
  JET_COLUMNID columnidDefinitionName;
} JET_COLUMNLIST;

/* A temporary table of index columns: a cursor on it and the ids of its columns. */
typedef struct JET_INDEXLIST {
  uint32_t cbStruct;
  JET_TABLEID tableid;
  uint32_t cRecord;
  JET_COLUMNID columnidindexname;
  JET_COLUMNID columnidgrbitIndex;
  JET_COLUMNID columnidcKey;
  JET_COLUMNID columnidcEntry;
  JET_COLUMNID columnidcPage;
  JET_COLUMNID columnidcColumn;
  JET_COLUMNID columnidiColumn;
  JET_COLUMNID columnidcolumnid;
  JET_COLUMNID columnidcoltyp;
  JET_COLUMNID columnidCountry;
  JET_COLUMNID columnidLangid;
  JET_COLUMNID columnidCp;
  JET_COLUMNID columnidCollate;
  JET_COLUMNID columnidgrbitColumn;
  JET_COLUMNID columnidcolumnname;
  JET_COLUMNID columnidLCMapFlags;
} JET_INDEXLIST;

/* Counters of the calling thread. The size of the buffer picks the version. */
typedef struct JET_THREADSTATS {
  uint32_t cbStruct;
  uint32_t cPageReferenced;
  uint32_t cPageRead;
  uint32_t cPagePreread;
  uint32_t cPageDirtied;
  uint32_t cPageRedirtied;
  uint32_t cLogRecord;
  uint32_t cbLogRecord;
} JET_THREADSTATS;

/* Adds the cost of cache misses. */
typedef struct JET_THREADSTATS2 {
  uint32_t cbStruct;
  uint32_t cPageReferenced;
  uint32_t cPageRead;
  uint32_t cPagePreread;
  uint32_t cPageDirtied;
  uint32_t cPageRedirtied;
  uint32_t cLogRecord;
  uint32_t cbLogRecord;
  uint64_t cusecPageCacheMiss;
  uint32_t cPageCacheMiss;
} JET_THREADSTATS2;

/* Adds long values. */
typedef struct JET_THREADSTATS3 {
  uint32_t cbStruct;
  uint32_t cPageReferenced;
  uint32_t cPageRead;
  uint32_t cPagePreread;
  uint32_t cPageDirtied;
  uint32_t cPageRedirtied;
  uint32_t cLogRecord;
  uint32_t cbLogRecord;
  uint64_t cusecPageCacheMiss;
  uint32_t cPageCacheMiss;
  uint32_t cSeparatedLongValueRead;
  uint64_t cusecLongValuePageCacheMiss;
  uint32_t cLongValuePageCacheMiss;
} JET_THREADSTATS3;

typedef struct JET_ERRINFOBASIC_W {
  uint32_t cbStruct;
  JET_ERR errValue;
  JET_ERRCAT errcatMostSpecific;
  uint8_t rgCategoricalHierarchy[8];
  uint32_t lSourceLine;
  WCHAR rgszSourceFile[64];
} JET_ERRINFOBASIC_W;

/* An instance and its databases. The array is freed with JetFreeBuffer. */
typedef struct JET_INSTANCE_INFO_A {
  JET_INSTANCE hInstanceId;
  JET_PSTR szInstanceName;
  uintptr_t cDatabases;
  JET_PSTR* szDatabaseFileName;
  JET_PSTR* szDatabaseDisplayName;
  JET_PSTR* szDatabaseSLVFileName_Obsolete;
} JET_INSTANCE_INFO_A;

typedef struct JET_INSTANCE_INFO_W {
  JET_INSTANCE hInstanceId;
  JET_PWSTR szInstanceName;
  uintptr_t cDatabases;
  JET_PWSTR* szDatabaseFileName;
  JET_PWSTR* szDatabaseDisplayName;
  JET_PWSTR* szDatabaseSLVFileName_Obsolete;
} JET_INSTANCE_INFO_W;

#endif
