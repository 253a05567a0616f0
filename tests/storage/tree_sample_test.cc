// Databases that Windows wrote keep the rules that TreeCheck and CheckSpace hold our own to, and
// their trees can be changed.

#include <gtest/gtest.h>

#include <absl/container/flat_hash_set.h>

#include "storage/space_check.h"
#include "tests/support/database_under_test.h"
#include "tests/support/sample_pages.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/tree_under_test.h"

namespace contrail {
namespace {

using test::DatabaseUnderTest;
using test::SimulatedFileSystem;

// All trees of a database, found by their root pages. Roots of dropped trees, which lie in
// somebody's available space, are left out.
struct FoundTrees {
  std::vector<TreeUse> uses;
  std::vector<TreeSubject> subjects;
};

FoundTrees FindTrees(Database& database, const test::SampleFile& sample) {
  std::vector<TreeSubject> roots;
  absl::flat_hash_set<PageNumber> available;
  for (const PageNumber number : sample.OwnedPages()) {
    const PageView page = sample.view(number);
    if (!page.is_root() || (page.flags() & page_flag::kSpaceTree) != 0 || page.tag_count() == 0)
      continue;
    const auto map = ReadSpaceMap(database, number);
    if (!map.ok()) continue;
    roots.push_back({number, page.object_id(), page.flags() & page_flag::kTreeMask});
    for (const Extent& extent : map->available) {
      for (uint32_t i = 0; i < extent.count; ++i) available.insert(extent.first + i);
    }
  }
  FoundTrees found;
  for (const TreeSubject& subject : roots) {
    if (available.contains(subject.root)) continue;
    found.subjects.push_back(subject);
    found.uses.push_back({"tree " + std::to_string(subject.root), subject.root, {}});
  }
  return found;
}

std::string Unsound(Database& database, FoundTrees* found) {
  const std::lock_guard hold(database.structure_mutex());
  std::vector<TreeFinding> findings;
  for (size_t i = 0; i < found->subjects.size(); ++i) {
    TreeCheck check(database, found->subjects[i]);
    check.Run();
    findings.insert(findings.end(), check.findings().begin(), check.findings().end());
    found->uses[i].pages = check.pages();
  }
  CheckSpace(database, found->uses, &findings);
  std::string text;
  for (const TreeFinding& finding : findings) {
    if (text.size() > 1500) break;
    text += "page " + std::to_string(finding.page) + ": " + finding.rule + ": expected " +
            finding.expected + ", found " + finding.found + "\n";
  }
  return text;
}

std::unique_ptr<SimulatedFileSystem> DiskWith(const test::SampleFile& sample) {
  auto disk = std::make_unique<SimulatedFileSystem>();
  auto file = disk->Open(test::kDatabaseFile, {FileMode::kCreateNew, false, false});
  EXPECT_TRUE(file.ok());
  EXPECT_TRUE((*file)->Write(0, sample.bytes).ok());
  return disk;
}

TEST(TreeSampleTest, WindowsKeepsTheRules) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  for (const std::string& name : test::SampleNames()) {
    SCOPED_TRACE(name);
    const test::SampleFile sample = test::LoadSample(name);
    const auto disk = DiskWith(sample);
    DatabaseUnderTest host(*disk, 64 << 20);
    FoundTrees found = FindTrees(*host.database, sample);
    EXPECT_GE(found.subjects.size(), 6u);
    EXPECT_EQ(Unsound(*host.database, &found), "");
  }
}

// Every tree loses every second of its first nodes and gets others; what is there afterwards still
// keeps the rules.
TEST(TreeSampleTest, ForeignTreesCanBeChanged) {
  CONTRAIL_REQUIRE_SHARED_DATA();
  for (const std::string& name : test::SampleNames()) {
    SCOPED_TRACE(name);
    const test::SampleFile sample = test::LoadSample(name);
    const auto disk = DiskWith(sample);
    DatabaseUnderTest host(*disk, 64 << 20);
    FoundTrees found = FindTrees(*host.database, sample);
    for (const TreeSubject& subject : found.subjects) {
      const bool unique = (subject.page_flags & page_flag::kNonUnique) == 0;
      Tree tree(*host.database, subject.root, subject.object_id, unique);
      TreeCursor cursor(tree);
      size_t nodes = 0;
      for (Status status = cursor.MoveFirst(); status.ok(); status = cursor.MoveNext()) {
        if (++nodes % 2 == 0) continue;
        if (nodes > 400) break;
        const std::string key(AsText(cursor.key()));
        const std::string data(AsText(cursor.data()));
        ASSERT_TRUE(tree.Erase(&host.scratch, AsBytes(key), AsBytes(data), nullptr).ok());
      }
      const std::string data(50, 'd');
      for (uint32_t i = 0; i < 300; ++i) {
        std::string key(4, 0);
        StoreBig32(reinterpret_cast<std::byte*>(key.data()), i * 2654435761u);
        const Status status = tree.Insert(&host.scratch, AsBytes(key), AsBytes(data), 0, nullptr);
        ASSERT_TRUE(status.ok() || status.Is(Error::kKeyDuplicate)) << status.number();
      }
    }
    EXPECT_EQ(Unsound(*host.database, &found), "");
  }
}

}  // namespace
}  // namespace contrail
