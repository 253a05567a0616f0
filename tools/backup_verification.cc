#include "tools/backup_verification.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "backup/set/descriptor_stream.h"
#include "backup/set/verify_replay.h"
#include "backup/set/verify_stream.h"
#include "tools/archive_restore.h"
#include "tools/peeked_source.h"
#include "tools/set_progress_bar.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

using Json = nlohmann::ordered_json;

// A folder that is gone with the object.
class ScratchFolder {
 public:
  // Empty path after an error was printed.
  explicit ScratchFolder(const std::string& parent) {
    // Not /tmp, which may be memory.
    std::string name =
        (parent.empty() ? "/var/tmp" : AbsolutePath(parent)) + "/contrail-verify-XXXXXX";
    if (mkdtemp(name.data()) != nullptr) {
      path_ = name;
    } else {
      std::fprintf(stderr, "error: cannot make a folder %s\nhint: name a place with --scratch\n",
                   name.c_str());
    }
  }
  ~ScratchFolder() {
    std::error_code problem;
    if (!path_.empty()) std::filesystem::remove_all(path_, problem);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Json DescribeFault(const SetFault& fault) {
  Json object{{"backup", fault.number},
              {"file", fault.file},
              {"what", fault.what},
              {"error", fault.status.number()}};
  if (fault.chunk >= 0) object["chunk"] = fault.chunk;
  if (fault.offset >= 0) object["offset"] = fault.offset;
  return object;
}

Json DescribeFaults(const std::vector<SetFault>& faults) {
  Json list = Json::array();
  for (const SetFault& fault : faults) list.push_back(DescribeFault(fault));
  return list;
}

void PrintFaults(const std::vector<SetFault>& faults) {
  for (const SetFault& fault : faults) {
    std::printf("backup %u: %s%s%s %s\n", fault.number, Printable(fault.file).c_str(),
                fault.file.empty() ? "" : ": ", fault.what.c_str(),
                DescribeError(fault.status).c_str());
  }
}

int VerifyStandardInput(const VerificationOptions& options) {
  if (isatty(STDIN_FILENO) != 0) {
    std::fprintf(stderr, "error: standard input is a terminal, not a backup stream\n");
    return kCouldNotRun;
  }
  TerminalEvents events(/*verbose=*/false);
  Progress bar(Progress::StyleOf(stderr));
  DescriptorSource input(events, STDIN_FILENO, "standard input");
  PeekedSource source(input, kArchiveHeadBytes);
  const Result<Bytes> head = source.Peek();
  if (!head.ok()) return Fail("standard input", head.status());
  if (IsArchive(reinterpret_cast<const char*>(head->data()), head->size())) {
    std::fprintf(
        stderr,
        "error: standard input is an archive (tar), as contrail/backup.hpp makes it, not a "
        "stream of `contrail backup`\nhint: its checksums are verified as it is restored: "
        "`contrail restore - --to SCRATCH`, then `contrail check`\n");
    return kCouldNotRun;
  }
  const Result<StreamVerification> result =
      VerifyStream(events, source, "standard input", ShowOn(bar));
  bar.End();
  if (!result.ok() && !result.status().Is(Error::kReadVerifyFailure)) {
    return Fail("standard input", result.status());
  }
  const bool sound = result.ok() && result->faults.empty();
  if (options.json) {
    Json backups = Json::array();
    for (const SetManifest& manifest : result.ok() ? result->backups : std::vector<SetManifest>()) {
      backups.push_back({{"kind", BackupKindName(manifest.kind)},
                         {"created", manifest.created},
                         {"files", manifest.files.size()},
                         {"bytes", manifest.TotalBytes()},
                         {"generation_low", manifest.generation_low},
                         {"generation_high", manifest.generation_high}});
    }
    const Json document{
        {"backups", backups},
        {"sound", sound},
        {"error", result.status().number()},
        {"faults", DescribeFaults(result.ok() ? result->faults : std::vector<SetFault>())}};
    std::printf("%s\n", JsonText(document).c_str());
  } else if (!result.ok()) {
    std::printf("the stream is damaged or has been cut off: it cannot be restored\n");
  } else {
    PrintFaults(result->faults);
    if (sound) {
      std::printf("sound: %zu backups in the stream, every page and log checked\n",
                  result->backups.size());
      if (!result->backups.empty() && !HoldsDatabases(result->backups.front().kind)) {
        std::printf("logs alone: to be restored behind the backup that they go on from\n");
      }
    }
  }
  return sound ? kGood : kFoundWrong;
}

std::string BlameText(const ReplayVerification& replay) {
  const std::string backup = "backup " + std::to_string(replay.blamed);
  switch (replay.blame) {
    case ReplayBlame::kItsFiles:
      return "to blame: the files of " + backup;
    case ReplayBlame::kItself:
      return "to blame: " + backup + ", which a replay of it alone shows";
    case ReplayBlame::kItselfOrChain:
      return "to blame: " + backup +
             ", or how it goes with those before it, which replay without a fault: which of the "
             "two cannot be told";
    case ReplayBlame::kNotTold:
      return "to blame: " + backup +
             " or one that it goes on from: which one cannot be told, for they could not be "
             "replayed one by one";
  }
  return {};
}

// "4 backups"; of one by its number "backup 3, and 1, 2 that it goes on from".
std::string CountText(const std::vector<const SetEntry*>& entries, uint32_t number) {
  if (number == 0) return std::to_string(entries.size()) + " backups";
  std::string text = "backup " + std::to_string(number);
  for (const SetEntry* entry : entries) {
    if (entry->manifest.number == number) continue;
    text += (entry == entries.front() ? ", and " : ", ") + std::to_string(entry->manifest.number);
  }
  return entries.size() > 1 ? text + " that it goes on from" : text;
}

class SetVerification {
 public:
  explicit SetVerification(const VerificationOptions& options)
      : options_(options), events_(/*verbose=*/false) {}

  int Run();

 private:
  Status FindEntries();
  Status Read();
  bool CanReplay();
  Status Replay(const std::string& scratch);
  void Mark();
  void RemoveMarks();
  int Report();
  void PrintText();
  void PrintMarks();
  void PrintReplay();
  bool sound() const {
    return faults_.empty() && marked_before_ == unmarked_ && replay_error_.ok();
  }

  const VerificationOptions& options_;
  TerminalEvents events_;
  std::optional<BackupSetReader> set_;
  std::vector<const SetEntry*> entries_;  // Those that are looked at.
  std::vector<SetFault> faults_;
  std::optional<ReplayVerification> replay_;
  uint32_t not_replayed_for_ = 0;  // The damaged backup for whose sake nothing was replayed.
  Status replay_error_;            // Of the verification, not of the set.
  size_t marked_ = 0;              // Backups that are marked now.
  size_t marked_before_ = 0;       // Of those that were looked at.
  size_t unmarked_ = 0;            // Of these: the mark has been taken off.
};

int SetVerification::Run() {
  Result<BackupSetReader> set = OpenSet(options_.set);
  if (!set.ok()) return Fail(options_.set, set.status());
  set_ = std::move(*set);
  if (set_->entries().empty()) return Fail(options_.set, Error::kFileNotFound);
  Status status = FindEntries();
  if (status.ok()) status = Read();
  if (!status.ok()) return Fail(options_.set, status);
  if (options_.replay && CanReplay()) {
    const ScratchFolder scratch(options_.scratch);
    if (scratch.path().empty()) return kCouldNotRun;
    replay_error_ = Replay(scratch.path());
    // What has been found before is told, and marked, all the same.
    if (!replay_error_.ok() && faults_.empty()) return Fail(options_.set, replay_error_);
  }
  Mark();
  RemoveMarks();
  const int found = Report();
  return replay_error_.ok() ? found : Fail(options_.set, replay_error_);
}

Status SetVerification::FindEntries() {
  if (options_.number != 0) {
    ASSIGN_OR_RETURN(entries_, set_->ChainTo(options_.number));
    return Status::Ok();
  }
  for (const SetEntry& entry : set_->entries()) entries_.push_back(&entry);
  return Status::Ok();
}

// Not from files that are known to be damaged: it would fail, and say less about why.
bool SetVerification::CanReplay() {
  const Result<std::vector<const SetEntry*>> chain = set_->ChainTo(options_.number);
  for (const SetFault& fault : faults_) {
    const bool needed =
        !chain.ok() || std::any_of(chain->begin(), chain->end(), [&](const SetEntry* entry) {
          return entry->manifest.number == fault.number;
        });
    if (!needed) continue;
    not_replayed_for_ = fault.number;
    return false;
  }
  return true;
}

Status SetVerification::Read() {
  Progress bar(Progress::StyleOf(stderr));
  const Status status = set_->Verify(ShowOn(bar), &faults_, options_.number);
  bar.End();
  return status;
}

Status SetVerification::Replay(const std::string& scratch) {
  Progress bar(Progress::StyleOf(stderr));
  RestoreSetRequest request;
  request.set_folder = AbsolutePath(options_.set);
  request.to = scratch + "/restored";
  request.number = options_.number;
  request.progress = ShowOn(bar);
  Result<ReplayVerification> result = VerifyByReplay(PosixFileSystem(), events_, request);
  bar.End();
  RETURN_IF_ERROR(result.status());
  faults_.insert(faults_.end(), result->faults.begin(), result->faults.end());
  replay_ = std::move(*result);
  return Status::Ok();
}

void SetVerification::Mark() {
  const Result<size_t> marked =
      options_.dry_run ? set_->CountUnmarked(faults_) : set_->MarkDamaged(faults_);
  if (marked.ok()) {
    marked_ = *marked;
  } else {
    std::fprintf(stderr, "warning: a damaged backup could not be marked in the set: %s\n",
                 DescribeError(marked.status()).c_str());
  }
  for (const SetEntry* entry : entries_) marked_before_ += entry->damaged ? 1 : 0;
}

// Only what shows that everything in the set is good shows that a backup is: it may go on from
// another one.
void SetVerification::RemoveMarks() {
  if (!faults_.empty() || options_.number != 0) return;
  const uint32_t newest = 0;
  for (const SetEntry* entry : set_->ProvenGood(replay_.has_value() ? &newest : nullptr)) {
    const Status removed =
        options_.dry_run ? Status::Ok() : RemoveDamageMark(PosixFileSystem(), entry->folder);
    if (removed.ok()) {
      ++unmarked_;
      continue;
    }
    std::fprintf(stderr, "warning: the mark of backup %u could not be taken off: %s\n",
                 entry->manifest.number, DescribeError(removed).c_str());
  }
}

void SetVerification::PrintMarks() {
  if (unmarked_ > 0) {
    std::printf(
        "%zu backups had been marked as damaged; the whole set is good again, and %s\n", unmarked_,
        options_.dry_run ? "the marks would be taken off" : "the marks have been taken off");
  }
  if (marked_before_ > unmarked_) {
    std::printf(
        "%zu backups had been marked as damaged before\nhint: `contrail backup list` says which, "
        "and the file damaged.json in its folder why; `contrail backup verify` of the whole set "
        "takes the mark off when everything is good again, with --replay where a replay had set "
        "it\n",
        marked_before_ - unmarked_);
  }
  if (marked_ > 0) {
    std::printf("%zu backups %s as damaged now\n", marked_,
                options_.dry_run ? "would be marked" : "are marked");
  }
}

void SetVerification::PrintReplay() {
  if (!replay_->faults.empty()) {
    std::printf("%s\n", BlameText(*replay_).c_str());
    return;
  }
  std::printf("replayed: logs %u..%u, %zu databases checked and sound; ",
              replay_->replay.generation_low, replay_->replay.generation_high, replay_->databases);
  if (!replay_->has_contents) {
    std::printf("the backup has recorded no content hashes to compare\n");
    return;
  }
  std::printf("%llu tables with %llu rows hold what they held when they were backed up\n",
              static_cast<unsigned long long>(replay_->tables.compared),
              static_cast<unsigned long long>(replay_->tables.rows));
  if (replay_->tables.not_recorded > 0) {
    std::printf("not compared: %llu tables, for the backup does not record what they held\n",
                static_cast<unsigned long long>(replay_->tables.not_recorded));
  }
}

void SetVerification::PrintText() {
  PrintFaults(faults_);
  if (not_replayed_for_ != 0) {
    std::printf("not replayed: backup %u, which a replay needs, is damaged\n", not_replayed_for_);
  }
  PrintMarks();
  if (sound()) {
    std::printf("sound: %s, every file as its manifest says, every page and log checked\n",
                CountText(entries_, options_.number).c_str());
  }
  if (replay_.has_value()) PrintReplay();
  if (!faults_.empty()) {
    std::printf(
        "hint: restores up to the backup before a damaged one still work; make a new full "
        "backup\n");
  }
}

int SetVerification::Report() {
  if (!options_.json) {
    PrintText();
    return sound() ? kGood : kFoundWrong;
  }
  Json numbers = Json::array();
  for (const SetEntry* entry : entries_) numbers.push_back(entry->manifest.number);
  Json document{{"set", options_.set},
                {"backups", entries_.size()},
                {"numbers", numbers},
                {"sound", sound()},
                {"marked_before", marked_before_},
                {"marked_now", marked_},
                {"unmarked", unmarked_},
                {"dry_run", options_.dry_run},
                {"faults", DescribeFaults(faults_)}};
  if (not_replayed_for_ != 0) document["not_replayed_for"] = not_replayed_for_;
  if (replay_.has_value()) {
    document["replay"] = {{"generation_low", replay_->replay.generation_low},
                          {"generation_high", replay_->replay.generation_high},
                          {"databases", replay_->databases},
                          {"content_hashes", replay_->has_contents},
                          {"tables", replay_->tables.compared},
                          {"tables_not_recorded", replay_->tables.not_recorded},
                          {"rows", replay_->tables.rows}};
    if (!replay_->faults.empty()) document["replay"]["blame"] = BlameText(*replay_);
  }
  std::printf("%s\n", JsonText(document).c_str());
  return sound() ? kGood : kFoundWrong;
}

}  // namespace

Result<BackupSetReader> OpenSet(const std::string& set) {
  const std::string path = AbsolutePath(set);
  std::error_code problem;
  if (!std::filesystem::is_directory(path, problem)) {
    return std::filesystem::exists(path, problem) ? Error::kInvalidPath : Error::kFileNotFound;
  }
  return BackupSetReader::Open(PosixFileSystem(), DiscardEvents(), path);
}

int RunVerification(const VerificationOptions& options) {
  if (options.set != "-") return SetVerification(options).Run();
  if (options.replay || options.number != 0) {
    std::fprintf(stderr,
                 "error: a stream is gone when it has been read\nhint: restore it (`contrail "
                 "restore - --to DIR`) and look at that\n");
    return kCouldNotRun;
  }
  return VerifyStandardInput(options);
}

}  // namespace contrail::tool
