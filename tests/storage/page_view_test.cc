#include "storage/page_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/support/sample_pages.h"

namespace contrail {
namespace {

std::string Key(const NodeView& node) {
  std::string key(node.key_size(), '\0');
  node.CopyKey(reinterpret_cast<std::byte*>(key.data()));
  return key;
}

std::string Text(Bytes bytes) { return std::string(AsText(bytes)); }

int Sign(int order) { return order < 0 ? -1 : (order > 0 ? 1 : 0); }

// Pages of samples with at least one node, as views.
template <typename Visit>
void ForEachSamplePage(Visit&& visit) {
  for (const std::string& name : test::SampleNames()) {
    const test::SampleFile& sample = test::LoadSample(name);
    for (const PageNumber number : sample.OwnedPages()) {
      SCOPED_TRACE(name + " page " + std::to_string(number));
      visit(sample.view(number));
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(PageViewSampleTest, NoOwnedPageIsDamaged) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  size_t nodes = 0;
  size_t compressed = 0;
  ForEachSamplePage([&](const PageView& page) {
    ASSERT_STREQ(page.FindDamage(), nullptr);
    for (uint32_t line = 0; line < page.line_count(); ++line) {
      const NodeView node = page.node(line);
      ASSERT_TRUE(node.valid);
      ++nodes;
      compressed += node.prefix.empty() ? 0 : 1;
      // A compressed node shares as much with the page's prefix as it can.
      const std::string key = Key(node);
      const size_t common = CommonPrefixLength(page.prefix(), AsBytes(key));
      ASSERT_EQ(node.prefix.size(), common > 2 ? common : 0);
    }
  });
  EXPECT_GT(nodes, 50000u);
  EXPECT_GT(compressed, 10000u);
}

TEST(PageViewSampleTest, KnownNodes) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  const test::SampleFile& basic = test::LoadSample("basic.edb");
  const PageView page = basic.view(13);
  EXPECT_EQ(Text(page.external_header()),
            std::string("\x7f\x80\0\0\x02\x7f\x80\x02\x7f\x80\0\0\x01", 13));
  const NodeView node = page.node(0);
  EXPECT_EQ(node.prefix.size(), 7u);
  EXPECT_EQ(Key(node), std::string("\x7f\x80\0\0\x02\x7f\x80\x01\x7f\x80\0\0\x02", 13));
  EXPECT_EQ(node.data[0], std::byte{8});
  EXPECT_EQ(node.data.size(), 55u - 10);

  const test::SampleFile& large = test::LoadSample("large.edb");
  const NodeView large_node = large.view(13).node(0);
  EXPECT_EQ(large_node.flags, node_flag::kCompressed);
  EXPECT_EQ(large_node.prefix.size(), 4u);
  EXPECT_EQ(large_node.suffix.size(), 9u);
  EXPECT_EQ(large_node.data.size(), 58u - 4 - 9);

  const PageView extents = basic.view(2);
  EXPECT_EQ(Key(extents.node(0)), std::string("\0\0\0\xfe", 4));
  EXPECT_EQ(Text(extents.node(0).data), std::string("\xfe\0\0\0", 4));
}

TEST(PageViewSampleTest, LowerBoundAgreesWithALinearSearch) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  ForEachSamplePage([&](const PageView& page) {
    std::vector<std::string> keys;
    for (uint32_t i = 0; i < page.line_count(); ++i) keys.push_back(Key(page.node(i)));
    // An internal page may end with the empty key, which stands for infinity.
    if (!page.is_leaf()) return;
    const size_t step = 1 + keys.size() / 40;
    for (size_t i = 0; i < keys.size(); i += step) {
      for (std::string probe : {keys[i], keys[i] + '\0', keys[i].substr(0, keys[i].size() / 2),
                                keys[i] + "\xff\xff", std::string("\xff\xff\xff")}) {
        const auto expected = std::lower_bound(keys.begin(), keys.end(), probe);
        bool equal = false;
        const uint32_t line = page.LowerBound(AsBytes(probe), nullptr, &equal);
        ASSERT_EQ(line, expected - keys.begin());
        ASSERT_EQ(equal, expected != keys.end() && *expected == probe);
      }
      const Bytes data = page.node(static_cast<uint32_t>(i)).data;
      bool equal = false;
      ASSERT_EQ(page.LowerBound(AsBytes(keys[i]), &data, &equal), i);
      ASSERT_TRUE(equal);
    }
  });
}

// Every bookmark on the pages below a separator is routed to the page it stands on.
void CheckRouting(const test::SampleFile& sample, PageNumber number, size_t* routed) {
  const PageView page = sample.view(number);
  if (page.is_leaf()) return;
  for (uint32_t line = 0; line < page.line_count(); ++line) {
    const PageNumber child = page.child(line);
    ASSERT_NE(child, 0u);
    const PageView below = sample.view(child);
    for (uint32_t i = 0; i < below.line_count() && below.is_leaf(); ++i) {
      const std::string key = Key(below.node(i));
      ASSERT_EQ(page.ChildLine(AsBytes(key), below.node(i).data), line);
      ++*routed;
    }
    CheckRouting(sample, child, routed);
  }
}

TEST(PageViewSampleTest, ChildLineLeadsToTheNode) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  size_t routed = 0;
  for (const std::string& name : test::SampleNames()) {
    const test::SampleFile& sample = test::LoadSample(name);
    for (const PageNumber number : sample.OwnedPages()) {
      SCOPED_TRACE(name + " page " + std::to_string(number));
      CheckRouting(sample, number, &routed);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(routed, 10000u);
}

TEST(PageViewTest, CompareKeyFollowsMemcmpOrder) {
  std::mt19937 random(31);
  const auto word = [&](size_t most) {
    std::string text(random() % (most + 1), '\0');
    for (char& c : text) c = static_cast<char>('a' + random() % 2);
    return text;
  };
  for (int i = 0; i < 20000; ++i) {
    const std::string prefix = word(5);
    const std::string suffix = word(5);
    const std::string other = word(10);
    NodeView node;
    node.prefix = AsBytes(prefix);
    node.suffix = AsBytes(suffix);
    ASSERT_EQ(Sign(CompareKey(node, AsBytes(other))), Sign((prefix + suffix).compare(other)));
  }
}

// Whatever the bytes, reading stays within the page: the page is the end of its allocation, so that
// the address sanitizer sees a step beyond it.
TEST(PageViewTest, JunkIsReadWithinBounds) {
  std::mt19937 random(32);
  for (const uint32_t page_size : {4096u, 8192u, 16384u, 32768u}) {
    for (int round = 0; round < 60; ++round) {
      std::vector<std::byte> bytes(page_size);
      for (std::byte& b : bytes) b = static_cast<std::byte>(random());
      StoreLittle(bytes.data() + page_offset::kTagCount, static_cast<uint16_t>(random() % 64));
      const PageView page(bytes.data(), page_size);
      (void)page.FindDamage();
      size_t sum = page.external_header().size();
      for (uint32_t line = 0; line < page.line_count() + 2; ++line) {
        const NodeView node = page.node(line);
        for (const Bytes part : {node.prefix, node.suffix, node.data}) {
          for (const std::byte b : part) sum += std::to_integer<size_t>(b);
        }
        sum += page.child(line);
      }
      const std::string key(random() % 300, static_cast<char>(random()));
      const Bytes data = AsBytes("some data");
      bool equal = false;
      EXPECT_LE(page.LowerBound(AsBytes(key), nullptr, &equal), page.line_count());
      EXPECT_LE(page.LowerBound(AsBytes(key), &data, &equal), page.line_count());
      EXPECT_LE(page.ChildLine(AsBytes(key), data), page.line_count());
      EXPECT_NE(sum, ~size_t{0});
    }
  }
}

TEST(PageViewTest, BlankPageHasNothing) {
  const std::vector<std::byte> bytes(4096);
  const PageView page(bytes.data(), 4096);
  EXPECT_EQ(page.tag_count(), 0u);
  EXPECT_EQ(page.line_count(), 0u);
  EXPECT_FALSE(page.node(0).valid);
  bool equal = true;
  EXPECT_EQ(page.LowerBound(AsBytes("key"), nullptr, &equal), 0u);
  EXPECT_FALSE(equal);
  EXPECT_STREQ(page.FindDamage(), "the tag count is 0");
}

}  // namespace
}  // namespace contrail
