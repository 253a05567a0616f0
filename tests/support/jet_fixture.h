// For tests that speak to the engine through esent.h: a folder, an instance, a session and a
// database that go away by themselves. A JET error that a test does not expect fails it with the
// error's name.

#pragma once

#include <esent.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/scratch_folder.h"

namespace contrail::test {

// "JET_errDiskFull, -1808: ..." for messages.
std::string JetErrorText(JET_ERR error);

#define EXPECT_JET_OK(call)                                                                    \
  do {                                                                                         \
    const JET_ERR jet_error = (call);                                                          \
    EXPECT_GE(jet_error, 0) << #call << " gave " << ::contrail::test::JetErrorText(jet_error); \
  } while (false)
#define ASSERT_JET_OK(call)                                                                    \
  do {                                                                                         \
    const JET_ERR jet_error = (call);                                                          \
    ASSERT_GE(jet_error, 0) << #call << " gave " << ::contrail::test::JetErrorText(jet_error); \
  } while (false)
#define EXPECT_JET(expected, call)                                         \
  do {                                                                     \
    const JET_ERR jet_error = (call);                                      \
    EXPECT_EQ(jet_error, expected)                                         \
        << #call << " gave " << ::contrail::test::JetErrorText(jet_error); \
  } while (false)

// A folder of a test's own, removed at the end.
class JetFolder {
 public:
  std::string path() const { return folder_.path().string() + "/"; }
  std::string operator/(const std::string& name) const { return path() + name; }

 private:
  ScratchFolder folder_;
};

struct JetOptions {
  uint32_t page_size = 4096;
  uint32_t log_kibibytes = 1024;
  bool circular = false;
  bool recovery = true;
  uint32_t cache_pages = 2048;
  const char* name = nullptr;
  bool scrub = false;                  // JET_paramZeroDatabaseDuringBackup
  const char* event_source = nullptr;  // JET_paramEventSource
};

// An instance over a folder: created with its paths set, started by Init. Ends abruptly if nobody
// has ended it.
class JetInstance {
 public:
  explicit JetInstance(const JetFolder& folder, const JetOptions& options = {});
  ~JetInstance();
  JetInstance(const JetInstance&) = delete;
  JetInstance& operator=(const JetInstance&) = delete;

  JET_INSTANCE handle() const { return handle_; }
  JET_ERR Init() { return JetInit(&handle_); }
  // As a killed process would leave it.
  JET_ERR Crash() { return Term(JET_bitTermDirty); }
  JET_ERR Term(JET_GRBIT grbit = JET_bitTermComplete);

 private:
  JET_INSTANCE handle_ = JET_instanceNil;
};

// An instance that runs, with a session. The database "test.edb" is created, or attached and opened
// when the folder has it already.
class JetDatabase {
 public:
  explicit JetDatabase(const JetFolder& folder, const JetOptions& options = {});

  JET_INSTANCE instance() const { return instance_.handle(); }
  JET_SESID session() const { return session_; }
  JET_DBID id() const { return id_; }
  JetInstance& engine() { return instance_; }
  JET_SESID NewSession();

  // A table with the columns "id" (long, primary key), "name" (text, 1252) and "data" (long
  // binary).
  void CreateRows(const char* table);
  // Of a column that is there.
  JET_COLUMNID Column(JET_TABLEID table, const char* name);
  JET_TABLEID Open(const char* table, JET_GRBIT grbit = 0);

 private:
  JetInstance instance_;
  JET_SESID session_ = JET_sesidNil;
  JET_DBID id_ = JET_dbidNil;
};

}  // namespace contrail::test
