// Every kind of damage that `contrail check` knows, planted in files that Windows wrote: it is
// found at the page it is on, with advice, and an independent checker objects to the file too.

#include <gtest/gtest.h>

#include "engine/record_view.h"
#include "tests/tools/damage_plan.h"

namespace contrail {
namespace {

using test::Expected;
using test::Plan;
using test::VictimDatabase;
using namespace test::damage;  // NOLINT(google-build-using-namespace): the words of plans

// Pages of every database as it is made, and of basic.edb.
constexpr PageNumber kOwnedRoot = 2;
constexpr PageNumber kAvailableRoot = 3;
constexpr PageNumber kShadowLeaf = 27;

std::vector<Plan> HeaderPlans() {
  const auto raise = [](const char* what, void (*change)(DatabaseHeader*)) {
    return [=](VictimDatabase& victim) -> Expected {
      victim.ChangeHeader(change);
      return {0, what};
    };
  };
  return {
      // Page 0 lies where the shadow header does.
      {"ShadowHeader", "basic.edb", OnPage(At(0), "byte 16", Flip(16, 1), false)},
      {"Dirty", "basic.edb",
       raise("state", [](DatabaseHeader* header) { header->state = DatabaseState::kDirty; })},
      {"NeedsLogs", "basic.edb",
       raise("lowest generation required",
             [](DatabaseHeader* header) { header->generation_min_required = 5; })},
      {"ConsistentTime", "basic.edb",
       raise("consistent time", [](DatabaseHeader* header) { header->consistent_time.hour ^= 1; })},
      {"NoDbTime", "basic.edb",
       raise("dbtime", [](DatabaseHeader* header) { header->dbtime = 0; })},
      {"BehindTheFields", "basic.edb",
       raise("byte 800", [](DatabaseHeader* header) { header->page_image[800] = std::byte{1}; })},
      {"Length", "basic.edb",
       [](VictimDatabase& victim) -> Expected {
         victim.Append(100);
         return {0, "file length"};
       }},
      {"ObjectIds", "basic.edb",
       [](VictimDatabase& victim) -> Expected {
         victim.ChangeHeader([](DatabaseHeader* header) { header->last_object_id = 5; });
         return {victim.table("basic").root_page, "object id of the page"};
       }},
  };
}

// What only a dirty file may have.
std::vector<Plan> CleanHeaderPlans() {
  const auto plan = [](const char* name, const char* what, void (*change)(DatabaseHeader*)) {
    return Plan{name, "basic.edb", [=](VictimDatabase& victim) -> Expected {
                  victim.ChangeHeader(change);
                  return {0, what};
                }};
  };
  return {
      plan("NeedsLaterLogs", "highest generation required",
           [](DatabaseHeader* header) { header->generation_max_required = 5; }),
      plan("Committed", "highest generation committed",
           [](DatabaseHeader* header) { header->generation_max_committed = 5; }),
      plan("Consistent", "lowest generation consistent of",
           [](DatabaseHeader* header) { header->generation_min_consistent = 5; }),
      plan("ConsistentBeforeRedo", "lowest generation consistent before redo",
           [](DatabaseHeader* header) { header->generation_pre_redo_min_consistent = 5; }),
      plan("RequiredBeforeRedo", "lowest generation required before redo",
           [](DatabaseHeader* header) { header->generation_pre_redo_min_required = 5; }),
      plan("BackupCopy", "backup that a clean file is a copy of",
           [](DatabaseHeader* header) { header->current_full_backup.generation_low = 5; }),
      plan("CreationTimes", "creation times of generations",
           [](DatabaseHeader* header) { header->generation_max_created = header->attach_time; }),
      plan("ConsistentPosition", "consistent position",
           [](DatabaseHeader* header) { ++header->consistent_position.generation; }),
      plan("Attribute", "attribute", [](DatabaseHeader* header) { header->attribute = 1; }),
      plan("NoObjectIds", "last object id",
           [](DatabaseHeader* header) { header->last_object_id = 0; }),
  };
}

std::vector<Plan> DirtyHeaderPlans() {
  const auto plan = [](const char* name, const char* what, void (*change)(DatabaseHeader*)) {
    return Plan{name, "basic.edb",
                [=](VictimDatabase& victim) -> Expected {
                  victim.ChangeHeader([=](DatabaseHeader* header) {
                    header->state = DatabaseState::kDirty;
                    change(header);
                  });
                  return {0, what};
                },
                true};
  };
  return {
      plan("DirtyAndDetached", "detach position of a dirty file", [](DatabaseHeader*) {}),
      plan("DirtyNotAttached", "attach position of a dirty file",
           [](DatabaseHeader* header) { header->attach_position = {}; }),
      plan("GenerationOrder", "generations required",
           [](DatabaseHeader* header) {
             header->generation_min_required = 9;
             header->generation_max_required = 3;
           }),
  };
}

std::vector<Plan> PagePlans() {
  return {
      {"OneBit", "basic.edb", OnPage(At(13), "one bit is wrong", Flip(200, 16), false)},
      {"TwoBits", "basic.edb", OnPage(At(13), "page checksum", Flip(200, 17), false)},
      {"ZeroPage", "basic.edb",
       OnPage(
           At(kShadowLeaf), "page can be read",
           [](VictimDatabase&, MutableBytes page) {
             std::fill(page.begin(), page.end(), std::byte{0});
           },
           false)},
      {"DbTime", "basic.edb",
       OnPage(At(kShadowLeaf), "dbtime of the page", Store<uint8_t>(page_offset::kDbTime + 5, 1))},
      {"FreeBytes", "basic.edb", OnPage(At(13), "page layout", Flip(page_offset::kFreeBytes, 1))},
      {"Uncommitted", "basic.edb",
       OnPage(At(13), "uncommitted free bytes", Store<uint16_t>(page_offset::kUncommittedFree, 4))},
      {"DataEnd", "basic.edb",
       OnPage(At(13), "page layout", Store<uint16_t>(page_offset::kDataEnd, 4090))},
      {"UnknownFlag", "basic.edb",
       OnPage(At(13), "page layout", Flip(page_offset::kFlags + 3, 0x80))},
      {"LeafAndParent", "basic.edb", OnPage(At(13), "page layout", Flip(page_offset::kFlags, 4))},
      {"OldRecordFormat", "basic.edb",
       OnPage(At(13), "page flag 0x800", Flip(page_offset::kFlags + 1, 8))},
      {"Overlap", "basic.edb",
       OnPage(At(13), "page layout",
              [](VictimDatabase& victim, MutableBytes page) {
                std::byte* tag = page.data() + victim.page_size() - 12;
                StoreLittle<uint16_t>(tag, 0);
              })},
      {"NoPageDbTime", "basic.edb",
       OnPage(At(13), "dbtime of the page", Store<uint64_t>(page_offset::kDbTime, 0))},
      {"LargeHeader", "new",
       OnPage(At(5), "bytes 68..79", Flip(page_offset::kLargePageNumber + 6, 2))},
  };
}

std::vector<Plan> TreePlans() {
  return {
      {"NextPage", "basic.edb", OnPage(CatalogLeaf, "next page", Flip(page_offset::kNext, 1))},
      {"PreviousPage", "basic.edb",
       OnPage(CatalogLeaf, "previous page", Flip(page_offset::kPrevious, 1))},
      {"ObjectId", "basic.edb", OnPage(At(31), "object id", Flip(page_offset::kObjectId, 1))},
      {"RootFlag", "basic.edb", OnPage(At(31), "root flag", Flip(page_offset::kFlags, 1))},
      {"TreeFlags", "index.edb",
       OnPage(IndexOf("index", "IxLong"), "flags of the tree", Flip(page_offset::kFlags, 0x40))},
      {"KeyOrder", "basic.edb",
       OnPage(At(13), "order of node",
              [](VictimDatabase& victim, MutableBytes page) { victim.SwapNodes(page, 1); })},
      {"Separators", "basic.edb",
       [](VictimDatabase& victim) -> Expected {
         victim.Change(kShadowRoot, [&](MutableBytes page) {  // A root with two leaves.
           const MutableBytes first = victim.NodeData(page, 0);
           const MutableBytes second = victim.NodeData(page, 1);
           std::swap_ranges(first.begin(), first.end(), second.begin());
         });
         return {kAnyPage, "last key"};
       }},
      {"ChildBeyond", "basic.edb",
       OnPage(At(kShadowRoot), "child of node 0",
              [](VictimDatabase& victim, MutableBytes page) {
                victim.NodeData(page, 0)[2] = std::byte{1};
              })},
      {"ChildTwice", "basic.edb",
       [](VictimDatabase& victim) -> Expected {
         const PageNumber first = victim.Child(kShadowRoot, 0);
         victim.Change(kShadowRoot, [&](MutableBytes page) {
           StoreLittle<uint32_t>(victim.NodeData(page, 1).data(), first);
         });
         return {first, "pointers to the page"};
       }},
      {"InternalNext", "basic.edb",
       OnPage(At(kShadowRoot), "next page of an internal page", Flip(page_offset::kNext, 1))},
      {"InternalPrevious", "basic.edb",
       OnPage(At(kShadowRoot), "previous page of an internal page",
              Flip(page_offset::kPrevious, 1))},
      {"RightEdge", "basic.edb",
       OnPage(TableOf("basic"), "next page at the right edge", Flip(page_offset::kNext, 1))},
      {"EmptiedFlag", "basic.edb",
       OnPage(At(13), "page layout", Flip(page_offset::kFlags, page_flag::kEmptied))},
      {"FirstKey", "basic.edb",
       [](VictimDatabase& victim) -> Expected {
         victim.Change(kShadowRoot, [&](MutableBytes page) {
           victim.NodeKey(page, 0).back() ^= std::byte{0x7f};
         });
         return {kAnyPage, "key"};
       }},
      {"DeletedPointer", "basic.edb",
       OnPage(At(kShadowRoot), "flags of node 0",
              [](VictimDatabase& victim, MutableBytes page) {
                victim.SetNodeFlag(page, 0, node_flag::kDeleted);
              })},
  };
}

// The node of the row of a column in the first leaf of the catalog: MSysObjects describes itself.
std::vector<Plan> CatalogPlans() {
  return {
      {"ShadowRow", "basic.edb",
       OnPage(At(kShadowLeaf), "catalog: row",
              [](VictimDatabase& victim, MutableBytes page) {
                victim.NodeData(page, 3).back() ^= std::byte{1};
              })},
      {"CatalogColumn", "basic.edb",
       [](VictimDatabase& victim) -> Expected {
         victim.Change(CatalogLeaf(victim), [&](MutableBytes page) {
           victim.NodeData(page, 1).back() ^= std::byte{1};  // The first column's name.
         });
         return {kCatalogRoot, "table MSysObjects: column 1"};
       }},
      {"HiddenRow", "basic.edb",
       [](VictimDatabase& victim) -> Expected {
         victim.Change(kShadowLeaf, [&](MutableBytes page) {
           victim.SetNodeFlag(page, 3, node_flag::kDeleted);
         });
         return {CatalogLeaf(victim), "catalog: row"};  // Where the row is that the shadow lacks.
       }},
      {"OnlyInShadow", "basic.edb",
       [](VictimDatabase& victim) -> Expected {
         victim.Change(CatalogLeaf(victim), [&](MutableBytes page) {
           victim.SetNodeFlag(page, 3, node_flag::kDeleted);
         });
         return {kShadowLeaf, "catalog: row"};
       }},
      {"ObjectIdTooMany", "basic.edb",
       OnPage(TableOf("MSysObjids"), "MSysObjids: object",
              [](VictimDatabase& victim, MutableBytes page) {
                victim.NodeData(page, 2).back() ^= std::byte{1};
              })},
      {"ObjectIdRow", "basic.edb",
       OnPage(TableOf("MSysObjids"), "MSysObjids: object",
              [](VictimDatabase& victim, MutableBytes page) {
                victim.SetNodeFlag(page, 2, node_flag::kDeleted);
              })},
  };
}

std::vector<Plan> RecordPlans() {
  const auto record = [](std::string what, std::function<void(MutableBytes)> change) {
    return OnPage(
        TableOf("index"), std::move(what),
        [change](VictimDatabase& victim, MutableBytes page) { change(victim.NodeData(page, 0)); });
  };
  const auto bitmap_end = [](Bytes data) {
    return LoadLittle<uint16_t>(data.data() + record_format::kFixedEnd);
  };
  return {
      {"RecordOutline", "index.edb",
       record("end of the fixed columns",
              [](MutableBytes data) { data[record_format::kFixedEnd] ^= std::byte{4}; })},
      {"NullBitmap", "index.edb",
       record("unused bits of the null bitmap",
              [bitmap_end](MutableBytes data) { data[bitmap_end(data) - 1u] ^= std::byte{0x80}; })},
      {"NotNull", "index.edb",
       record("value of column Id",
              [bitmap_end](MutableBytes data) { data[bitmap_end(data) - 2u] |= std::byte{1}; })},
      {"PrimaryKey", "index.edb",
       record("primary key",
              [](MutableBytes data) { data[record_format::kHeaderSize] ^= std::byte{2}; })},
      {"LastVariable", "index.edb",
       record("record 7f80000001: record",
              [](MutableBytes data) { data[record_format::kLastVariable] = std::byte{200}; })},
      {"LastFixed", "index.edb",
       record("last fixed column of the record",
              [](MutableBytes data) { data[record_format::kLastFixed] = std::byte{127}; })},
      {"VariableExtent", "index.edb",
       record("variable column",
              [bitmap_end](MutableBytes data) {
                StoreLittle<uint16_t>(data.data() + bitmap_end(data), 0x7ff0);
              })},
      {"CompressedValue", "text.edb",
       OnPage(
           [](VictimDatabase& victim) { return victim.FirstLeaf(victim.table("text").root_page); },
           "compressed value of column",
           [](VictimDatabase& victim, MutableBytes page) {
             const MutableBytes data = victim.NodeData(page, 0);
             const Result<RecordView> view =
                 RecordView::Open(victim.table("text"), RecordLayout::kSmallPage, data);
             ASSERT_TRUE(view.ok());
             for (uint32_t i = 0; i < view->tagged_count(); ++i) {
               const Result<TaggedField> field = view->TaggedAt(i);
               const uint8_t kinds = record_format::kCompressed | record_format::kSeparated;
               if (!field.ok() || (field->header() & kinds) != record_format::kCompressed) {
                 continue;
               }
               data[static_cast<size_t>(field->bytes().data() - data.data())] = std::byte{0xf8};
               return;
             }
             FAIL() << "no compressed value";
           })},
  };
}

std::vector<Plan> LongValuePlans() {
  const auto values_root = [](VictimDatabase& victim) {
    return victim.table("multi").long_value_root_page;
  };
  return {
      {"ReferenceCount", "multi.edb",
       [=](VictimDatabase& victim) -> Expected {
         victim.Change(LongValuesOf("multi")(victim),
                       [&](MutableBytes page) { victim.NodeData(page, 0)[0] ^= std::byte{3}; });
         return {values_root(victim), "references"};
       }},
      {"ValueSize", "multi.edb",
       OnPage(LongValuesOf("multi"), "",
              [](VictimDatabase& victim, MutableBytes page) {
                victim.NodeData(page, 0)[4] ^= std::byte{1};
              })},
      {"MissingChunk", "multi.edb",
       OnPage(LongValuesOf("multi"), "bytes in its chunks",
              [](VictimDatabase& victim, MutableBytes page) {
                victim.SetNodeFlag(page, 1, node_flag::kDeleted);
              })},
      {"MissingValue", "multi.edb",
       [=](VictimDatabase& victim) -> Expected {
         victim.Change(LongValuesOf("multi")(victim), [&](MutableBytes page) {
           victim.SetNodeFlag(page, 0, node_flag::kDeleted);
           victim.SetNodeFlag(page, 1, node_flag::kDeleted);
         });
         return {values_root(victim), "value of a record"};
       }},
      {"ChunkKey", "multi.edb",
       OnPage(LongValuesOf("multi"), "long values of multi: key",
              [](VictimDatabase& victim, MutableBytes page) {
                victim.NodeKey(page, 1).back() ^= std::byte{1};
              })},
      {"MissingRoot", "multi.edb",
       OnPage(LongValuesOf("multi"), "root of a chunk",
              [](VictimDatabase& victim, MutableBytes page) {
                victim.SetNodeFlag(page, 0, node_flag::kDeleted);
              })},
  };
}

std::vector<Plan> IndexPlans() {
  return {
      {"KeyByte", "index.edb",
       OnPage(IndexOf("index", "IxLong"), "index IxLong of index: entry",
              [](VictimDatabase& victim, MutableBytes page) {
                victim.NodeKey(page, 0).back() ^= std::byte{1};
              })},
      {"MissingEntry", "index.edb",
       OnPage(IndexOf("index", "IxShort"), "index IxShort of index: entry",
              [](VictimDatabase& victim, MutableBytes page) {
                victim.SetNodeFlag(page, 0, node_flag::kDeleted);
              })},
      {"MissingUnicodeEntry", "index.edb",
       OnPage(IndexOf("index", "IxUnicode"), "index IxUnicode of index",
              [](VictimDatabase& victim, MutableBytes page) {
                victim.SetNodeFlag(page, 0, node_flag::kDeleted);
              })},
      {"MissingRow", "index.edb",
       [](VictimDatabase& victim) -> Expected {
         victim.Change(victim.table("index").root_page, [&](MutableBytes page) {
           victim.SetNodeFlag(page, 0, node_flag::kDeleted);
         });
         return {victim.index_root("index", "IxLong"), "index IxLong of index: entry"};
       }},
      {"IndexedValue", "index.edb",
       [](VictimDatabase& victim) -> Expected {
         const TableSchema& table = victim.table("index");
         const uint16_t offset = table.FindColumn("Long")->record_offset;
         victim.Change(table.root_page, [&](MutableBytes page) {
           victim.NodeData(page, 0)[offset] ^= std::byte{1};
         });
         return {victim.index_root("index", "IxLong"), "index IxLong of index: entry"};
       }},
  };
}

std::vector<Plan> SpacePlans() {
  return {
      {"LeakedPage", "basic.edb",
       [](VictimDatabase& victim) -> Expected {
         const PageNumber root = victim.table("basic").root_page;
         uint32_t lost = 0;
         victim.Change(root, [&](MutableBytes page) {
           std::byte* bitmap = victim.ExternalHeader(page).data() + 12;
           const auto bits = LoadLittle<uint32_t>(bitmap);
           lost = static_cast<uint32_t>(__builtin_ctz(bits));
           StoreLittle<uint32_t>(bitmap, bits & (bits - 1));
         });
         return {root + 1 + lost, "use of owned page"};
       }},
      {"SpaceFlag", "basic.edb",
       OnPage(TableOf("basic"), "flags of the space header",
              [](VictimDatabase& victim, MutableBytes page) {
                victim.ExternalHeader(page)[9] = std::byte{0x20};
              })},
      {"Parent", "basic.edb", OnPage(TableOf("basic"), "parent of its space", InSpaceHeader(4, 4))},
      {"NonUnique", "basic.edb",
       OnPage(TableOf("basic"), "non-unique flag of the space header",
              [](VictimDatabase& victim, MutableBytes page) {
                victim.ExternalHeader(page)[8] ^= std::byte{2};
              })},
      {"BitmapBeyond", "basic.edb",
       OnPage(TableOf("basic"), "free pages bitmap", InSpaceHeader(12, 0x80000007))},
      {"ExtentBeyond", "basic.edb",
       OnPage(TableOf("basic"), "pages of its only extent", InSpaceHeader(0, 1 << 20))},
      {"SplitBuffer", "basic.edb",
       OnPage(At(kAvailableRoot), "pages held for splits",
              [](VictimDatabase& victim, MutableBytes page) {
                const MutableBytes buffer = victim.ExternalHeader(page);
                ASSERT_EQ(buffer.size(), 16u);
                StoreLittle(buffer.data(), uint32_t{0});
                StoreLittle(buffer.data() + 4, uint32_t{4});
              })},
      {"UsedTwice", "basic.edb",
       [](VictimDatabase& victim) -> Expected {
         victim.Change(kAvailableRoot, [&](MutableBytes page) {
           const MutableBytes count = victim.NodeData(page, 0);
           StoreLittle<uint32_t>(count.data(), LoadLittle<uint32_t>(count.data()) + 1);
         });
         return {kAnyPage, "use of a page"};
       }},
      {"NotOwned", "basic.edb",
       [](VictimDatabase& victim) -> Expected {
         victim.Change(kOwnedRoot, [&](MutableBytes page) {
           const MutableBytes count = victim.NodeData(page, 0);
           StoreLittle<uint32_t>(count.data(), LoadLittle<uint32_t>(count.data()) - 5);
         });
         return {1, "database root: pages 1..5"};
       }},
      {"FileCutOff", "basic.edb",
       [](VictimDatabase& victim) -> Expected {
         victim.Change(kOwnedRoot, [&](MutableBytes page) {
           StoreLittle<uint32_t>(victim.NodeData(page, 0).data(), 510);
           victim.NodeKey(page, 0)[2] = std::byte{1};  // The last page, big endian.
         });
         return {0, "length"};
       }},
  };
}

std::vector<Plan> AllPlans() {
  std::vector<Plan> plans;
  for (auto& group :
       {HeaderPlans(), CleanHeaderPlans(), DirtyHeaderPlans(), PagePlans(), TreePlans(),
        CatalogPlans(), RecordPlans(), LongValuePlans(), IndexPlans(), SpacePlans()}) {
    plans.insert(plans.end(), group.begin(), group.end());
  }
  return plans;
}

using test::DamageTest;

TEST_P(DamageTest, IsFoundWhereItIs) { Run(); }

INSTANTIATE_TEST_SUITE_P(Planted, DamageTest, ::testing::ValuesIn(AllPlans()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace contrail
