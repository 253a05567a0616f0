/* Functions on database files and on what is in them: tables, columns, indexes, temporary
   tables. */

#ifndef CONTRAIL_ESENT_FUNCTIONS_SCHEMA_H_
#define CONTRAIL_ESENT_FUNCTIONS_SCHEMA_H_

#include "esent/struct_data.h"
#include "esent/struct_instance.h"
#include "esent/struct_schema.h"
#include "esent/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Databases. */

/* Makes a database file part of the instance; logged databases are attached again by recovery. */
JET_API JetAttachDatabase(JET_SESID sesid, JET_PCSTR szFilename, JET_GRBIT grbit);
JET_API JetAttachDatabaseA(JET_SESID sesid, JET_PCSTR szFilename, JET_GRBIT grbit);
JET_API JetAttachDatabaseW(JET_SESID sesid, JET_PCWSTR szFilename, JET_GRBIT grbit);

/* As JetAttachDatabase, with a largest size in pages; 0 is none. */
JET_API JetAttachDatabase2(JET_SESID sesid, JET_PCSTR szFilename, uint32_t cpgDatabaseSizeMax,
                           JET_GRBIT grbit);
JET_API JetAttachDatabase2A(JET_SESID sesid, JET_PCSTR szFilename, uint32_t cpgDatabaseSizeMax,
                            JET_GRBIT grbit);
JET_API JetAttachDatabase2W(JET_SESID sesid, JET_PCWSTR szFilename, uint32_t cpgDatabaseSizeMax,
                            JET_GRBIT grbit);

/* Undoes one JetOpenDatabase or JetCreateDatabase. */
JET_API JetCloseDatabase(JET_SESID sesid, JET_DBID dbid, JET_GRBIT grbit);

/* Makes a database file, attaches and opens it. */
JET_API JetCreateDatabase(JET_SESID sesid, JET_PCSTR szFilename, JET_PCSTR szConnect,
                          JET_DBID* pdbid, JET_GRBIT grbit);
JET_API JetCreateDatabaseA(JET_SESID sesid, JET_PCSTR szFilename, JET_PCSTR szConnect,
                           JET_DBID* pdbid, JET_GRBIT grbit);
JET_API JetCreateDatabaseW(JET_SESID sesid, JET_PCWSTR szFilename, JET_PCWSTR szConnect,
                           JET_DBID* pdbid, JET_GRBIT grbit);

/* As JetCreateDatabase, with a largest size in pages; 0 is none. */
JET_API JetCreateDatabase2(JET_SESID sesid, JET_PCSTR szFilename, uint32_t cpgDatabaseSizeMax,
                           JET_DBID* pdbid, JET_GRBIT grbit);
JET_API JetCreateDatabase2A(JET_SESID sesid, JET_PCSTR szFilename, uint32_t cpgDatabaseSizeMax,
                            JET_DBID* pdbid, JET_GRBIT grbit);
JET_API JetCreateDatabase2W(JET_SESID sesid, JET_PCWSTR szFilename, uint32_t cpgDatabaseSizeMax,
                            JET_DBID* pdbid, JET_GRBIT grbit);

/* Takes a database out of the instance and leaves it clean; NULL means all. */
JET_API JetDetachDatabase(JET_SESID sesid, JET_PCSTR szFilename);
JET_API JetDetachDatabaseA(JET_SESID sesid, JET_PCSTR szFilename);
JET_API JetDetachDatabaseW(JET_SESID sesid, JET_PCWSTR szFilename);

/* As JetDetachDatabase, with flags. */
JET_API JetDetachDatabase2(JET_SESID sesid, JET_PCSTR szFilename, JET_GRBIT grbit);
JET_API JetDetachDatabase2A(JET_SESID sesid, JET_PCSTR szFilename, JET_GRBIT grbit);
JET_API JetDetachDatabase2W(JET_SESID sesid, JET_PCWSTR szFilename, JET_GRBIT grbit);

/* Makes the file of a database at least so many pages large. */
JET_API JetGrowDatabase(JET_SESID sesid, JET_DBID dbid, uint32_t cpg, uint32_t* pcpgReal);

/* Opens an attached database in a session. */
JET_API JetOpenDatabase(JET_SESID sesid, JET_PCSTR szFilename, JET_PCSTR szConnect, JET_DBID* pdbid,
                        JET_GRBIT grbit);
