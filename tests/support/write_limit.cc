#include "tests/support/write_limit.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/jet_fixture.h"

namespace contrail::test {

WriteLimit::WriteLimit(uint64_t bytes) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit = {};
  EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  before_ = limit.rlim_cur;
  limit.rlim_cur = bytes;
  EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
}

WriteLimit::~WriteLimit() {
  rlimit limit = {};
  EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  limit.rlim_cur = before_;
  EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
}

void MakeReadOnly(const std::string& path) {
  const int read_only = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(read_only, 0);
  std::error_code gone;
  std::vector<int> writable;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int number = std::stoi(entry.path().filename());
    if (number != read_only && std::filesystem::read_symlink(entry.path(), gone) == path) {
      writable.push_back(number);
    }
  }
  EXPECT_FALSE(writable.empty());
  for (const int number : writable) EXPECT_EQ(::dup2(read_only, number), number);
  EXPECT_EQ(::close(read_only), 0);
}

void LosePages(JET_SESID session, JET_DBID database) {
  constexpr uint64_t kLimit = 512 << 10;
  JET_TABLEID table = JET_tableidNil;
  ASSERT_JET_OK(JetCreateTableA(session, database, "filler", 400, 100, &table));
  JET_COLUMNDEF definition = {};
  definition.cbStruct = sizeof(definition);
  definition.coltyp = JET_coltypLongBinary;
  JET_COLUMNID column = 0;
  ASSERT_JET_OK(JetAddColumnA(session, table, "data", &definition, nullptr, 0, &column));
  const std::string value(1000, 'x');
  const WriteLimit limit(kLimit);
  JET_ERR error = JET_errSuccess;
  for (int i = 0; error >= 0 && i < 2000; ++i) {
    error = JetBeginTransaction(session);
    if (error >= 0) error = JetPrepareUpdate(session, table, JET_prepInsert);
    if (error >= 0) {
      error = JetSetColumn(session, table, column, value.data(),
                           static_cast<uint32_t>(value.size()), 0, nullptr);
    }
    if (error >= 0) error = JetUpdate(session, table, nullptr, 0, nullptr);
    if (error >= 0) error = JetCommitTransaction(session, 0);
    if (error >= 0 && i % 100 == 99) error = JetIdle(session, JET_bitIdleFlushBuffers);
  }
  EXPECT_LT(error, 0) << "every page was written";
}

}  // namespace contrail::test
