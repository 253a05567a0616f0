// The demo's second process: it writes, it backs up when told to, and it gets killed.

#pragma once

#include <string>

#include "storage/status.h"

namespace contrail::tool {

struct WriterChildOptions {
  std::string folder;  // The database's; acknowledgements go to `outside`.
  std::string outside;
  std::string set;  // Backup set.
  int32_t packages = 0;
  uint32_t page_size = 4096;
  uint32_t log_kibibytes = 5120;
  std::string program = "/proc/self/exe";  // What to start: the tool.
};

// The child's main function: starts the engine and the writers, prints "ready", then obeys lines on
// standard input: "full", "incremental", "differential", "copy" (each answered by
// "done BYTES STORED_BYTES SECONDS" or "failed NUMBER"), "stop". Returns the exit status.
int RunWriterChild(const WriterChildOptions& options);

// The parent's end.
class WriterChild {
 public:
  WriterChild() = default;
  ~WriterChild();  // Kills it.
  WriterChild(const WriterChild&) = delete;
  WriterChild& operator=(const WriterChild&) = delete;

  // Starts the program with the verb for it.
  Status Spawn(const WriterChildOptions& options);
  // The same, and waits until the writers write.
  Status Start(const WriterChildOptions& options);
  Status Send(const std::string& line);
  // The next line; kTermInProgress when the child has ended.
  Result<std::string> ReadLine();
  // SIGKILL, and waits until it is gone.
  void Kill();

 private:
  int process_ = -1;
  int to_ = -1;
  int from_ = -1;
  std::string received_;
};

}  // namespace contrail::tool
