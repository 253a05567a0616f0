/* Functions that back up, restore and snapshot. examples/backup.c shows the order of the calls. */

#ifndef CONTRAIL_ESENT_FUNCTIONS_BACKUP_H_
#define CONTRAIL_ESENT_FUNCTIONS_BACKUP_H_

#include "esent/struct_information.h"
#include "esent/struct_instance.h"
#include "esent/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Backup. */

/* Full or incremental backup of the default instance into a folder. */
JET_API JetBackup(JET_PCSTR szBackupPath, JET_GRBIT grbit, JET_PFNSTATUS pfnStatus);
JET_API JetBackupA(JET_PCSTR szBackupPath, JET_GRBIT grbit, JET_PFNSTATUS pfnStatus);
JET_API JetBackupW(JET_PCWSTR szBackupPath, JET_GRBIT grbit, JET_PFNSTATUS pfnStatus);

/* Full or incremental backup of an instance into a folder, in one call. */
JET_API JetBackupInstance(JET_INSTANCE instance, JET_PCSTR szBackupPath, JET_GRBIT grbit,
                          JET_PFNSTATUS pfnStatus);
JET_API JetBackupInstanceA(JET_INSTANCE instance, JET_PCSTR szBackupPath, JET_GRBIT grbit,
                           JET_PFNSTATUS pfnStatus);
JET_API JetBackupInstanceW(JET_INSTANCE instance, JET_PCWSTR szBackupPath, JET_GRBIT grbit,
                           JET_PFNSTATUS pfnStatus);

/* For the default instance: see JetBeginExternalBackupInstance. */
JET_API JetBeginExternalBackup(JET_GRBIT grbit);

/* Begins a backup whose files the caller copies with the functions below. One at a time for an
   instance. */
JET_API JetBeginExternalBackupInstance(JET_INSTANCE instance, JET_GRBIT grbit);

/* For the default instance: see JetCloseFileInstance. */
JET_API JetCloseFile(JET_HANDLE hfFile);

/* Closes a file of the backup; it counts only when it was read to its end. */
JET_API JetCloseFileInstance(JET_INSTANCE instance, JET_HANDLE hfFile);

/* For the default instance: see JetEndExternalBackupInstance. */
JET_API JetEndExternalBackup(void);

/* As JetEndExternalBackupInstance2 with JET_bitBackupEndNormal. */
JET_API JetEndExternalBackupInstance(JET_INSTANCE instance);

/* Ends a backup: stamps the headers of the databases that are in it, or drops it. */
JET_API JetEndExternalBackupInstance2(JET_INSTANCE instance, JET_GRBIT grbit);

/* For the default instance: see JetGetAttachInfoInstance. */
JET_API JetGetAttachInfo(JET_PSTR szzDatabases, uint32_t cbMax, uint32_t* pcbActual);
JET_API JetGetAttachInfoA(JET_PSTR szzDatabases, uint32_t cbMax, uint32_t* pcbActual);
JET_API JetGetAttachInfoW(JET_PWSTR wszzDatabases, uint32_t cbMax, uint32_t* pcbActual);

/* Multi-string of the databases that a full backup copies. */
JET_API JetGetAttachInfoInstance(JET_INSTANCE instance, JET_PSTR szzDatabases, uint32_t cbMax,
                                 uint32_t* pcbActual);
JET_API JetGetAttachInfoInstanceA(JET_INSTANCE instance, JET_PSTR szzDatabases, uint32_t cbMax,
                                  uint32_t* pcbActual);
JET_API JetGetAttachInfoInstanceW(JET_INSTANCE instance, JET_PWSTR szzDatabases, uint32_t cbMax,
                                  uint32_t* pcbActual);

/* For the default instance: see JetGetLogInfoInstance. */
JET_API JetGetLogInfo(JET_PSTR szzLogs, uint32_t cbMax, uint32_t* pcbActual);
JET_API JetGetLogInfoA(JET_PSTR szzLogs, uint32_t cbMax, uint32_t* pcbActual);
JET_API JetGetLogInfoW(JET_PWSTR szzLogs, uint32_t cbMax, uint32_t* pcbActual);

/* Multi-string of the log files that belong to the backup. The first call ends the copying of
   databases and starts a new log file. */
