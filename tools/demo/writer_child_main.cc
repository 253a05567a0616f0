// The child's side of tools/demo/writer_child.h.

#include <signal.h>
#include <sys/prctl.h>

#include <chrono>
#include <iostream>
#include <optional>
#include <thread>

#include "backup/set/backup_set_writer.h"
#include "tools/demo/demo_writer.h"
#include "tools/demo/writer_child.h"
#include "tools/verb.h"

namespace contrail::tool {
namespace {

void Answer(const std::string& line) { std::cout << line << std::endl; }

std::string BackUp(JetEngine& engine, const std::string& set, BackupScope kind) {
  const auto start = std::chrono::steady_clock::now();
  SetBackupRequest request;
  request.set_folder = set;
  request.kind = kind;
  request.record_contents = true;
  const Result<SetBackupResult> result = BackUpToSet(engine.engine(), request);
  if (!result.ok()) {
    Fail("backup", result.status());
    return "failed " + std::to_string(result.status().number());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return "done " + std::to_string(result->bytes) + " " + std::to_string(result->stored_bytes) +
         " " + std::to_string(took.count());
}

class Child {
 public:
  explicit Child(const WriterChildOptions& options) : options_(options) {}
  ~Child() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

  Status Start() {
    JetSettings settings;
    settings.folder = options_.folder;
    settings.page_size = options_.page_size;
    settings.log_kibibytes = options_.log_kibibytes;
    ASSIGN_OR_RETURN(engine_, JetEngine::Start(settings));
    for (uint32_t number = 0; number < kWriters; ++number) {
      ASSIGN_OR_RETURN(
          std::unique_ptr<DemoWriter> writer,
          DemoWriter::Open(*engine_, options_.folder, options_.outside, number, options_.packages));
      writers_.push_back(std::move(writer));
    }
    for (const auto& writer : writers_) {
      threads_.emplace_back([this, &writer = *writer] {
        const Status status = writer.Run(stop_);
        // The parent sees the child end, and what it said.
        if (!status.ok()) _exit(Fail("a writer stopped", status));
      });
    }
    return Status::Ok();
  }

  void Obey() {
    std::string line;
    while (std::getline(std::cin, line) && line != "stop") {
      const std::optional<BackupScope> kind = BackupKindOfName(line);
      Answer(kind.has_value()
                 ? BackUp(*engine_, options_.set, *kind)
                 : "failed " + std::to_string(Status(Error::kInvalidParameter).number()));
    }
  }

 private:
  const WriterChildOptions& options_;
  std::unique_ptr<JetEngine> engine_;
  std::vector<std::unique_ptr<DemoWriter>> writers_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

}  // namespace

int RunWriterChild(const WriterChildOptions& options) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // Not to live on when the demo itself is killed.
  Child child(options);
  const Status status = child.Start();
  if (!status.ok()) return Fail(options.folder, status);
  Answer("ready");
  child.Obey();
  return kGood;
}

}  // namespace contrail::tool
