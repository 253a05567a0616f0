// <contrail/db.hpp> and <contrail/backup.hpp>: lifetimes, errors, and a backup as a stream.

#include <gtest/gtest.h>

#include <chrono>
#include <contrail/backup.hpp>
#include <contrail/db.hpp>
#include <ctime>
#include <filesystem>
#include <sstream>

#include "tests/support/scratch_folder.h"

namespace {

using contrail::Database;
using contrail::Error;
using contrail::Instance;
using contrail::Kind;
using contrail::Session;
using contrail::Table;
using contrail::Transaction;

// The number of the error that `call` throws; 0 when it throws none.
template <typename Call>
JET_ERR Thrown(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find(std::to_string(error.code()) + " (JET_err"), std::string::npos) << what;
    return error.code();
  }
  return 0;
}

class CppLayerTest : public ::testing::Test {
 protected:
  void Open() {
    instance_.emplace(live_);
    session_.emplace(*instance_);
    database_.emplace(*session_, live_ + "/data.edb", true);
  }
  void Create() {
    Open();
    database_->create_table("rows",
                            {{"id"},
                             {"name", Kind::text},
                             {"blob", Kind::binary},
                             {"ratio", Kind::real},
                             {"small", Kind::int32},
                             {"flag", Kind::boolean}},
                            "+id");
  }
  void Insert(int64_t id, const std::string& name) {
    Table table = database_->open_table("rows");
    Transaction transaction(*session_);
    table.insert().set("id", id).set("name", name).save();
    transaction.commit();
  }
  void TearDown() override {
    database_.reset();
    session_.reset();
    instance_.reset();
  }
  static int64_t CountRows(const std::string& folder) {
    Instance instance(folder);
    Session session(instance);
    Database database(session, folder + "/data.edb");
    Table table = database.open_table("rows");
    int64_t rows = 0;
    for (bool more = table.first(); more; more = table.next()) ++rows;
    return rows;
  }
  std::string Folder(const std::string& name) const { return folder_.path() / name; }

  contrail::test::ScratchFolder folder_;
  std::string live_ = folder_.path() / "live";
  std::optional<Instance> instance_;
  std::optional<Session> session_;
  std::optional<Database> database_;
};

TEST_F(CppLayerTest, ValuesComeBackAsTheyWere) {
  Create();
  Table table = database_->open_table("rows");
  Transaction transaction(*session_);
  const std::string blob("\0\1\2", 3);
  table.insert()
      .set("id", int64_t{-7})
      .set("name", std::string())
      .set("blob", blob)
      .set("ratio", 0.5)
      .set("small", int32_t{3})
      .set("flag", uint8_t{0xff})
      .save();
  ASSERT_TRUE(table.seek(int64_t{-7}));
  EXPECT_EQ(table.get<std::string>("name"), "");
  EXPECT_EQ(table.get<std::string>("blob"), blob);
  EXPECT_EQ(table.get<double>("ratio"), 0.5);
  EXPECT_EQ(table.get<int32_t>("small"), 3);
  EXPECT_EQ(table.get<uint8_t>("flag"), 0xff);
  table.replace().set_null(table.column("name")).save();
  EXPECT_EQ(table.get<std::string>("name"), std::nullopt);
  EXPECT_EQ(Thrown([&] { table.get<int64_t>("small"); }), JET_errInvalidBufferSize);
  EXPECT_EQ(Thrown([&] { table.column("nothing"); }), JET_errColumnNotFound);
  table.erase();
  EXPECT_FALSE(table.seek(int64_t{-7}));
  EXPECT_FALSE(table.first());
  transaction.commit();
}

