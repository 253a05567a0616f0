#include "engine/undo_record.h"

#include <gtest/gtest.h>

#include "tests/support/hex.h"
#include "tests/support/transactions_under_test.h"

namespace contrail {
namespace {

using test::Hex;
using test::ToBytes;

std::vector<UndoRecord> Samples(const std::vector<std::byte>& key,
                                const std::vector<std::byte>& data) {
  std::vector<UndoRecord> samples;
  for (const auto type :
       {UndoRecord::Type::kInsert, UndoRecord::Type::kReplace, UndoRecord::Type::kDelete,
        UndoRecord::Type::kCreateTree, UndoRecord::Type::kDropTree, UndoRecord::Type::kTreeFreed,
        UndoRecord::Type::kAdd, UndoRecord::Type::kCompensation}) {
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
    static const auto kAddition = StoreAddition({6, ~uint32_t{0}});
    if (type == UndoRecord::Type::kAdd) {
      record.key = key;
      record.has_image = true;
      record.image = kAddition;
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

// docs/format/transaction_records.md. The first one is as it was before there was an addition.
TEST(UndoRecordTest, IsLaidOutAsDocumented) {
  const auto insert = Hex("01 0500000000000000 1f000000 08000000 01 0200 0000 00000000 4142");
  const Result<UndoRecord> inserted = ParseUndoRecord(insert);
  ASSERT_TRUE(inserted.ok());
  EXPECT_EQ(inserted->type, UndoRecord::Type::kInsert);
  EXPECT_EQ(inserted->transaction, 5u);
  EXPECT_EQ(inserted->root, 31u);
  EXPECT_EQ(inserted->object_id, 8u);
  EXPECT_TRUE(inserted->unique);
  EXPECT_FALSE(inserted->has_image);
  EXPECT_EQ(test::ToText(inserted->key), "AB");
  const auto add =
      Hex("08 0500000000000000 1f000000 08000000 03 0200 0000 06000000 4142 0500 fdffffff");
  const Result<UndoRecord> added = ParseUndoRecord(add);
  ASSERT_TRUE(added.ok());
  EXPECT_EQ(added->type, UndoRecord::Type::kAdd);
  const Result<NumberAddition> addition = LoadAddition(added->image);
  ASSERT_TRUE(addition.ok());
  EXPECT_EQ(addition->offset, 5u);
  EXPECT_EQ(static_cast<int32_t>(addition->amount), -3);
  std::vector<std::byte> again;
  AppendUndoRecord(*added, &again);
  EXPECT_EQ(again, add);
}

// Undo of an addition needs a unique tree and the amount.
TEST(UndoRecordTest, RefusesAnAdditionThatCannotBeUndone) {
  const auto key = ToBytes("k");
  const auto amount = StoreAddition({4, 1});
  UndoRecord record;
  record.type = UndoRecord::Type::kAdd;
  record.transaction = 1;
  record.key = key;
  const auto parses = [&record] {
    std::vector<std::byte> bytes;
    AppendUndoRecord(record, &bytes);
    return ParseUndoRecord(bytes).ok();
  };
  EXPECT_FALSE(parses());
  record.has_image = true;
  EXPECT_FALSE(parses());
  record.image = amount;
  EXPECT_TRUE(parses());
  record.image = Bytes(amount).first(5);
  EXPECT_FALSE(parses());
  record.image = amount;
  record.unique = false;
  EXPECT_FALSE(parses());
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
