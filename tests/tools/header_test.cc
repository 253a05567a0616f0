// `contrail header` and `contrail log`: every field by name, both copies, and files of Windows.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "log/windows_log.h"
#include "storage/database_header.h"
#include "storage/page_checksum.h"
#include "tests/support/file_damage.h"
#include "tests/support/shared_data.h"
#include "tests/tools/tool_path.h"
#include "tools/jet_engine.h"

namespace contrail {
namespace {

using Json = nlohmann::json;

test::CommandResult Tool(std::vector<std::string> words) {
  words.insert(words.begin(), test::ToolPath());
  return test::RunCommand(words);
}

void WriteFile(const std::filesystem::path& path, Bytes bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

// A log file as Windows 10 makes it, as far as its header goes.
std::vector<std::byte> WindowsLog() {
  std::vector<std::byte> page(512 * kWindowsLogHeaderBytes);
  std::byte* to = page.data();
  StoreLittle<uint32_t>(to + 4, 0x2a);
  StoreLittle<uint16_t>(to + 8, 4096);
  StoreLittle<uint16_t>(to + 10, 1);
  StoreLittle<uint16_t>(to + 12, 512);
  StoreLittle<uint16_t>(to + 14, 32768);
  LogTime{.second = 1, .minute = 2, .hour = 3, .day = 4, .month = 5, .years_since_1900 = 121}.Store(
      to + 16);
  StoreLittle<uint32_t>(to + 32, 8);
  StoreLittle<uint32_t>(to + 36, 4000);
  StoreLittle<uint32_t>(to + 40, 4);
  Signature signature;
  signature.random = 0x01020304;
  signature.Store(to + 44);
  std::memcpy(to + 72, "C:\\data\\", 8);
  to[639] = std::byte{2};
  StoreLgpos(to + 640, {0x29, 7, 8});
  StoreLittle<uint32_t>(to + 648, 5);
  StoreLittle<uint32_t>(to + 667, static_cast<uint32_t>(FileType::kLog));
  std::byte* attachment = to + 671;
  attachment[0] = std::byte{1};
  attachment[1] = std::byte{0x20};
  constexpr char16_t kPath[] = u"C:\\data\\mail.edb";
  StoreLittle<uint16_t>(attachment + 2, sizeof kPath);
  StoreLittle<uint64_t>(attachment + 4, 77);
  std::memcpy(attachment + 64, kPath, sizeof kPath);
  StoreLittle<uint32_t>(to, HeaderChecksum(Bytes(page).first(kWindowsLogHeaderBytes)));
  return page;
}

TEST(HeaderVerbTest, CopiesThatDifferOrAreDamagedAreToldOf) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  const test::ScratchFolder folder;
  const std::string path = test::UnpackSample("basic.edb", folder.path());
  const auto file = PosixFileSystem().Open(path, {.mode = FileMode::kReadWrite});
  ASSERT_TRUE(file.ok());
  std::vector<std::byte> shadow(4096);
  ASSERT_TRUE((*file)->Read(4096, shadow).ok());
  Result<DatabaseHeader> header = DatabaseHeader::Decode(shadow, nullptr);
  ASSERT_TRUE(header.ok());
  ++header->dbtime;
  header->Encode(shadow);
  ASSERT_TRUE((*file)->Write(4096, shadow).ok());
  const test::CommandResult differing = Tool({"header", path});
  EXPECT_EQ(differing.exit_status, 1);
  EXPECT_NE(differing.output.find("shadow differs: dbtime"), std::string::npos);
  shadow[100] ^= std::byte{1};
  ASSERT_TRUE((*file)->Write(4096, shadow).ok());
  const test::CommandResult damaged = Tool({"header", path, "--json"});
  EXPECT_EQ(damaged.exit_status, 1);
  EXPECT_EQ(Json::parse(damaged.output)["shadow"]["whole"], false);
  EXPECT_EQ(Json::parse(damaged.output)["header"]["whole"], true);
}

TEST(HeaderVerbTest, OurLogAndCheckpointAreShown) {
  const test::ScratchFolder folder;
  tool::JetSettings settings;
  settings.folder = folder.path();
  settings.log_kibibytes = 128;
  auto engine = tool::JetEngine::Start(settings);
  ASSERT_TRUE(engine.ok());
  {
    auto session = tool::JetSession::Open(**engine, folder.path() / "a.edb", /*create=*/true);
    ASSERT_TRUE(session.ok());
  }
  ASSERT_TRUE((*engine)->Stop().ok());
  const test::CommandResult log = Tool({"log", folder.path() / "edb.log", "--json"});
  ASSERT_EQ(log.exit_status, 0) << log.errors;
  const Json contents = Json::parse(log.output)["contents"];
  EXPECT_GT(contents["frames"], 0);
  EXPECT_EQ(contents["records"]["create database"]["records"], 1);
  EXPECT_EQ(contents["damaged"], false);
  const test::CommandResult records = Tool({"log", folder.path() / "edb.log", "--records"});
  EXPECT_NE(records.output.find("a.edb"), std::string::npos);
  const test::CommandResult header = Tool({"header", folder.path() / "edb.log", "--json"});
  EXPECT_EQ(Json::parse(header.output)["header"]["generation"], 1);
  const test::CommandResult checkpoint = Tool({"header", folder.path() / "edb.chk", "--json"});
  EXPECT_EQ(checkpoint.exit_status, 0) << checkpoint.errors;
  const Json shown = Json::parse(checkpoint.output);
  EXPECT_EQ(shown["kind"], "checkpoint");
  ASSERT_EQ(shown["copies"].size(), 2u);
  EXPECT_NE(shown["copies"][0]["counts"], shown["copies"][1]["counts"]);
  for (const Json& copy : shown["copies"]) {
    EXPECT_EQ(copy["whole"], true);
    EXPECT_EQ(copy["counts"], copy["fields"] == shown["header"]);
  }
  EXPECT_EQ(Tool({"log", folder.path() / "a.edb"}).exit_status, 2);
}

TEST(HeaderVerbTest, BothCopiesOfACheckpointAreShown) {
  const test::ScratchFolder folder;
  tool::JetSettings settings;
  settings.folder = folder.path();
  auto engine = tool::JetEngine::Start(settings);
  ASSERT_TRUE(engine.ok());
  ASSERT_TRUE((*engine)->Stop().ok());
  const std::string path = folder.path() / "edb.chk";
  const Json both = Json::parse(Tool({"header", path, "--json"}).output)["copies"];
  const size_t newer = both[0]["counts"] == true ? 0 : 1;
  test::FlipBit(path, both[newer]["offset"].get<size_t>() + 40);
  const test::CommandResult one = Tool({"header", path, "--json"});
  EXPECT_EQ(one.exit_status, 0) << one.errors;
  const Json copies = Json::parse(one.output)["copies"];
  EXPECT_EQ(copies[newer]["whole"], false);
  EXPECT_NE(copies[newer]["found"].get<std::string>().find("hash"), std::string::npos);
  EXPECT_EQ(copies[1 - newer]["counts"], true);
  EXPECT_NE(Tool({"header", path}).output.find("the one that counts"), std::string::npos);
  test::FlipBit(path, both[1 - newer]["offset"].get<size_t>() + 40);
  const test::CommandResult none = Tool({"header", path});
  EXPECT_EQ(none.exit_status, 2);
  EXPECT_NE(none.output.find("not whole"), std::string::npos);
}

TEST(WindowsLogTest, IsDescribed) {
  const test::ScratchFolder folder;
  const std::filesystem::path path = folder.path() / "edb0002A.log";
  std::vector<std::byte> bytes = WindowsLog();
  WriteFile(path, bytes);
  const test::CommandResult shown = Tool({"log", path, "--json"});
  EXPECT_EQ(shown.exit_status, 0) << shown.errors;
  const Json header = Json::parse(shown.output)["header"];
  EXPECT_EQ(header["generation"], 42);
  EXPECT_EQ(header["version"], "8.4000.4.5");
  EXPECT_EQ(header["signature"]["random"], 0x01020304);
  EXPECT_EQ(header["created"], "2021-05-04 03:02:01.000");
  EXPECT_EQ(header["sector_bytes"], 4096);
  EXPECT_EQ(header["file_sectors"], 512);
  EXPECT_EQ(header["page_size"], 32768);
  EXPECT_EQ(header["circular_logging"], true);
  EXPECT_EQ(header["system_path"], "C:\\data\\");
  EXPECT_EQ(header["database_1"], "C:\\data\\mail.edb");
  EXPECT_EQ(header["header_checksum_right"], true);
  EXPECT_NE(shown.errors.find("Windows"), std::string::npos);
  WriteFile(path, std::vector<std::byte>(bytes.begin(), bytes.begin() + 8192));
  const test::CommandResult cut_off = Tool({"log", path});
  EXPECT_EQ(cut_off.exit_status, 1);
  EXPECT_NE(cut_off.errors.find("2,097,152"), std::string::npos) << cut_off.errors;
  bytes[200] ^= std::byte{1};
  WriteFile(path, bytes);
  const test::CommandResult damaged = Tool({"header", path, "--json"});
  EXPECT_EQ(damaged.exit_status, 1);
  EXPECT_EQ(Json::parse(damaged.output)["header"]["header_checksum_right"], false);
}

TEST(WindowsLogTest, RecoveryRefusesItByName) {
  for (const char* name : {"edb.log", "edb0002A.log"}) {
    const test::ScratchFolder folder;
    WriteFile(folder.path() / name, WindowsLog());
    const test::CommandResult recovery = Tool({"recover", folder.path()});
    EXPECT_EQ(recovery.exit_status, 2) << name;
    EXPECT_NE(recovery.errors.find("JET_errBadLogVersion"), std::string::npos) << recovery.errors;
    EXPECT_NE(recovery.errors.find("Windows"), std::string::npos) << recovery.errors;
  }
}

}  // namespace
}  // namespace contrail