TEST_F(CppLayerTest, WhatIsNotAskedForDoesNotHappen) {
  Create();
  Table table = database_->open_table("rows");
  {
    Transaction transaction(*session_);
    table.insert().set("id", int64_t{1}).save();
  }
  EXPECT_FALSE(table.seek(int64_t{1}));
  {
    Transaction transaction(*session_);
    table.insert().set("id", int64_t{2});  // Not saved.
    transaction.commit();
  }
  EXPECT_FALSE(table.first());
  // A table is made whole or not at all.
  EXPECT_EQ(Thrown([&] {
              database_->create_table("bad", {{"id"}, {"id"}}, "+id");
            }),
            JET_errColumnDuplicate);
  EXPECT_EQ(Thrown([&] { database_->open_table("bad"); }), JET_errObjectNotFound);
  EXPECT_EQ(Thrown([&] { Insert(5, "a"), Insert(5, "b"); }), JET_errKeyDuplicate);
  EXPECT_EQ(Thrown([&] { Database(*session_, live_ + "/none.edb"); }), JET_errFileNotFound);
}

TEST_F(CppLayerTest, ErrorsSayWhatFailedAndWhatItMeans) {
  const Error known(JET_errFileNotFound, "JetAttachDatabase");
  EXPECT_STREQ(known.what(),
               "JetAttachDatabase: error -1811 (JET_errFileNotFound, File does not exist)");
  EXPECT_STREQ(Error(-99999, "nothing").what(), "nothing: error -99999");
}

TEST_F(CppLayerTest, SeeksAndOrders) {
  Create();
  for (const int64_t id : {3, 1, 2}) Insert(id, "row " + std::to_string(id));
  Table table = database_->open_table("rows");
  std::string order;
  for (bool more = table.last(); more; more = table.previous()) {
    order += *table.get<std::string>("name") + ";";
  }
  EXPECT_EQ(order, "row 3;row 2;row 1;");
  EXPECT_TRUE(table.seek_with(JET_bitSeekGT, int64_t{1}));
  EXPECT_EQ(table.get<int64_t>("id"), 2);
  EXPECT_FALSE(table.seek_with(JET_bitSeekGT, int64_t{3}));
  table.use_index("primary");
  EXPECT_EQ(Thrown([&] { table.use_index("none"); }), JET_errIndexNotFound);
}

TEST_F(CppLayerTest, AChainOfStreamsIsRestored) {
  Create();
  Insert(1, "in the full backup");
  std::stringstream full;
  const auto summary = contrail::backup(instance_->handle(), full);
  EXPECT_EQ(summary.databases, std::vector<std::string>{live_ + "/data.edb"});
  EXPECT_GE(summary.generation_high, summary.generation_low);
  Insert(2, "in the first incremental one");
  std::stringstream first;
  contrail::backup(instance_->handle(), first, {.incremental = true});
  Insert(3, "in the second");
  std::stringstream second;
  contrail::backup(instance_->handle(), second, {.incremental = true});
  Insert(4, "in none");

  contrail::Restore restore({.folder = Folder("chain")});
  restore.add(full);
  restore.add(first);
  restore.add(second);
  EXPECT_EQ(restore.run(), std::vector<std::string>{Folder("chain") + "/data.edb"});
  EXPECT_EQ(CountRows(Folder("chain")), 3);
  // It does not replace what is there.
  full.clear();
  full.seekg(0);
  EXPECT_EQ(Thrown([&] { contrail::restore(full, {.folder = Folder("chain")}); }),
            JET_errFileAlreadyExists);
  EXPECT_EQ(CountRows(Folder("chain")), 3);
}

TEST_F(CppLayerTest, AChainIsRestoredToAPoint) {
  Create();
  Insert(1, "in the full backup");
  std::stringstream full;
  contrail::backup(instance_->handle(), full);
  Insert(2, "before");
  const auto now = std::chrono::system_clock::now() + std::chrono::milliseconds(1);
  while (std::chrono::system_clock::now() < now + std::chrono::milliseconds(1)) {
  }
  Insert(3, "behind");
  std::stringstream incremental;
  contrail::backup(instance_->handle(), incremental, {.incremental = true});

  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  const std::time_t seconds = since.count() / 1000;
  char text[64];
  const size_t length =
      std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", std::gmtime(&seconds));
  std::snprintf(text + length, sizeof(text) - length, ".%03d",
                static_cast<int>(since.count() % 1000));
  for (const char* point : {"1:0:0", "2150-01-01 00:00:00", "yesterday"}) {
    contrail::Restore refused({.folder = Folder("refused"), .point = point});
    full.clear();
    full.seekg(0);
    refused.add(full);
    EXPECT_NE(Thrown([&] { refused.run(); }), 0) << point;
    std::filesystem::remove_all(Folder("refused"));
  }
  contrail::Restore restore({.folder = Folder("point"), .point = text});
  full.clear();
  full.seekg(0);
  restore.add(full);
  restore.add(incremental);
  restore.run();
  EXPECT_EQ(CountRows(Folder("point")), 2);
  EXPECT_FALSE(std::filesystem::exists(Folder("point") + "/logs"));
}