JET_API JetGetLogInfoInstance(JET_INSTANCE instance, JET_PSTR szzLogs, uint32_t cbMax,
                              uint32_t* pcbActual);
JET_API JetGetLogInfoInstanceA(JET_INSTANCE instance, JET_PSTR szzLogs, uint32_t cbMax,
                               uint32_t* pcbActual);
JET_API JetGetLogInfoInstanceW(JET_INSTANCE instance, JET_PWSTR wszzLogs, uint32_t cbMax,
                               uint32_t* pcbActual);

/* As JetGetLogInfoInstance, with the range of generations. */
JET_API JetGetLogInfoInstance2(JET_INSTANCE instance, JET_PSTR szzLogs, uint32_t cbMax,
                               uint32_t* pcbActual, JET_LOGINFO_A* pLogInfo);
JET_API JetGetLogInfoInstance2A(JET_INSTANCE instance, JET_PSTR szzLogs, uint32_t cbMax,
                                uint32_t* pcbActual, JET_LOGINFO_A* pLogInfo);
JET_API JetGetLogInfoInstance2W(JET_INSTANCE instance, JET_PWSTR wszzLogs, uint32_t cbMax,
                                uint32_t* pcbActual, JET_LOGINFO_W* pLogInfo);

/* Multi-string of the log files that JetTruncateLogInstance would delete. */
JET_API JetGetTruncateLogInfoInstance(JET_INSTANCE instance, JET_PSTR szzLogs, uint32_t cbMax,
                                      uint32_t* pcbActual);
JET_API JetGetTruncateLogInfoInstanceA(JET_INSTANCE instance, JET_PSTR szzLogs, uint32_t cbMax,
                                       uint32_t* pcbActual);
JET_API JetGetTruncateLogInfoInstanceW(JET_INSTANCE instance, JET_PWSTR wszzLogs, uint32_t cbMax,
                                       uint32_t* pcbActual);

/* For the default instance: see JetOpenFileInstance. */
JET_API JetOpenFile(JET_PCSTR szFileName, JET_HANDLE* phfFile, uint32_t* pulFileSizeLow,
                    uint32_t* pulFileSizeHigh);
JET_API JetOpenFileA(JET_PCSTR szFileName, JET_HANDLE* phfFile, uint32_t* pulFileSizeLow,
                     uint32_t* pulFileSizeHigh);
JET_API JetOpenFileW(JET_PCWSTR szFileName, JET_HANDLE* phfFile, uint32_t* pulFileSizeLow,
                     uint32_t* pulFileSizeHigh);

/* Opens a database or log file for the backup; its size comes in two halves. */
JET_API JetOpenFileInstance(JET_INSTANCE instance, JET_PCSTR szFileName, JET_HANDLE* phfFile,
                            uint32_t* pulFileSizeLow, uint32_t* pulFileSizeHigh);
JET_API JetOpenFileInstanceA(JET_INSTANCE instance, JET_PCSTR szFileName, JET_HANDLE* phfFile,
                             uint32_t* pulFileSizeLow, uint32_t* pulFileSizeHigh);
JET_API JetOpenFileInstanceW(JET_INSTANCE instance, JET_PCWSTR szFileName, JET_HANDLE* phfFile,
                             uint32_t* pulFileSizeLow, uint32_t* pulFileSizeHigh);

/* For the default instance: see JetReadFileInstance. */
JET_API JetReadFile(JET_HANDLE hfFile, void* pv, uint32_t cb, uint32_t* pcbActual);

/* Reads the next bytes; 0 of them at the end. The buffer is aligned to 4096 bytes and as large
   as a multiple of the database page size. Every page is verified. */
JET_API JetReadFileInstance(JET_INSTANCE instance, JET_HANDLE hfFile, void* pv, uint32_t cb,
                            uint32_t* pcbActual);

/* For the default instance: see JetStopBackupInstance. */
JET_API JetStopBackup(void);

/* Makes the calls of a running backup fail, from any thread. */
JET_API JetStopBackupInstance(JET_INSTANCE instance);

/* For the default instance: see JetTruncateLogInstance. */
JET_API JetTruncateLog(void);

/* The end of the backup will delete the logs that no recovery needs any more: both happen, or
   neither. Only after every log of the backup was read. */
