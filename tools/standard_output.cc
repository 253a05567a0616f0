#include "tools/standard_output.h"

#include <poll.h>
#include <unistd.h>

#include <csignal>

namespace contrail::tool {

bool ReaderIsGone() {
  pollfd output = {STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

void EndLikeABrokenPipe() {
  std::signal(SIGPIPE, SIG_DFL);
  std::raise(SIGPIPE);
  ::_exit(128 + SIGPIPE);  // The signal was blocked.
}

}  // namespace contrail::tool
