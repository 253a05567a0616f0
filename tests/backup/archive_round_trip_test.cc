// Whatever contrail::backup writes contrail::restore takes: databases of any name, many of them and
// many logs; and which of them, and to where.

#include <gtest/gtest.h>

#include <contrail/backup.hpp>
#include <contrail/db.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/command.h"
#include "tests/support/scratch_folder.h"

namespace {

using contrail::ArchiveEntry;
using contrail::ArchiveReader;
using contrail::ArchiveWriter;
using contrail::Database;
using contrail::Error;
using contrail::Instance;
using contrail::Session;
using contrail::Transaction;

template <typename Call>
JET_ERR Thrown(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return 0;
}

class ArchiveRoundTripTest : public ::testing::Test {
 protected:
  std::string Folder(const std::string& name) const { return folder_.path() / name; }

  // A stream of databases of these paths below live/; the row of each is its number.
  std::string BackUp(const std::vector<std::string>& paths) {
    Instance instance(Folder("live"));
    Session session(instance);
    std::vector<Database> databases;
    for (size_t i = 0; i < paths.size(); ++i) {
      const std::filesystem::path path = Folder("live/" + paths[i]);
      std::filesystem::create_directories(path.parent_path());
      databases.emplace_back(session, path, true);
      auto table = databases.back().create_table("number", {{"value"}});
      Transaction transaction(session);
      table.insert().set("value", static_cast<int64_t>(i)).save();
      transaction.commit();
    }
    std::ostringstream out;
    contrail::backup(instance.handle(), out);
    return out.str();
  }
  std::vector<std::string> Restore(const std::string& stream, const std::string& to,
                                   std::function<std::string(const std::string&)> place = {}) {
    std::istringstream source(stream);
    return contrail::restore(source, {.folder = Folder(to), .place = std::move(place)});
  }
  static int64_t NumberIn(const std::string& folder, const std::string& database) {
    Instance instance(folder);
    Session session(instance);
    const Database opened(session, database);
    auto table = opened.open_table("number");
    return table.first() ? *table.get<int64_t>("value") : -1;
  }
  void ExpectRoundTrip(const std::vector<std::string>& paths,
                       const std::vector<std::string>& names) {
    const std::string stream = BackUp(paths);
    const std::vector<std::string> restored = Restore(stream, "to");
    ASSERT_EQ(restored.size(), names.size());
    for (size_t i = 0; i < names.size(); ++i) {
      EXPECT_EQ(restored[i], Folder("to/") + names[i]);
      EXPECT_EQ(NumberIn(Folder("to"), restored[i]), static_cast<int64_t>(i));
    }
    std::ofstream(Folder("stream.tar"), std::ios::binary) << stream;
    std::filesystem::create_directories(Folder("untar"));
    const auto tar =
        contrail::test::RunCommand({"tar", "-xf", Folder("stream.tar"), "-C", Folder("untar")});
    EXPECT_EQ(tar.exit_status, 0) << tar.errors;
    EXPECT_EQ(tar.errors, "");
    for (const std::string& name : names) {
      EXPECT_TRUE(std::filesystem::exists(Folder("untar/") + name)) << name;
    }
  }