JET_API JetTruncateLogInstance(JET_INSTANCE instance);

/* Restore. */

/* Rolls restored databases forward through the logs of the backup. */
JET_API JetExternalRestore(JET_PSTR szCheckpointFilePath, JET_PSTR szLogPath,
                           JET_RSTMAP_A* rgrstmap, int32_t crstfilemap, JET_PSTR szBackupLogPath,
                           int32_t genLow, int32_t genHigh, JET_PFNSTATUS pfn);
JET_API JetExternalRestoreA(JET_PSTR szCheckpointFilePath, JET_PSTR szLogPath,
                            JET_RSTMAP_A* rgrstmap, int32_t crstfilemap, JET_PSTR szBackupLogPath,
                            int32_t genLow, int32_t genHigh, JET_PFNSTATUS pfn);
JET_API JetExternalRestoreW(JET_PWSTR szCheckpointFilePath, JET_PWSTR szLogPath,
                            JET_RSTMAP_W* rgrstmap, int32_t crstfilemap, JET_PWSTR szBackupLogPath,
                            int32_t genLow, int32_t genHigh, JET_PFNSTATUS pfn);

/* As JetExternalRestore, and on through logs of the instance that survived. */
JET_API JetExternalRestore2(JET_PSTR szCheckpointFilePath, JET_PSTR szLogPath,
                            JET_RSTMAP_A* rgrstmap, int32_t crstfilemap, JET_PSTR szBackupLogPath,
                            JET_LOGINFO_A* pLogInfo, JET_PSTR szTargetInstanceName,
                            JET_PSTR szTargetInstanceLogPath,
                            JET_PSTR szTargetInstanceCheckpointPath, JET_PFNSTATUS pfn);
JET_API JetExternalRestore2A(JET_PSTR szCheckpointFilePath, JET_PSTR szLogPath,
                             JET_RSTMAP_A* rgrstmap, int32_t crstfilemap, JET_PSTR szBackupLogPath,
                             JET_LOGINFO_A* pLogInfo, JET_PSTR szTargetInstanceName,
                             JET_PSTR szTargetInstanceLogPath,
                             JET_PSTR szTargetInstanceCheckpointPath, JET_PFNSTATUS pfn);
JET_API JetExternalRestore2W(JET_PWSTR szCheckpointFilePath, JET_PWSTR szLogPath,
                             JET_RSTMAP_W* rgrstmap, int32_t crstfilemap, JET_PWSTR szBackupLogPath,
                             JET_LOGINFO_W* pLogInfo, JET_PWSTR szTargetInstanceName,
                             JET_PWSTR szTargetInstanceLogPath,
                             JET_PWSTR szTargetInstanceCheckpointPath, JET_PFNSTATUS pfn);

/* Restores a backup that JetBackup made. */
JET_API JetRestore(JET_PCSTR szSource, JET_PFNSTATUS pfn);
JET_API JetRestoreA(JET_PCSTR szSource, JET_PFNSTATUS pfn);
JET_API JetRestoreW(JET_PCWSTR szSource, JET_PFNSTATUS pfn);

/* As JetRestore, to another folder. */
JET_API JetRestore2(JET_PCSTR sz, JET_PCSTR szDest, JET_PFNSTATUS pfn);
JET_API JetRestore2A(JET_PCSTR sz, JET_PCSTR szDest, JET_PFNSTATUS pfn);
JET_API JetRestore2W(JET_PCWSTR sz, JET_PCWSTR szDest, JET_PFNSTATUS pfn);

/* As JetRestore2, for an instance that is not started. */
JET_API JetRestoreInstance(JET_INSTANCE instance, JET_PCSTR sz, JET_PCSTR szDest,
                           JET_PFNSTATUS pfn);
JET_API JetRestoreInstanceA(JET_INSTANCE instance, JET_PCSTR sz, JET_PCSTR szDest,
                            JET_PFNSTATUS pfn);
JET_API JetRestoreInstanceW(JET_INSTANCE instance, JET_PCWSTR sz, JET_PCWSTR szDest,
                            JET_PFNSTATUS pfn);

/* Snapshots by the operating system. */

