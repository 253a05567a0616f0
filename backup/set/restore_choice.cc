#include "backup/set/restore_choice.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>

#include "backup/backup_events.h"

namespace contrail {
namespace {

bool IsLate(const SetManifest& manifest, const RestorePoint& point) {
  return point.position.has_value()
             ? manifest.generation_high > point.position->generation
             : manifest.created > point.time->ToText();  // Both in the order of their text.
}

using Chain = std::vector<const SetEntry*>;
using CreationTimes = std::map<uint32_t, std::string>;  // Of generations.

CreationTimes CreationTimesOf(const Chain& chain) {
  CreationTimes times;
  for (const SetEntry* entry : chain) {
    for (const SetFile& file : entry->manifest.files) {
      if (file.kind == SetFileKind::kLog && !file.created.empty()) {
        times[file.generation] = file.created;
      }
    }
  }
  return times;
}

// A restore without a point goes on in the same log stream. What had been logged behind the backup
// is abandoned then, and its generations come again, with other times.
bool AreOfOneHistory(const CreationTimes& a, const CreationTimes& b) {
  return std::all_of(a.begin(), a.end(), [&](const auto& generation) {
    const auto same = b.find(generation.first);
    return same == b.end() || same->second == generation.second;
  });
}

// Of the backups that begin with one that had ended by then, the one that reaches furthest: what
// lies behind the point is not replayed. Where histories part, the newer one counts.
Result<uint32_t> NumberForPoint(const BackupSetReader& set, EventSink& events,
                                const RestorePoint& point) {
  uint32_t number = 0;
  const SetManifest* best = nullptr;
  CreationTimes best_times;
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
    CreationTimes times = CreationTimesOf(*chain);
    const bool further = best == nullptr || best->log_signature != manifest.log_signature ||
                         manifest.generation_high >= best->generation_high ||
                         !AreOfOneHistory(times, best_times);
    if (!further) continue;
    number = manifest.number;
    best = &manifest;
    best_times = std::move(times);
  }
  if (number != 0) return number;
  return ReportFailure(events, event_id::kRestoreFailed, Error::kMissingFullBackup,
                       "Every full backup of the set is later than the point.", set.folder(),
                       "a point behind the begin of one", point.ToText());
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
  const auto& entries = set.entries();
  const uint32_t bad = number == 0 && !entries.empty() ? entries.back().manifest.number : number;
  const bool exists = std::any_of(entries.begin(), entries.end(), [&](const SetEntry& entry) {
    return entry.manifest.number == bad;
  });
  return ReportFailure(
      events, event_id::kRestoreFailed, chain.status(),
      exists ? absl::StrCat("Backup ", bad,
                            " cannot be restored: its manifest, or a backup that it goes on from, "
                            "is damaged or missing.",
                            TellOfNewestWithout(set, bad, request))
             : "The set has no such backup to restore.",
      set.folder(), "a full backup, and every one behind it",
      absl::StrCat(entries.size(), " backups"));
}

uint32_t NewestWithout(const BackupSetReader& set, uint32_t bad, const RestoreSetRequest& request) {
  for (auto entry = set.entries().rbegin(); entry != set.entries().rend(); ++entry) {
    const Result<Chain> chain = set.ChainTo(entry->manifest.number);
    if (!chain.ok()) continue;
    const bool sound = std::all_of(chain->begin(), chain->end(), [&](const SetEntry* one) {
      return one->sound() && one->manifest.number != bad;
    });
    const bool late = request.point.given() && IsLate(chain->front()->manifest, request.point);
    if (sound && !late) return entry->manifest.number;
  }
  return 0;
}

std::string TellOfNewestWithout(const BackupSetReader& set, uint32_t bad,
                                const RestoreSetRequest& request) {
  const uint32_t number = NewestWithout(set, bad, request);
  if (number == 0) return {};
  return absl::StrCat(" The newest one that does not need it can be had with --number ", number,
                      ".");
}

}  // namespace contrail
