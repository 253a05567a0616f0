/* System parameters (JetSetSystemParameter), session parameters (JetSetSessionParameter) and the
   values that some of them take. */

#ifndef CONTRAIL_ESENT_PARAMETERS_H_
#define CONTRAIL_ESENT_PARAMETERS_H_

#include <uchar.h>

/* System parameters. A path names a folder and comes back absolute with a slash at its end; sizes
   are in pages, KiB or bytes as on Windows. Some are accepted for the sake of programs that set
   them, and have no effect here. */
#define JET_paramSystemPath 0
#define JET_paramTempPath 1
#define JET_paramLogFilePath 2
#define JET_paramBaseName 3
#define JET_paramEventSource 4
#define JET_paramMaxSessions 5
#define JET_paramMaxOpenTables 6
#define JET_paramPreferredMaxOpenTables 7
#define JET_paramMaxCursors 8
#define JET_paramMaxVerPages 9
#define JET_paramMaxTemporaryTables 10
#define JET_paramLogFileSize 11
#define JET_paramLogBuffers 12
#define JET_paramWaitLogFlush 13
#define JET_paramLogCheckpointPeriod 14
#define JET_paramLogWaitingUserMax 15
#define JET_paramCommitDefault 16
#define JET_paramCircularLog 17
#define JET_paramDbExtensionSize 18
#define JET_paramPageTempDBMin 19
#define JET_paramPageFragment 20
#define JET_paramBatchIOBufferMax 22
#define JET_paramCacheSizeMax 23
#define JET_paramCheckpointDepthMax 24
#define JET_paramLRUKCorrInterval 25
#define JET_paramLRUKHistoryMax 26
#define JET_paramLRUKPolicy 27
#define JET_paramLRUKTimeout 28
#define JET_paramLRUKTrxCorrInterval 29
#define JET_paramOutstandingIOMax 30
#define JET_paramStartFlushThreshold 31
#define JET_paramStopFlushThreshold 32
#define JET_paramRecovery 34
#define JET_paramEnableOnlineDefrag 35
#define JET_paramCacheSize 41
#define JET_paramCheckFormatWhenOpenFail 44
#define JET_paramEnableIndexChecking 45
#define JET_paramEnableTempTableVersioning 46
#define JET_paramIgnoreLogVersion 47
#define JET_paramDeleteOldLogs 48
#define JET_paramEventSourceKey 49
#define JET_paramNoInformationEvent 50
#define JET_paramEventLoggingLevel 51
#define JET_paramDeleteOutOfRangeLogs 52
#define JET_paramAccessDeniedRetryPeriod 53
#define JET_paramEnableIndexCleanup 54
#define JET_paramCacheSizeMin 60
#define JET_paramPreferredVerPages 63
#define JET_paramDatabasePageSize 64
#define JET_paramDisableCallbacks 65
#define JET_paramLogFileCreateAsynch 69
#define JET_paramErrorToString 70
#define JET_paramZeroDatabaseDuringBackup 71
#define JET_paramUnicodeIndexDefault 72
#define JET_paramRuntimeCallback 73
#define JET_paramCleanupMismatchedLogFiles 77
#define JET_paramRecordUpgradeDirtyLevel 78
#define JET_paramGlobalMinVerPages 81
#define JET_paramOSSnapshotTimeout 82
#define JET_paramExceptionAction 98
#define JET_paramEventLogCache 99
#define JET_paramCreatePathIfNotExist 100
#define JET_paramPageHintCacheSize 101
#define JET_paramOneDatabasePerSession 102
#define JET_paramMaxInstances 104
#define JET_paramVersionStoreTaskQueueMax 105
#define JET_paramDisablePerfmon 107
#define JET_paramIndexTuplesLengthMin 110
#define JET_paramIndexTuplesLengthMax 111
#define JET_paramIndexTuplesToIndexMax 112
#define JET_paramAlternateDatabaseRecoveryPath 113
#define JET_paramCachedClosedTables 125
#define JET_paramEnableFileCache 126
#define JET_paramEnableViewCache 127
#define JET_paramVerPageSize 128
#define JET_paramConfiguration 129
#define JET_paramEnableAdvanced 130
#define JET_paramMaxColtyp 131
#define JET_paramIndexTupleIncrement 132
#define JET_paramIndexTupleStart 133
#define JET_paramKeyMost 134
#define JET_paramCheckpointIOMax 135
#define JET_paramLegacyFileNames 136
#define JET_paramTableClass1Name 137
#define JET_paramTableClass2Name 138
#define JET_paramTableClass3Name 139
#define JET_paramTableClass4Name 140
#define JET_paramTableClass5Name 141
#define JET_paramTableClass6Name 142
#define JET_paramTableClass7Name 143
#define JET_paramTableClass8Name 144
#define JET_paramTableClass9Name 145
#define JET_paramTableClass10Name 146
#define JET_paramTableClass11Name 147
#define JET_paramTableClass12Name 148
#define JET_paramTableClass13Name 149
#define JET_paramTableClass14Name 150
#define JET_paramTableClass15Name 151
#define JET_paramIOPriority 152
#define JET_paramWaypointLatency 153
#define JET_paramEnablePersistedCallbacks 156
#define JET_paramDefragmentSequentialBTrees 160
#define JET_paramDefragmentSequentialBTreesDensityCheckFrequency 161
#define JET_paramIOThrottlingTimeQuanta 162
#define JET_paramLVChunkSizeMost 163
#define JET_paramMaxCoalesceReadSize 164
#define JET_paramMaxCoalesceWriteSize 165
#define JET_paramMaxCoalesceReadGapSize 166
#define JET_paramMaxCoalesceWriteGapSize 167
#define JET_paramEnableDBScanInRecovery 169
#define JET_paramDbScanThrottle 170
#define JET_paramDbScanIntervalMinSec 171
#define JET_paramDbScanIntervalMaxSec 172
#define JET_paramCachePriority 177
#define JET_paramMaxTransactionSize 178
#define JET_paramPrereadIOMax 179
#define JET_paramEnableDBScanSerialization 180
#define JET_paramHungIOThreshold 181
#define JET_paramHungIOActions 182
#define JET_paramMinDataForXpress 183
#define JET_paramEnableShrinkDatabase 184
#define JET_paramProcessFriendlyName 186
#define JET_paramDurableCommitCallback 187
#define JET_paramEnableSqm 188
#define JET_paramConfigStoreSpec 189
#define JET_paramUseFlushForWriteDurability 214
#define JET_paramEnableRBS 215
#define JET_paramRBSFilePath 216
#define JET_paramPerfmonRefreshInterval 217
#define JET_paramEnableBlockCache 218
#define JET_paramEnableBlockCacheDetach 220
#define JET_paramMaxValueInvalid 221

