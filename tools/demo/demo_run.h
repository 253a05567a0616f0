// contrail demo: a real database is filled, written to, backed up meanwhile, killed, recovered,
// destroyed and restored, and every time proved to hold what it must.
//
//   D/live/                  the database and its logs; the writers' process is killed over them
//   D/acknowledged-N         what writer N was told is durable
//   D/set/                   the backup set: a full and an incremental backup
//   D/surviving-logs/        the logs as the crash left them, kept aside
//   D/restored-from-set/     restored from the set alone
//   D/live/ (once more)      restored from the set and the surviving logs

#pragma once

#include <map>
#include <string>
#include <vector>

#include "storage/status.h"
#include "tools/demo/demo_report.h"
#include "tools/demo/state_proof.h"
#include "tools/demo/writer_child.h"
#include "tools/progress.h"

namespace contrail::tool {

struct DemoOptions {
  std::string folder;  // Exists and is empty.
  std::string source;  // As in ReadPackageText.
  uint32_t seconds = 12;
  uint32_t page_size = 4096;
  Progress::Style progress = Progress::Style::kLines;
};

class Demo {
 public:
  Demo(const DemoOptions& options, DemoReport& report) : options_(options), report_(report) {}

  // Ok when it ran to its end; the report says what was proved. An error ends it early.
  Status Run();
  // What was being done when an error came.
  const std::string& step() const { return step_; }

 private:
  struct BackupFigures {
    double seconds = 0;
    int64_t commits = 0;
  };

  std::string Path(const std::string& name) const { return options_.folder + "/" + name; }
  void Begin(const std::string& step);
  std::vector<int64_t> Acknowledged() const;
  // Lets the writers write for so long; returns commits per second.
  double Watch(double seconds) const;

  Status Load();
  Status WriteAndBackUp();
  Status BackUp(const std::string& kind, BackupFigures* figures);
  Status Recover();
  Status RestoreFromSet();
  Status RestoreWithLogs();
  Status Restore(const std::string& folder, const std::string& surviving_logs);
  // What the tables there hold against what the backup has recorded.
  Status CompareWithRecord(const std::string& folder);

  // Opens the database in `folder`, proves its state, closes and checks it.
  Result<StateProof> Prove(const std::string& folder, const std::string& label,
                           double* open_seconds);
  Status CheckFile(const std::string& path, const std::string& label);
  // The state holds all transactions up to these, and the rest of it fits.
  void AddProofs(const std::string& label, const std::string& claim, const StateProof& proof,
                 const std::vector<int64_t>& at_least);

  const DemoOptions& options_;
  DemoReport& report_;
  std::string step_;
  int step_number_ = 0;
  int32_t packages_ = 0;
  std::string loaded_hash_;
  std::map<std::string, std::string> recovered_hashes_;
  std::vector<int64_t> before_incremental_;
  std::vector<int64_t> acknowledged_;
  WriterChild child_;
};

}  // namespace contrail::tool
