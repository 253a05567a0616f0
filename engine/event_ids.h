// Numbers of the engine's events; ESE's where ESE has one for the occasion.

#pragma once

#include <cstdint>

namespace contrail::event_id {

inline constexpr uint32_t kInstanceStarting = 102;
inline constexpr uint32_t kInstanceStopped = 103;
inline constexpr uint32_t kInstanceStoppedWithError = 104;
inline constexpr uint32_t kLogTruncationFailed = 224;
inline constexpr uint32_t kRecoveryBegins = 300;
inline constexpr uint32_t kRecoveryReadsGeneration = 301;
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
// Of our own.
inline constexpr uint32_t kBackupHoldsLog = 901;
inline constexpr uint32_t kBackupHoldsTooMuchLog = 902;
inline constexpr uint32_t kDatabaseNotAttached = 901;  // Opened without being attached. Ours.

}  // namespace contrail::event_id
