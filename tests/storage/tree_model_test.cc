// Random histories of trees against std::map: all page sizes, unique and not, many shapes of keys.

#include <gtest/gtest.h>

#include <random>

#include "tests/support/tree_model.h"
#include "tests/support/tree_under_test.h"

namespace contrail {
namespace {

using test::DatabaseUnderTest;
using test::ModelNode;
using test::TreeModel;
using test::TreesUnderTest;

enum class Keys { kShort, kRandom, kAscending, kDescending, kSharedPrefix, kLong };

struct Shape {
  uint32_t page_size;
  bool unique;
  Keys keys;
  size_t largest_data;
  int operations;
};

std::string Name(const testing::TestParamInfo<Shape>& info) {
  static constexpr const char* kNames[] = {"Short",      "Random",       "Ascending",
                                           "Descending", "SharedPrefix", "Long"};
  const Shape& shape = info.param;
  return std::to_string(shape.page_size / 1024) + "K" + (shape.unique ? "Unique" : "NonUnique") +
         kNames[static_cast<int>(shape.keys)] + "Data" + std::to_string(shape.largest_data);
}

class TreeModelTest : public testing::TestWithParam<Shape> {
 protected:
  static constexpr uint64_t kSeed = 20261122;

  std::string Letters(size_t length, int alphabet) {
    std::string text(length, 0);
    for (char& c : text) c = static_cast<char>('a' + random_() % alphabet);
    return text;
  }
  std::string BigEndian(uint32_t value) {
    std::string text(4, 0);
    StoreBig32(reinterpret_cast<std::byte*>(text.data()), value);
    return text;
  }
  // In non-unique trees no key may start with another one: a closing byte below all others sees to
  // that.
  std::string Key() {
    std::string key;
    switch (GetParam().keys) {
      case Keys::kShort:
        key = Letters(random_() % 4, 4);
        break;
      case Keys::kRandom:
        key = Letters(1 + random_() % 20, 26);
        break;
      case Keys::kAscending:
        key = BigEndian(++counter_);
        break;
      case Keys::kDescending:
        key = BigEndian(1'000'000 - ++counter_);
        break;
      case Keys::kSharedPrefix:
        key = "the same beginning of all keys/" + Letters(random_() % 6, 3);
        break;
      case Keys::kLong:
        key = Letters(random_() % (MaxBookmarkSize(GetParam().page_size) / 2), 2);
        break;
    }
    if (!GetParam().unique) key.push_back('\0');
    return key;
  }
  std::string Data() {
    const size_t most = GetParam().largest_data;
    const size_t length = random_() % 8 == 0 ? random_() % (most + 1) : random_() % (most / 8 + 1);
    return Letters(length, 26);
  }
  // A bookmark of the model near a random one.
  TreeModel::Bookmark Existing() {
    const auto probe = model_.Name(Key(), Data());
    if (GetParam().keys == Keys::kAscending || GetParam().keys == Keys::kDescending) {
      auto it = model_.nodes.begin();
      std::advance(it, random_() % std::min<size_t>(model_.nodes.size(), 200));
      return it->first;
    }
    auto it = model_.nodes.lower_bound(probe);
    return it == model_.nodes.end() ? model_.nodes.begin()->first : it->first;
  }

