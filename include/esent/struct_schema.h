/* Structures that define columns, indexes, tables and temporary tables. */

#ifndef CONTRAIL_ESENT_STRUCT_SCHEMA_H_
#define CONTRAIL_ESENT_STRUCT_SCHEMA_H_

#include "esent/constants.h"
#include "esent/types.h"

/* Definition of a column. */
typedef struct JET_COLUMNDEF {
  uint32_t cbStruct;
  JET_COLUMNID columnid; /* out */
  JET_COLTYP coltyp;
  uint16_t wCountry;
  uint16_t langid;
  uint16_t cp; /* 1252 or 1200 for text */
  uint16_t wCollate;
  uint32_t cbMax; /* 0: the limit of the type */
  JET_GRBIT grbit;
} JET_COLUMNDEF;

/* Definition of a column and the table and column it derives from. */
typedef struct JET_COLUMNBASE_A {
  uint32_t cbStruct;
  JET_COLUMNID columnid;
  JET_COLTYP coltyp;
  uint16_t wCountry;
  uint16_t langid;
  uint16_t cp;
  uint16_t wFiller;
  uint32_t cbMax;
  JET_GRBIT grbit;
  char szBaseTableName[256];
  char szBaseColumnName[256];
} JET_COLUMNBASE_A;

typedef struct JET_COLUMNBASE_W {
  uint32_t cbStruct;
  JET_COLUMNID columnid;
  JET_COLTYP coltyp;
  uint16_t wCountry;
  uint16_t langid;
  uint16_t cp;
  uint16_t wFiller;
  uint32_t cbMax;
  JET_GRBIT grbit;
  WCHAR szBaseTableName[256];
  WCHAR szBaseColumnName[256];
} JET_COLUMNBASE_W;

/* A column of a table that is being created. columnid and err are filled in. */
typedef struct JET_COLUMNCREATE_A {
  uint32_t cbStruct;
  JET_PCSTR szColumnName;
  JET_COLTYP coltyp;
  uint32_t cbMax;
  JET_GRBIT grbit;
  void* pvDefault;
  uint32_t cbDefault;
  uint32_t cp;
  JET_COLUMNID columnid;
  JET_ERR err;
} JET_COLUMNCREATE_A;

typedef struct JET_COLUMNCREATE_W {
  uint32_t cbStruct;
  JET_PCWSTR szColumnName;
  JET_COLTYP coltyp;
  uint32_t cbMax;
  JET_GRBIT grbit;
  void* pvDefault;
  uint32_t cbDefault;
  uint32_t cp;
  JET_COLUMNID columnid;
  JET_ERR err;
} JET_COLUMNCREATE_W;

/* A default value computed by a callback. */
typedef struct JET_USERDEFINEDDEFAULT_A {
  JET_PCSTR szCallback;
  unsigned char* pbUserData;
  uint32_t cbUserData;
  JET_PCSTR szDependantColumns;
} JET_USERDEFINEDDEFAULT_A;

typedef struct JET_USERDEFINEDDEFAULT_W {
  JET_PCWSTR szCallback;
  unsigned char* pbUserData;
  uint32_t cbUserData;
  JET_PCWSTR szDependantColumns;
} JET_USERDEFINEDDEFAULT_W;

/* A condition on the records that an index takes in. */
typedef struct JET_CONDITIONALCOLUMN_A {
  uint32_t cbStruct;
  JET_PCSTR szColumnName;
  JET_GRBIT grbit;
} JET_CONDITIONALCOLUMN_A;

typedef struct JET_CONDITIONALCOLUMN_W {
  uint32_t cbStruct;
  JET_PCWSTR szColumnName;
  JET_GRBIT grbit;
} JET_CONDITIONALCOLUMN_W;

/* How Unicode text is compared, by locale number. */
typedef struct JET_UNICODEINDEX {
  uint32_t lcid;
  uint32_t dwMapFlags;
} JET_UNICODEINDEX;

/* How Unicode text is compared, by locale name (UTF-16 in every form). */
typedef struct JET_UNICODEINDEX2 {
  JET_PCWSTR szLocaleName;
  uint32_t dwMapFlags;
} JET_UNICODEINDEX2;

