// What an errno of the file calls means as a JET error.

#pragma once

#include "storage/status.h"

namespace contrail {

// `error_number` is an errno other than 0. Anything that is not the caller's or the administrator's
// doing is kDiskIO. ENOENT is kFileNotFound; a caller that knows that the directory is missing says
// kInvalidPath instead.
Status StatusFromErrno(int error_number);

}  // namespace contrail
