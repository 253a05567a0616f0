/* Functions on cursors and records, callbacks and maintenance. */

#ifndef CONTRAIL_ESENT_FUNCTIONS_DATA_H_
#define CONTRAIL_ESENT_FUNCTIONS_DATA_H_

#include "esent/struct_data.h"
#include "esent/struct_instance.h"
#include "esent/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Cursors. */

JET_API JetCloseTable(JET_SESID sesid, JET_TABLEID tableid);

JET_API JetDupCursor(JET_SESID sesid, JET_TABLEID tableid, JET_TABLEID* ptableid, JET_GRBIT grbit);

JET_API JetGetBookmark(JET_SESID sesid, JET_TABLEID tableid, void* pvBookmark, uint32_t cbMax,
                       uint32_t* pcbActual);

JET_API JetGetCursorInfo(JET_SESID sesid, JET_TABLEID tableid, void* pvResult, uint32_t cbMax,
                         uint32_t InfoLevel);

JET_API JetGetLS(JET_SESID sesid, JET_TABLEID tableid, JET_LS* pls, JET_GRBIT grbit);

JET_API JetGetLock(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit);

JET_API JetGetRecordPosition(JET_SESID sesid, JET_TABLEID tableid, JET_RECPOS* precpos,
                             uint32_t cbRecpos);

JET_API JetGetSecondaryIndexBookmark(JET_SESID sesid, JET_TABLEID tableid, void* pvSecondaryKey,
                                     uint32_t cbSecondaryKeyMax, uint32_t* pcbSecondaryKeyActual,
                                     void* pvPrimaryBookmark, uint32_t cbPrimaryBookmarkMax,
                                     uint32_t* pcbPrimaryBookmarkActual, JET_GRBIT grbit);

JET_API JetGotoBookmark(JET_SESID sesid, JET_TABLEID tableid, void* pvBookmark,
                        uint32_t cbBookmark);

JET_API JetGotoPosition(JET_SESID sesid, JET_TABLEID tableid, JET_RECPOS* precpos);

JET_API JetGotoSecondaryIndexBookmark(JET_SESID sesid, JET_TABLEID tableid, void* pvSecondaryKey,
                                      uint32_t cbSecondaryKey, void* pvPrimaryBookmark,
                                      uint32_t cbPrimaryBookmark, JET_GRBIT grbit);

JET_API JetMakeKey(JET_SESID sesid, JET_TABLEID tableid, const void* pvData, uint32_t cbData,
                   JET_GRBIT grbit);

JET_API JetMove(JET_SESID sesid, JET_TABLEID tableid, int32_t cRow, JET_GRBIT grbit);

JET_API JetOpenTable(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                     const void* pvParameters, uint32_t cbParameters, JET_GRBIT grbit,
                     JET_TABLEID* ptableid);
JET_API JetOpenTableA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                      const void* pvParameters, uint32_t cbParameters, JET_GRBIT grbit,
                      JET_TABLEID* ptableid);
JET_API JetOpenTableW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName,
                      const void* pvParameters, uint32_t cbParameters, JET_GRBIT grbit,
                      JET_TABLEID* ptableid);

JET_API JetPrereadIndexRanges(JET_SESID sesid, JET_TABLEID tableid,
                              const JET_INDEX_RANGE* const rgIndexRanges, uint32_t cIndexRanges,
                              uint32_t* const pcRangesPreread,
                              const JET_COLUMNID* const rgcolumnidPreread,
                              uint32_t ccolumnidPreread, JET_GRBIT grbit);

JET_API JetPrereadKeys(JET_SESID sesid, JET_TABLEID tableid, const void** rgpvKeys,
                       const uint32_t* rgcbKeys, int32_t ckeys, int32_t* pckeysPreread,
                       JET_GRBIT grbit);

JET_API JetResetTableSequential(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit);

JET_API JetRetrieveKey(JET_SESID sesid, JET_TABLEID tableid, void* pvKey, uint32_t cbMax,
                       uint32_t* pcbActual, JET_GRBIT grbit);

JET_API JetSeek(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit);

JET_API JetSetCursorFilter(JET_SESID sesid, JET_TABLEID tableid, JET_INDEX_COLUMN* rgColumnFilters,
                           uint32_t cColumnFilters, JET_GRBIT grbit);

JET_API JetSetLS(JET_SESID sesid, JET_TABLEID tableid, JET_LS ls, JET_GRBIT grbit);

JET_API JetSetTableSequential(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit);

/* Records. */

JET_API JetDelete(JET_SESID sesid, JET_TABLEID tableid);

JET_API JetEnumerateColumns(JET_SESID sesid, JET_TABLEID tableid, uint32_t cEnumColumnId,
                            JET_ENUMCOLUMNID* rgEnumColumnId, uint32_t* pcEnumColumn,
                            JET_ENUMCOLUMN** prgEnumColumn, JET_PFNREALLOC pfnRealloc,
                            void* pvReallocContext, uint32_t cbDataMost, JET_GRBIT grbit);

