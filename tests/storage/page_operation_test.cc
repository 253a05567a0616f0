#include "storage/page_operation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "storage/page_wipe.h"
#include "tests/support/sample_pages.h"

namespace contrail {
namespace {

constexpr uint32_t kLeafFlags = page_flag::kLeaf | page_flag::kAlways;

struct ModelNode {
  std::string key;
  std::string data;
  uint8_t flags = 0;
  friend bool operator==(const ModelNode&, const ModelNode&) = default;
};

// A page as its users see it.
struct Model {
  uint32_t page_size = 4096;
  uint32_t flags = kLeafFlags;
  PageNumber previous = 0;
  PageNumber next = 0;
  std::string header;
  std::vector<ModelNode> nodes;
  friend bool operator==(const Model&, const Model&) = default;

  bool is_root() const { return (flags & page_flag::kRoot) != 0; }

  size_t NodeSize(const ModelNode& node) const {
    size_t common = 0;
    while (!is_root() && common < header.size() && common < node.key.size() &&
           header[common] == node.key[common]) {
      ++common;
    }
    const size_t saved = common > 2 ? common : 0;
    return (saved != 0 ? 4 : 2) + node.key.size() - saved + node.data.size();
  }
  // Negative when the nodes do not fit.
  int64_t FreeBytes() const {
    auto free = static_cast<int64_t>(PageCapacity(page_size)) - 4;
    free -= static_cast<int64_t>(header.size());
    for (const ModelNode& node : nodes) free -= static_cast<int64_t>(NodeSize(node) + 4);
    return free;
  }
  bool Fits() const {
    return FreeBytes() >= 0 && nodes.size() < 0xfff &&
           std::all_of(nodes.begin(), nodes.end(), [&](const ModelNode& node) {
             return NodeSize(node) <= MaxNodeSize(page_size) && node.key.size() < 0x2000;
           });
  }
};

std::string Text(Bytes bytes) { return std::string(AsText(bytes)); }

Model ReadModel(const PageView& page) {
  Model model;
  model.page_size = page.page_size();
  model.flags = page.flags();
  model.previous = page.previous();
  model.next = page.next();
  model.header = Text(page.external_header());
  for (uint32_t line = 0; line < page.line_count(); ++line) {
    const NodeView node = page.node(line);
    EXPECT_TRUE(node.valid);
    const auto flags = static_cast<uint8_t>(node.flags & ~node_flag::kCompressed);
    model.nodes.push_back({Text(node.prefix) + Text(node.suffix), Text(node.data), flags});
  }
  return model;
}

std::vector<std::byte> NodeList(const std::vector<ModelNode>& nodes) {
  std::vector<std::byte> list;
  NodeListWriter writer(&list);
  for (const ModelNode& node : nodes) {
    writer.Add(node.flags, AsBytes(node.key), AsBytes(node.data));
  }
  return list;
}

Status FormatPage(const Model& model, std::vector<std::byte>* page) {
  const std::vector<std::byte> list = NodeList(model.nodes);
  return ApplyOperation(PageOperation::Format(model.flags, 5, model.previous, model.next,
                                              AsBytes(model.header), list),
                        page->data(), model.page_size);
}

// Encodes, decodes, applies.
Status Replay(const PageOperation& operation, std::vector<std::byte>* page) {
  std::vector<std::byte> log;
  EncodeOperation(operation, &log);
  Bytes rest = log;
  auto decoded = DecodeOperation(&rest);
  EXPECT_TRUE(decoded.ok());
  EXPECT_TRUE(rest.empty());
  if (!decoded.ok()) return decoded.status();
  std::vector<std::byte> again;
  EncodeOperation(*decoded, &again);
  EXPECT_EQ(log, again);
  return ApplyOperation(*decoded, page->data(), static_cast<uint32_t>(page->size()));
}

// Random operations on a page, its model, and a second page that gets them through the log and is
// laid out differently.
class Exerciser {
 public:
  Exerciser(uint32_t page_size, bool root, uint32_t seed) : random_(seed), page_(page_size) {
    model_.page_size = page_size;
    if (root) model_.flags |= page_flag::kRoot;
    model_.header = root ? std::string(16, 'h') : Word(20);
    replayed_.resize(page_size);
    std::fill(page_.begin(), page_.end(), std::byte{0xcd});
    EXPECT_TRUE(FormatPage(model_, &page_).ok());
    EXPECT_TRUE(FormatPage(model_, &replayed_).ok());
  }

