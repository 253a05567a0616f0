// For tests of the backup calls: an instance with a database and rows, a backup through the API
// into a folder, and the damage that can be done to it.

#pragma once

#include <esent.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/jet_fixture.h"

namespace contrail::test {

// Paths of a multi-string in the buffer of an A form.
std::vector<std::string> SplitPaths(const std::vector<char>& block);
std::vector<std::string> AttachedPaths(JET_INSTANCE instance);
std::vector<std::string> LogPaths(JET_INSTANCE instance);
std::string NameOfPath(const std::string& path);

// Reads a file of the running backup to its end, into a file of this name; empty: nowhere.
JET_ERR CopyBackupFile(JET_INSTANCE instance, const std::string& path, const std::string& to);

struct BackupPlan {
  JET_GRBIT begin = 0;
  bool truncate = true;
  std::vector<std::string> leave_out = {};  // Databases.
  std::function<void()> begun = {};         // Called before anything is copied.
  JET_GRBIT end = JET_bitBackupEndNormal;
};

// The range of logs that a backup copied.
struct CopiedRange {
  uint32_t low = 0;
  uint32_t high = 0;
};

// A whole backup into `folder` (empty: nowhere). Fails the test when a call fails that should not.
CopiedRange BackUpThroughApi(JET_INSTANCE instance, const std::string& folder,
                             const BackupPlan& plan = {});

// Rows first .. first + count - 1 of the table "rows", each with `bytes` of data.
JET_ERR AddRows(JET_SESID session, JET_DBID database, int32_t first, int32_t count,
                size_t bytes = 1500);
int32_t CountRows(JET_SESID session, JET_DBID database);

// What the header of a database says, whether it is attached or not.
JET_DBINFOMISC7 InfoOf(const std::string& path);

// The names of the archived logs in a folder, in order, with its path.
std::vector<std::string> ArchivedLogs(const std::string& folder);

// Changes a byte of a file.
void DamageByte(const std::string& path, uint64_t offset);

}  // namespace contrail::test
