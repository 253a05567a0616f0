#include "tests/support/backup_fixture.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "log/log_files.h"

namespace contrail::test {
namespace {

constexpr uint32_t kPiece = 1 << 20;

template <typename Call>
std::vector<std::string> ListOf(Call call) {
  uint32_t size = 0;
  EXPECT_JET_OK(call(nullptr, 0, &size));
  std::vector<char> block(size);
  EXPECT_JET_OK(call(block.data(), size, &size));
  return SplitPaths(block);
}

}  // namespace

std::vector<std::string> SplitPaths(const std::vector<char>& block) {
  std::vector<std::string> paths;
  for (size_t at = 0; at < block.size() && block[at] != 0; at += paths.back().size() + 1) {
    paths.emplace_back(block.data() + at);
  }
  return paths;
}

std::vector<std::string> AttachedPaths(JET_INSTANCE instance) {
  return ListOf([&](char* out, uint32_t size, uint32_t* actual) {
    return JetGetAttachInfoInstanceA(instance, out, size, actual);
  });
}

std::vector<std::string> LogPaths(JET_INSTANCE instance) {
  return ListOf([&](char* out, uint32_t size, uint32_t* actual) {
    return JetGetLogInfoInstanceA(instance, out, size, actual);
  });
}

std::string NameOfPath(const std::string& path) { return path.substr(path.rfind('/') + 1); }

JET_ERR CopyBackupFile(JET_INSTANCE instance, const std::string& path, const std::string& to) {
  JET_HANDLE handle = 0;
  uint32_t low = 0, high = 0;
  JET_ERR error = JetOpenFileInstanceA(instance, path.c_str(), &handle, &low, &high);
  if (error < 0) return error;
  std::ofstream out;
  if (!to.empty()) out.open(to, std::ios::binary);
  std::vector<char> buffer(kPiece);
  for (uint32_t read = 1; error >= 0 && read > 0;) {
    error = JetReadFileInstance(instance, handle, buffer.data(), kPiece, &read);
    if (error >= 0 && !to.empty()) out.write(buffer.data(), read);
  }
  const JET_ERR closed = JetCloseFileInstance(instance, handle);
  return error < 0 ? error : closed;
}

CopiedRange BackUpThroughApi(JET_INSTANCE instance, const std::string& folder,
                             const BackupPlan& plan) {
  CopiedRange range;
  const auto target = [&](const std::string& path) {
    return folder.empty() ? std::string() : folder + NameOfPath(path);
  };
  EXPECT_JET_OK(JetBeginExternalBackupInstance(instance, plan.begin));
  if (plan.begun) plan.begun();
  if ((plan.begin & JET_bitBackupIncremental) == 0) {
    for (const std::string& path : AttachedPaths(instance)) {
      const auto& out = plan.leave_out;
      if (std::find(out.begin(), out.end(), path) != out.end()) continue;
      EXPECT_JET_OK(CopyBackupFile(instance, path, target(path)));
    }
  }
  JET_LOGINFO_A info = {};
  info.cbSize = sizeof(info);
  uint32_t size = 0;
  EXPECT_JET_OK(JetGetLogInfoInstance2A(instance, nullptr, 0, &size, &info));
  range = {info.ulGenLow, info.ulGenHigh};
  for (const std::string& path : LogPaths(instance)) {
    EXPECT_JET_OK(CopyBackupFile(instance, path, target(path)));
  }
  if (plan.truncate) EXPECT_JET_OK(JetTruncateLogInstance(instance));
  EXPECT_JET_OK(JetEndExternalBackupInstance2(instance, plan.end));
  return range;
}

JET_ERR AddRows(JET_SESID session, JET_DBID database, int32_t first, int32_t count, size_t bytes) {
  JET_TABLEID table = JET_tableidNil;
  JET_ERR error = JetOpenTableA(session, database, "rows", nullptr, 0, 0, &table);
  if (error < 0) return error;
  JET_COLUMNDEF key = {}, data = {};
  error = JetGetTableColumnInfoA(session, table, "id", &key, sizeof(key), JET_ColInfo);
  if (error >= 0) {
    error = JetGetTableColumnInfoA(session, table, "data", &data, sizeof(data), JET_ColInfo);
  }
  if (error >= 0) error = JetBeginTransaction(session);
  for (int32_t number = first; error >= 0 && number < first + count; ++number) {
    const std::string value(bytes, static_cast<char>('a' + number % 26));
    error = JetPrepareUpdate(session, table, JET_prepInsert);
    if (error >= 0) {
      error = JetSetColumn(session, table, key.columnid, &number, sizeof(number), 0, nullptr);
    }
    if (error >= 0) {
      error = JetSetColumn(session, table, data.columnid, value.data(),
                           static_cast<uint32_t>(value.size()), 0, nullptr);
    }
    if (error >= 0) error = JetUpdate(session, table, nullptr, 0, nullptr);
  }
  if (error >= 0) error = JetCommitTransaction(session, 0);
  JetCloseTable(session, table);
  return error;
}

int32_t CountRows(JET_SESID session, JET_DBID database) {
  JET_TABLEID table = JET_tableidNil;
  EXPECT_JET_OK(JetOpenTableA(session, database, "rows", nullptr, 0, 0, &table));
  int32_t count = 0;
  for (JET_ERR error = JetMove(session, table, JET_MoveFirst, 0); error >= 0;
       error = JetMove(session, table, JET_MoveNext, 0)) {
    ++count;
  }
  JetCloseTable(session, table);
  return count;
}

JET_DBINFOMISC7 InfoOf(const std::string& path) {
  JET_DBINFOMISC7 info = {};
  EXPECT_JET_OK(JetGetDatabaseFileInfoA(path.c_str(), &info, sizeof(info), JET_DbInfoMisc));
  return info;
}

std::vector<std::string> ArchivedLogs(const std::string& folder) {
  std::vector<std::string> logs;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (GenerationOfFileName("edb", entry.path().filename().string()) != 0) {
      logs.push_back(entry.path().string());
    }
  }
  std::sort(logs.begin(), logs.end());
  return logs;
}

void DamageByte(const std::string& path, uint64_t offset) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  ASSERT_TRUE(file.good()) << path;
  file.seekg(static_cast<std::streamoff>(offset));
  // More than a checksum mends.
  const char byte = static_cast<char>(file.get() ^ 0x7f);
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(byte);
}

}  // namespace contrail::test
