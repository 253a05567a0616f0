#include "tools/file_use.h"

#include <fcntl.h>
#include <unistd.h>

namespace contrail::tool {

bool IsInUse(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return false;
  struct flock lock = {};
  lock.l_type = F_RDLCK;  // What stands against this one is the lock of a writer.
  lock.l_whence = SEEK_SET;
  const bool asked = ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0;
  ::close(descriptor);
  return asked && lock.l_type != F_UNLCK;
}

}  // namespace contrail::tool
