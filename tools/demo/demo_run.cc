#include "tools/demo/demo_run.h"

#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <numeric>
#include <random>
#include <thread>

#include "storage/check.h"
#include "tools/demo/demo_tables.h"
#include "tools/demo/demo_writer.h"

namespace contrail::tool {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

int64_t Sum(const std::vector<int64_t>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), int64_t{0});
}

std::string RateText(double amount, double seconds) {
  return BytesText(amount / std::max(seconds, 1e-3)) + "/s";
}

// All files of the folder that are logs.
Status CopyLogs(const std::string& from, const std::string& to) {
  std::error_code problem;
  std::filesystem::create_directories(to, problem);
  for (const auto& entry : std::filesystem::directory_iterator(from, problem)) {
    if (entry.path().extension() != ".log") continue;
    std::filesystem::copy_file(entry.path(), to / entry.path().filename(), problem);
    if (problem) return Error::kDiskIO;
  }
  return problem ? Status(Error::kDiskIO) : Status::Ok();
}

}  // namespace

Status Demo::Run() {
  RETURN_IF_ERROR(Load());
  RETURN_IF_ERROR(WriteAndBackUp());
  RETURN_IF_ERROR(Recover());
  RETURN_IF_ERROR(RestoreFromSet());
  return RestoreWithLogs();
}

void Demo::Begin(const std::string& step) {
  step_ = step;
  report_.Say(absl::StrFormat("%d. %s", ++step_number_, step));
}

std::vector<int64_t> Demo::Acknowledged() const {
  std::vector<int64_t> numbers;
  for (uint32_t writer = 0; writer < kWriters; ++writer) {
    numbers.push_back(LastAcknowledged(options_.folder, writer));
  }
  return numbers;
}

double Demo::Watch(double seconds) const {
  const int64_t before = Sum(Acknowledged());
  const Clock::time_point start = Clock::now();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  return static_cast<double>(Sum(Acknowledged()) - before) / SecondsSince(start);
}

Status Demo::Load() {
  Begin("Reading the package index of this machine and loading it");
  if (!options_.source.empty()) step_ = options_.source;  // What an error now is about.
  ASSIGN_OR_RETURN(const PackageText text, ReadPackageText(options_.source));
  if (!text.remark.empty()) report_.Say("   note: " + text.remark);
  JetSettings settings;
  settings.folder = Path("live");
  settings.page_size = options_.page_size;
  ASSIGN_OR_RETURN(const std::unique_ptr<JetEngine> engine, JetEngine::Start(settings));
  const std::string path = Path("live") + "/" + kDemoDatabase;
  ASSIGN_OR_RETURN(std::unique_ptr<JetSession> session, JetSession::Open(*engine, path, true));
  RETURN_IF_ERROR(CreateDemoTables(*session));
  Progress progress(options_.progress);
  progress.Begin("   loading", text.text.size());
  const Clock::time_point start = Clock::now();
  ASSIGN_OR_RETURN(const LoadResult loaded,
                   LoadPackages(*session, text.text, [&](uint64_t done) { progress.Set(done); }));
  progress.End();
  const double seconds = SecondsSince(start);
  packages_ = loaded.packages;
  if (packages_ == 0) {
    step_ = text.origin + " names no package";
    return Error::kFileInvalidType;
  }
  ASSIGN_OR_RETURN(const StateProof proof, ProveState(*session, packages_));
  loaded_hash_ = proof.loaded_hash;
  session.reset();
  RETURN_IF_ERROR(engine->Stop());
  report_.AddFigure("data", "from", text.origin);
  report_.AddFigure("", "packages", CountText(static_cast<uint64_t>(packages_)));
  report_.AddFigure("", "text", BytesText(static_cast<double>(loaded.text_bytes)));
  report_.AddFigure("", "database, page size",
                    BytesText(static_cast<double>(std::filesystem::file_size(path))) + ", " +
                        std::to_string(options_.page_size));
  report_.AddFigure(
      "", "loading",
      absl::StrFormat("%.1f s, %s packages/s, %s", seconds,
                      CountText(static_cast<uint64_t>(packages_ / std::max(seconds, 1e-3))),
                      RateText(static_cast<double>(loaded.text_bytes), seconds)));
  report_.AddProof("the loaded database holds what the index says",
                   proof.faults.empty() && proof.transactions() == 0, "content " + loaded_hash_);
  return Status::Ok();
}

