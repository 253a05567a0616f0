// backup_load_bench: what a backup does to those who write meanwhile.
//
//   backup_load_bench [--megabytes N] [--writers N] [--seconds N] [--pause SECONDS]
//                     [--commit-wait MICROSECONDS] [--folder DIR]
//
// Fills a database, lets writers commit durably without a break, and measures every commit: without
// a backup, during a full backup, during one that yields to the commits, and during one whose
// client stops reading in the middle for the pause. Prints a table: commits, their latencies, log
// files held, and how often the backup had to begin again.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <contrail/backup.hpp>
#include <contrail/db.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

// Of its own in whatever folder is given: it is emptied at the beginning and goes at the end.
constexpr char kFolder[] = "contrail_backup_load_bench";

struct Settings {
  int megabytes = 256;
  int writers = 4;
  int seconds = 10;  // Without a backup.
  int pause = 10;
  int commit_wait = 500;  // Microseconds that a backup that yields leaves commits to wait.
  std::string folder = std::filesystem::temp_directory_path() / kFolder;
};

double Milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

// Takes the backup and throws it away; stops in the middle of the databases for a while.
class PausingSink {
 public:
  PausingSink(uint64_t pause_at, int pause) : pause_at_(pause_at), pause_(pause) {}
  void write(const char*, size_t size) {
    bytes_ += size;
    if (pause_ == 0 || paused_ || bytes_ < pause_at_) return;
    paused_ = true;
    std::this_thread::sleep_for(seconds(pause_));
  }
  uint64_t bytes() const { return bytes_; }

 private:
  const uint64_t pause_at_;
  const int pause_;
  bool paused_ = false;
  uint64_t bytes_ = 0;
};

struct Phase {
  std::string name;
  double duration = 0;          // Seconds.
  std::vector<double> commits;  // Milliseconds each, sorted.
  uint64_t log_bytes = 0;       // Most that lay in the folder.
  int begun = 0;                // How often the backup was begun; 1: never again.
  uint64_t backup_bytes = 0;
};

class Load {
 public:
  explicit Load(const Settings& settings) : settings_(settings), instance_(Fresh(settings)) {
    contrail::Session session(instance_);
    contrail::Database database(session, Path(), /*create=*/true);
    contrail::Table table =
        database.create_table("rows", {{"id"}, {"text", contrail::Kind::binary}}, "+id");
    Fill(session, table);
  }

  Phase Run(const std::string& name, const std::function<void(Phase*)>& meanwhile) {
    Phase phase;
    phase.name = name;
    std::atomic<bool> stop{false};
    std::mutex mutex;
    std::vector<std::thread> threads;
    threads.reserve(static_cast<size_t>(settings_.writers) + 1);
    const auto start = Clock::now();
    for (int writer = 0; writer < settings_.writers; ++writer) {
      threads.emplace_back([&] {
        std::vector<double> times = Write(stop);
        const std::lock_guard lock(mutex);
        phase.commits.insert(phase.commits.end(), times.begin(), times.end());
      });
    }
    threads.emplace_back([&] {
      while (!stop.load()) {
        phase.log_bytes = std::max(phase.log_bytes, LogBytes());
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
    });
    meanwhile(&phase);
    phase.duration = Milliseconds(Clock::now() - start) / 1000;
    stop.store(true);
    for (std::thread& thread : threads) thread.join();
    std::sort(phase.commits.begin(), phase.commits.end());
    return phase;
  }

  void BackUp(Phase* phase, int pause, const contrail::BackupOptions& options = {}) {
    PausingSink sink(DatabaseBytes() / 2, pause);
    while (true) {
      ++phase->begun;
      try {
        contrail::backup(instance_.handle(), sink, options);
        break;
      } catch (const contrail::Error& error) {
        std::fprintf(stderr, "the backup begins again: %s\n", error.what());
        if (phase->begun > 10) throw;
      }
    }
    phase->backup_bytes = sink.bytes();
  }
  uint64_t DatabaseBytes() const { return std::filesystem::file_size(Path()); }

 private:
  static contrail::Instance Fresh(const Settings& settings) {
    std::filesystem::remove_all(settings.folder);
    std::filesystem::create_directories(settings.folder);
    // Logs go as soon as a crash does not need them, so those that are left a backup holds.
    return contrail::Instance(settings.folder, {.circular_logging = true});
  }
  std::string Path() const { return settings_.folder + "/load.edb"; }

  void Fill(contrail::Session& session, contrail::Table& table) {
    const std::string text(2000, 'x');
    const int64_t rows = int64_t{settings_.megabytes} * 1024 * 1024 / 2100;
    while (next_ < rows) {
      contrail::Transaction transaction(session);
      for (int i = 0; i < 100; ++i) table.insert().set("id", next_++).set("text", text).save();
      transaction.commit(JET_bitCommitLazyFlush);
    }
  }

  std::vector<double> Write(const std::atomic<bool>& stop) {
    std::vector<double> times;
    try {
      contrail::Session session(instance_);
      contrail::Database database(session, Path());
      contrail::Table table = database.open_table("rows");
      const JET_COLUMNID id = table.column("id");
      const JET_COLUMNID text = table.column("text");
      const std::string content(500, 'y');
      while (!stop.load(std::memory_order_relaxed)) {
        contrail::Transaction transaction(session);
        table.insert().set(id, next_.fetch_add(1)).set(text, content).save();
        const auto before = Clock::now();
        transaction.commit();
        times.push_back(Milliseconds(Clock::now() - before));
      }
    } catch (const contrail::Error& error) {
      std::fprintf(stderr, "a writer ends: %s\n", error.what());
      std::exit(1);
    }
    return times;
  }

  uint64_t LogBytes() const {
    uint64_t bytes = 0;
    std::error_code gone;  // A log may be deleted meanwhile.
    for (const auto& entry : std::filesystem::directory_iterator(settings_.folder)) {
      if (entry.path().extension() != ".log") continue;
      const uint64_t size = entry.file_size(gone);
      if (!gone) bytes += size;
    }
    return bytes;
  }

  const Settings settings_;
  contrail::Instance instance_;
  std::atomic<int64_t> next_{0};
};

double Quantile(const std::vector<double>& sorted, double part) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<size_t>(part * static_cast<double>(sorted.size() - 1))];
}

