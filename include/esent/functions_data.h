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

/* Closes a cursor; an update it has prepared is dropped. */
JET_API JetCloseTable(JET_SESID sesid, JET_TABLEID tableid);

/* Opens another cursor on the same table. */
JET_API JetDupCursor(JET_SESID sesid, JET_TABLEID tableid, JET_TABLEID* ptableid, JET_GRBIT grbit);

/* The bookmark (primary key) of the current record; valid as long as the record is there. */
JET_API JetGetBookmark(JET_SESID sesid, JET_TABLEID tableid, void* pvBookmark, uint32_t cbMax,
                       uint32_t* pcbActual);

/* Whether another session has a conflicting change on the current record. */
JET_API JetGetCursorInfo(JET_SESID sesid, JET_TABLEID tableid, void* pvResult, uint32_t cbMax,
                         uint32_t InfoLevel);

/* The local storage value of a cursor or table. */
JET_API JetGetLS(JET_SESID sesid, JET_TABLEID tableid, JET_LS* pls, JET_GRBIT grbit);

/* Locks the current record until the transaction ends. */
JET_API JetGetLock(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit);

/* Where the current entry lies in its index, estimated. */
JET_API JetGetRecordPosition(JET_SESID sesid, JET_TABLEID tableid, JET_RECPOS* precpos,
                             uint32_t cbRecpos);

/* Key and bookmark of the current entry of a secondary index. */
JET_API JetGetSecondaryIndexBookmark(JET_SESID sesid, JET_TABLEID tableid, void* pvSecondaryKey,
                                     uint32_t cbSecondaryKeyMax, uint32_t* pcbSecondaryKeyActual,
                                     void* pvPrimaryBookmark, uint32_t cbPrimaryBookmarkMax,
                                     uint32_t* pcbPrimaryBookmarkActual, JET_GRBIT grbit);

/* Goes to the record of a bookmark. */
JET_API JetGotoBookmark(JET_SESID sesid, JET_TABLEID tableid, void* pvBookmark,
                        uint32_t cbBookmark);

/* Goes to about such a fraction of the index. */
JET_API JetGotoPosition(JET_SESID sesid, JET_TABLEID tableid, JET_RECPOS* precpos);

/* Goes to an entry by secondary key and bookmark. */
JET_API JetGotoSecondaryIndexBookmark(JET_SESID sesid, JET_TABLEID tableid, void* pvSecondaryKey,
                                      uint32_t cbSecondaryKey, void* pvPrimaryBookmark,
                                      uint32_t cbPrimaryBookmark, JET_GRBIT grbit);

/* Adds one column value to the search key of the cursor. */
JET_API JetMakeKey(JET_SESID sesid, JET_TABLEID tableid, const void* pvData, uint32_t cbData,
                   JET_GRBIT grbit);

/* Moves by so many entries of the current index, within the range. */
JET_API JetMove(JET_SESID sesid, JET_TABLEID tableid, int32_t cRow, JET_GRBIT grbit);

/* Opens a cursor on a table. It stands before the first record of the primary index. */
JET_API JetOpenTable(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                     const void* pvParameters, uint32_t cbParameters, JET_GRBIT grbit,
                     JET_TABLEID* ptableid);
JET_API JetOpenTableA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                      const void* pvParameters, uint32_t cbParameters, JET_GRBIT grbit,
                      JET_TABLEID* ptableid);
JET_API JetOpenTableW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName,
                      const void* pvParameters, uint32_t cbParameters, JET_GRBIT grbit,
                      JET_TABLEID* ptableid);

/* Reads records of key ranges ahead. */
JET_API JetPrereadIndexRanges(JET_SESID sesid, JET_TABLEID tableid,
                              const JET_INDEX_RANGE* const rgIndexRanges, uint32_t cIndexRanges,
                              uint32_t* const pcRangesPreread,
                              const JET_COLUMNID* const rgcolumnidPreread,
                              uint32_t ccolumnidPreread, JET_GRBIT grbit);

