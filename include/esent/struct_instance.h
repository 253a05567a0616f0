/* Structures for instances: parameters, recovery and restore, progress, backup log ranges,
   commit identities. */

#ifndef CONTRAIL_ESENT_STRUCT_INSTANCE_H_
#define CONTRAIL_ESENT_STRUCT_INSTANCE_H_

#include "esent/constants.h"
#include "esent/struct_database.h"
#include "esent/types.h"

/* One parameter of JetEnableMultiInstance; err is filled in. */
typedef struct JET_SETSYSPARAM_A {
  uint32_t paramid;
  JET_API_PTR lParam;
  JET_PCSTR sz;
  JET_ERR err;
} JET_SETSYSPARAM_A;

typedef struct JET_SETSYSPARAM_W {
  uint32_t paramid;
  JET_API_PTR lParam;
  JET_PCWSTR sz;
  JET_ERR err;
} JET_SETSYSPARAM_W;

/* Progress of a long operation. */
typedef struct JET_SNPROG {
  uint32_t cbStruct;
  uint32_t cunitDone;
  uint32_t cunitTotal;
} JET_SNPROG;

/* Where a database of a backup is to be restored to. */
typedef struct JET_RSTMAP_A {
  JET_PCSTR szDatabaseName;
  JET_PCSTR szNewDatabaseName;
} JET_RSTMAP_A;

typedef struct JET_RSTMAP_W {
  JET_PCWSTR szDatabaseName;
  JET_PCWSTR szNewDatabaseName;
} JET_RSTMAP_W;

/* How recovery is to run: path map, where to stop, whom to tell. */
typedef struct JET_RSTINFO_A {
  uint32_t cbStruct;
  JET_RSTMAP_A* rgrstmap;
  int32_t crstmap;
  JET_LGPOS lgposStop;
  JET_LOGTIME logtimeStop;
  JET_PFNSTATUS pfnStatus;
} JET_RSTINFO_A;

typedef struct JET_RSTINFO_W {
  uint32_t cbStruct;
  JET_RSTMAP_W* rgrstmap;
  int32_t crstmap;
  JET_LGPOS lgposStop;
  JET_LOGTIME logtimeStop;
  JET_PFNSTATUS pfnStatus;
} JET_RSTINFO_W;

/* A range of log generations; cbSize is the size of the form used. */
typedef struct JET_LOGINFO_A {
  uint32_t cbSize;
  uint32_t ulGenLow;
  uint32_t ulGenHigh;
  char szBaseName[4];
} JET_LOGINFO_A;

typedef struct JET_LOGINFO_W {
  uint32_t cbSize;
  uint32_t ulGenLow;
  uint32_t ulGenHigh;
  WCHAR szBaseName[4];
} JET_LOGINFO_W;

/* Identity of a commit: the log stream and a number that grows. */
typedef struct JET_COMMIT_ID {
  JET_SIGNATURE signLog;
  int32_t reserved;
  int64_t commitId;
} JET_COMMIT_ID;

/* Marks that a session puts on its operations for tracing. */
typedef struct JET_OPERATIONCONTEXT {
  uint32_t ulUserID;
  uint8_t nOperationID;
  uint8_t nOperationType;
  uint8_t nClientType;
  uint8_t fFlags;
} JET_OPERATIONCONTEXT;

/* Obsolete request of JetCompact; kept for its layout. */
typedef struct JET_CONVERT_A {
  JET_PCSTR szOldDll;
  union {
    uint32_t fFlags;
    __extension__ struct { uint32_t fSchemaChangesOnly : 1; };
  };
} JET_CONVERT_A;

typedef struct JET_CONVERT_W {
  JET_PCWSTR szOldDll;
  union {
    uint32_t fFlags;
    __extension__ struct { uint32_t fSchemaChangesOnly : 1; };
  };
} JET_CONVERT_W;

/* Private extension: one database parameter. */
typedef struct JET_SETDBPARAM {
  uint32_t dbparamid;
  void* pvParam;
  uint32_t cbParam;
} JET_SETDBPARAM;

/* Private extension of JET_RSTMAP. */
typedef struct JET_RSTMAP2_A {
  uint32_t cbStruct;
  JET_PCSTR szDatabaseName;
  JET_PCSTR szNewDatabaseName;
  JET_SETDBPARAM* rgsetdbparam;
  uint32_t csetdbparam;
  JET_GRBIT grbit;
} JET_RSTMAP2_A;

typedef struct JET_RSTMAP2_W {
  uint32_t cbStruct;
  JET_PCWSTR szDatabaseName;
  JET_PCWSTR szNewDatabaseName;
  JET_SETDBPARAM* rgsetdbparam;
  uint32_t csetdbparam;
  JET_GRBIT grbit;
} JET_RSTMAP2_W;

#endif