JET_API JetEscrowUpdate(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid, void* pv,
                        uint32_t cbMax, void* pvOld, uint32_t cbOldMax, uint32_t* pcbOldActual,
                        JET_GRBIT grbit);

JET_API JetGetRecordSize(JET_SESID sesid, JET_TABLEID tableid, JET_RECSIZE* precsize,
                         JET_GRBIT grbit);

JET_API JetGetRecordSize2(JET_SESID sesid, JET_TABLEID tableid, JET_RECSIZE2* precsize,
                          JET_GRBIT grbit);

JET_API JetPrepareUpdate(JET_SESID sesid, JET_TABLEID tableid, uint32_t prep);

JET_API JetRetrieveColumn(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid, void* pvData,
                          uint32_t cbData, uint32_t* pcbActual, JET_GRBIT grbit,
                          JET_RETINFO* pretinfo);

JET_API JetRetrieveColumns(JET_SESID sesid, JET_TABLEID tableid,
                           JET_RETRIEVECOLUMN* pretrievecolumn, uint32_t cretrievecolumn);

JET_API JetSetColumn(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid,
                     const void* pvData, uint32_t cbData, JET_GRBIT grbit, JET_SETINFO* psetinfo);

JET_API JetSetColumns(JET_SESID sesid, JET_TABLEID tableid, JET_SETCOLUMN* psetcolumn,
                      uint32_t csetcolumn);

JET_API JetUpdate(JET_SESID sesid, JET_TABLEID tableid, void* pvBookmark, uint32_t cbBookmark,
                  uint32_t* pcbActual);

JET_API JetUpdate2(JET_SESID sesid, JET_TABLEID tableid, void* pvBookmark, uint32_t cbBookmark,
                   uint32_t* pcbActual, JET_GRBIT grbit);

/* Callbacks. */

JET_API JetRegisterCallback(JET_SESID sesid, JET_TABLEID tableid, JET_CBTYP cbtyp,
                            JET_CALLBACK pCallback, void* pvContext, JET_HANDLE* phCallbackId);

JET_API JetUnregisterCallback(JET_SESID sesid, JET_TABLEID tableid, JET_CBTYP cbtyp,
                              JET_HANDLE hCallbackId);

/* Maintenance. */

JET_API JetCompact(JET_SESID sesid, JET_PCSTR szDatabaseSrc, JET_PCSTR szDatabaseDest,
                   JET_PFNSTATUS pfnStatus, JET_CONVERT_A* pconvert, JET_GRBIT grbit);
JET_API JetCompactA(JET_SESID sesid, JET_PCSTR szDatabaseSrc, JET_PCSTR szDatabaseDest,
                    JET_PFNSTATUS pfnStatus, JET_CONVERT_A* pconvert, JET_GRBIT grbit);
JET_API JetCompactW(JET_SESID sesid, JET_PCWSTR szDatabaseSrc, JET_PCWSTR szDatabaseDest,
                    JET_PFNSTATUS pfnStatus, JET_CONVERT_W* pconvert, JET_GRBIT grbit);

JET_API JetDefragment(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName, uint32_t* pcPasses,
                      uint32_t* pcSeconds, JET_GRBIT grbit);
JET_API JetDefragmentA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName, uint32_t* pcPasses,
                       uint32_t* pcSeconds, JET_GRBIT grbit);
JET_API JetDefragmentW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName, uint32_t* pcPasses,
                       uint32_t* pcSeconds, JET_GRBIT grbit);

JET_API JetDefragment2(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName, uint32_t* pcPasses,
                       uint32_t* pcSeconds, JET_CALLBACK callback, JET_GRBIT grbit);
JET_API JetDefragment2A(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName, uint32_t* pcPasses,
                        uint32_t* pcSeconds, JET_CALLBACK callback, JET_GRBIT grbit);
JET_API JetDefragment2W(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName, uint32_t* pcPasses,
                        uint32_t* pcSeconds, JET_CALLBACK callback, JET_GRBIT grbit);

JET_API JetDefragment3(JET_SESID sesid, JET_PCSTR szDatabaseName, JET_PCSTR szTableName,
                       uint32_t* pcPasses, uint32_t* pcSeconds, JET_CALLBACK callback,
                       void* pvContext, JET_GRBIT grbit);
JET_API JetDefragment3A(JET_SESID sesid, JET_PCSTR szDatabaseName, JET_PCSTR szTableName,
                        uint32_t* pcPasses, uint32_t* pcSeconds, JET_CALLBACK callback,
                        void* pvContext, JET_GRBIT grbit);
JET_API JetDefragment3W(JET_SESID sesid, JET_PCWSTR szDatabaseName, JET_PCWSTR szTableName,
                        uint32_t* pcPasses, uint32_t* pcSeconds, JET_CALLBACK callback,
                        void* pvContext, JET_GRBIT grbit);

JET_API JetIdle(JET_SESID sesid, JET_GRBIT grbit);

#ifdef __cplusplus
}
#endif

#endif