/* Reads records of keys ahead. */
JET_API JetPrereadKeys(JET_SESID sesid, JET_TABLEID tableid, const void** rgpvKeys,
                       const uint32_t* rgcbKeys, int32_t ckeys, int32_t* pckeysPreread,
                       JET_GRBIT grbit);

/* Undoes JetSetTableSequential. */
JET_API JetResetTableSequential(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit);

/* The key of the current entry, or the search key made so far. */
JET_API JetRetrieveKey(JET_SESID sesid, JET_TABLEID tableid, void* pvKey, uint32_t cbMax,
                       uint32_t* pcbActual, JET_GRBIT grbit);

/* Goes to the first or last entry that stands in the given relation to the search key. */
JET_API JetSeek(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit);

/* Lets moves skip entries that do not meet the terms. */
JET_API JetSetCursorFilter(JET_SESID sesid, JET_TABLEID tableid, JET_INDEX_COLUMN* rgColumnFilters,
                           uint32_t cColumnFilters, JET_GRBIT grbit);

/* Sets the local storage value of a cursor or table. */
JET_API JetSetLS(JET_SESID sesid, JET_TABLEID tableid, JET_LS ls, JET_GRBIT grbit);

/* Announces that the table will be read in order. */
JET_API JetSetTableSequential(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit);

/* Records. */

/* Deletes the current record. */
JET_API JetDelete(JET_SESID sesid, JET_TABLEID tableid);

/* Retrieves many columns at once, in memory from the callback. */
JET_API JetEnumerateColumns(JET_SESID sesid, JET_TABLEID tableid, uint32_t cEnumColumnId,
                            JET_ENUMCOLUMNID* rgEnumColumnId, uint32_t* pcEnumColumn,
                            JET_ENUMCOLUMN** prgEnumColumn, JET_PFNREALLOC pfnRealloc,
                            void* pvReallocContext, uint32_t cbDataMost, JET_GRBIT grbit);

/* Adds to an escrow column without conflict with others who do the same. */
JET_API JetEscrowUpdate(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid, void* pv,
                        uint32_t cbMax, void* pvOld, uint32_t cbOldMax, uint32_t* pcbOldActual,
                        JET_GRBIT grbit);

/* What the current record takes. */
JET_API JetGetRecordSize(JET_SESID sesid, JET_TABLEID tableid, JET_RECSIZE* precsize,
                         JET_GRBIT grbit);

/* As JetGetRecordSize, with what compression saves. */
JET_API JetGetRecordSize2(JET_SESID sesid, JET_TABLEID tableid, JET_RECSIZE2* precsize,
                          JET_GRBIT grbit);

/* Begins an insert, replace or copy in the cursor, or drops it. */
JET_API JetPrepareUpdate(JET_SESID sesid, JET_TABLEID tableid, uint32_t prep);

/* Retrieves one value of the current record. pcbActual gets the whole size, also when the buffer
   is too small (JET_wrnBufferTruncated). */
JET_API JetRetrieveColumn(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid, void* pvData,
                          uint32_t cbData, uint32_t* pcbActual, JET_GRBIT grbit,
                          JET_RETINFO* pretinfo);

/* Retrieves several values; each has its own result. */
JET_API JetRetrieveColumns(JET_SESID sesid, JET_TABLEID tableid,
                           JET_RETRIEVECOLUMN* pretrievecolumn, uint32_t cretrievecolumn);

/* Sets one value of the record being prepared. */
JET_API JetSetColumn(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid,
                     const void* pvData, uint32_t cbData, JET_GRBIT grbit, JET_SETINFO* psetinfo);

/* Sets several values; each has its own result. */
JET_API JetSetColumns(JET_SESID sesid, JET_TABLEID tableid, JET_SETCOLUMN* psetcolumn,
                      uint32_t csetcolumn);

