#include "tests/support/command.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include <fstream>
#include <iterator>

#include "tests/support/scratch_folder.h"

extern char** environ;

namespace contrail::test {
namespace {

std::string ReadWhole(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// Returns the exit status in the shell's spelling.
int SpawnAndWait(const std::vector<std::string>& words, const std::filesystem::path& output,
                 const std::filesystem::path& errors) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  constexpr int kWrite = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), kWrite, 0644);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors.c_str(), kWrite, 0644);
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t child = 0;
  const int error = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return 127;
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 127;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

CommandResult RunCommand(const std::vector<std::string>& words) {
  const ScratchFolder scratch;
  CommandResult result = RunCommandToFile(words, scratch.path() / "output");
  result.output = ReadWhole(scratch.path() / "output");
  return result;
}

CommandResult RunCommandToFile(const std::vector<std::string>& words,
                               const std::filesystem::path& file) {
  const ScratchFolder scratch;
  CommandResult result;
  result.exit_status = SpawnAndWait(words, file, scratch.path() / "errors");
  result.errors = ReadWhole(scratch.path() / "errors");
  return result;
}

}  // namespace contrail::test