  void Step() {
    Model after = model_;
    const PageOperation operation = Choose(&after);
    const std::vector<std::byte> before = page_;
    const Status status = ApplyOperation(operation, page_.data(), model_.page_size);
    if (operation.kind == OperationKind::kWipe) {
      ASSERT_FALSE(HasLeftovers(PageView(page_.data(), model_.page_size)));
    }
    ASSERT_EQ(status.ok(), after.Fits()) << static_cast<int>(operation.kind);
    ASSERT_EQ(Replay(operation, &replayed_), status);
    if (status.ok()) {
      model_ = after;
    } else {
      ASSERT_TRUE(status.Is(Error::kDatabaseCorrupted));
      ASSERT_EQ(page_, before);
      ++refused_;
    }
    Check(page_);
    Check(replayed_);
    if (random_() % 64 == 0) {
      ASSERT_TRUE(FormatPage(model_, &replayed_).ok());
    }
  }

  int refused() const { return refused_; }

 private:
  // Few letters, so that many keys share a start.
  std::string Word(size_t most) {
    std::string word(random_() % (most + 1), 'a');
    if (word.size() > 3) word.back() = static_cast<char>(random_());
    if (random_() % 4 == 0 && !word.empty()) word[word.size() / 2] = 'b';
    return word;
  }
  std::string Data() {
    const size_t most = random_() % 20 == 0 ? model_.page_size : 120;
    return std::string(random_() % most, static_cast<char>(random_()));
  }
  uint8_t Flags() { return static_cast<uint8_t>(random_() % 4); }
  uint32_t AnyLine() { return static_cast<uint32_t>(random_() % model_.nodes.size()); }

  void Check(const std::vector<std::byte>& bytes) {
    const PageView page(bytes.data(), model_.page_size);
    ASSERT_STREQ(page.FindDamage(), nullptr);
    ASSERT_EQ(page.free_bytes(), model_.FreeBytes());
    ASSERT_EQ(LoadLittle<uint16_t>(bytes.data() + page_offset::kUncommittedFree), 0);
    ASSERT_TRUE(ReadModel(page) == model_);
  }

  PageOperation Choose(Model* after) {
    if ((model_.flags & page_flag::kEmptied) != 0) return ChooseFormat(after);
    const uint32_t roll = random_() % 100;
    if (roll < 30 || model_.nodes.empty()) return ChooseInsert(after);
    if (roll < 36) return ChooseInsertMany(after);
    if (roll < 60) return ChooseData(after);
    if (roll < 68) return ChooseKeyOrFlags(after);
    if (roll < 96) return ChooseDelete(after);
    return ChooseWhole(after);
  }

  PageOperation ChooseInsert(Model* after) {
    const auto line = static_cast<uint32_t>(random_() % (model_.nodes.size() + 1));
    node_ = {Word(30), Data(), Flags()};
    after->nodes.insert(after->nodes.begin() + line, node_);
    const PageView page(page_.data(), model_.page_size);
    EXPECT_EQ(FitsInsert(page, AsBytes(node_.key), node_.data.size()), after->Fits());
    EXPECT_EQ(NodeCost(page.prefix(), AsBytes(node_.key), node_.data.size()),
              after->NodeSize(node_) + 4);
    return PageOperation::InsertNode(line, node_.flags, AsBytes(node_.key), AsBytes(node_.data));
  }

  PageOperation ChooseInsertMany(Model* after) {
    const auto line = static_cast<uint32_t>(random_() % (model_.nodes.size() + 1));
    std::vector<ModelNode> nodes(random_() % 12);
    for (ModelNode& node : nodes) node = {Word(30), Data(), Flags()};
    after->nodes.insert(after->nodes.begin() + line, nodes.begin(), nodes.end());
    list_ = NodeList(nodes);
    return PageOperation::InsertNodes(line, list_);
  }

