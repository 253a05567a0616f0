// Damage that `contrail check` finds without knowing what a page is for: headers, the layout of
// pages of both kinds, pages that cannot be read.

#include <gtest/gtest.h>

#include "engine/check/database_check.h"
#include "storage/database_header_fields.h"
#include "storage/page_checksum.h"
#include "tests/support/file_damage.h"
#include "tests/support/recording.h"
#include "tests/support/simulated_file_system.h"
#include "tests/tools/damage_plan.h"

namespace contrail {
namespace {

using test::DamageTest;
using test::Expected;
using test::Plan;
using test::VictimDatabase;
using namespace test::damage;  // NOLINT(google-build-using-namespace): the words of plans

constexpr PageNumber kLeaf = 13;     // A leaf of MSysObjects in basic.edb.
constexpr PageNumber kAnyLarge = 5;  // Of a database with pages of 32 KiB.

// The header proper is wrong in one field, its checksum is right; its copy is whole.
Damage InHeader(std::string what, size_t offset, uint32_t value) {
  return [=](VictimDatabase& victim) -> Expected {
    const std::string file = test::ReadBytes(victim.path());
    const Bytes page = AsBytes(file).first(victim.page_size());
    std::vector<std::byte> header(page.begin(), page.end());
    StoreLittle(header.data() + offset, value);
    StoreLittle(header.data(), HeaderChecksum(header));
    test::Poke(victim.path(), 0, std::string(AsText(header)));
    return {0, what};
  };
}

std::vector<Plan> HeaderPlans() {
  return {
      {"HeaderChecksum", "basic.edb",
       [](VictimDatabase& victim) -> Expected {
         test::FlipBit(victim.path(), 100);
         return {0, "header's checksum is wrong"};
       }},
      {"HeaderMagic", "basic.edb", InHeader("not a database", header_offset::kMagic, 0x12345678)},
      {"HeaderPageSize", "basic.edb",
       InHeader("another page size", header_offset::kPageSize, 8192)},
      {"ObjectIdsOfHeader", "basic.edb",
       [](VictimDatabase& victim) -> Expected {
         victim.ChangeHeader([](DatabaseHeader* header) { header->last_object_id = 5; });
         return {0, "last object id", "5"};
       }},
  };
}

// The last byte of the first of two bytes that say how long the key of node 0 is.
Change KeySize(uint16_t size) {
  return [size](VictimDatabase& victim, MutableBytes page) {
    std::byte* suffix = victim.NodeKey(page, 0).data();
    StoreLittle<uint16_t>(suffix - 2, size);
  };
}

std::vector<Plan> LayoutPlans() {
  const auto layout = [](Place place, const char* found, Change change) {
    return Telling(OnPage(std::move(place), "page layout", std::move(change)), found);
  };
  return {
      {"NoTags", "basic.edb",
       layout(At(kLeaf), "tag count is 0", Store<uint16_t>(page_offset::kTagCount, 0))},
      {"ReservedTags", "basic.edb",
       layout(At(kLeaf), "reserved tags",
              [](VictimDatabase&, MutableBytes page) {
                page[page_offset::kTagCount + 1] |= std::byte{0x20};
              })},
      {"DataInTags", "basic.edb",
       layout(At(kLeaf), "runs into the tag array", Store<uint16_t>(page_offset::kDataEnd, 4050))},
      {"UnknownFlags", "basic.edb",
       layout(At(kLeaf), "unknown page flags", Flip(page_offset::kFlags + 3, 0x80))},
      {"LeafOverLeaves", "basic.edb",
       layout(At(kLeaf), "both a leaf", Flip(page_offset::kFlags, 4))},
      {"TagBeyondData", "basic.edb",
       layout(At(kLeaf), "beyond the end of node data",
              [](VictimDatabase& victim, MutableBytes page) {
                std::byte* tag = page.data() + victim.page_size() - 8;
                StoreLittle<uint16_t>(tag + 2, LoadLittle<uint16_t>(tag + 2) | 0xfff);
              })},
      {"FreeSpace", "basic.edb",
       layout(At(kLeaf), "do not add up", Flip(page_offset::kFreeBytes, 1))},
      {"NodesOverlap", "basic.edb",
       layout(At(kLeaf), "overlap",
              [](VictimDatabase& victim, MutableBytes page) {
                std::byte* tags = page.data() + victim.page_size();
                std::copy(tags - 8, tags - 4, tags - 12);  // Another size, so adjust the space.
                const PageView view(page.data(), victim.page_size());
                uint32_t used = 4 * view.tag_count();
                for (uint32_t i = 0; i < view.tag_count(); ++i) used += view.tag(i).size;
                StoreLittle<uint16_t>(page.data() + page_offset::kFreeBytes,
                                      static_cast<uint16_t>(PageCapacity(4096) - used));
              })},
      {"KeyOutside", "basic.edb", layout(At(kLeaf), "key does not fit", KeySize(0x1000))},
      {"PrefixOutside", "basic.edb",
       layout(At(kLeaf), "key does not fit",
              [](VictimDatabase& victim, MutableBytes page) {
                std::byte* shared = victim.NodeKey(page, 1).data() - 4;
                ASSERT_GT(LoadLittle<uint16_t>(shared), 0u);
                StoreLittle<uint16_t>(shared, 0x1000);
              })},
      {"ChildSize", "basic.edb",
       layout(At(kShadowRoot), "does not hold a page number",
              [](VictimDatabase& victim, MutableBytes page) {
                const size_t size = victim.NodeKey(page, 0).size();
                KeySize(static_cast<uint16_t>(size - 1))(victim, page);
              })},
      {"EmptiedWithNodes", "basic.edb",
       layout(At(kLeaf), "emptied page has nodes", Flip(page_offset::kFlags, page_flag::kEmptied))},
      {"EmptiedFreeBytes", "basic.edb",
       OnPage(At(kLeaf), "free bytes of an emptied page",
              [](VictimDatabase&, MutableBytes page) {
                ASSERT_TRUE(
                    ApplyOperation(PageOperation::SetExternalHeader({}), page.data(), 4096).ok());
                const std::vector<std::byte> header(8);
                ASSERT_TRUE(
                    ApplyOperation(PageOperation::Format(page_flag::kLeaf, 2, 0, 0, header, {}),
                                   page.data(), 4096)
                        .ok());
                page[page_offset::kFlags] |= std::byte{page_flag::kEmptied};
              })},
      {"EmptiedDataEnd", "basic.edb",
       OnPage(At(kLeaf), "end of node data of an emptied page",
              [](VictimDatabase&, MutableBytes page) {
                ASSERT_TRUE(ApplyOperation(PageOperation::Empty(), page.data(), 4096).ok());
                StoreLittle<uint16_t>(page.data() + page_offset::kDataEnd, 100);
              })},
      {"LargePageNumber", "new",
       [](VictimDatabase& victim) -> Expected {
         victim.Change(
             kAnyLarge,
             [](MutableBytes page) {
               StoreLittle<uint32_t>(page.data() + page_offset::kLargePageNumber, 6);
               StoreLittle(page.data(), ComputedChecksum(page, kAnyLarge));
             },
             false);
         return {kAnyLarge, "page number in the page", "6"};
       }},
  };
}

INSTANTIATE_TEST_SUITE_P(Header, DamageTest, ::testing::ValuesIn(HeaderPlans()),
                         [](const auto& info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(Layout, DamageTest, ::testing::ValuesIn(LayoutPlans()),
                         [](const auto& info) { return info.param.name; });

class NoProgress final : public CheckProgress {
 public:
  void Begin(std::string_view, uint64_t) override {}
  void Advance(uint64_t) override {}
};

// From its n-th read on a disk gives nothing any more, for every n: the check cannot begin, or says
// which pages it could not read. It never says that all is well.
TEST(UnreadablePages, AreFound) {
  const test::ScratchFolder folder;
  const std::string made = test::MakeCellsDatabase(folder.path());
  const Result<test::DiskImage> image = test::ImportImage(folder.path());
  ASSERT_TRUE(image.ok());
  constexpr uint64_t kMostReads = 300;
  int swept = 0;
  int sound = 0;
  for (uint64_t number = 1; number <= kMostReads && sound == 0; ++number) {
    test::SimulatedFileSystem files(*image);
    files.FailOperation({.number = number, .kinds = test::kReadOperation, .persistent = true});
    test::RecordingEvents events;
    NoProgress progress;
    CheckReport report;
    const Status status = CheckDatabase(files, events, "/cells.edb", {}, progress, &report);
    if (!files.fault_fired()) {
      ++sound;
      EXPECT_TRUE(status.ok() && report.sound());
      continue;
    }
    if (!status.ok()) continue;
    EXPECT_FALSE(report.sound()) << "read " << number;
    bool told = false;
    for (const CheckFinding& finding : report.findings()) {
      told = told || (finding.page != 0 && finding.what == "page can be read");
    }
    swept += told ? 1 : 0;
  }
  EXPECT_EQ(sound, 1);
  EXPECT_GT(swept, 0);
}

}  // namespace
}  // namespace contrail
