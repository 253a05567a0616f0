/* Functions that back up, restore and snapshot. docs/backup.md tells the order of the calls. */

#ifndef CONTRAIL_ESENT_FUNCTIONS_BACKUP_H_
#define CONTRAIL_ESENT_FUNCTIONS_BACKUP_H_

#include "esent/struct_information.h"
#include "esent/struct_instance.h"
#include "esent/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Backup. */

JET_API JetBackup(JET_PCSTR szBackupPath, JET_GRBIT grbit, JET_PFNSTATUS pfnStatus);
JET_API JetBackupA(JET_PCSTR szBackupPath, JET_GRBIT grbit, JET_PFNSTATUS pfnStatus);
JET_API JetBackupW(JET_PCWSTR szBackupPath, JET_GRBIT grbit, JET_PFNSTATUS pfnStatus);

JET_API JetBackupInstance(JET_INSTANCE instance, JET_PCSTR szBackupPath, JET_GRBIT grbit,
                          JET_PFNSTATUS pfnStatus);
JET_API JetBackupInstanceA(JET_INSTANCE instance, JET_PCSTR szBackupPath, JET_GRBIT grbit,
                           JET_PFNSTATUS pfnStatus);
JET_API JetBackupInstanceW(JET_INSTANCE instance, JET_PCWSTR szBackupPath, JET_GRBIT grbit,
                           JET_PFNSTATUS pfnStatus);

JET_API JetBeginExternalBackup(JET_GRBIT grbit);

JET_API JetBeginExternalBackupInstance(JET_INSTANCE instance, JET_GRBIT grbit);

JET_API JetCloseFile(JET_HANDLE hfFile);

JET_API JetCloseFileInstance(JET_INSTANCE instance, JET_HANDLE hfFile);

JET_API JetEndExternalBackup(void);

JET_API JetEndExternalBackupInstance(JET_INSTANCE instance);

JET_API JetEndExternalBackupInstance2(JET_INSTANCE instance, JET_GRBIT grbit);

JET_API JetGetAttachInfo(JET_PSTR szzDatabases, uint32_t cbMax, uint32_t* pcbActual);
JET_API JetGetAttachInfoA(JET_PSTR szzDatabases, uint32_t cbMax, uint32_t* pcbActual);
JET_API JetGetAttachInfoW(JET_PWSTR wszzDatabases, uint32_t cbMax, uint32_t* pcbActual);

JET_API JetGetAttachInfoInstance(JET_INSTANCE instance, JET_PSTR szzDatabases, uint32_t cbMax,
                                 uint32_t* pcbActual);
JET_API JetGetAttachInfoInstanceA(JET_INSTANCE instance, JET_PSTR szzDatabases, uint32_t cbMax,
                                  uint32_t* pcbActual);
JET_API JetGetAttachInfoInstanceW(JET_INSTANCE instance, JET_PWSTR szzDatabases, uint32_t cbMax,
                                  uint32_t* pcbActual);

JET_API JetGetLogInfo(JET_PSTR szzLogs, uint32_t cbMax, uint32_t* pcbActual);
JET_API JetGetLogInfoA(JET_PSTR szzLogs, uint32_t cbMax, uint32_t* pcbActual);
JET_API JetGetLogInfoW(JET_PWSTR szzLogs, uint32_t cbMax, uint32_t* pcbActual);

JET_API JetGetLogInfoInstance(JET_INSTANCE instance, JET_PSTR szzLogs, uint32_t cbMax,
                              uint32_t* pcbActual);
JET_API JetGetLogInfoInstanceA(JET_INSTANCE instance, JET_PSTR szzLogs, uint32_t cbMax,
                               uint32_t* pcbActual);
JET_API JetGetLogInfoInstanceW(JET_INSTANCE instance, JET_PWSTR wszzLogs, uint32_t cbMax,
                               uint32_t* pcbActual);

