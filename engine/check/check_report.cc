#include "engine/check/check_report.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <algorithm>

#include "storage/check.h"

namespace contrail {
namespace {

constexpr size_t kShownBytes = 36;

}  // namespace

const char* Advice(Remedy remedy) {
  switch (remedy) {
    case Remedy::kReplayLogs:
      return "The database was not shut down cleanly: replay its logs with `contrail recover DIR`, "
             "then check again.";
    case Remedy::kReclaimSpace:
      return "No data is lost, but pages have no use or two owners: export the tables with "
             "`contrail export`, or restore the last sound backup, before writing more.";
    case Remedy::kRebuildIndex:
      return "An index does not fit its rows, which are whole: delete the index with "
             "JetDeleteIndex and create it again.";
    case Remedy::kRestore:
      return "Data is damaged: bring the database back with `contrail restore SET --to DIR`, "
             "rolling forward through the logs that survived; without a backup, save what "
             "`contrail export` can still read.";
  }
  return "";
}

std::string CheckFinding::ToText() const {
  return absl::StrCat(page != 0 ? absl::StrCat("page ", page) : place, ": ", what, ": expected ",
                      expected, ", found ", found);
}

void CheckReport::Keep(CheckFinding finding) {
  if (texts_.contains(finding.ToText())) return;
  if (findings_.size() >= kMostFindings) {
    ++left_out_;
    return;
  }
  texts_.insert(finding.ToText());
  findings_.push_back(std::move(finding));
}

void CheckReport::Add(Remedy remedy, PageNumber page, std::string what, std::string expected,
                      std::string found) {
  CheckFinding finding;
  finding.remedy = remedy;
  finding.page = page;
  finding.place = page == 0 ? "file" : "";
  finding.what = std::move(what);
  finding.expected = std::move(expected);
  finding.found = std::move(found);
  Keep(std::move(finding));
}

void CheckReport::AddPlace(Remedy remedy, std::string place, std::string what, std::string expected,
                           std::string found) {
  DCHECK(!place.empty());
  CheckFinding finding;
  finding.remedy = remedy;
  finding.place = std::move(place);
  finding.what = std::move(what);
  finding.expected = std::move(expected);
  finding.found = std::move(found);
  Keep(std::move(finding));
}

void CheckReport::AddTreeFindings(Remedy remedy, const std::string& subject,
                                  const std::vector<TreeFinding>& findings) {
  for (const TreeFinding& finding : findings) {
    Add(remedy, finding.page,
        subject.empty() ? finding.rule : absl::StrCat(subject, ": ", finding.rule),
        finding.expected, finding.found);
  }
}

bool CheckReport::Expect(Remedy remedy, PageNumber page, const std::string& what, uint64_t expected,
                         uint64_t found) {
  if (expected == found) return true;
  Add(remedy, page, what, absl::StrCat(expected), absl::StrCat(found));
  return false;
}

void CheckReport::Append(CheckReport other) {
  for (CheckFinding& finding : other.findings_) Keep(std::move(finding));
  left_out_ += other.left_out_;
  for (const auto& [subject, amount] : other.checked_) checked_[subject] += amount;
  for (const auto& [subject, amount] : other.skipped_) skipped_[subject] += amount;
}

void CheckReport::SortByPageFrom(size_t first) {
  CHECK(first <= findings_.size());
  std::stable_sort(findings_.begin() + static_cast<ptrdiff_t>(first), findings_.end(),
                   [](const CheckFinding& a, const CheckFinding& b) { return a.page < b.page; });
}

std::string ShowBytes(Bytes bytes) {
  if (bytes.empty()) return "nothing";
  const std::string_view shown = AsText(bytes.first(std::min(bytes.size(), kShownBytes)));
  const std::string text = absl::BytesToHexString({shown.data(), shown.size()});
  return bytes.size() > kShownBytes ? absl::StrCat(text, "... (", bytes.size(), " bytes)") : text;
}

}  // namespace contrail
