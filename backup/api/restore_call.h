// What the calls that restore have in common: the instance that works for them, and whom they tell.

#pragma once

#include <esent.h>

#include <chrono>
#include <string>

#include "backup/restore.h"
#include "engine/api/api_registry.h"

namespace contrail::api {

// A JET_PFNSTATUS, told of the log that has been replayed: JET_snpRestore with JET_sntBegin,
// JET_sntProgress (a JET_SNPROG in blocks of 4096 bytes), and JET_sntComplete or JET_sntFail.
class RestoreStatus {
 public:
  explicit RestoreStatus(JET_PFNSTATUS status) : status_(status) {}

  // False: the program wants the restore to stop.
  bool Begin() { return Call(JET_sntBegin, nullptr); }
  bool Progress(const RestoreProgress& progress);
  void End(Status status);

 private:
  bool Call(JET_SNT what, JET_SNPROG* progress) {
    return status_ == nullptr || status_(JET_sesidNil, JET_snpRestore, what, progress) >= 0;
  }

  JET_PFNSTATUS status_;
  uint32_t total_ = 0;
};

// A folder as a caller names it: absolute, with a slash at its end.
Result<std::string> AbsoluteFolder(const std::string& path);

// What the process and the instance are set to.
Result<InstanceOptions> OptionsOf(const ApiInstance& instance);
// How long a restore waits for a file that somebody else has locked.
std::chrono::milliseconds LockWait();

// Keeps everybody else away from an instance that is not running while its parameters serve a
// restore. `running` is what an instance that runs gets.
class RestoringInstance {
 public:
  RestoringInstance(ApiInstance& instance, Error running);
  ~RestoringInstance();
  RestoringInstance(const RestoringInstance&) = delete;
  RestoringInstance& operator=(const RestoringInstance&) = delete;

  // kInitInProgress, kTermInProgress, kRestoreInProgress, `running`.
  Status status() const { return status_; }

 private:
  ApiInstance& instance_;
  Status status_;
};

}  // namespace contrail::api