Status Demo::WriteAndBackUp() {
  Begin("Two writers update, insert and delete; meanwhile a full and an incremental backup");
  WriterChildOptions child;
  child.folder = Path("live");
  child.outside = options_.folder;
  child.set = Path("set");
  child.packages = packages_;
  child.page_size = options_.page_size;
  RETURN_IF_ERROR(child_.Start(child));
  const double share = static_cast<double>(options_.seconds) / 3;
  const double alone = Watch(share);
  BackupFigures full;
  RETURN_IF_ERROR(BackUp("full", &full));
  const double between = Watch(share);
  before_incremental_ = Acknowledged();
  BackupFigures incremental;
  RETURN_IF_ERROR(BackUp("incremental", &incremental));
  const double after = Watch(share);
  const double during = static_cast<double>(full.commits + incremental.commits) /
                        std::max(full.seconds + incremental.seconds, 1e-3);
  report_.AddFigure("commits", "without a backup",
                    absl::StrFormat("%.0f/s", (alone + between + after) / 3));
  report_.AddFigure("", "during the backups", absl::StrFormat("%.0f/s", during));

  Begin("SIGKILL in mid-write");
  // At any moment: a little later every time.
  std::this_thread::sleep_for(std::chrono::microseconds(std::random_device()() % 50'000));
  child_.Kill();
  acknowledged_ = Acknowledged();
  report_.Say("   " + CountText(static_cast<uint64_t>(Sum(acknowledged_))) +
              " transactions had been acknowledged");
  report_.AddProof("every writer had transactions acknowledged before the kill",
                   std::all_of(acknowledged_.begin(), acknowledged_.end(),
                               [](int64_t number) { return number > 0; }),
                   {});
  report_.AddFigure("", "acknowledged until the kill",
                    CountText(static_cast<uint64_t>(Sum(acknowledged_))));
  return CopyLogs(Path("live"), Path("surviving-logs"));
}

Status Demo::BackUp(const std::string& kind, BackupFigures* figures) {
  const int64_t before = Sum(Acknowledged());
  const Clock::time_point start = Clock::now();
  RETURN_IF_ERROR(child_.Send(kind));
  ASSIGN_OR_RETURN(const std::string line, child_.ReadLine());
  figures->seconds = SecondsSince(start);
  figures->commits = Sum(Acknowledged()) - before;
  const std::vector<std::string> words = absl::StrSplit(line, ' ');
  if (words.size() != 4 || words[0] != "done") {
    const int number = words.size() == 2 ? std::atoi(words[1].c_str()) : 0;
    return number < 0 ? static_cast<Error>(number) : Error::kInternalError;
  }
  const double bytes = std::atof(words[1].c_str());
  const double stored = std::atof(words[2].c_str());
  report_.AddFigure(
      "backup", kind,
      absl::StrFormat("%s in %.1f s, %s; %s stored", BytesText(bytes), figures->seconds,
                      RateText(bytes, figures->seconds), BytesText(stored)));
  report_.Say(absl::StrFormat("   %s backup: %s in %.1f s, %d commits meanwhile", kind,
                              BytesText(bytes), figures->seconds, figures->commits));
  return Status::Ok();
}

Status Demo::Recover() {
  Begin("Recovery of what the killed process left behind");
  double seconds = 0;
  ASSIGN_OR_RETURN(const StateProof proof, Prove("live", "after recovery", &seconds));
  report_.AddFigure("recovery", "after SIGKILL", absl::StrFormat("%.1f s", seconds));
  AddProofs("after recovery", "every acknowledged commit is there", proof, acknowledged_);
  recovered_hashes_ = proof.hashes;
  for (const auto& [table, hash] : recovered_hashes_) {
    report_.Say("   content of " + table + ": " + hash.substr(0, 32));
  }
  return Status::Ok();
}

Status Demo::RestoreFromSet() {
  Begin("Databases and logs are destroyed, and restored from the backup set");
  std::error_code problem;
  std::filesystem::remove_all(Path("live"), problem);
  if (problem) return Error::kFileAccessDenied;
  const Clock::time_point start = Clock::now();
  RETURN_IF_ERROR(Restore("restored-from-set", ""));
  report_.AddFigure("restore", "from the set alone",
                    absl::StrFormat("%.1f s", SecondsSince(start)));
  RETURN_IF_ERROR(CompareWithRecord("restored-from-set"));
  ASSIGN_OR_RETURN(const StateProof proof,
                   Prove("restored-from-set", "restored from the set", nullptr));
  AddProofs("restored from the set", "everything up to the incremental backup is there", proof,
            before_incremental_);
  return Status::Ok();
}

Status Demo::RestoreWithLogs() {
  Begin("Once more, rolling forward through the logs that survived");
  const Clock::time_point start = Clock::now();
  RETURN_IF_ERROR(Restore("live", Path("surviving-logs")));
  report_.AddFigure("", "from the set and surviving logs",
                    absl::StrFormat("%.1f s", SecondsSince(start)));
  ASSIGN_OR_RETURN(const StateProof proof, Prove("live", "rolled forward", nullptr));
  AddProofs("rolled forward", "every acknowledged commit is there", proof, acknowledged_);
  report_.AddProof("rolled forward: every table has the content it had after recovery",
                   proof.hashes == recovered_hashes_,
                   CountText(proof.rows) + " rows, by content hash");
  return Status::Ok();
}

void Demo::AddProofs(const std::string& label, const std::string& claim, const StateProof& proof,
                     const std::vector<int64_t>& at_least) {
  CHECK(at_least.size() == proof.counters.size());
  bool all = true;
  for (size_t i = 0; i < at_least.size(); ++i) all = all && proof.counters[i] >= at_least[i];
  report_.AddProof(label + ": " + claim, all,
                   CountText(static_cast<uint64_t>(proof.transactions())) + " of at least " +
                       CountText(static_cast<uint64_t>(Sum(at_least))) + " transactions");
  report_.AddProof(label + ": the ledger sums to zero, and no transaction is there by half",
                   proof.faults.empty(),
                   proof.faults.empty() ? "every row as the transactions make it"
                                        : absl::StrJoin(proof.faults, "; "));
  report_.AddProof(label + ": the packages are as they were loaded",
                   proof.loaded_hash == loaded_hash_, "");
}

}  // namespace contrail::tool
