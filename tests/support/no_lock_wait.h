// For tests of what a lock keeps out: the API does not wait for it meanwhile.

#pragma once

#include <esent.h>

#include "tests/support/jet_fixture.h"

namespace contrail::test {

class NoLockWait {
 public:
  NoLockWait() {
    EXPECT_JET_OK(JetGetSystemParameterA(JET_instanceNil, JET_sesidNil,
                                         JET_paramAccessDeniedRetryPeriod, &before_, nullptr, 0));
    Set(0);
  }
  ~NoLockWait() { Set(before_); }
  NoLockWait(const NoLockWait&) = delete;
  NoLockWait& operator=(const NoLockWait&) = delete;

 private:
  static void Set(JET_API_PTR milliseconds) {
    EXPECT_JET_OK(JetSetSystemParameterA(nullptr, JET_sesidNil, JET_paramAccessDeniedRetryPeriod,
                                         milliseconds, nullptr));
  }

  JET_API_PTR before_ = 0;
};

}  // namespace contrail::test
