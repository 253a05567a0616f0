#include "engine/undo_record.h"

#include <gtest/gtest.h>

#include "tests/support/transactions_under_test.h"

namespace contrail {
namespace {

using test::ToBytes;

std::vector<UndoRecord> Samples(const std::vector<std::byte>& key,
                                const std::vector<std::byte>& data) {
  std::vector<UndoRecord> samples;
  for (const auto type :
       {UndoRecord::Type::kInsert, UndoRecord::Type::kReplace, UndoRecord::Type::kDelete,
        UndoRecord::Type::kCreateTree, UndoRecord::Type::kDropTree, UndoRecord::Type::kTreeFreed,
        UndoRecord::Type::kCompensation}) {
    UndoRecord record;
    record.type = type;
    record.transaction = 0x1122334455667788;
    if (type != UndoRecord::Type::kCompensation) {
      record.root = 0x01020304;
      record.object_id = 77;
    }
    if (type <= UndoRecord::Type::kDelete) {
      record.unique = type == UndoRecord::Type::kReplace;
      record.has_image = record.unique;
      record.key = key;
      if (record.unique) record.image = data;
      if (!record.unique) record.data = data;
    }
    samples.push_back(record);
  }
  return samples;
}

TEST(UndoRecordTest, ComesBackAsItWas) {
  const auto key = ToBytes("some key");
  const auto data = ToBytes("data of some length");
  for (const UndoRecord& record : Samples(key, data)) {
    std::vector<std::byte> bytes;
    AppendUndoRecord(record, &bytes);
    const Result<UndoRecord> parsed = ParseUndoRecord(bytes);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed->type, record.type);
    EXPECT_EQ(parsed->transaction, record.transaction);
    EXPECT_EQ(parsed->root, record.root);
    EXPECT_EQ(parsed->object_id, record.object_id);
    EXPECT_EQ(parsed->unique, record.unique);
    EXPECT_EQ(parsed->has_image, record.has_image);
    EXPECT_EQ(Compare(parsed->key, record.key), 0);
    EXPECT_EQ(Compare(parsed->data, record.data), 0);
    EXPECT_EQ(Compare(parsed->image, record.image), 0);
  }
}

TEST(UndoRecordTest, RefusesEveryOtherLength) {
  const auto key = ToBytes("k");
  const auto data = ToBytes("dd");
  for (const UndoRecord& record : Samples(key, data)) {
    std::vector<std::byte> bytes;
    AppendUndoRecord(record, &bytes);
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_TRUE(ParseUndoRecord(Bytes(bytes).first(size)).status().Is(Error::kLogFileCorrupt))
          << static_cast<int>(record.type) << " cut to " << size;
    }
    bytes.push_back(std::byte{0});
    EXPECT_TRUE(ParseUndoRecord(bytes).status().Is(Error::kLogFileCorrupt));
  }
}

TEST(UndoRecordTest, CommitRecordComesBack) {
  CommitRecord record{12, 34, LogTime::FromUnixMilliseconds(1'700'000'000'000)};
  std::byte bytes[CommitRecord::kSize];
  StoreCommitRecord(record, bytes);
  const Result<CommitRecord> parsed = ParseCommitRecord(bytes);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->transaction, 12u);
  EXPECT_EQ(parsed->commit_time, 34u);
  EXPECT_EQ(parsed->time, record.time);
  EXPECT_FALSE(ParseCommitRecord(Bytes(bytes).first(23)).ok());
}

}  // namespace
}  // namespace contrail
