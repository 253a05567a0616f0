#include "storage/posix_error.h"

#include <cerrno>

#include "storage/check.h"

namespace contrail {

Status StatusFromErrno(int error_number) {
  CHECK(error_number > 0);
  switch (error_number) {
    case ENOENT:
      return Error::kFileNotFound;
    case EISDIR:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case EXDEV:
      return Error::kInvalidPath;
    case EACCES:
    case EPERM:
    case EROFS:
    case EBUSY:
    case ETXTBSY:
    case ENOTEMPTY:
    case EAGAIN:   // A lock that somebody else holds.
    case EDEADLK:  // Likewise.
    case ENOLCK:   // The file system cannot lock: better refused than opened twice.
    case EBADF:    // A write to a file opened read-only.
      return Error::kFileAccessDenied;
    case EEXIST:
      return Error::kFileAlreadyExists;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Error::kDiskFull;
    case EMFILE:
    case ENFILE:
      return Error::kOutOfFileHandles;
    case ENOMEM:
      return Error::kOutOfMemory;
    case EUCLEAN:  // What ext4 and xfs report for their own damaged metadata.
      return Error::kFileSystemCorruption;
    default:
      return Error::kDiskIO;
  }
}

}  // namespace contrail
