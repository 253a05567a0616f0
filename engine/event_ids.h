// Numbers of the engine's events; ESE's where ESE has one for the occasion.

#pragma once

#include <cstdint>

namespace contrail::event_id {

inline constexpr uint32_t kInstanceStarting = 102;
inline constexpr uint32_t kInstanceStopped = 103;
inline constexpr uint32_t kInstanceStoppedWithError = 104;
inline constexpr uint32_t kLogTruncationFailed = 224;
inline constexpr uint32_t kRecoveryBegins = 300;
inline constexpr uint32_t kRecoveryEnds = 302;
inline constexpr uint32_t kDatabaseCreated = 325;
inline constexpr uint32_t kDatabaseAttached = 326;
inline constexpr uint32_t kDatabaseDetached = 327;
inline constexpr uint32_t kLogFileMissing = 455;
inline constexpr uint32_t kRecoveryFailed = 454;
inline constexpr uint32_t kLogSequenceBroken = 453;
inline constexpr uint32_t kRecoveryDatabaseMissing = 481;
inline constexpr uint32_t kDatabaseDirty = 487;
inline constexpr uint32_t kFilesInUse = 490;
inline constexpr uint32_t kSortTablesNotUnderstood = 604;  // Language not supported.
inline constexpr uint32_t kOutOfDateIndexDeleted = 611;
inline constexpr uint32_t kPrimaryIndexOutOfDate = 613;
inline constexpr uint32_t kSecondaryIndexOutOfDate = 614;
inline constexpr uint32_t kDatabaseSignatureInUse = 488;
inline constexpr uint32_t kStreamedCopyNotRestored = 619;
inline constexpr uint32_t kCheckpointUnusable = 439;
inline constexpr uint32_t kCleanupGivenUp = 900;
// A second JetEnableMultiInstance: a parameter has another value, is new, or is missing.
inline constexpr uint32_t kSharedParameterDiffers = 913;
inline constexpr uint32_t kSharedParameterIsNew = 914;
inline constexpr uint32_t kSharedParameterIsMissing = 915;
// Of our own.
inline constexpr uint32_t kBackupHoldsLog = 901;
inline constexpr uint32_t kBackupHoldsTooMuchLog = 902;
inline constexpr uint32_t kDatabaseNotAttached = 904;  // Opened without being attached.

}  // namespace contrail::event_id