  contrail::test::ScratchFolder folder_;
};

TEST_F(ArchiveRoundTripTest, DatabasesOfOneName) {
  ExpectRoundTrip({"x/data.edb", "y/data.edb", "z/2-data.edb", "a/b.edb"},
                  {"data.edb", "2-data.edb", "2-2-data.edb", "b.edb"});
}

TEST_F(ArchiveRoundTripTest, NamesOfOddBytes) {
  ExpectRoundTrip({"x/a\tb.edb", "x/c\nd.edb", "x/star*percent%.edb", "x/a = b.edb"},
                  {"a\tb.edb", "c\nd.edb", "star*percent%.edb", "a = b.edb"});
}

TEST_F(ArchiveRoundTripTest, FieldsOfAnyBytes) {
  const std::vector<std::string> fields = {"a\tb", "", "\\t\n\\", "\\n"};
  std::string line;
  for (const std::string& field : fields) {
    line += (line.empty() ? "" : "\t") + contrail::escaped(field);
  }
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(contrail::fields_of(line), fields);
}

TEST_F(ArchiveRoundTripTest, NamesThatAreTaken) {
  const std::string hundred = std::string(100, 'n');
  ExpectRoundTrip({"x/contrail-backup.txt", "x/edb.chk", "x/edb00001.log", "x/" + hundred,
                   "x/contrail-restore.unfinished", "x/finished"},
                  {"2-contrail-backup.txt", "2-edb.chk", "2-edb00001.log", hundred,
                   "2-contrail-restore.unfinished", "finished"});
}

TEST_F(ArchiveRoundTripTest, NoDatabaseAtAll) { ExpectRoundTrip({}, {}); }

TEST_F(ArchiveRoundTripTest, AListOfAnyLength) {
  constexpr int kLogs = 6000;
  std::stringstream stream;
  ArchiveWriter<std::stringstream> writer(stream);
  writer.note({"kind", "full"});
  const std::string base(200, 'e');
  for (int i = 0; i < kLogs; ++i) {
    writer.begin(base + std::to_string(i), 3);
    writer.write("log", 3);
    writer.end();
  }
  writer.note({"logs", base, "1", std::to_string(kLogs)});
  writer.finish();
  int seen = 0;
  const auto contents = ArchiveReader(stream).read([&](const ArchiveEntry& entry) {
    EXPECT_EQ(entry.name, base + std::to_string(seen++));
    return std::string();
  });
  EXPECT_EQ(contents.entries.size(), size_t{kLogs});
  EXPECT_EQ(contents.generation_high, uint32_t{kLogs});
}

TEST_F(ArchiveRoundTripTest, ManyLogs) {
  std::stringstream stream;
  contrail::BackupSummary summary;
  {
    Instance instance(Folder("live"), {.configure = [](JET_INSTANCE* handle) {
                        contrail::check(JetSetSystemParameterA(handle, JET_sesidNil,
                                                               JET_paramLogFileSize, 128, nullptr),
                                        "JetSetSystemParameter");
                      }});
    Session session(instance);
    Database database(session, Folder("live/data.edb"), true);
    auto table =
        database.create_table("number", {{"value"}, {"blob", contrail::Kind::binary}}, "+value");
    for (int64_t id = 0; id < 80; ++id) {
      Transaction transaction(session);
      table.insert().set("value", id).set("blob", std::string(100'000, 'b')).save();
      transaction.commit(JET_bitCommitLazyFlush);
    }
    summary = contrail::backup(instance.handle(), stream);
  }
  EXPECT_GT(summary.generation_high - summary.generation_low, 40u);
  const auto restored = Restore(stream.str(), "to");
  Instance instance(Folder("to"), {.configure = [](JET_INSTANCE* handle) {
                      JetSetSystemParameterA(handle, JET_sesidNil, JET_paramLogFileSize, 128,
                                             nullptr);
                    }});
  Session session(instance);
  const Database opened(session, restored[0]);
  auto table = opened.open_table("number");
  ASSERT_TRUE(table.last());
  EXPECT_EQ(table.get<int64_t>("value"), 79);
}

TEST_F(ArchiveRoundTripTest, DatabasesAreChosenAndPlaced) {
  const std::string stream = BackUp({"x/data.edb", "y/data.edb", "z.edb"});
  const auto restored = Restore(stream, "to", [&](const std::string& original) {
    if (original == Folder("live/y/data.edb")) return std::string("mail/of-monday.edb");
    return original == Folder("live/z.edb") ? Folder("elsewhere/z.edb") : std::string();
  });
  EXPECT_EQ(restored,
            (std::vector<std::string>{Folder("to/mail/of-monday.edb"), Folder("elsewhere/z.edb")}));
  EXPECT_EQ(NumberIn(Folder("to"), restored[0]), 1);
  EXPECT_EQ(NumberIn(Folder("to"), restored[1]), 2);
  EXPECT_FALSE(std::filesystem::exists(Folder("to/data.edb")));
  EXPECT_FALSE(std::filesystem::exists(Folder("to/2-data.edb")));
}

TEST_F(ArchiveRoundTripTest, PlacesThatCannotBeAreRefused) {
  const std::string stream = BackUp({"x.edb", "y.edb"});
  const auto refusal = [&](const std::string& place) {
    return Thrown([&] { Restore(stream, "to", [&](const std::string&) { return place; }); });
  };
  EXPECT_EQ(refusal(""), JET_errDatabaseNotFound);
  EXPECT_EQ(refusal("one.edb"), JET_errFileAlreadyExists);
  EXPECT_EQ(refusal("/proc/none/x.edb"), JET_errInvalidPath);
  const auto one_at = [&](const std::string& place) {
    return Thrown([&] {
      Restore(stream, "to", [&](const std::string& original) {
        return original.ends_with("x.edb") ? place : std::string();
      });
    });
  };
  EXPECT_EQ(one_at("edb.log"), JET_errInvalidPath);
  std::ofstream(Folder("to/there.edb")) << "somebody else's";
  EXPECT_EQ(one_at("there.edb"), JET_errFileAlreadyExists);
  EXPECT_EQ(one_at("good.edb"), 0);
}

TEST_F(ArchiveRoundTripTest, TellsItsProgressAndKeepsToItsRate) {
  Instance instance(Folder("live"));
  Session session(instance);
  const Database database(session, Folder("live/data.edb"), true);
  std::vector<std::pair<uint64_t, uint64_t>> told;
  std::ostringstream out;
  constexpr uint64_t kRate = 32 << 20;
  const auto begin = std::chrono::steady_clock::now();
  const auto summary = contrail::backup(
      instance.handle(), out,
      {.max_bytes_per_second = kRate,
       .progress = [&](uint64_t done, uint64_t total) { told.emplace_back(done, total); }});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took.count(), static_cast<double>(summary.bytes) / kRate);
  ASSERT_GT(told.size(), 1u);
  for (size_t i = 1; i < told.size(); ++i) EXPECT_GT(told[i].first, told[i - 1].first);
  EXPECT_EQ(told.back(), std::pair(summary.bytes, summary.bytes));
  // Whoever has had enough throws.
  EXPECT_EQ(Thrown([&] {
              contrail::backup(instance.handle(), out, {.progress = [](uint64_t, uint64_t) {
                                 throw Error(JET_errTermInProgress, "enough");
                               }});
            }),
            JET_errTermInProgress);
  for (const size_t piece : {0, 1, 1000, 4095}) {
    EXPECT_LT(Thrown([&] { contrail::backup(instance.handle(), out, {.piece = piece}); }), 0);
  }
  EXPECT_EQ(Thrown([&] { contrail::backup(instance.handle(), out); }), 0);
}

}  // namespace