JET_API JetOpenDatabaseA(JET_SESID sesid, JET_PCSTR szFilename, JET_PCSTR szConnect,
                         JET_DBID* pdbid, JET_GRBIT grbit);
JET_API JetOpenDatabaseW(JET_SESID sesid, JET_PCWSTR szFilename, JET_PCWSTR szConnect,
                         JET_DBID* pdbid, JET_GRBIT grbit);

/* Makes the file of a database larger or smaller, as far as it can. */
JET_API JetResizeDatabase(JET_SESID sesid, JET_DBID dbid, uint32_t cpgTarget, uint32_t* pcpgActual,
                          JET_GRBIT grbit);

/* Sets the size in pages of a database that is not attached. */
JET_API JetSetDatabaseSize(JET_SESID sesid, JET_PCSTR szDatabaseName, uint32_t cpg,
                           uint32_t* pcpgReal);
JET_API JetSetDatabaseSizeA(JET_SESID sesid, JET_PCSTR szDatabaseName, uint32_t cpg,
                            uint32_t* pcpgReal);
JET_API JetSetDatabaseSizeW(JET_SESID sesid, JET_PCWSTR szDatabaseName, uint32_t cpg,
                            uint32_t* pcpgReal);

/* Tables. */

/* Makes a table with no columns and opens it exclusively. */
JET_API JetCreateTable(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName, uint32_t lPages,
                       uint32_t lDensity, JET_TABLEID* ptableid);
JET_API JetCreateTableA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName, uint32_t lPages,
                        uint32_t lDensity, JET_TABLEID* ptableid);
JET_API JetCreateTableW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName, uint32_t lPages,
                        uint32_t lDensity, JET_TABLEID* ptableid);

/* Makes a table with columns and indexes and opens it exclusively. */
JET_API JetCreateTableColumnIndex(JET_SESID sesid, JET_DBID dbid, JET_TABLECREATE_A* ptablecreate);
JET_API JetCreateTableColumnIndexA(JET_SESID sesid, JET_DBID dbid, JET_TABLECREATE_A* ptablecreate);
JET_API JetCreateTableColumnIndexW(JET_SESID sesid, JET_DBID dbid, JET_TABLECREATE_W* ptablecreate);

/* The same with a callback. */
JET_API JetCreateTableColumnIndex2(JET_SESID sesid, JET_DBID dbid,
                                   JET_TABLECREATE2_A* ptablecreate);
JET_API JetCreateTableColumnIndex2A(JET_SESID sesid, JET_DBID dbid,
                                    JET_TABLECREATE2_A* ptablecreate);
JET_API JetCreateTableColumnIndex2W(JET_SESID sesid, JET_DBID dbid,
                                    JET_TABLECREATE2_W* ptablecreate);

/* The same with space hints. There is no name without a suffix. */
JET_API JetCreateTableColumnIndex3A(JET_SESID sesid, JET_DBID dbid,
                                    JET_TABLECREATE3_A* ptablecreate);
JET_API JetCreateTableColumnIndex3W(JET_SESID sesid, JET_DBID dbid,
                                    JET_TABLECREATE3_W* ptablecreate);

/* The same with locale names. There is no name without a suffix. */
JET_API JetCreateTableColumnIndex4A(JET_SESID sesid, JET_DBID dbid,
                                    JET_TABLECREATE4_A* ptablecreate);
JET_API JetCreateTableColumnIndex4W(JET_SESID sesid, JET_DBID dbid,
                                    JET_TABLECREATE4_W* ptablecreate);

/* Deletes a table that nobody has open. */
JET_API JetDeleteTable(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName);
JET_API JetDeleteTableA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName);
JET_API JetDeleteTableW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName);

/* Renames a table. */
JET_API JetRenameTable(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szName, JET_PCSTR szNameNew);
JET_API JetRenameTableA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szName, JET_PCSTR szNameNew);
JET_API JetRenameTableW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szName, JET_PCWSTR szNameNew);

/* Columns. */

/* Adds a column to a table; records that exist show its default. */
JET_API JetAddColumn(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szColumnName,
                     const JET_COLUMNDEF* pcolumndef, const void* pvDefault, uint32_t cbDefault,
                     JET_COLUMNID* pcolumnid);
JET_API JetAddColumnA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szColumnName,
                      const JET_COLUMNDEF* pcolumndef, const void* pvDefault, uint32_t cbDefault,
                      JET_COLUMNID* pcolumnid);
