#include "backup/set/restore_choice.h"

#include <absl/strings/str_cat.h>

#include "backup/backup_events.h"

namespace contrail {
namespace {

bool IsLate(const SetManifest& manifest, const RestorePoint& point) {
  return point.position.has_value()
             ? manifest.generation_high > point.position->generation
             : manifest.created > point.time->ToText();  // Both in the order of their text.
}

// Of the backups that begin with one that had ended by then, the one that reaches furthest: what
// lies behind the point is not replayed.
Result<uint32_t> NumberForPoint(const BackupSetReader& set, EventSink& events,
                                const RestorePoint& point) {
  uint32_t number = 0;
  const SetManifest* best = nullptr;
  for (const SetEntry& entry : set.entries()) {
    const SetManifest& manifest = entry.manifest;
    if (!entry.status.ok()) {
      if (!HoldsDatabases(manifest.kind)) continue;
      number = manifest.number;  // Its damage is told, rather than passed over.
      best = nullptr;
      continue;
    }
    const Result<std::vector<const SetEntry*>> chain = set.ChainTo(manifest.number);
    if (!chain.ok() || IsLate(chain->front()->manifest, point)) continue;
    const bool further = best == nullptr || best->log_signature != manifest.log_signature ||
                         manifest.generation_high >= best->generation_high;
    if (!further) continue;
    number = manifest.number;
    best = &manifest;
  }
  if (number != 0) return number;
  return ReportFailure(events, event_id::kRestoreFailed, Error::kMissingFullBackup,
                       "Every full backup of the set is later than the point.", set.folder(), {},
                       point.ToText());
}

void ReportDamagedManifests(const BackupSetReader& set, EventSink& events) {
  for (const SetEntry& entry : set.entries()) {
    if (entry.status.ok()) continue;
    if (entry.of_other_format()) {
      events.Report({.id = event_id::kRestoreFailed,
                     .severity = Severity::kError,
                     .text = "The manifest of a backup is of a format that this version does not "
                             "read.",
                     .file = entry.folder + kManifestName,
                     .expected = absl::StrCat("format ", kManifestFormat),
                     .found = "another",
                     .error = entry.status.number()});
      continue;
    }
    events.Report({.id = event_id::kRestoreFailed,
                   .severity = Severity::kError,
                   .text = "The manifest of a backup is damaged or missing.",
                   .file = entry.folder + kManifestName,
                   .offset = 0,
                   .expected = absl::StrCat("a manifest, and its hash in ", kManifestHashName),
                   .found = entry.manifest_hash.empty() ? "not both of them"
                                                        : "another hash, " + entry.manifest_hash,
                   .error = entry.status.number()});
  }
}

}  // namespace

Result<std::vector<const SetEntry*>> ChooseChain(const BackupSetReader& set, EventSink& events,
                                                 const RestoreSetRequest& request) {
  uint32_t number = request.number;
  if (number == 0 && request.point.given() && !set.entries().empty()) {
    ASSIGN_OR_RETURN(number, NumberForPoint(set, events, request.point));
  }
  Result<std::vector<const SetEntry*>> chain = set.ChainTo(number);
  if (chain.ok()) return chain;
  ReportDamagedManifests(set, events);
  return ReportFailure(events, event_id::kRestoreFailed, chain.status(),
                       "The set has no whole chain of backups to restore.", set.folder(),
                       "a full backup, and every one behind it",
                       absl::StrCat(set.entries().size(), " backups"));
}

}  // namespace contrail
