// How long work tells how far it is: on a terminal one line that is redrawn, with rate and time
// left; elsewhere plain lines, one when a part is done and one every few seconds before.
//
// Thread rule: Begin and End from one thread; Advance and Set from any.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>

namespace contrail::tool {

class Progress {
 public:
  enum class Style { kTerminal, kLines, kSilent };
  enum class Unit { kBytes, kItems };

  // kTerminal when `to` is one, else kLines.
  static Style StyleOf(std::FILE* to);

  explicit Progress(Style style, std::FILE* to = stderr) : style_(style), to_(to) {}
  ~Progress() { End(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Ends the part before. `total` 0: not known.
  void Begin(std::string_view part, uint64_t total, Unit unit = Unit::kBytes);
  void Advance(uint64_t amount) {
    done_.fetch_add(amount);
    ShowWhenDue();
  }
  void Set(uint64_t done) {
    done_.store(done);
    ShowWhenDue();
  }
  // Prints the last state of the part; nothing when none runs.
  void End();

 private:
  using Clock = std::chrono::steady_clock;

  // The state as one line, without line feed.
  std::string Line(Clock::time_point now, bool last) const;
  void ShowWhenDue();
  void Show(Clock::time_point now, bool last);

  Style style_;
  std::FILE* to_;
  std::string part_;
  Unit unit_ = Unit::kBytes;
  uint64_t total_ = 0;
  Clock::time_point start_;
  std::atomic<uint64_t> done_{0};
  std::atomic<int64_t> next_show_{0};  // Nanoseconds of the clock.
  std::mutex show_mutex_;
  bool running_ = false;
  size_t shown_width_ = 0;
};

// "12.3 MB", "1.20 GB": decimal units.
std::string BytesText(double bytes);
// "1,234,567".
std::string CountText(uint64_t count);
// "0:07", "1:02:30".
std::string DurationText(double seconds);

}  // namespace contrail::tool