JET_API JetGetLogInfoInstance2(JET_INSTANCE instance, JET_PSTR szzLogs, uint32_t cbMax,
                               uint32_t* pcbActual, JET_LOGINFO_A* pLogInfo);
JET_API JetGetLogInfoInstance2A(JET_INSTANCE instance, JET_PSTR szzLogs, uint32_t cbMax,
                                uint32_t* pcbActual, JET_LOGINFO_A* pLogInfo);
JET_API JetGetLogInfoInstance2W(JET_INSTANCE instance, JET_PWSTR wszzLogs, uint32_t cbMax,
                                uint32_t* pcbActual, JET_LOGINFO_W* pLogInfo);

JET_API JetGetTruncateLogInfoInstance(JET_INSTANCE instance, JET_PSTR szzLogs, uint32_t cbMax,
                                      uint32_t* pcbActual);
JET_API JetGetTruncateLogInfoInstanceA(JET_INSTANCE instance, JET_PSTR szzLogs, uint32_t cbMax,
                                       uint32_t* pcbActual);
JET_API JetGetTruncateLogInfoInstanceW(JET_INSTANCE instance, JET_PWSTR wszzLogs, uint32_t cbMax,
                                       uint32_t* pcbActual);

JET_API JetOpenFile(JET_PCSTR szFileName, JET_HANDLE* phfFile, uint32_t* pulFileSizeLow,
                    uint32_t* pulFileSizeHigh);
JET_API JetOpenFileA(JET_PCSTR szFileName, JET_HANDLE* phfFile, uint32_t* pulFileSizeLow,
                     uint32_t* pulFileSizeHigh);
JET_API JetOpenFileW(JET_PCWSTR szFileName, JET_HANDLE* phfFile, uint32_t* pulFileSizeLow,
                     uint32_t* pulFileSizeHigh);

JET_API JetOpenFileInstance(JET_INSTANCE instance, JET_PCSTR szFileName, JET_HANDLE* phfFile,
                            uint32_t* pulFileSizeLow, uint32_t* pulFileSizeHigh);
JET_API JetOpenFileInstanceA(JET_INSTANCE instance, JET_PCSTR szFileName, JET_HANDLE* phfFile,
                             uint32_t* pulFileSizeLow, uint32_t* pulFileSizeHigh);
JET_API JetOpenFileInstanceW(JET_INSTANCE instance, JET_PCWSTR szFileName, JET_HANDLE* phfFile,
                             uint32_t* pulFileSizeLow, uint32_t* pulFileSizeHigh);

JET_API JetReadFile(JET_HANDLE hfFile, void* pv, uint32_t cb, uint32_t* pcbActual);

JET_API JetReadFileInstance(JET_INSTANCE instance, JET_HANDLE hfFile, void* pv, uint32_t cb,
                            uint32_t* pcbActual);

JET_API JetStopBackup(void);

JET_API JetStopBackupInstance(JET_INSTANCE instance);

JET_API JetTruncateLog(void);

JET_API JetTruncateLogInstance(JET_INSTANCE instance);

/* Restore. */

JET_API JetExternalRestore(JET_PSTR szCheckpointFilePath, JET_PSTR szLogPath,
                           JET_RSTMAP_A* rgrstmap, int32_t crstfilemap, JET_PSTR szBackupLogPath,
                           int32_t genLow, int32_t genHigh, JET_PFNSTATUS pfn);
JET_API JetExternalRestoreA(JET_PSTR szCheckpointFilePath, JET_PSTR szLogPath,
                            JET_RSTMAP_A* rgrstmap, int32_t crstfilemap, JET_PSTR szBackupLogPath,
                            int32_t genLow, int32_t genHigh, JET_PFNSTATUS pfn);
JET_API JetExternalRestoreW(JET_PWSTR szCheckpointFilePath, JET_PWSTR szLogPath,
                            JET_RSTMAP_W* rgrstmap, int32_t crstfilemap, JET_PWSTR szBackupLogPath,
                            int32_t genLow, int32_t genHigh, JET_PFNSTATUS pfn);

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