/* Lengths, in characters, of the substrings that a tuple index holds. */
typedef struct JET_TUPLELIMITS {
  uint32_t chLengthMin;
  uint32_t chLengthMax;
  uint32_t chToIndexMax;
  uint32_t cchIncrement;
  uint32_t ichStart;
} JET_TUPLELIMITS;

/* How a tree is to be filled and to grow. */
typedef struct JET_SPACEHINTS {
  uint32_t cbStruct;
  uint32_t ulInitialDensity;
  uint32_t cbInitial;
  JET_GRBIT grbit;
  uint32_t ulMaintDensity;
  uint32_t ulGrowth;
  uint32_t cbMinExtent;
  uint32_t cbMaxExtent;
} JET_SPACEHINTS;

/* An index by identity; opaque. From JetGetIndexInfo, for JetSetCurrentIndex4. */
typedef struct JET_INDEXID {
  uint32_t cbStruct;
  uint8_t rgbIndexId[16];
} JET_INDEXID;

/* Definition of an index. szKey lists the key columns, each with a sign before its name and a
   NUL after it, and ends with a second NUL. */
typedef struct JET_INDEXCREATE_A {
  uint32_t cbStruct;
  JET_PCSTR szIndexName;
  JET_PCSTR szKey;
  uint32_t cbKey;
  JET_GRBIT grbit;
  uint32_t ulDensity;
  union {
    uint32_t lcid;
    JET_UNICODEINDEX* pidxunicode; /* with JET_bitIndexUnicode */
  };
  union {
    uint32_t cbVarSegMac;
    JET_TUPLELIMITS* ptuplelimits; /* with JET_bitIndexTupleLimits */
  };
  JET_CONDITIONALCOLUMN_A* rgconditionalcolumn;
  uint32_t cConditionalColumn;
  JET_ERR err;
  uint32_t cbKeyMost;
} JET_INDEXCREATE_A;

typedef struct JET_INDEXCREATE_W {
  uint32_t cbStruct;
  JET_PCWSTR szIndexName;
  JET_PCWSTR szKey;
  uint32_t cbKey;
  JET_GRBIT grbit;
  uint32_t ulDensity;
  union {
    uint32_t lcid;
    JET_UNICODEINDEX* pidxunicode; /* with JET_bitIndexUnicode */
  };
  union {
    uint32_t cbVarSegMac;
    JET_TUPLELIMITS* ptuplelimits; /* with JET_bitIndexTupleLimits */
  };
  JET_CONDITIONALCOLUMN_W* rgconditionalcolumn;
  uint32_t cConditionalColumn;
  JET_ERR err;
  uint32_t cbKeyMost;
} JET_INDEXCREATE_W;

/* As JET_INDEXCREATE, with space hints. */
typedef struct JET_INDEXCREATE2_A {
  uint32_t cbStruct;
  JET_PCSTR szIndexName;
  JET_PCSTR szKey;
  uint32_t cbKey;
  JET_GRBIT grbit;
  uint32_t ulDensity;
  union {
    uint32_t lcid;
    JET_UNICODEINDEX* pidxunicode; /* with JET_bitIndexUnicode */
  };
  union {
    uint32_t cbVarSegMac;
    JET_TUPLELIMITS* ptuplelimits; /* with JET_bitIndexTupleLimits */
  };
  JET_CONDITIONALCOLUMN_A* rgconditionalcolumn;
  uint32_t cConditionalColumn;
  JET_ERR err;
  uint32_t cbKeyMost;
  JET_SPACEHINTS* pSpacehints;
} JET_INDEXCREATE2_A;

typedef struct JET_INDEXCREATE2_W {
  uint32_t cbStruct;
  JET_PCWSTR szIndexName;
  JET_PCWSTR szKey;
  uint32_t cbKey;
  JET_GRBIT grbit;
  uint32_t ulDensity;
  union {
    uint32_t lcid;
    JET_UNICODEINDEX* pidxunicode; /* with JET_bitIndexUnicode */
  };
  union {
    uint32_t cbVarSegMac;
    JET_TUPLELIMITS* ptuplelimits; /* with JET_bitIndexTupleLimits */
  };
  JET_CONDITIONALCOLUMN_W* rgconditionalcolumn;
  uint32_t cConditionalColumn;
  JET_ERR err;
  uint32_t cbKeyMost;
  JET_SPACEHINTS* pSpacehints;
} JET_INDEXCREATE2_W;