/* Carries the prepared insert or replace out; the bookmark of the record can be had at once. */
JET_API JetUpdate(JET_SESID sesid, JET_TABLEID tableid, void* pvBookmark, uint32_t cbBookmark,
                  uint32_t* pcbActual);

/* As JetUpdate, with flags. */
JET_API JetUpdate2(JET_SESID sesid, JET_TABLEID tableid, void* pvBookmark, uint32_t cbBookmark,
                   uint32_t* pcbActual, JET_GRBIT grbit);

/* Callbacks. */

/* Registers a function of the process for events of a table. */
JET_API JetRegisterCallback(JET_SESID sesid, JET_TABLEID tableid, JET_CBTYP cbtyp,
                            JET_CALLBACK pCallback, void* pvContext, JET_HANDLE* phCallbackId);

/* Ends a registration. */
JET_API JetUnregisterCallback(JET_SESID sesid, JET_TABLEID tableid, JET_CBTYP cbtyp,
                              JET_HANDLE hCallbackId);

/* Maintenance. */

/* Copies a database that is not attached into a new file without unused space. */
JET_API JetCompact(JET_SESID sesid, JET_PCSTR szDatabaseSrc, JET_PCSTR szDatabaseDest,
                   JET_PFNSTATUS pfnStatus, JET_CONVERT_A* pconvert, JET_GRBIT grbit);
JET_API JetCompactA(JET_SESID sesid, JET_PCSTR szDatabaseSrc, JET_PCSTR szDatabaseDest,
                    JET_PFNSTATUS pfnStatus, JET_CONVERT_A* pconvert, JET_GRBIT grbit);
JET_API JetCompactW(JET_SESID sesid, JET_PCWSTR szDatabaseSrc, JET_PCWSTR szDatabaseDest,
                    JET_PFNSTATUS pfnStatus, JET_CONVERT_W* pconvert, JET_GRBIT grbit);

/* Starts or stops defragmentation in the background. */
JET_API JetDefragment(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName, uint32_t* pcPasses,
                      uint32_t* pcSeconds, JET_GRBIT grbit);
JET_API JetDefragmentA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName, uint32_t* pcPasses,
                       uint32_t* pcSeconds, JET_GRBIT grbit);
JET_API JetDefragmentW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName, uint32_t* pcPasses,
                       uint32_t* pcSeconds, JET_GRBIT grbit);

/* As JetDefragment, with a callback at the end. */
JET_API JetDefragment2(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName, uint32_t* pcPasses,
                       uint32_t* pcSeconds, JET_CALLBACK callback, JET_GRBIT grbit);
JET_API JetDefragment2A(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName, uint32_t* pcPasses,
                        uint32_t* pcSeconds, JET_CALLBACK callback, JET_GRBIT grbit);
JET_API JetDefragment2W(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName, uint32_t* pcPasses,
                        uint32_t* pcSeconds, JET_CALLBACK callback, JET_GRBIT grbit);

/* Reserved. */
JET_API JetDefragment3(JET_SESID sesid, JET_PCSTR szDatabaseName, JET_PCSTR szTableName,
                       uint32_t* pcPasses, uint32_t* pcSeconds, JET_CALLBACK callback,
                       void* pvContext, JET_GRBIT grbit);
JET_API JetDefragment3A(JET_SESID sesid, JET_PCSTR szDatabaseName, JET_PCSTR szTableName,
                        uint32_t* pcPasses, uint32_t* pcSeconds, JET_CALLBACK callback,
                        void* pvContext, JET_GRBIT grbit);
JET_API JetDefragment3W(JET_SESID sesid, JET_PCWSTR szDatabaseName, JET_PCWSTR szTableName,
                        uint32_t* pcPasses, uint32_t* pcSeconds, JET_CALLBACK callback,
                        void* pvContext, JET_GRBIT grbit);

/* Lets the engine do or report on cleaning up. */
JET_API JetIdle(JET_SESID sesid, JET_GRBIT grbit);

#ifdef __cplusplus
}
#endif

#endif