  void Insert(Tree& tree) {
    const std::string key = Key();
    const std::string data = Data();
    const auto name = model_.Name(key, data);
    const auto found = model_.nodes.find(name);
    const bool duplicate = found != model_.nodes.end() && !found->second.deleted;
    Tree::AppendHint* hint = &hint_;
    const Status status =
        random_() % 2 == 0
            ? tree.Insert(&host_.scratch, AsBytes(key), AsBytes(data), 0, nullptr)
            : tree.Append(&host_.scratch, AsBytes(key), AsBytes(data), 0, nullptr, hint);
    EXPECT_EQ(status.error(), duplicate ? Error::kKeyDuplicate : Error::kSuccess);
    if (!duplicate) model_.nodes[name] = {data, false};
  }
  void Replace(Tree& tree) {
    const auto name = Existing();
    ModelNode& node = model_.nodes[name];
    const std::string data = Data();
    const Status status =
        tree.Replace(&host_.scratch, AsBytes(name.first), AsBytes(data), 0, nullptr);
    EXPECT_EQ(status.error(), node.deleted ? Error::kRecordNotFound : Error::kSuccess);
    if (!node.deleted) node.data = data;
  }
  void SetFlags(Tree& tree, bool deleted) {
    const auto name = Existing();
    const uint8_t flags = deleted ? node_flag::kDeleted : 0;
    const Status status =
        tree.SetFlags(&host_.scratch, AsBytes(name.first), AsBytes(name.second), flags, nullptr);
    EXPECT_TRUE(status.ok());
    model_.nodes[name].deleted = deleted;
  }
  void Erase(Tree& tree, const TreeModel::Bookmark& name) {
    const Status status =
        tree.Erase(&host_.scratch, AsBytes(name.first), AsBytes(name.second), nullptr);
    EXPECT_TRUE(status.ok()) << status.number();
    model_.nodes.erase(name);
  }
  void Seek(const Tree& tree) {
    const std::string key = Key();
    const std::string data = GetParam().unique ? "" : Data();
    const auto name = model_.Name(key, data);
    TreeCursor cursor(tree);
    Status status = cursor.SeekAtLeast(AsBytes(key), AsBytes(data));
    const auto at_least = model_.nodes.lower_bound(name);
    EXPECT_EQ(model_.DiffersAt(cursor, status, at_least), "");
    status = cursor.MovePrevious();
    auto before = at_least;
    if (before == model_.nodes.begin()) {
      EXPECT_TRUE(status.Is(Error::kNoCurrentRecord));
    } else {
      EXPECT_EQ(model_.DiffersAt(cursor, status, --before), "");
    }
    status = cursor.SeekExact(AsBytes(key), AsBytes(data));
    EXPECT_EQ(model_.DiffersAt(cursor, status, model_.nodes.find(name)), "");
    // Keys end in a byte below all others, or have no limit above: either way this is beyond `key`.
    const auto beyond = model_.nodes.lower_bound({key + '\0', ""});
    for (const bool strict : {false, true}) {
      status = cursor.SeekAtMost(AsBytes(key), strict);
      auto expected = strict ? model_.nodes.lower_bound({key, ""}) : beyond;
      expected = expected == model_.nodes.begin() ? model_.nodes.end() : std::prev(expected);
      EXPECT_EQ(model_.DiffersAt(cursor, status, expected), "");
    }
  }
  void Step(Tree& tree) {
    const uint64_t choice = random_() % 100;
    if (model_.nodes.empty() || choice < 45) return Insert(tree);
    if (choice < 60) return GetParam().unique ? Replace(tree) : Insert(tree);
    if (choice < 66) return SetFlags(tree, true);
    if (choice < 70) return SetFlags(tree, false);
    if (choice < 85) return Erase(tree, Existing());
    Seek(tree);
  }

  std::mt19937_64 random_{kSeed};
  uint32_t counter_ = 0;
  DatabaseUnderTest host_{GetParam().page_size, 4 << 20};
  TreesUnderTest trees_{host_};
  TreeModel model_{GetParam().unique};
  Tree::AppendHint hint_;
};

TEST_P(TreeModelTest, BehavesLikeAMap) {
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  NewTree description;
  description.page_flags = GetParam().unique ? 0 : page_flag::kIndex | page_flag::kNonUnique;
  Tree tree = trees_.Make(test::kDatabaseRoot, description);
  for (int i = 0; i < GetParam().operations && !HasFailure(); ++i) {
    Step(tree);
    if (i % (GetParam().operations / 8) == 0) {
      ASSERT_EQ(trees_.Unsound(), "") << "after " << i << " operations";
      ASSERT_EQ(model_.Differs(tree), "") << "after " << i << " operations";
    }
  }
  ASSERT_FALSE(HasFailure());
  ASSERT_EQ(trees_.Unsound(), "");
  ASSERT_EQ(model_.Differs(tree), "");
  const auto measured = tree.Measure();
  ASSERT_TRUE(measured.ok());
  EXPECT_EQ(measured->nodes, model_.nodes.size());
  while (!model_.nodes.empty()) {
    Erase(tree, Existing());
    if (model_.nodes.size() % 500 == 0) {
      ASSERT_EQ(trees_.Unsound(), "");
    }
  }
  EXPECT_EQ(model_.Differs(tree), "");
  EXPECT_EQ(trees_.Unsound(), "");
}

std::vector<Shape> Shapes() {
  std::vector<Shape> shapes;
  for (const uint32_t page_size : {4096u, 8192u, 16384u, 32768u}) {
    for (const bool unique : {true, false}) {
      const size_t most = unique ? MaxNodeSize(page_size) - 64 : MaxBookmarkSize(page_size) - 64;
      for (const Keys keys : {Keys::kShort, Keys::kRandom, Keys::kAscending, Keys::kDescending,
                              Keys::kSharedPrefix}) {
        shapes.push_back({page_size, unique, keys, 40, 6000});
      }
      shapes.push_back({page_size, unique, Keys::kRandom, most, 1500});
      shapes.push_back({page_size, unique, Keys::kLong, unique ? 200 : most / 2, 2000});
    }
  }
  return shapes;
}

INSTANTIATE_TEST_SUITE_P(Shapes, TreeModelTest, testing::ValuesIn(Shapes()), Name);

}  // namespace
}  // namespace contrail