JET_API JetAddColumnW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szColumnName,
                      const JET_COLUMNDEF* pcolumndef, const void* pvDefault, uint32_t cbDefault,
                      JET_COLUMNID* pcolumnid);

/* Deletes a column that no index uses. */
JET_API JetDeleteColumn(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szColumnName);
JET_API JetDeleteColumnA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szColumnName);
JET_API JetDeleteColumnW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szColumnName);

/* As JetDeleteColumn, with flags. */
JET_API JetDeleteColumn2(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szColumnName,
                         JET_GRBIT grbit);
JET_API JetDeleteColumn2A(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szColumnName,
                          JET_GRBIT grbit);
JET_API JetDeleteColumn2W(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szColumnName,
                          JET_GRBIT grbit);

/* Renames a column. */
JET_API JetRenameColumn(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szName, JET_PCSTR szNameNew,
                        JET_GRBIT grbit);
JET_API JetRenameColumnA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szName,
                         JET_PCSTR szNameNew, JET_GRBIT grbit);
JET_API JetRenameColumnW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szName,
                         JET_PCWSTR szNameNew, JET_GRBIT grbit);

/* Changes the default value of a column. */
JET_API JetSetColumnDefaultValue(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                                 JET_PCSTR szColumnName, const void* pvData, uint32_t cbData,
                                 JET_GRBIT grbit);
JET_API JetSetColumnDefaultValueA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                                  JET_PCSTR szColumnName, const void* pvData, uint32_t cbData,
                                  JET_GRBIT grbit);
JET_API JetSetColumnDefaultValueW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName,
                                  JET_PCWSTR szColumnName, const void* pvData, uint32_t cbData,
                                  JET_GRBIT grbit);

/* Indexes. */

/* Counts entries and pages of each index for the information functions. */
JET_API JetComputeStats(JET_SESID sesid, JET_TABLEID tableid);

/* Makes an index over the records that exist and those to come. szKey is a multi-string of
   column names, each after + or -; cbKey counts its bytes with both terminators. */
JET_API JetCreateIndex(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName, JET_GRBIT grbit,
                       const char* szKey, uint32_t cbKey, uint32_t lDensity);
JET_API JetCreateIndexA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                        JET_GRBIT grbit, const char* szKey, uint32_t cbKey, uint32_t lDensity);
JET_API JetCreateIndexW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName,
                        JET_GRBIT grbit, const char16_t* szKey, uint32_t cbKey, uint32_t lDensity);

/* Makes several indexes in one pass. */
JET_API JetCreateIndex2(JET_SESID sesid, JET_TABLEID tableid, JET_INDEXCREATE_A* pindexcreate,
                        uint32_t cIndexCreate);
JET_API JetCreateIndex2A(JET_SESID sesid, JET_TABLEID tableid, JET_INDEXCREATE_A* pindexcreate,
                         uint32_t cIndexCreate);
JET_API JetCreateIndex2W(JET_SESID sesid, JET_TABLEID tableid, JET_INDEXCREATE_W* pindexcreate,
                         uint32_t cIndexCreate);

/* The same with space hints. There is no name without a suffix. */
JET_API JetCreateIndex3A(JET_SESID sesid, JET_TABLEID tableid, JET_INDEXCREATE2_A* pindexcreate,
                         uint32_t cIndexCreate);
JET_API JetCreateIndex3W(JET_SESID sesid, JET_TABLEID tableid, JET_INDEXCREATE2_W* pindexcreate,
                         uint32_t cIndexCreate);

/* The same with locale names. There is no name without a suffix. */
JET_API JetCreateIndex4A(JET_SESID sesid, JET_TABLEID tableid, JET_INDEXCREATE3_A* pindexcreate,
                         uint32_t cIndexCreate);
JET_API JetCreateIndex4W(JET_SESID sesid, JET_TABLEID tableid, JET_INDEXCREATE3_W* pindexcreate,
                         uint32_t cIndexCreate);

/* Deletes a secondary index. */
JET_API JetDeleteIndex(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName);
JET_API JetDeleteIndexA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName);
JET_API JetDeleteIndexW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName);

/* Name of the index that the cursor follows. */
JET_API JetGetCurrentIndex(JET_SESID sesid, JET_TABLEID tableid, JET_PSTR szIndexName,
                           uint32_t cbIndexName);
