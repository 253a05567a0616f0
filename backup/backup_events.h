// Numbers of the events of backup and restore: those of ESE's application log. Source: the backup
// contract, section 18.

#pragma once

#include <cstdint>
#include <string>

#include "storage/event.h"
#include "storage/status.h"

namespace contrail::event_id {

inline constexpr uint32_t kRestoreBegins = 204;
inline constexpr uint32_t kRestoreEnds = 205;
inline constexpr uint32_t kNoFullBackup = 206;
inline constexpr uint32_t kFullBackupBegins = 210;
inline constexpr uint32_t kIncrementalBackupBegins = 211;
inline constexpr uint32_t kBackupEnds = 213;
inline constexpr uint32_t kBackupFails = 214;
inline constexpr uint32_t kBackupEndedByCaller = 215;
inline constexpr uint32_t kRestoredDatabaseMoved = 216;
inline constexpr uint32_t kDatabaseLeavesBackup = 217;
inline constexpr uint32_t kLogReadFailed = 218;
inline constexpr uint32_t kStampingFailed = 219;
inline constexpr uint32_t kDatabaseCopyBegins = 220;
inline constexpr uint32_t kDatabaseCopyEnds = 221;
inline constexpr uint32_t kFileClosedEarly = 222;
inline constexpr uint32_t kLogsToCopy = 223;
inline constexpr uint32_t kLogsDeleted = 224;
inline constexpr uint32_t kNoLogsToDelete = 225;
inline constexpr uint32_t kBackupEndedByServer = 226;
inline constexpr uint32_t kLogsMissingAlready = 227;
inline constexpr uint32_t kPatchMismatch = 430;
inline constexpr uint32_t kRestoreLogsStartTooHigh = 431;
inline constexpr uint32_t kRestoreLogsEndTooLow = 432;
inline constexpr uint32_t kRestoreLogSignature = 433;
inline constexpr uint32_t kRestoreLogNotContiguous = 434;
inline constexpr uint32_t kRestoreLogMissing = 435;
inline constexpr uint32_t kRedoEndsAbruptly = 446;
inline constexpr uint32_t kExistingCurrentLogMissing = 450;
inline constexpr uint32_t kRequiredFirstLogMissing = 452;
inline constexpr uint32_t kRequiredLogMissing = 453;
inline constexpr uint32_t kRestoreFailed = 454;
inline constexpr uint32_t kExistingLogSignature = 457;
inline constexpr uint32_t kExistingLogNotContiguous = 458;
inline constexpr uint32_t kFileToBackUpMissing = 459;
inline constexpr uint32_t kLogTornInRestore = 460;
inline constexpr uint32_t kLogTornInRecovery = 461;
inline constexpr uint32_t kLogCorruptInRestore = 463;
inline constexpr uint32_t kLogCorruptInRecovery = 464;
inline constexpr uint32_t kReadSucceededAfterRetries = 493;
inline constexpr uint32_t kLogsNotCopied = 520;
inline constexpr uint32_t kBadPatchPage = 645;
inline constexpr uint32_t kScrubBegins = 706;
inline constexpr uint32_t kScrubEnds = 707;
inline constexpr uint32_t kContentsNotRecorded = 903;  // Of our own.
inline constexpr uint32_t kSnapshotFreezeBegins = 2001;
inline constexpr uint32_t kSnapshotFreezeFails = 2002;
inline constexpr uint32_t kSnapshotFreezeEnds = 2003;
inline constexpr uint32_t kSnapshotTimesOut = 2004;
inline constexpr uint32_t kFullSnapshotBegins = 2005;
inline constexpr uint32_t kSnapshotEnds = 2006;
inline constexpr uint32_t kSnapshotAborted = 2007;
inline constexpr uint32_t kIncrementalSnapshotBegins = 2008;
inline constexpr uint32_t kCopySnapshotBegins = 2009;
inline constexpr uint32_t kDifferentialSnapshotBegins = 2010;

}  // namespace contrail::event_id

namespace contrail {

// Reports and returns the status, so that a failure can be told and given back in one line.
inline Status ReportFailure(EventSink& events, uint32_t id, Status status, std::string text,
                            std::string file = {}, std::string expected = {},
                            std::string found = {}) {
  events.Report({.id = id,
                 .severity = Severity::kError,
                 .text = std::move(text),
                 .file = std::move(file),
                 .expected = std::move(expected),
                 .found = std::move(found),
                 .error = status.number()});
  return status;
}

inline void ReportProgress(EventSink& events, uint32_t id, std::string text,
                           std::string file = {}) {
  events.Report({.id = id, .text = std::move(text), .file = std::move(file)});
}

}  // namespace contrail
