// Checks of what a set's files hold, beyond their hashes: pages of databases, frames and order of
// logs.

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backup/set/set_manifest.h"
#include "log/log_reader.h"

namespace contrail {

// Takes the content of one file in pieces.
class ContentCheck {
 public:
  ContentCheck(const SetManifest& manifest, const SetFile& file, const std::string& path);

  void Add(Bytes bytes);
  // What is wrong, as one sentence; empty when nothing is.
  std::string Finish();
  // Of a log, when its header was sound.
  const std::optional<LogFileHeader>& log_header() const { return log_header_; }

 private:
  void TakePage(Bytes page);
  void Fail(std::string what);

  const SetFile& file_;
  const std::string path_;
  const size_t page_size_;
  const std::string signature_;
  std::string wrong_;
  // Databases: a page that has not come whole yet. Logs: the file's first bytes.
  std::vector<std::byte> held_;
  uint64_t pages_ = 0;
  std::unique_ptr<LogFileVerifier> verifier_;
  std::optional<LogFileHeader> log_header_;
};

// The logs of one backup: all generations there, of one stream, each following the one before.
class LogOrderCheck {
 public:
  explicit LogOrderCheck(const SetManifest& manifest)
      : manifest_(manifest), next_(manifest.generation_low) {}
  void Add(const SetFile& file, const std::optional<LogFileHeader>& header);
  std::string Finish();

 private:
  const SetManifest& manifest_;
  uint32_t next_;
  std::optional<LogFileHeader> before_;
  std::string wrong_;
};

}  // namespace contrail
