#include "backup/set/content_check.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "backup/trailer_page.h"
#include "log/log_format.h"
#include "storage/page_checksum.h"

namespace contrail {

ContentCheck::ContentCheck(const SetManifest& manifest, const SetFile& file,
                           const std::string& path)
    : file_(file), path_(path), page_size_(manifest.page_size), signature_(manifest.log_signature) {
  if (file.kind == SetFileKind::kLog) verifier_ = LogFileVerifier::New(DiscardEvents(), path);
}

void ContentCheck::Fail(std::string what) {
  if (wrong_.empty()) wrong_ = std::move(what);
}

void ContentCheck::Add(Bytes bytes) {
  if (verifier_ != nullptr) {
    if (!verifier_->Feed(bytes).ok()) Fail("A frame of the log is damaged.");
    if (log_header_.has_value() || held_.size() >= kMaxLogHeaderBytes) return;
    const size_t wanted = std::min(bytes.size(), kMaxLogHeaderBytes - held_.size());
    held_.insert(held_.end(), bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(wanted));
    Result<LogFileHeader> header = DecodeLogFileHeaderOrReport(DiscardEvents(), path_, held_);
    if (header.ok()) log_header_ = std::move(*header);
    return;
  }
  if (page_size_ < kMinPageSize || page_size_ > kMaxPageSize) return Fail("No such page size.");
  while (!bytes.empty()) {
    if (held_.empty() && bytes.size() >= page_size_) {
      TakePage(bytes.first(page_size_));
      bytes = bytes.subspan(page_size_);
      continue;
    }
    const size_t count = std::min(bytes.size(), page_size_ - held_.size());
    held_.insert(held_.end(), bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (held_.size() < page_size_) continue;
    TakePage(held_);
    held_.clear();
  }
}

// Header, header, page 1 .. page n, trailer.
void ContentCheck::TakePage(Bytes page) {
  const uint64_t index = pages_++;
  if (index < 2) {
    HeaderFault fault;
    const Result<DatabaseHeader> header = DatabaseHeader::Decode(page, &fault);
    if (!header.ok()) return Fail("The database's header is damaged: " + fault.rule);
    if (header->current_full_backup.generation_low == 0) Fail("The file is no streamed copy.");
    return;
  }
  if ((index + 1) * page_size_ == file_.bytes) {
    if (!TrailerPage::Decode(page).ok()) Fail("The page behind the last one is damaged.");
    return;
  }
  const auto number = static_cast<PageNumber>(index - 1);
  const ChecksumState state = VerifyPageReadOnly(page, number);
  if (state == ChecksumState::kBad) Fail(absl::StrCat("Page ", number, " has a wrong checksum."));
}

std::string ContentCheck::Finish() {
  if (verifier_ != nullptr) {
    if (!verifier_->Finish().ok()) Fail("The log is damaged or has been cut off.");
    if (log_header_.has_value() && log_header_->generation != file_.generation) {
      Fail("The log is of another generation than the manifest says.");
    }
    if (log_header_.has_value() && log_header_->signature.ToText() != signature_) {
      Fail("The log belongs to another stream.");
    }
  } else if (!held_.empty()) {
    Fail("The database has been cut off.");
  }
  return wrong_;
}

void LogOrderCheck::Add(const SetFile& file, const std::optional<LogFileHeader>& header) {
  if (file.kind != SetFileKind::kLog || !wrong_.empty()) return;
  if (file.generation != next_) {
    wrong_ = absl::StrCat("Log generation ", next_, " is missing.");
    return;
  }
  ++next_;
  if (before_.has_value() && header.has_value() && header->previous_created != before_->created) {
    wrong_ = absl::StrCat("Log generation ", file.generation, " does not follow the one before.");
  }
  before_ = header;
}

std::string LogOrderCheck::Finish() {
  if (wrong_.empty() && next_ != manifest_.generation_high + 1) {
    wrong_ = absl::StrCat("Log generation ", next_, " is missing.");
  }
  return wrong_;
}

}  // namespace contrail
