// The process with its one instance, as programs without instance handles have it. The process's
// parameters are what they were before when it goes away.

#pragma once

#include <esent.h>

#include <string>

#include "tests/support/jet_fixture.h"

namespace contrail::test {

class OneInstance {
 public:
  // Sets the parameters; nothing runs.
  explicit OneInstance(const JetFolder& folder, const JetOptions& options = {});
  // Ends the instance, if it still runs.
  ~OneInstance();
  OneInstance(const OneInstance&) = delete;
  OneInstance& operator=(const OneInstance&) = delete;

  JET_ERR Init() { return JetInit(nullptr); }
  // With a session and the database "test.edb", created or attached.
  void Start();
  JET_SESID session() const { return session_; }
  JET_DBID database() const { return database_; }

 private:
  std::string path_;
  JET_SESID session_ = JET_sesidNil;
  JET_DBID database_ = JET_dbidNil;
};

}  // namespace contrail::test
