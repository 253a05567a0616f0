#include "tools/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

namespace contrail::tool {
namespace {

TEST(ProgressTest, AmountsInWords) {
  EXPECT_EQ(BytesText(0), "0 B");
  EXPECT_EQ(BytesText(999), "999 B");
  EXPECT_EQ(BytesText(1000), "1.00 kB");
  EXPECT_EQ(BytesText(12'300'000), "12.3 MB");
  EXPECT_EQ(BytesText(4.56e9), "4.56 GB");
  EXPECT_EQ(CountText(7), "7");
  EXPECT_EQ(CountText(999), "999");
  EXPECT_EQ(CountText(1000), "1,000");
  EXPECT_EQ(CountText(1234567), "1,234,567");
  EXPECT_EQ(DurationText(6.6), "0:07");
  EXPECT_EQ(DurationText(125), "2:05");
  EXPECT_EQ(DurationText(3750), "1:02:30");
}

// What a bar of that style writes while `work` runs on it.
template <typename Work>
std::string Written(Progress::Style style, Work&& work) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  {
    Progress progress(style, file.get());
    work(progress);
  }
  std::string text(static_cast<size_t>(std::ftell(file.get())), '\0');
  std::rewind(file.get());
  EXPECT_EQ(std::fread(text.data(), 1, text.size(), file.get()), text.size());
  return text;
}

void TwoParts(Progress& progress) {
  progress.Begin("pages", 1000);
  progress.Advance(400);
  progress.Advance(600);
  progress.Begin("tables", 0, Progress::Unit::kItems);
  progress.Advance(5);
}

TEST(ProgressTest, LinesTellOfEveryPartOnce) {
  EXPECT_THAT(Written(Progress::Style::kLines, TwoParts),
              ::testing::MatchesRegex("pages +1.00 kB  .*/s  in .* s\n"
                                      "tables +5  .*/s  in .* s\n"));
}

TEST(ProgressTest, WhatIsNotCountedHasNoRate) {
  const auto nothing = [](Progress& progress) {
    progress.Begin("check", 0);
    progress.Begin("contents", 500);
  };
  EXPECT_THAT(Written(Progress::Style::kLines, nothing),
              ::testing::MatchesRegex("check +in [0-9.]+ s\ncontents +in [0-9.]+ s\n"));
}

// Threads that advance at the same time take nothing from each other.
TEST(ProgressTest, NothingIsLostBetweenThreads) {
  const auto work = [](Progress& progress) {
    progress.Begin("rows", 0, Progress::Unit::kItems);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50'000; ++i) progress.Advance(1);
      });
    }
  };
  EXPECT_THAT(Written(Progress::Style::kLines, work),
              ::testing::MatchesRegex("rows +200,000  .*/s  in .* s\n"));
}

TEST(ProgressTest, ATerminalGetsABarThatIsRedrawn) {
  const std::string text = Written(Progress::Style::kTerminal, TwoParts);
  EXPECT_THAT(text, ::testing::HasSubstr("\rpages"));
  EXPECT_THAT(text, ::testing::HasSubstr("[########################]"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST(ProgressTest, SilenceIsSilent) {
  EXPECT_EQ(Written(Progress::Style::kSilent, TwoParts), "");
  EXPECT_EQ(Written(Progress::Style::kTerminal, [](Progress&) {}), "");
}

TEST(ProgressTest, AFileIsNoTerminal) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  EXPECT_EQ(Progress::StyleOf(file.get()), Progress::Style::kLines);
}

}  // namespace
}  // namespace contrail::tool