JET_API JetGetCurrentIndexA(JET_SESID sesid, JET_TABLEID tableid, JET_PSTR szIndexName,
                            uint32_t cbIndexName);
JET_API JetGetCurrentIndexW(JET_SESID sesid, JET_TABLEID tableid, JET_PWSTR szIndexName,
                            uint32_t cbIndexName);

/* Counts entries from the cursor on, within its range, up to a limit; 0 is none. */
JET_API JetIndexRecordCount(JET_SESID sesid, JET_TABLEID tableid, uint32_t* pcrec,
                            uint32_t crecMax);

/* The same with 64-bit counts. */
JET_API JetIndexRecordCount2(JET_SESID sesid, JET_TABLEID tableid, uint64_t* pcrec,
                             uint64_t crecMax);

/* Makes a temporary table of the bookmarks that several ranges have in common. */
JET_API JetIntersectIndexes(JET_SESID sesid, JET_INDEXRANGE* rgindexrange, uint32_t cindexrange,
                            JET_RECORDLIST* precordlist, JET_GRBIT grbit);

/* Makes the cursor follow an index and stand on its first entry; NULL is the primary one. */
JET_API JetSetCurrentIndex(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName);
JET_API JetSetCurrentIndexA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName);
JET_API JetSetCurrentIndexW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName);

/* As JetSetCurrentIndex, with where to stand. */
JET_API JetSetCurrentIndex2(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                            JET_GRBIT grbit);
JET_API JetSetCurrentIndex2A(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                             JET_GRBIT grbit);
JET_API JetSetCurrentIndex2W(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName,
                             JET_GRBIT grbit);

/* As JetSetCurrentIndex2, with which value of a multi-valued key. */
JET_API JetSetCurrentIndex3(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                            JET_GRBIT grbit, uint32_t itagSequence);
JET_API JetSetCurrentIndex3A(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                             JET_GRBIT grbit, uint32_t itagSequence);
JET_API JetSetCurrentIndex3W(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName,
                             JET_GRBIT grbit, uint32_t itagSequence);

/* As JetSetCurrentIndex3, with an index hint. */
JET_API JetSetCurrentIndex4(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                            JET_INDEXID* pindexid, JET_GRBIT grbit, uint32_t itagSequence);
JET_API JetSetCurrentIndex4A(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                             JET_INDEXID* pindexid, JET_GRBIT grbit, uint32_t itagSequence);
JET_API JetSetCurrentIndex4W(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName,
                             JET_INDEXID* pindexid, JET_GRBIT grbit, uint32_t itagSequence);

/* Limits the cursor to the entries up to the key made with JetMakeKey. */
JET_API JetSetIndexRange(JET_SESID sesid, JET_TABLEID tableidSrc, JET_GRBIT grbit);

/* Temporary tables. */

/* Makes a temporary table, gone when its cursor is closed. */
JET_API JetOpenTempTable(JET_SESID sesid, const JET_COLUMNDEF* prgcolumndef, uint32_t ccolumn,
                         JET_GRBIT grbit, JET_TABLEID* ptableid, JET_COLUMNID* prgcolumnid);

/* As JetOpenTempTable, with a locale number for text. */
JET_API JetOpenTempTable2(JET_SESID sesid, const JET_COLUMNDEF* prgcolumndef, uint32_t ccolumn,
                          uint32_t lcid, JET_GRBIT grbit, JET_TABLEID* ptableid,
                          JET_COLUMNID* prgcolumnid);

/* As JetOpenTempTable, with how text is compared. */
JET_API JetOpenTempTable3(JET_SESID sesid, const JET_COLUMNDEF* prgcolumndef, uint32_t ccolumn,
                          JET_UNICODEINDEX* pidxunicode, JET_GRBIT grbit, JET_TABLEID* ptableid,
                          JET_COLUMNID* prgcolumnid);

/* As JetOpenTempTable, with all that can be said in one structure. */
JET_API JetOpenTemporaryTable(JET_SESID sesid, JET_OPENTEMPORARYTABLE* popentemporarytable);

/* As JetOpenTemporaryTable, with a locale name. */
JET_API JetOpenTemporaryTable2(JET_SESID sesid, JET_OPENTEMPORARYTABLE2* popentemporarytable);

#ifdef __cplusplus
}
#endif

#endif
