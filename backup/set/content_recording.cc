#include "backup/set/content_recording.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <mutex>
#include <tuple>

#include "backup/backup_events.h"
#include "engine/instance.h"
#include "storage/space.h"

namespace contrail {
namespace {

constexpr char kRevoked[] = "version memory had become scarce beside those who write";
constexpr size_t kMostNames = 10;  // In the event; the manifest has all.

}  // namespace

ContentRecording::ContentRecording(Instance& instance, Databases databases)
    : instance_(instance),
      databases_(std::move(databases)),
      begun_(Error::kNotInTransaction),
      session_(instance) {}

ContentRecording::~ContentRecording() {
  // Nothing was changed, so nothing is undone that could fail.
  if (session_.transaction().active()) session_.transaction().Rollback().Ignore();
}

Status ContentRecording::Measure() {
  // So that no tree is freed while it is looked at.
  TakeSnapshot();
  RETURN_IF_ERROR(begun_);
  const Status status = MeasureTables();
  const bool revoked = session_.transaction().revoked();
  RETURN_IF_ERROR(session_.transaction().Rollback());
  return revoked ? Status::Ok() : status;
}

Status ContentRecording::MeasureTables() {
  ASSIGN_OR_RETURN(const std::vector<TableToRead> tables, ListTables(session_));
  for (const TableToRead& table : tables) {
    Database& database = table.attached->database();
    const std::lock_guard<std::mutex> lock(database.structure_mutex());
    const Result<SpaceUsage> space = MeasureSpace(database, table.root);
    // Only their order depends on it.
    pages_[{table.attached, table.id}] = space.ok() ? space->owned_pages : ~uint64_t{0};
  }
  return Status::Ok();
}

void ContentRecording::TakeSnapshot() {
  begun_ = session_.transaction().Begin(/*read_only=*/true);
  if (begun_.ok()) session_.transaction().MakeRevocable();
}

Result<std::vector<TableToRead>> ContentRecording::ListTables(Session& session) {
  std::vector<TableToRead> tables;
  for (const BackupSummary::Database& database : databases_) {
    AttachedDatabase* attached = instance_.FindDatabase(database.path);
    if (attached == nullptr) return Error::kDatabaseNotFound;
    RETURN_IF_ERROR(AddTablesToRead(session, *attached, database.signature.ToText(), &tables));
  }
  return tables;
}

Result<std::vector<TableToRead>> ContentRecording::FindTables() {
  Result<std::vector<TableToRead>> tables = ListTables(session_);
  if (!session_.transaction().revoked()) return tables;
  // Outside of a transaction: only to name them.
  Session now(instance_);
  return ListTables(now);
}

Status ContentRecording::Read(const ContentProgress& progress, SetManifest* manifest) {
  RETURN_IF_ERROR(begun_);
  ASSIGN_OR_RETURN(std::vector<TableToRead> tables, FindTables());
  std::stable_sort(tables.begin(), tables.end(),
                   [this](const TableToRead& left, const TableToRead& right) {
                     return pages_[{left.attached, left.id}] < pages_[{right.attached, right.id}];
                   });
  manifest->has_contents = true;
  for (const TableToRead& table : tables) {
    std::string reason;
    RETURN_IF_ERROR(ReadTable(table, progress, manifest, &reason));
    if (reason.empty()) continue;
    manifest->not_recorded.push_back({table.database, table.name, std::move(reason)});
  }
  RETURN_IF_ERROR(session_.transaction().Rollback());
  const auto by_name = [](const auto& left, const auto& right) {
    return std::tie(left.database, left.table) < std::tie(right.database, right.table);
  };
  std::sort(manifest->contents.begin(), manifest->contents.end(), by_name);
  std::sort(manifest->not_recorded.begin(), manifest->not_recorded.end(), by_name);
  if (!manifest->not_recorded.empty()) ReportMissing(*manifest);
  return Status::Ok();
}

Status ContentRecording::ReadTable(const TableToRead& table, const ContentProgress& progress,
                                   SetManifest* manifest, std::string* reason) {
  Status status;
  if (!session_.transaction().revoked()) {
    TableContent content;
    status = ReadTableContent(session_, table, progress, &content);
    if (status.ok()) {
      manifest->contents.push_back(std::move(content));
      return Status::Ok();
    }
  }
  if (status.Is(Error::kTermInProgress)) return status;
  if (session_.transaction().revoked()) {
    *reason = kRevoked;
    return Status::Ok();
  }
  RETURN_IF_ERROR(instance_.Health());
  *reason = absl::StrCat("it could not be read, error ", status.number());
  return Status::Ok();
}

void ContentRecording::ReportMissing(const SetManifest& manifest) {
  const size_t missing = manifest.not_recorded.size();
  std::string text =
      absl::StrCat("The backup does not record what ", missing, " of ",
                   missing + manifest.contents.size(), " tables hold; it is whole all the same.");
  for (size_t i = 0; i < std::min(missing, kMostNames); ++i) {
    absl::StrAppend(&text, i == 0 ? " " : "; ", manifest.not_recorded[i].table, ": ",
                    manifest.not_recorded[i].reason);
  }
  absl::StrAppend(&text, missing > kMostNames ? "; and others." : ".");
  instance_.events().Report({.id = event_id::kContentsNotRecorded,
                             .severity = Severity::kWarning,
                             .text = std::move(text),
                             .file = instance_.options().log_path});
}

}  // namespace contrail
