#include "tools/demo/demo_report.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tools/verb.h"

namespace contrail::tool {
namespace {

constexpr int kGroupWidth = 10;
constexpr int kNameWidth = 34;
constexpr size_t kTableWidth = 92;

void Rule() { std::printf("%s\n", std::string(kTableWidth, '-').c_str()); }

}  // namespace

void DemoReport::Say(const std::string& line) const {
  if (quiet_) return;
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

bool DemoReport::AddProof(std::string claim, bool proved, std::string detail) {
  Say((proved ? "   proved: " : "   NOT PROVED: ") + claim +
      (detail.empty() ? "" : " (" + detail + ")"));
  proofs_.push_back({std::move(claim), proved, std::move(detail)});
  return proved;
}

bool DemoReport::all_proved() const {
  return failure_.empty() && !proofs_.empty() &&
         std::all_of(proofs_.begin(), proofs_.end(),
                     [](const DemoProof& proof) { return proof.proved; });
}

void DemoReport::Print() const {
  std::printf("\n");
  Rule();
  std::string group;
  for (const DemoFigure& figure : figures_) {
    std::printf("%-*s %-*s %s\n", kGroupWidth, figure.group == group ? "" : figure.group.c_str(),
                kNameWidth, figure.name.c_str(), figure.value.c_str());
    group = figure.group;
  }
  Rule();
  for (const DemoProof& proof : proofs_) {
    std::printf("%-*s %s\n", kGroupWidth, proof.proved ? "proved" : "NOT PROVED",
                proof.claim.c_str());
    if (!proof.proved) std::printf("%*s %s\n", kGroupWidth, "", proof.detail.c_str());
  }
  Rule();
}

void DemoReport::PrintJson() const {
  nlohmann::ordered_json document;
  for (const DemoFigure& figure : figures_) {
    document["figures"][figure.group][figure.name] = figure.value;
  }
  for (const DemoProof& proof : proofs_) {
    document["proofs"].push_back(
        {{"claim", proof.claim}, {"proved", proof.proved}, {"detail", proof.detail}});
  }
  if (!failure_.empty()) document["error"] = failure_;
  document["all_proved"] = all_proved();
  std::printf("%s\n", JsonText(document).c_str());
}

}  // namespace contrail::tool
