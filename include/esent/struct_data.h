/* Structures that move values and positions between a record and the caller. */

#ifndef CONTRAIL_ESENT_STRUCT_DATA_H_
#define CONTRAIL_ESENT_STRUCT_DATA_H_

#include "esent/constants.h"
#include "esent/types.h"

/* Which part of which value JetSetColumn sets. */
typedef struct JET_SETINFO {
  uint32_t cbStruct;
  uint32_t ibLongValue;
  uint32_t itagSequence;
} JET_SETINFO;

/* One value for JetSetColumns; err is filled in. */
typedef struct JET_SETCOLUMN {
  JET_COLUMNID columnid;
  void* pvData;
  uint32_t cbData;
  JET_GRBIT grbit;
  uint32_t ibLongValue;
  uint32_t itagSequence;
  JET_ERR err;
} JET_SETCOLUMN;

/* Which part of which value JetRetrieveColumn retrieves. */
typedef struct JET_RETINFO {
  uint32_t cbStruct;
  uint32_t ibLongValue;
  uint32_t itagSequence;
  JET_COLUMNID columnidNextTagged;
} JET_RETINFO;

/* One value of JetRetrieveColumns; cbActual, columnidNextTagged and err are filled in. */
typedef struct JET_RETRIEVECOLUMN {
  JET_COLUMNID columnid;
  void* pvData;
  uint32_t cbData;
  uint32_t cbActual;
  JET_GRBIT grbit;
  uint32_t ibLongValue;
  uint32_t itagSequence;
  JET_COLUMNID columnidNextTagged;
  JET_ERR err;
} JET_RETRIEVECOLUMN;

/* A column that JetEnumerateColumns is to look at; no tags means all its values. */
typedef struct JET_ENUMCOLUMNID {
  JET_COLUMNID columnid;
  uint32_t ctagSequence;
  uint32_t* rgtagSequence;
} JET_ENUMCOLUMNID;

/* One value of an enumerated column. */
typedef struct JET_ENUMCOLUMNVALUE {
  uint32_t itagSequence;
  JET_ERR err;
  uint32_t cbData;
  void* pvData;
} JET_ENUMCOLUMNVALUE;

/* One enumerated column with its values. */
typedef struct JET_ENUMCOLUMN {
  JET_COLUMNID columnid;
  JET_ERR err;
  union {
    __extension__ struct {
      uint32_t cEnumColumnValue;
      JET_ENUMCOLUMNVALUE* rgEnumColumnValue;
    };
    __extension__ struct { /* when err is JET_wrnColumnSingleValue */
      uint32_t cbData;
      void* pvData;
    };
  };
} JET_ENUMCOLUMN;

/* What a record takes, in bytes and counts. */
typedef struct JET_RECSIZE {
  uint64_t cbData;
  uint64_t cbLongValueData;
  uint64_t cbOverhead;
  uint64_t cbLongValueOverhead;
  uint64_t cNonTaggedColumns;
  uint64_t cTaggedColumns;
  uint64_t cLongValues;
  uint64_t cMultiValues;
} JET_RECSIZE;

/* As JET_RECSIZE, with what compression saves. */
typedef struct JET_RECSIZE2 {
  uint64_t cbData;
  uint64_t cbLongValueData;
  uint64_t cbOverhead;
  uint64_t cbLongValueOverhead;
  uint64_t cNonTaggedColumns;
  uint64_t cTaggedColumns;
  uint64_t cLongValues;
  uint64_t cMultiValues;
  uint64_t cCompressedColumns;
  uint64_t cbDataCompressed;
  uint64_t cbLongValueDataCompressed;
} JET_RECSIZE2;

/* A position as a fraction of an index. */
typedef struct JET_RECPOS {
  uint32_t cbStruct;
  uint32_t centriesLT;
  uint32_t centriesInRange;
  uint32_t centriesTotal;
} JET_RECPOS;

/* As JET_RECPOS with 64-bit counts; no function takes it yet. */
typedef struct JET_RECPOS2 {
  uint32_t cbStruct;
  uint32_t centriesLTDeprecated;
  uint32_t centriesInRangeDeprecated;
  uint32_t centriesTotalDeprecated;
  uint64_t centriesLT;
  uint64_t centriesTotal;
} JET_RECPOS2;

/* A cursor with an index range, for JetIntersectIndexes. */
typedef struct JET_INDEXRANGE {
  uint32_t cbStruct;
  JET_TABLEID tableid;
  JET_GRBIT grbit;
} JET_INDEXRANGE;

/* The temporary table of bookmarks that JetIntersectIndexes makes. */
typedef struct JET_RECORDLIST {
  uint32_t cbStruct;
  JET_TABLEID tableid;
  uint32_t cRecord;
  JET_COLUMNID columnidBookmark;
} JET_RECORDLIST;

/* One term of a cursor filter or of a range limit. */
typedef struct JET_INDEX_COLUMN {
  JET_COLUMNID columnid;
  JET_RELOP relop;
  void* pv;
  uint32_t cb;
  JET_GRBIT grbit;
} JET_INDEX_COLUMN;

/* A range of keys to read ahead. */
typedef struct JET_INDEX_RANGE {
  JET_INDEX_COLUMN* rgStartColumns;
  uint32_t cStartColumns;
  JET_INDEX_COLUMN* rgEndColumns;
  uint32_t cEndColumns;
} JET_INDEX_RANGE;

#endif
