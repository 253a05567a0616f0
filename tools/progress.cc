#include "tools/progress.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace contrail::tool {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::seconds kLineInterval{5};
constexpr size_t kBarWidth = 24;
constexpr size_t kPartWidth = 12;

}  // namespace

std::string BytesText(double bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "kB", "MB", "GB", "TB"};
  size_t unit = 0;
  for (; bytes >= 1000 && unit + 1 < kUnits.size(); ++unit) bytes /= 1000;
  if (unit == 0) return absl::StrFormat("%.0f B", bytes);
  const int digits = bytes < 10 ? 2 : bytes < 100 ? 1 : 0;  // Three that say something.
  return absl::StrFormat("%.*f %s", digits, bytes, kUnits[unit]);
}

std::string CountText(uint64_t count) {
  std::string digits = absl::StrCat(count);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string DurationText(double seconds) {
  const auto whole = static_cast<uint64_t>(std::max(0.0, seconds) + 0.5);
  const uint64_t minutes = whole / 60;
  if (minutes < 60) return absl::StrFormat("%d:%02d", minutes, whole % 60);
  return absl::StrFormat("%d:%02d:%02d", minutes / 60, minutes % 60, whole % 60);
}

Progress::Style Progress::StyleOf(std::FILE* to) {
  return isatty(fileno(to)) == 1 ? Style::kTerminal : Style::kLines;
}

void Progress::Begin(std::string_view part, uint64_t total, Unit unit) {
  End();
  const std::lock_guard lock(show_mutex_);
  part_ = part;
  total_ = total;
  unit_ = unit;
  done_ = 0;
  start_ = Clock::now();
  const auto first = style_ == Style::kTerminal ? Clock::duration(kRedraw) : kLineInterval;
  next_show_ = (start_ + first).time_since_epoch().count();
  running_ = true;
}

void Progress::ShowWhenDue() {
  const Clock::time_point now = Clock::now();
  if (style_ == Style::kSilent || now.time_since_epoch().count() < next_show_) return;
  const std::unique_lock lock(show_mutex_, std::try_to_lock);  // Somebody else is drawing.
  if (lock.owns_lock() && running_) Show(now, false);
}

void Progress::End() {
  const std::lock_guard lock(show_mutex_);
  if (!running_) return;
  running_ = false;
  if (style_ != Style::kSilent) Show(Clock::now(), true);
}

std::string Progress::Line(Clock::time_point now, bool last) const {
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const uint64_t done = total_ == 0 ? done_.load() : std::min(done_.load(), total_);
  const double rate = static_cast<double>(done) / std::max(seconds, 1e-3);
  const auto text = [this](double amount) {
    return unit_ == Unit::kBytes ? BytesText(amount) : CountText(static_cast<uint64_t>(amount));
  };
  std::string line = absl::StrFormat("%-*s", kPartWidth, part_);
  if (done == 0 && (last || total_ == 0)) {  // Nothing is counted.
    absl::StrAppendFormat(&line, "  %s%.1f s", last ? "in " : "", seconds);
    return line;
  }
  const double share = total_ == 0 ? 0 : static_cast<double>(done) / static_cast<double>(total_);
  if (style_ == Style::kTerminal && total_ != 0) {
    const auto filled = static_cast<size_t>(share * kBarWidth);
    absl::StrAppend(&line, " [", std::string(filled, '#'), std::string(kBarWidth - filled, '.'),
                    "]");
  }
  if (total_ != 0 && !last) absl::StrAppendFormat(&line, " %3.0f %%", share * 100);
  absl::StrAppend(&line, "  ", text(static_cast<double>(done)));
  if (total_ != 0 && !last) absl::StrAppend(&line, " of ", text(static_cast<double>(total_)));
  absl::StrAppend(&line, "  ", text(rate), "/s");
  if (last) {
    absl::StrAppendFormat(&line, "  in %.1f s", seconds);
  } else if (total_ != 0 && done != 0) {
    absl::StrAppend(&line, "  ", DurationText(static_cast<double>(total_ - done) / rate), " left");
  }
  return line;
}

void Progress::Show(Clock::time_point now, bool last) {
  std::string line = Line(now, last);
  if (style_ == Style::kTerminal) {
    const size_t width = line.size();
    if (width < shown_width_) line.append(shown_width_ - width, ' ');
    shown_width_ = last ? 0 : width;
    std::fprintf(to_, "\r%s%s", line.c_str(), last ? "\n" : "");
    std::fflush(to_);
    next_show_ = (now + kRedraw).time_since_epoch().count();
    return;
  }
  std::fprintf(to_, "%s\n", line.c_str());
  next_show_ = (now + kLineInterval).time_since_epoch().count();
}

}  // namespace contrail::tool