void Print(const Phase& phase) {
  std::printf("%-24s %7.1f s %9.0f/s %9.2f %9.2f %9.2f %9.2f %8.0f MB", phase.name.c_str(),
              phase.duration, static_cast<double>(phase.commits.size()) / phase.duration,
              Quantile(phase.commits, 0.5), Quantile(phase.commits, 0.99),
              Quantile(phase.commits, 0.999), Quantile(phase.commits, 1),
              static_cast<double>(phase.log_bytes) / 1e6);
  if (phase.begun > 0) {
    std::printf(" %8.0f MB %8d", static_cast<double>(phase.backup_bytes) / 1e6, phase.begun - 1);
  }
  std::printf("\n");
}

bool Read(int argc, char** argv, Settings* settings) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const int number = std::atoi(argv[i + 1]);
    if (name == "--megabytes") {
      settings->megabytes = number;
    } else if (name == "--writers") {
      settings->writers = number;
    } else if (name == "--seconds") {
      settings->seconds = number;
    } else if (name == "--pause") {
      settings->pause = number;
    } else if (name == "--commit-wait") {
      settings->commit_wait = number;
    } else if (name == "--folder") {
      settings->folder = std::filesystem::path(argv[i + 1]) / kFolder;
    } else {
      return false;
    }
  }
  return argc % 2 == 1 && settings->megabytes > 0 && settings->writers > 0 &&
         settings->seconds > 0 && settings->pause >= 0 && settings->commit_wait > 0;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  if (!Read(argc, argv, &settings)) {
    std::fprintf(stderr,
                 "backup_load_bench [--megabytes N] [--writers N] [--seconds N] [--pause SECONDS] "
                 "[--commit-wait MICROSECONDS] [--folder DIR]\n");
    return 2;
  }
  try {
    Load load(settings);
    std::printf("database of %.0f MB, %d writers, durable commits of one row of 500 bytes\n\n",
                static_cast<double>(load.DatabaseBytes()) / 1e6, settings.writers);
    std::printf("%-24s %9s %11s %9s %9s %9s %9s %11s %11s %8s\n", "", "lasted", "commits", "p50 ms",
                "p99 ms", "p99.9 ms", "max ms", "logs held", "backup", "restarts");
    Print(load.Run("no backup",
                   [&](Phase*) { std::this_thread::sleep_for(seconds(settings.seconds)); }));
    Print(load.Run("full backup", [&](Phase* phase) { load.BackUp(phase, 0); }));
    contrail::BackupOptions yielding;
    yielding.max_commit_wait = std::chrono::microseconds(settings.commit_wait);
    Print(load.Run("a backup that yields", [&](Phase* phase) { load.BackUp(phase, 0, yielding); }));
    Print(load.Run("a client that pauses",
                   [&](Phase* phase) { load.BackUp(phase, settings.pause); }));
    Print(load.Run("no backup",
                   [&](Phase*) { std::this_thread::sleep_for(seconds(settings.seconds)); }));
  } catch (const contrail::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  std::error_code ignored;  // A folder left behind spoils no figure.
  std::filesystem::remove_all(settings.folder, ignored);
  return 0;
}