  PageOperation ChooseData(Model* after) {
    const uint32_t line = AnyLine();
    ModelNode& node = after->nodes[line];
    if (random_() % 3 == 0) {
      const size_t offset = random_() % (node.data.size() + 1);
      const size_t size = random_() % (node.data.size() - offset + 1);
      node_.data = std::string(size, static_cast<char>(random_()));
      node.data.replace(offset, size, node_.data);
      return PageOperation::ReplaceBytes(line, static_cast<uint32_t>(offset), AsBytes(node_.data));
    }
    node.data = node_.data = Data();
    node.flags = Flags();
    const PageView page(page_.data(), model_.page_size);
    EXPECT_EQ(FitsReplace(page, line, node_.data.size()), after->Fits());
    return PageOperation::ReplaceNode(line, node.flags, AsBytes(node_.data));
  }

  PageOperation ChooseKeyOrFlags(Model* after) {
    const uint32_t line = AnyLine();
    ModelNode& node = after->nodes[line];
    if (random_() % 2 == 0) {
      node.flags = Flags();
      return PageOperation::SetNodeFlags(line, node.flags);
    }
    node.key = node_.key = Word(60);
    const PageView page(page_.data(), model_.page_size);
    EXPECT_EQ(FitsSetKey(page, line, AsBytes(node_.key)), after->Fits());
    return PageOperation::SetNodeKey(line, AsBytes(node_.key));
  }

  PageOperation ChooseDelete(Model* after) {
    const uint32_t line = AnyLine();
    const uint32_t most = static_cast<uint32_t>(model_.nodes.size()) - line;
    const uint32_t count = random_() % 6 == 0 ? 1 + random_() % most : 1;
    const auto first = after->nodes.begin() + line;
    after->nodes.erase(first, first + count);
    return PageOperation::DeleteNodes(line, count);
  }

  PageOperation ChooseWhole(Model* after) {
    switch (random_() % 5) {
      case 4:
        return ChooseWipe(after);
      case 0:
        after->previous = random_();
        after->next = random_();
        return PageOperation::SetSiblings(after->previous, after->next);
      case 1:
        after->flags ^= page_flag::kIndex;
        return PageOperation::SetPageFlags(after->flags);
      case 2:
        if (random_() % 8 == 0) {
          after->flags |= page_flag::kEmptied;
          after->header.clear();
          after->nodes.clear();
          return PageOperation::Empty();
        }
        return ChooseFormat(after);
      default:
        // Often the key of one of the nodes, as a real page's prefix is.
        after->header = node_.key = random_() % 2 == 0 ? model_.nodes[AnyLine()].key : Word(40);
        return PageOperation::SetExternalHeader(AsBytes(node_.key));
    }
  }

  // Of the deleted nodes about half.
  PageOperation ChooseWipe(Model* after) {
    list_.clear();
    for (size_t line = 0; line < after->nodes.size(); ++line) {
      ModelNode& node = after->nodes[line];
      if ((node.flags & node_flag::kDeleted) == 0 || random_() % 2 == 0) continue;
      node.data.assign(node.data.size(), '\0');
      list_.resize(list_.size() + sizeof(uint16_t));
      StoreLittle(list_.data() + list_.size() - sizeof(uint16_t), static_cast<uint16_t>(line));
    }
    return PageOperation::Wipe(list_);
  }

  // Half of the nodes, on a page with another prefix.
  PageOperation ChooseFormat(Model* after) {
    after->flags &= ~page_flag::kEmptied;
    after->nodes.resize(after->nodes.size() / 2);
    after->header = node_.key = Word(40);
    after->previous = 3;
    after->next = 4;
    list_ = NodeList(after->nodes);
    return PageOperation::Format(after->flags, 5, 3, 4, AsBytes(node_.key), list_);
  }

