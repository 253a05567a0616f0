#include "engine/entry_sort.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/support/scratch_folder.h"
#include "tests/support/transactions_under_test.h"

namespace contrail {
namespace {

using test::ToBytes;
using test::ToText;

class EntrySortTest : public ::testing::Test {
 protected:
  std::string path() const { return folder_.path().string() + "/entries"; }

  test::ScratchFolder folder_;
};

TEST_F(EntrySortTest, GivesEveryEntryInOrderWhateverTheMemory) {
  for (const size_t memory : {size_t{1}, size_t{4096}, size_t{100'000}, size_t{8} << 20}) {
    SCOPED_TRACE(memory);
    std::mt19937 random(7);
    EntrySort sort(PosixFileSystem(), path(), memory);
    std::multimap<std::string, std::string> model;
    for (int i = 0; i < (memory == 1 ? 200 : 20'000); ++i) {
      std::string key(random() % 12, static_cast<char>('a' + random() % 26));
      if (random() % 100 == 0) key.resize(2000, 'x');
      const std::string data = std::to_string(random() % 1000);
      ASSERT_EQ(sort.Add(ToBytes(key), ToBytes(data)), Status::Ok());
      model.emplace(key, data);
    }
    std::vector<std::pair<std::string, std::string>> expected(model.begin(), model.end()), got;
    std::sort(expected.begin(), expected.end());
    ASSERT_EQ(sort.ForEach([&](Bytes key, Bytes data) {
      got.emplace_back(ToText(key), ToText(data));
      return Status::Ok();
    }),
              Status::Ok());
    EXPECT_TRUE(got == expected);
    EXPECT_EQ(sort.run_count() > 1, memory < (size_t{1} << 20));
  }
  EXPECT_FALSE(*PosixFileSystem().Exists(path()));
}

TEST_F(EntrySortTest, AnErrorOfTheVisitorStopsIt) {
  EntrySort sort(PosixFileSystem(), path(), 100);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(sort.Add(ToBytes("key"), {}), Status::Ok());
  int visits = 0;
  EXPECT_EQ(sort.ForEach([&](Bytes, Bytes) {
    return ++visits == 5 ? Status(Error::kKeyDuplicate) : Status::Ok();
  }),
            Error::kKeyDuplicate);
  EXPECT_EQ(visits, 5);
}

TEST_F(EntrySortTest, NothingGivesNothing) {
  EntrySort sort(PosixFileSystem(), path());
  EXPECT_EQ(sort.ForEach([](Bytes, Bytes) { return Status(Error::kInternalError); }), Status::Ok());
}

TEST_F(EntrySortTest, AFileThatCannotBeMadeIsAnError) {
  ASSERT_TRUE(PosixFileSystem().Open(path(), {.mode = FileMode::kCreateNew}).ok());
  EntrySort sort(PosixFileSystem(), path() + "/entries", 10);
  Status status;
  for (int i = 0; i < 10 && status.ok(); ++i) status = sort.Add(ToBytes("some key"), {});
  EXPECT_FALSE(status.ok());
}

TEST_F(EntrySortTest, TwoSortsDoNotShareAFile) {
  EntrySort first(PosixFileSystem(), path(), 10), second(PosixFileSystem(), path(), 10);
  ASSERT_EQ(first.Add(ToBytes("some key"), {}), Status::Ok());
  ASSERT_EQ(first.Add(ToBytes("some key"), {}), Status::Ok());
  ASSERT_EQ(second.Add(ToBytes("some key"), {}), Status::Ok());
  EXPECT_EQ(second.Add(ToBytes("some key"), {}), Error::kFileAccessDenied);
}

}  // namespace
}  // namespace contrail