/* Drops a snapshot session. */
JET_API JetOSSnapshotAbort(JET_OSSNAPID snapId, JET_GRBIT grbit);

/* Ends a snapshot session and stamps headers. */
JET_API JetOSSnapshotEnd(JET_OSSNAPID snapId, JET_GRBIT grbit);

/* Stops writes of the taking-part instances until JetOSSnapshotThaw or a timeout. */
JET_API JetOSSnapshotFreeze(JET_OSSNAPID snapId, uint32_t* pcInstanceInfo,
                            JET_INSTANCE_INFO_A** paInstanceInfo, JET_GRBIT grbit);
JET_API JetOSSnapshotFreezeA(JET_OSSNAPID snapId, uint32_t* pcInstanceInfo,
                             JET_INSTANCE_INFO_A** paInstanceInfo, JET_GRBIT grbit);
JET_API JetOSSnapshotFreezeW(JET_OSSNAPID snapId, uint32_t* pcInstanceInfo,
                             JET_INSTANCE_INFO_W** paInstanceInfo, JET_GRBIT grbit);

/* The instances of a frozen session. */
JET_API JetOSSnapshotGetFreezeInfo(JET_OSSNAPID snapId, uint32_t* pcInstanceInfo,
                                   JET_INSTANCE_INFO_A** paInstanceInfo, JET_GRBIT grbit);
JET_API JetOSSnapshotGetFreezeInfoA(JET_OSSNAPID snapId, uint32_t* pcInstanceInfo,
                                    JET_INSTANCE_INFO_A** paInstanceInfo, JET_GRBIT grbit);
JET_API JetOSSnapshotGetFreezeInfoW(JET_OSSNAPID snapId, uint32_t* pcInstanceInfo,
                                    JET_INSTANCE_INFO_W** paInstanceInfo, JET_GRBIT grbit);

/* Begins a snapshot session. */
JET_API JetOSSnapshotPrepare(JET_OSSNAPID* psnapId, JET_GRBIT grbit);

/* Names an instance that takes part. */
JET_API JetOSSnapshotPrepareInstance(JET_OSSNAPID snapId, JET_INSTANCE instance, JET_GRBIT grbit);

/* Lets writes go on; JET_errOSSnapshotTimeOut when the freeze had ended by itself. */
JET_API JetOSSnapshotThaw(JET_OSSNAPID snapId, JET_GRBIT grbit);

/* Deletes logs that the snapshot has made unneeded. */
JET_API JetOSSnapshotTruncateLog(JET_OSSNAPID snapId, JET_GRBIT grbit);

/* The same for one instance. */
JET_API JetOSSnapshotTruncateLogInstance(JET_OSSNAPID snapId, JET_INSTANCE instance,
                                         JET_GRBIT grbit);

/* Private extensions. Windows keeps these out of its public header; the backup family would be
   incomplete without them. */

/* Begins a backup that is taken from a copy of the databases elsewhere. */
JET_API JetBeginSurrogateBackup(JET_INSTANCE instance, uint32_t lgenFirst, uint32_t lgenLast,
                                JET_GRBIT grbit);

/* Ends such a backup. */
JET_API JetEndSurrogateBackup(JET_INSTANCE instance, JET_GRBIT grbit);

/* Opens one slice of a file, so that several readers can share it. */
JET_API JetOpenFileSectionInstance(JET_INSTANCE instance, JET_PSTR szFile, JET_HANDLE* phFile,
                                   int32_t iSection, int32_t cSections, uint64_t ibRead,
                                   uint32_t* pulSectionSizeLow, int32_t* plSectionSizeHigh);
JET_API JetOpenFileSectionInstanceA(JET_INSTANCE instance, JET_PSTR szFile, JET_HANDLE* phFile,
                                    int32_t iSection, int32_t cSections, uint64_t ibRead,
                                    uint32_t* pulSectionSizeLow, int32_t* plSectionSizeHigh);
JET_API JetOpenFileSectionInstanceW(JET_INSTANCE instance, JET_PWSTR szFile, JET_HANDLE* phFile,
                                    int32_t iSection, int32_t cSections, uint64_t ibRead,
                                    uint32_t* pulSectionSizeLow, int32_t* plSectionSizeHigh);

#ifdef __cplusplus
}
#endif

#endif