  std::mt19937 random_;
  Model model_;
  std::vector<std::byte> page_;
  std::vector<std::byte> replayed_;
  // What the spans of the current operation point to.
  ModelNode node_;
  std::vector<std::byte> list_;
  int refused_ = 0;
};

class PageOperationModelTest : public testing::TestWithParam<std::tuple<uint32_t, bool>> {};

TEST_P(PageOperationModelTest, PageEqualsModelAfterEveryStep) {
  const auto [page_size, root] = GetParam();
  int refused = 0;
  for (uint32_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Exerciser exerciser(page_size, root, seed);
    for (int step = 0; step < 3000; ++step) {
      exerciser.Step();
      if (HasFailure()) FAIL() << "step " << step;
    }
    refused += exerciser.refused();
  }
  // The page was full often enough.
  EXPECT_GT(refused, 20);
}

INSTANTIATE_TEST_SUITE_P(PageSizes, PageOperationModelTest,
                         testing::Combine(testing::Values(4096, 8192, 16384, 32768),
                                          testing::Bool()));

TEST(PageOperationTest, EmptiedPageIsAsTheFormatWantsIt) {
  Model model;
  model.previous = 7;
  model.next = 8;
  model.nodes = {{"key", "data", 0}};
  std::vector<std::byte> bytes(4096);
  ASSERT_TRUE(FormatPage(model, &bytes).ok());
  ASSERT_TRUE(ApplyOperation(PageOperation::Empty(), bytes.data(), 4096).ok());
  const PageView page(bytes.data(), 4096);
  EXPECT_EQ(page.flags(), kLeafFlags | page_flag::kEmptied);
  EXPECT_EQ(page.tag_count(), 1u);
  EXPECT_EQ(page.free_bytes(), PageCapacity(4096) - 4);
  EXPECT_EQ(page.data_end(), 0);
  EXPECT_EQ(page.previous(), 7u);
  EXPECT_EQ(page.next(), 8u);
  EXPECT_EQ(page.object_id(), 5u);
  const auto insert = PageOperation::InsertNode(0, 0, AsBytes("key"), Bytes());
  EXPECT_FALSE(ApplyOperation(insert, bytes.data(), 4096).ok());
  EXPECT_STREQ(page.FindDamage(), nullptr);
}

TEST(PageOperationTest, WipedPageKeepsNothingOfWhatItLost) {
  for (const uint32_t page_size : {4096u, 32768u}) {
    Model model;
    model.page_size = page_size;
    model.nodes = {{"key1", "secret one", node_flag::kDeleted},
                   {"key2", "kept", 0},
                   {"key3", "secret two", 0},
                   {"key4", "a secret that becomes short", 0},
                   {"key5", "kept, too", node_flag::kDeleted}};
    std::vector<std::byte> bytes(page_size);
    ASSERT_TRUE(FormatPage(model, &bytes).ok());
    const auto apply = [&](const PageOperation& operation) {
      return ApplyOperation(operation, bytes.data(), page_size);
    };
    ASSERT_TRUE(apply(PageOperation::DeleteNodes(2, 1)).ok());
    ASSERT_TRUE(apply(PageOperation::ReplaceNode(2, 0, AsBytes("short"))).ok());
    const auto holds = [&](std::string_view text) {
      return Text(bytes).find(text) != std::string::npos;
    };
    EXPECT_TRUE(holds("secret two"));
    EXPECT_TRUE(holds("becomes short"));
    const PageView page(bytes.data(), page_size);
    EXPECT_TRUE(HasLeftovers(page));
    EXPECT_TRUE(HasDeletedData(page));
    ASSERT_TRUE(apply(PageOperation::Wipe(AsBytes(std::string_view("\0\0", 2)))).ok());
    EXPECT_FALSE(holds("secret"));
    EXPECT_FALSE(holds("becomes short"));
    EXPECT_FALSE(HasLeftovers(page));
    EXPECT_TRUE(HasDeletedData(page));  // Line 3 was not named.
    EXPECT_FALSE(IsBlank(page));
    EXPECT_STREQ(page.FindDamage(), nullptr);
    Model after = model;
    after.nodes = {{"key1", std::string(10, '\0'), node_flag::kDeleted},
                   {"key2", "kept", 0},
                   {"key4", "short", 0},
                   {"key5", "kept, too", node_flag::kDeleted}};
    after.flags = page.flags();
    EXPECT_TRUE(ReadModel(page) == after);
    ASSERT_TRUE(apply(PageOperation::Empty()).ok());
    EXPECT_FALSE(IsBlank(page));
    ASSERT_TRUE(apply(PageOperation::Wipe({})).ok());
    EXPECT_TRUE(IsBlank(page));
  }
}

TEST(PageOperationTest, LargestNodeFillsThePage) {
  for (const uint32_t page_size : {4096u, 8192u, 16384u, 32768u}) {
    std::vector<std::byte> bytes(page_size);
    Model model;
    model.page_size = page_size;
    ASSERT_TRUE(FormatPage(model, &bytes).ok());
    const std::string data(MaxNodeSize(page_size) - 2 - 3, 'd');
    const auto insert = PageOperation::InsertNode(0, 0, AsBytes("key"), AsBytes(data));
    const auto too_large = PageOperation::InsertNode(0, 0, AsBytes("key1"), AsBytes(data));
    EXPECT_FALSE(ApplyOperation(too_large, bytes.data(), page_size).ok());
    ASSERT_TRUE(ApplyOperation(insert, bytes.data(), page_size).ok());
    const PageView page(bytes.data(), page_size);
    EXPECT_EQ(page.free_bytes(), 0);
    EXPECT_EQ(Text(page.node(0).data), data);
    EXPECT_STREQ(page.FindDamage(), nullptr);
  }
}

TEST(PageOperationTest, DbTimeAndChecksumAreLeftAlone) {
  std::vector<std::byte> bytes(32768, std::byte{0xab});
  Model model;
  model.page_size = 32768;
  ASSERT_TRUE(FormatPage(model, &bytes).ok());
  for (size_t i = 0; i < page_offset::kPrevious; ++i) EXPECT_EQ(bytes[i], std::byte{0xab});
  for (size_t i = 40; i < 68; ++i) EXPECT_EQ(bytes[i], std::byte{0xab});
  for (size_t i = 68; i < 80; ++i) EXPECT_EQ(bytes[i], std::byte{0});
}

TEST(PageOperationTest, OperationsThatDoNotBelongToThePageAreRefused) {
  Model model;
  model.nodes = {{"key1", "data", 0}, {"key2", "data", 0}};
  std::vector<std::byte> bytes(4096);
  const auto refused = [&](const PageOperation& operation) {
    const std::vector<std::byte> before = bytes;
    const Status status = ApplyOperation(operation, bytes.data(), 4096);
    return status.Is(Error::kDatabaseCorrupted) && bytes == before;
  };
  // A page that was never formatted takes nothing else.
  EXPECT_TRUE(refused(PageOperation::InsertNode(0, 0, AsBytes("key"), Bytes())));
  EXPECT_TRUE(refused(PageOperation::Empty()));
  EXPECT_TRUE(refused(PageOperation::SetSiblings(1, 2)));
  ASSERT_TRUE(FormatPage(model, &bytes).ok());
  EXPECT_TRUE(refused(PageOperation::InsertNode(3, 0, AsBytes("key"), Bytes())));
  const std::string long_key(0x2000, 'k');
  EXPECT_TRUE(refused(PageOperation::InsertNode(0, 0, AsBytes(long_key), Bytes())));
  EXPECT_TRUE(refused(PageOperation::ReplaceNode(2, 0, AsBytes("data"))));
  EXPECT_TRUE(refused(PageOperation::ReplaceBytes(0, 2, AsBytes("ata"))));
  EXPECT_TRUE(refused(PageOperation::ReplaceBytes(0, 5, Bytes())));
  EXPECT_TRUE(refused(PageOperation::SetNodeFlags(2, 0)));
  EXPECT_TRUE(refused(PageOperation::SetNodeKey(2, AsBytes("key"))));
  EXPECT_TRUE(refused(PageOperation::DeleteNodes(1, 2)));
  EXPECT_TRUE(refused(PageOperation::DeleteNodes(3, 0)));
  EXPECT_TRUE(refused(PageOperation::SetPageFlags(kLeafFlags | page_flag::kRoot)));
  EXPECT_TRUE(refused(PageOperation::InsertNodes(0, AsBytes("junk"))));
  // Not deleted; no such line; half a line.
  EXPECT_TRUE(refused(PageOperation::Wipe(AsBytes(std::string_view("\x00\x00", 2)))));
  EXPECT_TRUE(refused(PageOperation::Wipe(AsBytes(std::string_view("\x02\x00", 2)))));
  EXPECT_TRUE(refused(PageOperation::Wipe(AsBytes(std::string_view("\x00", 1)))));
  PageOperation unknown;
  unknown.kind = static_cast<OperationKind>(15);
  EXPECT_TRUE(refused(unknown));
}

TEST(PageOperationTest, EncodingIsAsDocumented) {
  const auto hex = [](const PageOperation& operation) {
    std::vector<std::byte> out;
    EncodeOperation(operation, &out);
    std::string text;
    for (const std::byte b : out) {
      constexpr char kDigits[] = "0123456789abcdef";
      text += kDigits[std::to_integer<int>(b) >> 4];
      text += kDigits[std::to_integer<int>(b) & 15];
    }
    return text;
  };
  EXPECT_EQ(hex(PageOperation::InsertNode(3, node_flag::kVersioned, AsBytes("key"), AsBytes("da"))),
            "12030302"
            "6b65796461");
  EXPECT_EQ(hex(PageOperation::ReplaceNode(200, node_flag::kDeleted, AsBytes("x"))), "23c8010178");
  EXPECT_EQ(hex(PageOperation::ReplaceBytes(1, 300, AsBytes("yz"))), "0401ac0202797a");
  EXPECT_EQ(hex(PageOperation::SetNodeFlags(5, 3)), "3505");
  EXPECT_EQ(hex(PageOperation::SetNodeKey(5, AsBytes("k"))), "0605016b");
  EXPECT_EQ(hex(PageOperation::DeleteNodes(4, 2)), "070402");
  EXPECT_EQ(hex(PageOperation::SetSiblings(31, 1000)), "091fe807");
  EXPECT_EQ(hex(PageOperation::SetExternalHeader(AsBytes("ab"))), "0a026162");
  EXPECT_EQ(hex(PageOperation::SetPageFlags(0x2802)), "0b8250");
  EXPECT_EQ(hex(PageOperation::Empty()), "0c");
  EXPECT_EQ(hex(PageOperation::Wipe(AsBytes(std::string_view("\x02\x00\x05\x00", 4)))),
            "0d0402000500");
  const std::vector<std::byte> list = NodeList({{"k", "d", 0}});
  EXPECT_EQ(hex(PageOperation::InsertNodes(0, list)),
            "080007"
            "00010001006b64");
  EXPECT_EQ(hex(PageOperation::Format(0x2802, 9, 1, 2, AsBytes("p"), list)),
            "018250090102010770"
            "00010001006b64");
}

TEST(PageOperationTest, CutAndForeignEncodingsAreRefused) {
  std::vector<std::byte> log;
  EncodeOperation(PageOperation::InsertNode(300, 0, AsBytes("some key"), AsBytes("some data")),
                  &log);
  for (size_t size = 0; size < log.size(); ++size) {
    Bytes cut = Bytes(log).first(size);
    EXPECT_TRUE(DecodeOperation(&cut).status().Is(Error::kLogFileCorrupt)) << size;
    EXPECT_EQ(cut.size(), size);
  }
  for (const std::string_view bad :
       {std::string_view("\x00", 1), std::string_view("\x0e\x00", 2), std::string_view("\x0f", 1),
        std::string_view("\x42\x00\x00\x00", 4), std::string_view("\x14\x00\x00\x00", 4),
        std::string_view("\x07\xff\xff\x7f\x01", 5),
        std::string_view("\x0b\xff\xff\xff\xff\x7f", 6),
        std::string_view("\x0b\xff\xff\xff\xff\xff\x01", 7)}) {
    Bytes input = AsBytes(bad);
    EXPECT_FALSE(DecodeOperation(&input).ok());
  }
}

// A page written by Windows, formatted anew from its own nodes, has the same content and takes no
// more space; and a formatted copy takes the same changes as the original.
TEST(PageOperationSampleTest, SamplePagesCanBeFormattedAnew) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  for (const std::string& name : test::SampleNames()) {
    const test::SampleFile& sample = test::LoadSample(name);
    for (const PageNumber number : sample.OwnedPages()) {
      SCOPED_TRACE(name + " page " + std::to_string(number));
      const PageView page = sample.view(number);
      Model model = ReadModel(page);
      std::vector<std::byte> copy(sample.page_size);
      ASSERT_TRUE(FormatPage(model, &copy).ok());
      const PageView formatted(copy.data(), sample.page_size);
      ASSERT_STREQ(formatted.FindDamage(), nullptr);
      ASSERT_TRUE(ReadModel(formatted) == model);
      ASSERT_EQ(formatted.free_bytes(), page.free_bytes());

      const Bytes bytes = sample.page(number);
      std::vector<std::byte> original(bytes.begin(), bytes.end());
      for (std::vector<std::byte>* target : {&original, &copy}) {
        if (page.line_count() > 1) {
          ASSERT_TRUE(Replay(PageOperation::DeleteNodes(0, 1), target).ok());
        }
        ASSERT_TRUE(Replay(PageOperation::SetSiblings(1, 2), target).ok());
        const PageView view(target->data(), sample.page_size);
        std::string fill(view.free_bytes() < 8 ? 0 : view.free_bytes() - 8, 'f');
        if (FitsInsert(view, AsBytes("~~"), fill.size())) {
          const auto insert =
              PageOperation::InsertNode(view.line_count(), 0, AsBytes("~~"), AsBytes(fill));
          if (view.is_leaf()) {
            ASSERT_TRUE(Replay(insert, target).ok());
          }
        }
        ASSERT_STREQ(PageView(target->data(), sample.page_size).FindDamage(), nullptr);
      }
      ASSERT_TRUE(ReadModel({original.data(), sample.page_size}) ==
                  ReadModel({copy.data(), sample.page_size}));
    }
  }
}

// Damaged pages are refused or changed, never left: the page is the whole allocation, so that the
// address sanitizer sees a step beyond it.
TEST(PageOperationTest, DamagedPagesAreChangedWithinBounds) {
  std::mt19937 random(41);
  for (const uint32_t page_size : {4096u, 32768u}) {
    for (int round = 0; round < 2000; ++round) {
      std::vector<std::byte> bytes(page_size);
      Model model;
      model.page_size = page_size;
      model.header = "prefix";
      for (int i = 0; i < 8; ++i) model.nodes.push_back({"prefix" + std::to_string(i), "data", 0});
      ASSERT_TRUE(FormatPage(model, &bytes).ok());
      for (int i = 0; i < 4; ++i) {
        const size_t at = random() % 2 == 0 ? 28 + random() % 12 : page_size - 1 - random() % 40;
        bytes[at] = static_cast<std::byte>(random());
      }
      const std::string data(random() % 3000, 'd');
      const std::vector<std::byte> list = NodeList({{"k", data, 0}, {"l", "m", 0}});
      const uint32_t line = random() % 9;
      for (const PageOperation& operation :
           {PageOperation::InsertNode(line, 0, AsBytes("prefix"), AsBytes(data)),
            PageOperation::ReplaceNode(line, 0, AsBytes(data)),
            PageOperation::ReplaceBytes(line, 0, AsBytes("12")),
            PageOperation::SetNodeKey(line, AsBytes(data).first(data.size() / 2)),
            PageOperation::DeleteNodes(line, 2), PageOperation::InsertNodes(line, list),
            PageOperation::SetNodeFlags(line, 1),
            PageOperation::SetExternalHeader(AsBytes("pre"))}) {
        ApplyOperation(operation, bytes.data(), page_size).Ignore();
      }
    }
  }
}

}  // namespace
}  // namespace contrail
