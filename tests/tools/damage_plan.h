// A plan of damage to a database file, and the test that carries it out: `contrail check` has to
// find it where it is and say what to do next, and an independent checker objects to the file too.
// The plans are in check_damage*_test.cc, by subject.

#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "engine/catalog_schema.h"
#include "engine/database_creation.h"
#include "tests/support/cells_database.h"
#include "tests/support/shared_data.h"
#include "tests/support/victim_database.h"
#include "tests/tools/tool_path.h"

namespace contrail::test {

// The finding that has to be among those told: on which page (0: of the header or the file), and
// part of what it says.
struct Expected {
  PageNumber page = 0;
  std::string what;
  std::string found = "";
};

struct Plan {
  std::string name;
  // A sample of Windows' or, made by the engine: "cells.edb" (tests/support/cells_database.h),
  // "new" with nothing in it and pages of 32 KiB.
  std::string sample;
  std::function<Expected(VictimDatabase&)> damage;
  bool allow_dirty = false;
};

inline void PrintTo(const Plan& plan, std::ostream* out) { *out << plan.name; }

namespace damage {

using Change = std::function<void(VictimDatabase&, MutableBytes)>;
using Place = std::function<PageNumber(VictimDatabase&)>;
using Damage = std::function<Expected(VictimDatabase&)>;

inline constexpr PageNumber kAnyPage = UINT32_MAX;
inline constexpr PageNumber kCatalogRoot = catalog_place::kObjectsPage;
inline constexpr PageNumber kShadowRoot = catalog_place::kShadowPage;

// Damage that changes one page.
inline Damage OnPage(Place page, std::string what, Change change, bool seal = true) {
  return [=](VictimDatabase& victim) -> Expected {
    const PageNumber number = page(victim);
    victim.Change(
        number, [&](MutableBytes bytes) { change(victim, bytes); }, seal);
    return {number, what};
  };
}

// The same, and what is found has to be told as well.
inline Damage Telling(Damage damage, std::string found) {
  return [=](VictimDatabase& victim) -> Expected {
    Expected expected = damage(victim);
    expected.found = found;
    return expected;
  };
}

inline Place At(PageNumber number) {
  return [number](VictimDatabase&) { return number; };
}

inline Place TableOf(const std::string& name) {
  return [name](VictimDatabase& victim) { return victim.table(name).root_page; };
}

inline Place IndexOf(const std::string& table, const std::string& name) {
  return [table, name](VictimDatabase& victim) { return victim.index_root(table, name); };
}

inline Place LongValuesOf(const std::string& name) {
  return [name](VictimDatabase& victim) {
    return victim.FirstLeaf(victim.table(name).long_value_root_page);
  };
}

inline PageNumber CatalogLeaf(VictimDatabase& victim) { return victim.FirstLeaf(kCatalogRoot); }

template <typename T>
Change Store(size_t offset, T value) {
  return [=](VictimDatabase&, MutableBytes page) { StoreLittle<T>(page.data() + offset, value); };
}

inline Change Flip(size_t offset, uint8_t bits) {
  return [=](VictimDatabase&, MutableBytes page) { page[offset] ^= std::byte{bits}; };
}

inline Change InSpaceHeader(size_t offset, uint32_t value) {
  return [=](VictimDatabase& victim, MutableBytes page) {
    StoreLittle<uint32_t>(victim.ExternalHeader(page).data() + offset, value);
  };
}

}  // namespace damage

// INSTANTIATE_TEST_SUITE_P in several files; check_damage_test.cc has the TEST_P.
class DamageTest : public ::testing::TestWithParam<Plan> {
 protected:
  void Run() {
    CONTRAIL_REQUIRE_SHARED_DATA();
    const ScratchFolder folder;
    const std::string path = MakeVictim(GetParam().sample, folder.path());
    VictimDatabase victim(path);
    ASSERT_NE(victim.page_size(), 0u);
    const Expected expected = GetParam().damage(victim);
    ASSERT_FALSE(HasFatalFailure());
    const CommandResult theirs = RunEdbCheck({"check", path});
    EXPECT_EQ(theirs.exit_status, 1) << theirs.output;
    std::vector<std::string> words = {ToolPath(), "check", path, "--json"};
    if (GetParam().allow_dirty) words.push_back("--allow-dirty");
    const CommandResult ours = RunCommand(words);
    EXPECT_EQ(ours.exit_status, 1) << ours.output << ours.errors;
    const auto document = nlohmann::json::parse(ours.output);
    EXPECT_FALSE(document["sound"]);
    bool found = false;
    for (const auto& finding : document["findings"]) {
      EXPECT_FALSE(finding["next"].get<std::string>().empty());
      found = found || IsExpected(finding, expected);
    }
    EXPECT_TRUE(found) << "page " << expected.page << ", " << expected.what << " ("
                       << expected.found << ") not among\n"
                       << ours.output;
  }

 private:
  static std::string MakeVictim(const std::string& sample, const std::filesystem::path& folder) {
    if (sample == "cells.edb") return MakeCellsDatabase(folder);
    if (sample != "new") return UnpackSample(sample, folder);
    const std::string path = folder / "new.edb";
    const LogTime now = LogTime::Now();
    const CreateDatabaseOptions options{
        .page_size = 32768, .signature = Signature::Random(now), .created = now};
    EXPECT_TRUE(CreateDatabaseFile(PosixFileSystem(), DiscardEvents(), path, options, false).ok());
    return path;
  }

  static bool IsExpected(const nlohmann::json& finding, const Expected& expected) {
    const PageNumber page = finding["page"].is_number() ? finding["page"].get<PageNumber>() : 0;
    const auto says = [&](const char* part, const std::string& text) {
      return finding[part].get<std::string>().find(text) != std::string::npos;
    };
    return (expected.page == damage::kAnyPage || expected.page == page) &&
           says("what", expected.what) && says("found", expected.found);
  }
};

}  // namespace contrail::test
