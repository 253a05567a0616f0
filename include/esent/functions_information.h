/* Functions that report on instances, databases, tables, columns, indexes, threads and errors. */

#ifndef CONTRAIL_ESENT_FUNCTIONS_INFORMATION_H_
#define CONTRAIL_ESENT_FUNCTIONS_INFORMATION_H_

#include "esent/struct_information.h"
#include "esent/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Information. */

/* About a column of a table that need not be open. */
JET_API JetGetColumnInfo(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                         JET_PCSTR pColumnNameOrId, void* pvResult, uint32_t cbMax,
                         uint32_t InfoLevel);
JET_API JetGetColumnInfoA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                          JET_PCSTR pColumnNameOrId, void* pvResult, uint32_t cbMax,
                          uint32_t InfoLevel);
JET_API JetGetColumnInfoW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName,
                          JET_PCWSTR pwColumnNameOrId, void* pvResult, uint32_t cbMax,
                          uint32_t InfoLevel);

/* About a database file that need not be attached. */
JET_API JetGetDatabaseFileInfo(JET_PCSTR szDatabaseName, void* pvResult, uint32_t cbMax,
                               uint32_t InfoLevel);
JET_API JetGetDatabaseFileInfoA(JET_PCSTR szDatabaseName, void* pvResult, uint32_t cbMax,
                                uint32_t InfoLevel);
JET_API JetGetDatabaseFileInfoW(JET_PCWSTR szDatabaseName, void* pvResult, uint32_t cbMax,
                                uint32_t InfoLevel);

/* About an open database. */
JET_API JetGetDatabaseInfo(JET_SESID sesid, JET_DBID dbid, void* pvResult, uint32_t cbMax,
                           uint32_t InfoLevel);
JET_API JetGetDatabaseInfoA(JET_SESID sesid, JET_DBID dbid, void* pvResult, uint32_t cbMax,
                            uint32_t InfoLevel);
JET_API JetGetDatabaseInfoW(JET_SESID sesid, JET_DBID dbid, void* pvResult, uint32_t cbMax,
                            uint32_t InfoLevel);

/* About an error number. Exists in the UTF-16 form only. */
JET_API JetGetErrorInfoW(void* pvContext, void* pvResult, uint32_t cbMax, uint32_t InfoLevel,
                         JET_GRBIT grbit);

/* About an index of a table that need not be open. */
JET_API JetGetIndexInfo(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                        JET_PCSTR szIndexName, void* pvResult, uint32_t cbResult,
                        uint32_t InfoLevel);
JET_API JetGetIndexInfoA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                         JET_PCSTR szIndexName, void* pvResult, uint32_t cbResult,
                         uint32_t InfoLevel);
JET_API JetGetIndexInfoW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName,
                         JET_PCWSTR szIndexName, void* pvResult, uint32_t cbResult,
                         uint32_t InfoLevel);

/* All instances of the process and their databases, in one block for JetFreeBuffer. */
JET_API JetGetInstanceInfo(uint32_t* pcInstanceInfo, JET_INSTANCE_INFO_A** paInstanceInfo);
JET_API JetGetInstanceInfoA(uint32_t* pcInstanceInfo, JET_INSTANCE_INFO_A** paInstanceInfo);
JET_API JetGetInstanceInfoW(uint32_t* pcInstanceInfo, JET_INSTANCE_INFO_W** paInstanceInfo);

/* About an instance. */
JET_API JetGetInstanceMiscInfo(JET_INSTANCE instance, void* pvResult, uint32_t cbMax,
                               uint32_t InfoLevel);

/* About the tables of a database. */
JET_API JetGetObjectInfo(JET_SESID sesid, JET_DBID dbid, JET_OBJTYP objtyp,
                         JET_PCSTR szContainerName, JET_PCSTR szObjectName, void* pvResult,
                         uint32_t cbMax, uint32_t InfoLevel);
JET_API JetGetObjectInfoA(JET_SESID sesid, JET_DBID dbid, JET_OBJTYP objtyp,
                          JET_PCSTR szContainerName, JET_PCSTR szObjectName, void* pvResult,
                          uint32_t cbMax, uint32_t InfoLevel);
JET_API JetGetObjectInfoW(JET_SESID sesid, JET_DBID dbid, JET_OBJTYP objtyp,
                          JET_PCWSTR szContainerName, JET_PCWSTR szObjectName, void* pvResult,
                          uint32_t cbMax, uint32_t InfoLevel);

/* About a column of an open table. */
JET_API JetGetTableColumnInfo(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szColumnName,
                              void* pvResult, uint32_t cbMax, uint32_t InfoLevel);
JET_API JetGetTableColumnInfoA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szColumnName,
                               void* pvResult, uint32_t cbMax, uint32_t InfoLevel);
JET_API JetGetTableColumnInfoW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szColumnName,
                               void* pvResult, uint32_t cbMax, uint32_t InfoLevel);

/* About an index of an open table. */
JET_API JetGetTableIndexInfo(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                             void* pvResult, uint32_t cbResult, uint32_t InfoLevel);
JET_API JetGetTableIndexInfoA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                              void* pvResult, uint32_t cbResult, uint32_t InfoLevel);
JET_API JetGetTableIndexInfoW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName,
                              void* pvResult, uint32_t cbResult, uint32_t InfoLevel);

/* About an open table. */
JET_API JetGetTableInfo(JET_SESID sesid, JET_TABLEID tableid, void* pvResult, uint32_t cbMax,
                        uint32_t InfoLevel);
JET_API JetGetTableInfoA(JET_SESID sesid, JET_TABLEID tableid, void* pvResult, uint32_t cbMax,
                         uint32_t InfoLevel);
JET_API JetGetTableInfoW(JET_SESID sesid, JET_TABLEID tableid, void* pvResult, uint32_t cbMax,
                         uint32_t InfoLevel);

/* Work that the calling thread has caused so far. */
JET_API JetGetThreadStats(void* pvResult, uint32_t cbMax);

/* Version of the engine: major in bits 28-31, minor in 24-27, build in 8-23. Programs look at
   the build (9900 here) to see which functions they may use. */
JET_API JetGetVersion(JET_SESID sesid, uint32_t* pwVersion);

#ifdef __cplusplus
}
#endif

#endif
