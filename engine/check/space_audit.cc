#include "engine/check/space_audit.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <algorithm>

#include "storage/check.h"
#include "storage/space_header.h"

namespace contrail {
namespace {

constexpr uint32_t kKnownFlags =
    SpaceHeader::kMultipleExtents | SpaceHeader::kNonUnique | SpaceHeader::kVersion2;
constexpr size_t kFlagsOffset = 8;  // Four bytes, of which one is in use.

// The only extent of a small tree: within the file, and its bitmap within the extent.
void AuditSingleExtent(Database& database, const SpaceSubject& subject, const SpaceHeader& header,
                       CheckReport* report) {
  if (header.multiple_extents()) return;
  const PageNumber root = subject.use.root;
  const uint64_t most = uint64_t{database.last_page()} - root + 1;
  if (header.primary_pages < 1 || header.primary_pages > most) {
    report->Add(Remedy::kReclaimSpace, root,
                absl::StrCat(subject.use.name, ": pages of its only extent"),
                absl::StrCat("1..", most), absl::StrCat(header.primary_pages));
  } else if ((header.detail & ~FullBitmap(header.primary_pages)) != 0) {
    report->Add(Remedy::kReclaimSpace, root, absl::StrCat(subject.use.name, ": free pages bitmap"),
                absl::StrCat("within ", header.primary_pages, " pages"),
                absl::StrFormat("%08x", header.detail));
  }
}

void AuditHeader(Database& database, const SpaceSubject& subject, CheckReport* report) {
  Result<ReadGuard> guard = database.pages().Read(subject.use.root);
  if (!guard.ok()) return;  // The walk of the tree has told.
  const auto header = SpaceHeader::Load(guard->page().external_header());
  const bool non_unique = guard->page().is_non_unique();
  const std::string& name = subject.use.name;
  const PageNumber root = subject.use.root;
  if (!header) {
    report->Add(Remedy::kRestore, root, absl::StrCat(name, ": space header"), "16 bytes",
                absl::StrCat(guard->page().external_header().size(), " bytes"));
    return;
  }
  report->Expect(Remedy::kReclaimSpace, root, absl::StrCat(name, ": parent of its space"),
                 subject.parent, header->parent);
  report->Expect(Remedy::kReclaimSpace, root,
                 absl::StrCat(name, ": non-unique flag of the space header"), non_unique ? 1 : 0,
                 (header->flags & SpaceHeader::kNonUnique) != 0 ? 1 : 0);
  AuditSingleExtent(database, subject, *header, report);
  const auto flags = LoadLittle<uint32_t>(guard->page().external_header().data() + kFlagsOffset);
  if ((flags & ~kKnownFlags) != 0) {
    report->Add(Remedy::kReclaimSpace, root, absl::StrCat(name, ": flags of the space header"),
                absl::StrCat("within ", kKnownFlags), absl::StrCat(flags));
  }
}

// The database root owns every page from 1 to its last one, and the file has them.
void AuditRoot(Database& database, CheckReport* report) {
  Result<SpaceMap> map = ReadSpaceMap(database, 1);
  if (!map.ok()) return;
  std::sort(map->owned.begin(), map->owned.end(),
            [](const Extent& a, const Extent& b) { return a.first < b.first; });
  uint64_t next = 1;
  for (const Extent& extent : map->owned) {
    if (extent.first > next) {
      report->Add(Remedy::kReclaimSpace, static_cast<PageNumber>(next),
                  absl::StrCat("database root: pages ", next, "..", extent.first - 1), "owned",
                  "not owned");
    }
    next = std::max<uint64_t>(next, uint64_t{extent.first} + extent.count);
  }
  const Result<uint64_t> size = database.file().Size();
  const uint64_t needed = (next + 1) * database.page_size();
  if (size.ok() && *size < needed) {
    report->AddPlace(Remedy::kRestore, "file", "length", absl::StrCat("at least ", needed),
                     absl::StrCat(*size));
  }
}

}  // namespace

void AuditSpace(Database& database, std::vector<SpaceSubject> subjects, CheckReport* report) {
  CHECK(!subjects.empty());
  std::vector<TreeUse> uses;
  for (SpaceSubject& subject : subjects) {
    AuditHeader(database, subject, report);
    uses.push_back(std::move(subject.use));
  }
  std::vector<TreeFinding> findings;
  CheckSpace(database, uses, &findings);
  report->AddTreeFindings(Remedy::kReclaimSpace, "", findings);
  AuditRoot(database, report);
}

}  // namespace contrail
