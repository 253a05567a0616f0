// Instances, process modes, parameters, sessions and databases through the API.

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/support/checkout.h"
#include "tests/support/jet_fixture.h"

namespace contrail::test {
namespace {

std::string TextParameter(JET_INSTANCE instance, uint32_t id) {
  char text[4096] = {};
  EXPECT_JET_OK(JetGetSystemParameterA(instance, 0, id, nullptr, text, sizeof(text)));
  return text;
}

uintptr_t NumberParameter(JET_INSTANCE instance, uint32_t id) {
  uintptr_t number = 0;
  EXPECT_JET_OK(JetGetSystemParameterA(instance, 0, id, &number, nullptr, 0));
  return number;
}

JET_ERR SetText(JET_INSTANCE instance, uint32_t id, const char* text) {
  return JetSetSystemParameterA(&instance, 0, id, 0, text);
}

JET_ERR SetNumber(JET_INSTANCE instance, uint32_t id, uintptr_t number) {
  return JetSetSystemParameterA(&instance, 0, id, number, nullptr);
}

TEST(ApiModeTest, OneInstanceAndManyExcludeEachOther) {
  const JetFolder folder;
  EXPECT_JET(JET_errInvalidParameter, JetTerm(0));
  ASSERT_JET_OK(SetText(0, JET_paramSystemPath, folder.path().c_str()));
  ASSERT_JET_OK(SetText(0, JET_paramLogFilePath, folder.path().c_str()));
  JET_INSTANCE instance = 0;
  ASSERT_JET_OK(JetInit(&instance));
  EXPECT_NE(instance, JET_INSTANCE{0});
  EXPECT_JET(JET_errAlreadyInitialized, JetInit(nullptr));
  JET_INSTANCE second = 0;
  EXPECT_JET(JET_errRunningInOneInstanceMode, JetCreateInstanceA(&second, "second"));
  // With one instance the handle does not matter.
  JET_SESID session = 0;
  EXPECT_JET_OK(JetBeginSessionA(12345, &session, nullptr, nullptr));
  EXPECT_JET_OK(JetTerm2(0, JET_bitTermComplete));
  EXPECT_JET_OK(SetText(0, JET_paramSystemPath, "./"));
  EXPECT_JET_OK(SetText(0, JET_paramLogFilePath, "./"));

  ASSERT_JET_OK(JetCreateInstanceA(&second, "second"));
  EXPECT_JET(JET_errInstanceNameInUse, JetCreateInstanceA(&instance, "second"));
  EXPECT_JET(JET_errRunningInMultiInstanceMode, JetInit(nullptr));
  EXPECT_JET(JET_errInvalidParameter, JetBeginSessionA(12345, &session, nullptr, nullptr));
  EXPECT_JET(JET_errNotInitialized, JetBeginSessionA(second, &session, nullptr, nullptr));
  EXPECT_JET_OK(JetTerm(second));
  EXPECT_JET(JET_errInvalidParameter, JetTerm(second));
}

TEST(ApiModeTest, EnablingManyInstancesTwiceComparesParameters) {
  // Whatever a test before this one has set must be named too.
  JET_SETSYSPARAM_A parameters[2] = {};
  parameters[0].paramid = JET_paramDatabasePageSize;
  parameters[0].lParam = 4096;
  parameters[1].paramid = JET_paramMaxInstances;
  parameters[1].lParam = 20;
  uint32_t set = 0;
  ASSERT_JET_OK(JetEnableMultiInstanceA(parameters, 2, &set));
  EXPECT_EQ(set, 2u);
  EXPECT_JET(JET_errSystemParamsAlreadySet, JetEnableMultiInstanceA(parameters, 2, &set));
  EXPECT_JET(JET_errSystemParameterConflict, JetEnableMultiInstanceA(parameters, 1, &set));
  parameters[1].lParam = 21;
  EXPECT_JET(JET_errSystemParameterConflict, JetEnableMultiInstanceA(parameters, 2, &set));
  // The last instance takes the mode with it.
  JET_INSTANCE instance = 0;
  ASSERT_JET_OK(JetCreateInstanceA(&instance, nullptr));
  ASSERT_JET_OK(JetTerm(instance));
  ASSERT_JET_OK(SetNumber(0, JET_paramMaxInstances, 16));
}

TEST(ApiParameterTest, PathsComeBackAbsoluteWithASlash) {
  JET_INSTANCE instance = 0;
  ASSERT_JET_OK(JetCreateInstanceA(&instance, nullptr));
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(TextParameter(instance, JET_paramSystemPath), here + "/");
  ASSERT_JET_OK(SetText(instance, JET_paramSystemPath, "a\\b"));
  EXPECT_EQ(TextParameter(instance, JET_paramSystemPath), here + "/a/b/");
  ASSERT_JET_OK(SetText(instance, JET_paramSystemPath, "/x/../y/./z/"));
  EXPECT_EQ(TextParameter(instance, JET_paramSystemPath), "/y/z/");
  char16_t wide[64] = {};
  EXPECT_JET_OK(JetSetSystemParameterW(&instance, 0, JET_paramLogFilePath, 0, u"/t\u00fcr"));
  EXPECT_JET_OK(
      JetGetSystemParameterW(instance, 0, JET_paramLogFilePath, nullptr, wide, sizeof(wide)));
  EXPECT_EQ(std::u16string(wide), u"/t\u00fcr/");
  char small[4];
  EXPECT_JET(JET_errBufferTooSmall, JetGetSystemParameterA(instance, 0, JET_paramSystemPath,
                                                           nullptr, small, sizeof(small)));
  EXPECT_JET_OK(JetTerm(instance));
}

TEST(ApiParameterTest, RangesAndTimesAreEnforced) {
  const JetFolder folder;
  JetInstance instance(folder);
  const JET_INSTANCE handle = instance.handle();
  EXPECT_JET(JET_errInvalidParameter, SetNumber(handle, 33, 1));
  EXPECT_JET(JET_errInvalidParameter, SetNumber(handle, JET_paramLogFileSize, 1));
  EXPECT_JET(JET_errInvalidParameter, SetNumber(handle, JET_paramKeyMost, 255));
  EXPECT_JET(JET_errInvalidParameter, SetText(handle, JET_paramBaseName, "four"));
  EXPECT_JET(JET_errAlreadyInitialized, SetNumber(handle, JET_paramDatabasePageSize, 8192));
  EXPECT_EQ(NumberParameter(handle, JET_paramKeyMost), 1000u);
  EXPECT_EQ(NumberParameter(handle, JET_paramMaxColtyp), 19u);
  ASSERT_JET_OK(SetNumber(handle, JET_paramCircularLog, 17));
  EXPECT_EQ(NumberParameter(handle, JET_paramCircularLog), 1u);
  ASSERT_JET_OK(instance.Init());
  EXPECT_JET(JET_errAlreadyInitialized, SetNumber(handle, JET_paramCircularLog, 0));
  // What is in force may be set again.
  EXPECT_JET_OK(SetNumber(handle, JET_paramCircularLog, 1));
  EXPECT_JET_OK(SetNumber(handle, JET_paramCheckpointDepthMax, 1 << 20));
}

// Whatever the header names is known, but for the mark at its end.
TEST(ApiParameterTest, EveryParameterOfTheHeaderIsKnown) {
  std::ifstream header(std::string(kSourceFolder) + "/include/esent/parameters.h");
  std::string word, name;
  uint32_t id = 0, known = 0;
  while (header >> word) {
    if (word != "#define" || !(header >> name) || !name.starts_with("JET_param")) continue;
    ASSERT_TRUE(header >> id) << name;
    if (name == "JET_paramMaxValueInvalid") continue;
    ++known;
    char text[4096];
    uintptr_t number = static_cast<uintptr_t>(JET_errDiskFull);
    const uint32_t size =
        id == JET_paramUnicodeIndexDefault ? sizeof(JET_UNICODEINDEX) : sizeof(text);
    EXPECT_EQ(JetGetSystemParameterA(0, 0, id, &number, text, size), JET_errSuccess) << name;
  }
  EXPECT_GT(known, 120u);
}

TEST(ApiParameterTest, ErrorsHaveNames) {
  EXPECT_NE(JetErrorText(JET_errDiskFull).find("JET_errDiskFull"), std::string::npos);
}

TEST(ApiInstanceTest, MissingFolderIsSaid) {
  const JetFolder folder;
  JetInstance instance(folder);
  ASSERT_JET_OK(SetText(instance.handle(), JET_paramLogFilePath, (folder / "absent").c_str()));
  EXPECT_JET(JET_errInvalidPath, instance.Init());
  ASSERT_JET_OK(SetNumber(instance.handle(), JET_paramCreatePathIfNotExist, 1));
  EXPECT_JET_OK(instance.Init());
  EXPECT_TRUE(std::filesystem::exists(folder / "absent"));
}

TEST(ApiInstanceTest, TwoInstancesDoNotShareFolders) {
  const JetFolder folder;
  JetInstance first(folder), second(folder);
  ASSERT_JET_OK(first.Init());
  EXPECT_JET(JET_errSystemPathInUse, second.Init());
  ASSERT_JET_OK(first.Term());
  EXPECT_JET_OK(second.Init());
}

TEST(ApiInstanceTest, EventsGoToTheFileAskedFor) {
  const JetFolder folder;
  const std::string log = folder / "events.txt";
  {
    JetInstance instance(folder);
    ASSERT_JET_OK(SetText(instance.handle(), JET_paramEventSource, ("file:" + log).c_str()));
    ASSERT_JET_OK(instance.Init());
    JET_SESID session = 0;
    ASSERT_JET_OK(JetBeginSessionA(instance.handle(), &session, nullptr, nullptr));
    JET_DBID dbid = 0;
    ASSERT_JET_OK(JetCreateDatabaseA(session, (folder / "a.edb").c_str(), nullptr, &dbid, 0));
  }
  std::ifstream file(log);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  for (const char* event : {"information 102: ", "information 325: ", "information 103: "}) {
    EXPECT_NE(text.find(event), std::string::npos) << event << text;
  }
  EXPECT_NE(text.find(folder / "a.edb"), std::string::npos);
}

TEST(ApiInstanceTest, CompleteTerminationWaitsForNoTransaction) {
  const JetFolder folder;
  JetDatabase database(folder);
  ASSERT_JET_OK(JetBeginTransaction(database.session()));
  EXPECT_JET(JET_errTooManyActiveUsers, database.engine().Term(JET_bitTermComplete));
  EXPECT_JET(JET_errInvalidGrbit,
             JetTerm2(database.instance(), JET_bitTermComplete | JET_bitTermAbrupt));
  EXPECT_JET_OK(JetRollback(database.session(), 0));
  EXPECT_JET_OK(database.engine().Term(JET_bitTermComplete));
  EXPECT_JET(JET_errInvalidSesid, JetBeginTransaction(database.session()));
}

TEST(ApiInstanceTest, StoppedServiceAllowsOnlyWindingDown) {
  const JetFolder folder;
  JetDatabase database(folder);
  database.CreateRows("rows");
  const JET_TABLEID table = database.Open("rows");
  ASSERT_JET_OK(JetStopServiceInstance(database.instance()));
  EXPECT_JET(JET_errClientRequestToStopJetService, JetBeginTransaction(database.session()));
  EXPECT_JET(JET_errClientRequestToStopJetService,
             JetMove(database.session(), table, JET_MoveFirst, 0));
  EXPECT_JET_OK(JetCloseTable(database.session(), table));
  EXPECT_JET_OK(JetCloseDatabase(database.session(), database.id(), 0));
  EXPECT_JET_OK(JetEndSession(database.session(), 0));
}

TEST(ApiSessionTest, ATransactionKeepsItsThread) {
  const JetFolder folder;
  JetDatabase database(folder);
  const JET_SESID session = database.session();
  ASSERT_JET_OK(JetBeginTransaction(session));
  std::thread([&] {
    EXPECT_JET(JET_errSessionSharingViolation, JetCommitTransaction(session, 0));
  }).join();
  ASSERT_JET_OK(JetCommitTransaction(session, 0));
  std::thread([&] {
    EXPECT_JET_OK(JetBeginTransaction(session));
    EXPECT_JET_OK(JetRollback(session, 0));
  }).join();
}

TEST(ApiSessionTest, AContextMovesATransactionBetweenThreads) {
  const JetFolder folder;
  JetDatabase database(folder);
  const JET_SESID session = database.session();
  EXPECT_JET(JET_errInvalidParameter, JetSetSessionContext(session, 0));
  ASSERT_JET_OK(JetSetSessionContext(session, 42));
  EXPECT_JET(JET_errSessionContextAlreadySet, JetSetSessionContext(session, 42));
  ASSERT_JET_OK(JetBeginTransaction(session));
  ASSERT_JET_OK(JetResetSessionContext(session));
  EXPECT_JET(JET_errSessionSharingViolation, JetCommitTransaction(session, 0));
  std::thread([&] {
    EXPECT_JET(JET_errSessionSharingViolation, JetSetSessionContext(session, 43));
    EXPECT_JET_OK(JetSetSessionContext(session, 42));
    EXPECT_JET_OK(JetCommitTransaction(session, 0));
    EXPECT_JET_OK(JetResetSessionContext(session));
  }).join();
  EXPECT_JET(JET_errSessionContextNotSetByThisThread, JetResetSessionContext(session));
}

TEST(ApiSessionTest, LevelsAndLimits) {
  const JetFolder folder;
  JetDatabase database(folder);
  const JET_SESID session = database.session();
  EXPECT_JET(JET_errNotInTransaction, JetCommitTransaction(session, 0));
  for (int level = 0; level < 7; ++level) ASSERT_JET_OK(JetBeginTransaction(session));
  EXPECT_JET(JET_errTransTooDeep, JetBeginTransaction(session));
  uint32_t level = 0;
  ASSERT_JET_OK(JetGetSessionParameter(session, JET_sesparamTransactionLevel, &level, sizeof(level),
                                       nullptr));
  EXPECT_EQ(level, 7u);
  EXPECT_JET(JET_errInTransaction, JetCommitTransaction(session, JET_bitWaitLastLevel0Commit));
  ASSERT_JET_OK(JetRollback(session, JET_bitRollbackAll));
  EXPECT_JET_OK(JetCommitTransaction(session, JET_bitWaitLastLevel0Commit));
  EXPECT_JET_OK(JetCommitTransaction(session, JET_bitWaitAllLevel0Commit));
  EXPECT_JET(JET_errInvalidGrbit, JetCommitTransaction(session, 0x4000));
  for (int i = 1; i < 16; ++i) database.NewSession();
  JET_SESID more = 0;
  EXPECT_JET(JET_errOutOfSessions, JetBeginSessionA(database.instance(), &more, nullptr, nullptr));
  EXPECT_EQ(more, JET_sesidNil);
}

TEST(ApiDatabaseTest, AttachOpenDetachFollowTheRules) {
  const JetFolder folder;
  JetDatabase database(folder);
  const JET_SESID session = database.session();
  const std::string path = folder / "test.edb";
  JET_DBID unused = 0;
  EXPECT_JET(JET_errDatabaseDuplicate,
             JetCreateDatabaseA(session, path.c_str(), nullptr, &unused, 0));
  EXPECT_JET(JET_wrnDatabaseAttached, JetAttachDatabaseA(session, path.c_str(), 0));
  EXPECT_JET(JET_errDatabaseInUse, JetDetachDatabaseA(session, path.c_str()));
  EXPECT_JET(JET_errForceDetachNotAllowed,
             JetDetachDatabase2A(session, path.c_str(), JET_bitForceDetach));
  EXPECT_JET(JET_errInvalidDatabaseId, JetCloseDatabase(session, 6, 0));
  const JET_SESID other = database.NewSession();
  JET_DBID dbid = 0;
  EXPECT_JET(JET_errDatabaseInUse,
             JetOpenDatabaseA(other, path.c_str(), nullptr, &dbid, JET_bitDbExclusive));
  EXPECT_EQ(dbid, JET_dbidNil);
  EXPECT_JET_OK(JetCloseDatabase(session, database.id(), 0));
  EXPECT_JET_OK(JetOpenDatabaseA(other, path.c_str(), nullptr, &dbid, JET_bitDbExclusive));
  EXPECT_JET(JET_errDatabaseLocked, JetOpenDatabaseA(session, path.c_str(), nullptr, &dbid, 0));
  EXPECT_JET_OK(JetEndSession(other, 0));
  EXPECT_JET_OK(JetDetachDatabaseA(session, nullptr));
  EXPECT_JET(JET_errDatabaseNotFound, JetOpenDatabaseA(session, path.c_str(), nullptr, &dbid, 0));
  EXPECT_JET(JET_errFileNotFound, JetAttachDatabaseA(session, (folder / "none").c_str(), 0));
  EXPECT_JET(JET_errDatabaseInvalidPath, JetAttachDatabaseA(session, nullptr, 0));
  ASSERT_JET_OK(JetBeginTransaction(session));
  EXPECT_JET(JET_errInTransaction, JetAttachDatabaseA(session, path.c_str(), 0));
  ASSERT_JET_OK(JetRollback(session, 0));
}

TEST(ApiDatabaseTest, FileTellsWhatItIs) {
  const JetFolder folder;
  const std::string path = folder / "test.edb";
  uint32_t number = 0;
  {
    JetDatabase database(folder);
    EXPECT_JET_OK(JetGetDatabaseFileInfoA(path.c_str(), &number, 4, JET_DbInfoDBInUse));
    EXPECT_EQ(number, 1u);
    JET_DBINFOMISC7 info = {};
    EXPECT_JET_OK(JetGetDatabaseInfoA(database.session(), database.id(), &info, sizeof(info),
                                      JET_DbInfoMisc));
    EXPECT_EQ(info.dbstate, uint32_t{JET_dbstateDirtyShutdown});
    char name[512];
    EXPECT_JET_OK(JetGetDatabaseInfoA(database.session(), database.id(), name, sizeof(name),
                                      JET_DbInfoFilename));
    EXPECT_EQ(path, name);
    EXPECT_JET(JET_errInvalidBufferSize, JetGetDatabaseInfoA(database.session(), database.id(),
                                                             &number, 3, JET_DbInfoPageSize));
    uint32_t owned = 0, pages = 0;
    EXPECT_JET_OK(
        JetGetDatabaseInfoA(database.session(), database.id(), &owned, 4, JET_DbInfoSpaceOwned));
    EXPECT_JET_OK(
        JetGetDatabaseInfoA(database.session(), database.id(), &pages, 4, JET_DbInfoFilesize));
    EXPECT_GT(owned, 0u);
    EXPECT_GE(pages, owned);
    ASSERT_JET_OK(database.engine().Term());
  }
  EXPECT_JET_OK(JetGetDatabaseFileInfoA(path.c_str(), &number, 4, JET_DbInfoDBInUse));
  EXPECT_EQ(number, 0u);
  EXPECT_JET_OK(JetGetDatabaseFileInfoA(path.c_str(), &number, 4, JET_DbInfoPageSize));
  EXPECT_EQ(number, 4096u);
  JET_DBINFOMISC info = {};
  EXPECT_JET_OK(JetGetDatabaseFileInfoA(path.c_str(), &info, sizeof(info), JET_DbInfoMisc));
  EXPECT_EQ(info.dbstate, uint32_t{JET_dbstateCleanShutdown});
  EXPECT_EQ(info.ulVersion, 0x620u);
  uint64_t size = 0;
  EXPECT_JET_OK(JetGetDatabaseFileInfoA(path.c_str(), &size, sizeof(size), JET_DbInfoFilesize));
  EXPECT_EQ(size, std::filesystem::file_size(path));
}

TEST(ApiDatabaseTest, InstanceInfoListsDatabases) {
  const JetFolder folder;
  JetDatabase database(folder);
  uint32_t count = 0;
  JET_INSTANCE_INFO_W* infos = nullptr;
  ASSERT_JET_OK(JetGetInstanceInfoW(&count, &infos));
  ASSERT_EQ(count, 1u);
  EXPECT_EQ(infos[0].hInstanceId, database.instance());
  ASSERT_EQ(infos[0].cDatabases, 1u);
  EXPECT_EQ(std::filesystem::path(infos[0].szDatabaseFileName[0]).string(), folder / "test.edb");
  EXPECT_JET_OK(JetFreeBuffer(reinterpret_cast<char*>(infos)));
  JET_SIGNATURE signature = {};
  EXPECT_JET_OK(JetGetInstanceMiscInfo(database.instance(), &signature, sizeof(signature),
                                       JET_InstanceMiscInfoLogSignature));
  EXPECT_NE(signature.ulRandom, 0u);
}

}  // namespace
}  // namespace contrail::test