JET_API JetRestore(JET_PCSTR szSource, JET_PFNSTATUS pfn);
JET_API JetRestoreA(JET_PCSTR szSource, JET_PFNSTATUS pfn);
JET_API JetRestoreW(JET_PCWSTR szSource, JET_PFNSTATUS pfn);

JET_API JetRestore2(JET_PCSTR sz, JET_PCSTR szDest, JET_PFNSTATUS pfn);
JET_API JetRestore2A(JET_PCSTR sz, JET_PCSTR szDest, JET_PFNSTATUS pfn);
JET_API JetRestore2W(JET_PCWSTR sz, JET_PCWSTR szDest, JET_PFNSTATUS pfn);

JET_API JetRestoreInstance(JET_INSTANCE instance, JET_PCSTR sz, JET_PCSTR szDest,
                           JET_PFNSTATUS pfn);
JET_API JetRestoreInstanceA(JET_INSTANCE instance, JET_PCSTR sz, JET_PCSTR szDest,
                            JET_PFNSTATUS pfn);
JET_API JetRestoreInstanceW(JET_INSTANCE instance, JET_PCWSTR sz, JET_PCWSTR szDest,
                            JET_PFNSTATUS pfn);

/* Snapshots by the operating system. */

JET_API JetOSSnapshotAbort(JET_OSSNAPID snapId, JET_GRBIT grbit);

JET_API JetOSSnapshotEnd(JET_OSSNAPID snapId, JET_GRBIT grbit);

JET_API JetOSSnapshotFreeze(JET_OSSNAPID snapId, uint32_t* pcInstanceInfo,
                            JET_INSTANCE_INFO_A** paInstanceInfo, JET_GRBIT grbit);
JET_API JetOSSnapshotFreezeA(JET_OSSNAPID snapId, uint32_t* pcInstanceInfo,
                             JET_INSTANCE_INFO_A** paInstanceInfo, JET_GRBIT grbit);
JET_API JetOSSnapshotFreezeW(JET_OSSNAPID snapId, uint32_t* pcInstanceInfo,
                             JET_INSTANCE_INFO_W** paInstanceInfo, JET_GRBIT grbit);

JET_API JetOSSnapshotGetFreezeInfo(JET_OSSNAPID snapId, uint32_t* pcInstanceInfo,
                                   JET_INSTANCE_INFO_A** paInstanceInfo, JET_GRBIT grbit);
JET_API JetOSSnapshotGetFreezeInfoA(JET_OSSNAPID snapId, uint32_t* pcInstanceInfo,
                                    JET_INSTANCE_INFO_A** paInstanceInfo, JET_GRBIT grbit);
JET_API JetOSSnapshotGetFreezeInfoW(JET_OSSNAPID snapId, uint32_t* pcInstanceInfo,
                                    JET_INSTANCE_INFO_W** paInstanceInfo, JET_GRBIT grbit);

JET_API JetOSSnapshotPrepare(JET_OSSNAPID* psnapId, JET_GRBIT grbit);

JET_API JetOSSnapshotPrepareInstance(JET_OSSNAPID snapId, JET_INSTANCE instance, JET_GRBIT grbit);

JET_API JetOSSnapshotThaw(JET_OSSNAPID snapId, JET_GRBIT grbit);

JET_API JetOSSnapshotTruncateLog(JET_OSSNAPID snapId, JET_GRBIT grbit);

JET_API JetOSSnapshotTruncateLogInstance(JET_OSSNAPID snapId, JET_INSTANCE instance,
                                         JET_GRBIT grbit);

/* Private extensions. Windows keeps these out of its public header; the backup family would be
   incomplete without them. */

JET_API JetBeginSurrogateBackup(JET_INSTANCE instance, uint32_t lgenFirst, uint32_t lgenLast,
                                JET_GRBIT grbit);

JET_API JetEndSurrogateBackup(JET_INSTANCE instance, JET_GRBIT grbit);

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