/* Contrail's own, far above those of Windows. docs/parameters.md says what they do. */
#define JET_paramContrailSortTablePath 1000 /* a copy of Windows' SortDefault.nls */
#define JET_paramContrailSortOrder 1001     /* JET_contrailSortOrder... */
#define JET_paramContrailRebuildIndexes 1002
#define JET_paramContrailRestoreTo 1003 /* how far restores of the process replay */
#define JET_paramContrailMostHeldLog 1004 /* MiB that a running backup may hold */
#define JET_paramContrailMostBackupRate 1005 /* KiB a second that a backup may read */
#define JET_paramContrailMostCommitWait 1006 /* microseconds; a backup yields to commits */

/* Session parameters. */
#define JET_sesparamCommitDefault 4097
#define JET_sesparamTransactionLevel 4099
#define JET_sesparamOperationContext 4100
#define JET_sesparamCorrelationID 4101
#define JET_sesparamMaxValueInvalid 4111

/* Values of JET_paramConfiguration, which resets many parameters at once. */
#define JET_configDefault 1
#define JET_configRemoveQuotas 2
#define JET_configLowDiskFootprint 4
#define JET_configMediumDiskFootprint 8
#define JET_configLowMemory 16
#define JET_configDynamicMediumMemory 32
#define JET_configLowPower 64
#define JET_configSSDProfileIO 128
#define JET_configRunSilent 256
#define JET_configUnthrottledMemory 512
#define JET_configHighConcurrencyScaling 1024

/* Values of JET_paramEventLoggingLevel. */
#define JET_EventLoggingDisable 0
#define JET_EventLoggingLevelMin 1
#define JET_EventLoggingLevelLow 25
#define JET_EventLoggingLevelMedium 50
#define JET_EventLoggingLevelHigh 75
#define JET_EventLoggingLevelMax 100

/* Values of JET_paramExceptionAction. */
#define JET_ExceptionMsgBox 1
#define JET_ExceptionNone 2
#define JET_ExceptionFailFast 4

/* Values of JET_paramEnableOnlineDefrag. */
#define JET_OnlineDefragDisable 0
#define JET_OnlineDefragAllOBSOLETE 1
#define JET_OnlineDefragDatabases 2
#define JET_OnlineDefragSpaceTrees 4
#define JET_OnlineDefragAll 65535

/* Values of JET_paramIOPriority. */
#define JET_IOPriorityNormal 0
#define JET_IOPriorityLow 1

/* Values of JET_paramEnableIndexChecking. */
#define JET_IndexCheckingOff 0
#define JET_IndexCheckingOn 1
#define JET_IndexCheckingDeferToOpenTable 2
#define JET_IndexCheckingMax 3

/* Values of JET_paramContrailSortOrder: what new indexes over Unicode text are sorted by. */
#define JET_contrailSortOrderAutomatic 0 /* Windows' order if a table file has it, else ICU's */
#define JET_contrailSortOrderWindows 1   /* Windows' order; without a table file ASCII text only */
#define JET_contrailSortOrderIcu 2       /* ICU's order: any text */

/* Values of JET_paramEnableSqm. */
#define JET_sqmDisable 0
#define JET_sqmEnable 1
#define JET_sqmFromCEIP 2

/* Flags of JET_paramEnableShrinkDatabase. */
#define JET_bitShrinkDatabaseOff 0x00000000
#define JET_bitShrinkDatabaseOn 0x00000001
#define JET_bitShrinkDatabaseRealtime 0x00000002
#define JET_bitShrinkDatabaseTrim 0x00000001

/* Flags of JET_paramLegacyFileNames. */
#define JET_bitESE98FileNames 0x00000001
#define JET_bitEightDotThreeSoftCompat 0x00000002

/* Flags of JET_paramHungIOActions. */
#define JET_bitHungIOEvent 0x00000001

/* Flags read from the configuration store that JET_paramConfigStoreSpec names. */
#define JET_bitConfigStoreReadControlInhibitRead 0x00000001
#define JET_bitConfigStoreReadControlDisableAll 0x00000002
#define JET_bitConfigStoreReadControlDefault 0x00000000

/* Names inside the configuration store. */
#define JET_wszConfigStoreReadControl u"CsReadControl"
#define JET_wszConfigStoreRelPathSysParamDefault u"SysParamDefault"
#define JET_wszConfigStoreRelPathSysParamOverride u"SysParamOverride"

#endif