TEST_F(CppLayerTest, ADamagedStreamIsRefusedAndLeavesNothing) {
  Create();
  Insert(1, "row");
  std::ostringstream out;
  contrail::backup(instance_->handle(), out, {.truncate_logs = false});
  const std::string whole = out.str();
  const auto restored = [&](const std::string& stream) {
    std::istringstream source(stream);
    return Thrown([&] { contrail::restore(source, {.folder = Folder("to")}); });
  };
  uint64_t place = 20261122;
  for (int i = 0; i < 40; ++i) {
    place = place * 6364136223846793005u + 1442695040888963407u;
    std::string flipped = whole;
    // Behind the list there is nothing but padding.
    const size_t at = (place >> 20) % (whole.size() - 2 * 1024);
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << (i % 8)));
    if (restored(flipped) == 0) {
      // Only of the archive itself, not of a file: an owner, a time, a padding.
      EXPECT_EQ(CountRows(Folder("to")), 1) << "byte " << at;
      std::filesystem::remove_all(Folder("to"));
    } else {
      EXPECT_TRUE(std::filesystem::is_empty(Folder("to"))) << "byte " << at;
    }
  }
  // One of another version is not called damaged.
  std::string other = whole;
  other.replace(other.find("contrail backup 2\n"), 17, "contrail backup 3");
  EXPECT_EQ(restored(other), JET_errInvalidDatabaseVersion);
  // A byte in the middle of the database, where every one counts.
  std::string flipped = whole;
  flipped[100'000] = static_cast<char>(flipped[100'000] ^ 1);
  EXPECT_EQ(restored(flipped), JET_errReadVerifyFailure);
  for (const size_t size : {size_t{0}, size_t{511}, size_t{700'000}, whole.size() - 1536}) {
    EXPECT_EQ(restored(whole.substr(0, size)), JET_errReadVerifyFailure) << size;
  }
  EXPECT_EQ(restored(whole), 0);
  EXPECT_EQ(CountRows(Folder("to")), 1);
}

TEST_F(CppLayerTest, ASinkThatFailsGivesTheBackupUp) {
  Create();
  Insert(1, "row");
  struct FailingSink {
    size_t left = 300'000;
    void write(const char*, size_t size) {
      if (size > left) throw std::runtime_error("the line is dead");
      left -= size;
    }
  } sink;
  EXPECT_THROW(contrail::backup(instance_->handle(), sink), std::runtime_error);
  std::ostringstream bad;
  bad.setstate(std::ios::badbit);
  EXPECT_EQ(Thrown([&] { contrail::backup(instance_->handle(), bad); }), JET_errDiskIO);
  // No backup is left running, and none is in force.
  std::ostringstream good;
  EXPECT_EQ(Thrown([&] { contrail::backup(instance_->handle(), good, {.incremental = true}); }),
            JET_errMissingFullBackup);
  EXPECT_EQ(Thrown([&] { contrail::backup(instance_->handle(), good); }), 0);
}

TEST_F(CppLayerTest, ObjectsMove) {
  Create();
  std::vector<Session> sessions;
  sessions.emplace_back(*instance_);
  sessions.emplace_back(*instance_);
  sessions.push_back(Session(*instance_));
  Database database(sessions[1], live_ + "/data.edb");
  Database other = std::move(database);
  Table table = other.open_table("rows");
  Table moved = std::move(table);
  EXPECT_FALSE(moved.first());
  Transaction transaction(sessions[1]);
  Transaction taken = std::move(transaction);
  taken.commit();
}

}  // namespace