/* As JET_INDEXCREATE2, with a locale name. */
typedef struct JET_INDEXCREATE3_A {
  uint32_t cbStruct;
  JET_PCSTR szIndexName;
  JET_PCSTR szKey;
  uint32_t cbKey;
  JET_GRBIT grbit;
  uint32_t ulDensity;
  JET_UNICODEINDEX2* pidxunicode;
  union {
    uint32_t cbVarSegMac;
    JET_TUPLELIMITS* ptuplelimits; /* with JET_bitIndexTupleLimits */
  };
  JET_CONDITIONALCOLUMN_A* rgconditionalcolumn;
  uint32_t cConditionalColumn;
  JET_ERR err;
  uint32_t cbKeyMost;
  JET_SPACEHINTS* pSpacehints;
} JET_INDEXCREATE3_A;

typedef struct JET_INDEXCREATE3_W {
  uint32_t cbStruct;
  JET_PCWSTR szIndexName;
  JET_PCWSTR szKey;
  uint32_t cbKey;
  JET_GRBIT grbit;
  uint32_t ulDensity;
  JET_UNICODEINDEX2* pidxunicode;
  union {
    uint32_t cbVarSegMac;
    JET_TUPLELIMITS* ptuplelimits; /* with JET_bitIndexTupleLimits */
  };
  JET_CONDITIONALCOLUMN_W* rgconditionalcolumn;
  uint32_t cConditionalColumn;
  JET_ERR err;
  uint32_t cbKeyMost;
  JET_SPACEHINTS* pSpacehints;
} JET_INDEXCREATE3_W;

/* Definition of a table with its columns and indexes. tableid receives the open cursor, cCreated
   the number of objects made. */
typedef struct JET_TABLECREATE_A {
  uint32_t cbStruct;
  JET_PCSTR szTableName;
  JET_PCSTR szTemplateTableName;
  uint32_t ulPages;
  uint32_t ulDensity;
  JET_COLUMNCREATE_A* rgcolumncreate;
  uint32_t cColumns;
  JET_INDEXCREATE_A* rgindexcreate;
  uint32_t cIndexes;
  JET_GRBIT grbit;
  JET_TABLEID tableid;
  uint32_t cCreated;
} JET_TABLECREATE_A;

typedef struct JET_TABLECREATE_W {
  uint32_t cbStruct;
  JET_PCWSTR szTableName;
  JET_PCWSTR szTemplateTableName;
  uint32_t ulPages;
  uint32_t ulDensity;
  JET_COLUMNCREATE_W* rgcolumncreate;
  uint32_t cColumns;
  JET_INDEXCREATE_W* rgindexcreate;
  uint32_t cIndexes;
  JET_GRBIT grbit;
  JET_TABLEID tableid;
  uint32_t cCreated;
} JET_TABLECREATE_W;

/* As JET_TABLECREATE, with a callback. */
typedef struct JET_TABLECREATE2_A {
  uint32_t cbStruct;
  JET_PCSTR szTableName;
  JET_PCSTR szTemplateTableName;
  uint32_t ulPages;
  uint32_t ulDensity;
  JET_COLUMNCREATE_A* rgcolumncreate;
  uint32_t cColumns;
  JET_INDEXCREATE_A* rgindexcreate;
  uint32_t cIndexes;
  JET_PCSTR szCallback;
  JET_CBTYP cbtyp;
  JET_GRBIT grbit;
  JET_TABLEID tableid;
  uint32_t cCreated;
} JET_TABLECREATE2_A;

typedef struct JET_TABLECREATE2_W {
  uint32_t cbStruct;
  JET_PCWSTR szTableName;
  JET_PCWSTR szTemplateTableName;
  uint32_t ulPages;
  uint32_t ulDensity;
  JET_COLUMNCREATE_W* rgcolumncreate;
  uint32_t cColumns;
  JET_INDEXCREATE_W* rgindexcreate;
  uint32_t cIndexes;
  JET_PCWSTR szCallback;
  JET_CBTYP cbtyp;
  JET_GRBIT grbit;
  JET_TABLEID tableid;
  uint32_t cCreated;
} JET_TABLECREATE2_W;

