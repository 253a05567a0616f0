#include "tools/demo/writer_child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "storage/check.h"

extern char** environ;

namespace contrail::tool {

WriterChild::~WriterChild() { Kill(); }

Status WriterChild::Start(const WriterChildOptions& options) {
  RETURN_IF_ERROR(Spawn(options));
  ASSIGN_OR_RETURN(const std::string line, ReadLine());
  return line == "ready" ? Status::Ok() : Status(Error::kInternalError);
}

Status WriterChild::Spawn(const WriterChildOptions& options) {
  CHECK(process_ < 0);
  std::array<int, 2> to = {-1, -1};
  std::array<int, 2> from = {-1, -1};
  if (pipe2(to.data(), O_CLOEXEC) != 0 || pipe2(from.data(), O_CLOEXEC) != 0) {
    return Error::kOutOfFileHandles;
  }
  const std::vector<std::string> words = {options.program,
                                          "demo-writer",
                                          options.folder,
                                          options.outside,
                                          options.set,
                                          std::to_string(options.packages),
                                          std::to_string(options.page_size),
                                          std::to_string(options.log_kibibytes)};
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
  const int error =
      posix_spawn(&process_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(to[0]);
  close(from[1]);
  to_ = to[1];
  from_ = from[0];
  if (error != 0) {
    process_ = -1;
    return Error::kOutOfMemory;
  }
  return Status::Ok();
}

Status WriterChild::Send(const std::string& line) {
  const std::string text = line + "\n";
  const ssize_t written = write(to_, text.data(), text.size());
  return written == static_cast<ssize_t>(text.size()) ? Status::Ok()
                                                      : Status(Error::kTermInProgress);
}

Result<std::string> WriterChild::ReadLine() {
  for (;;) {
    const size_t end = received_.find('\n');
    if (end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      return line;
    }
    std::array<char, 4096> buffer;
    const ssize_t got = read(from_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Error::kTermInProgress;
    received_.append(buffer.data(), static_cast<size_t>(got));
  }
}

void WriterChild::Kill() {
  if (process_ > 0) {
    kill(process_, SIGKILL);
    while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  process_ = -1;
  received_.clear();
  for (int* end : {&to_, &from_}) {
    if (*end >= 0) close(*end);
    *end = -1;
  }
}

}  // namespace contrail::tool