/* As JET_TABLECREATE2, with space hints; indexes are JET_INDEXCREATE2. */
typedef struct JET_TABLECREATE3_A {
  uint32_t cbStruct;
  JET_PCSTR szTableName;
  JET_PCSTR szTemplateTableName;
  uint32_t ulPages;
  uint32_t ulDensity;
  JET_COLUMNCREATE_A* rgcolumncreate;
  uint32_t cColumns;
  JET_INDEXCREATE2_A* rgindexcreate;
  uint32_t cIndexes;
  JET_PCSTR szCallback;
  JET_CBTYP cbtyp;
  JET_GRBIT grbit;
  JET_SPACEHINTS* pSeqSpacehints;
  JET_SPACEHINTS* pLVSpacehints;
  uint32_t cbSeparateLV;
  JET_TABLEID tableid;
  uint32_t cCreated;
} JET_TABLECREATE3_A;

typedef struct JET_TABLECREATE3_W {
  uint32_t cbStruct;
  JET_PCWSTR szTableName;
  JET_PCWSTR szTemplateTableName;
  uint32_t ulPages;
  uint32_t ulDensity;
  JET_COLUMNCREATE_W* rgcolumncreate;
  uint32_t cColumns;
  JET_INDEXCREATE2_W* rgindexcreate;
  uint32_t cIndexes;
  JET_PCWSTR szCallback;
  JET_CBTYP cbtyp;
  JET_GRBIT grbit;
  JET_SPACEHINTS* pSeqSpacehints;
  JET_SPACEHINTS* pLVSpacehints;
  uint32_t cbSeparateLV;
  JET_TABLEID tableid;
  uint32_t cCreated;
} JET_TABLECREATE3_W;

/* As JET_TABLECREATE3; indexes are JET_INDEXCREATE3. */
typedef struct JET_TABLECREATE4_A {
  uint32_t cbStruct;
  JET_PCSTR szTableName;
  JET_PCSTR szTemplateTableName;
  uint32_t ulPages;
  uint32_t ulDensity;
  JET_COLUMNCREATE_A* rgcolumncreate;
  uint32_t cColumns;
  JET_INDEXCREATE3_A* rgindexcreate;
  uint32_t cIndexes;
  JET_PCSTR szCallback;
  JET_CBTYP cbtyp;
  JET_GRBIT grbit;
  JET_SPACEHINTS* pSeqSpacehints;
  JET_SPACEHINTS* pLVSpacehints;
  uint32_t cbSeparateLV;
  JET_TABLEID tableid;
  uint32_t cCreated;
} JET_TABLECREATE4_A;

typedef struct JET_TABLECREATE4_W {
  uint32_t cbStruct;
  JET_PCWSTR szTableName;
  JET_PCWSTR szTemplateTableName;
  uint32_t ulPages;
  uint32_t ulDensity;
  JET_COLUMNCREATE_W* rgcolumncreate;
  uint32_t cColumns;
  JET_INDEXCREATE3_W* rgindexcreate;
  uint32_t cIndexes;
  JET_PCWSTR szCallback;
  JET_CBTYP cbtyp;
  JET_GRBIT grbit;
  JET_SPACEHINTS* pSeqSpacehints;
  JET_SPACEHINTS* pLVSpacehints;
  uint32_t cbSeparateLV;
  JET_TABLEID tableid;
  uint32_t cCreated;
} JET_TABLECREATE4_W;

/* A temporary table; prgcolumnid and tableid are filled in. */
typedef struct JET_OPENTEMPORARYTABLE {
  uint32_t cbStruct;
  const JET_COLUMNDEF* prgcolumndef;
  uint32_t ccolumn;
  JET_UNICODEINDEX* pidxunicode;
  JET_GRBIT grbit;
  JET_COLUMNID* prgcolumnid;
  uint32_t cbKeyMost;
  uint32_t cbVarSegMac;
  JET_TABLEID tableid;
} JET_OPENTEMPORARYTABLE;

/* As JET_OPENTEMPORARYTABLE, with a locale name. */
typedef struct JET_OPENTEMPORARYTABLE2 {
  uint32_t cbStruct;
  const JET_COLUMNDEF* prgcolumndef;
  uint32_t ccolumn;
  JET_UNICODEINDEX2* pidxunicode;
  JET_GRBIT grbit;
  JET_COLUMNID* prgcolumnid;
  uint32_t cbKeyMost;
  uint32_t cbVarSegMac;
  JET_TABLEID tableid;
} JET_OPENTEMPORARYTABLE2;

#endif
