#include "engine/check/page_sweep.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

#include "engine/check/parallel.h"
#include "storage/aligned_buffer.h"
#include "storage/check.h"
#include "storage/page_checksum.h"
#include "storage/page_view.h"

namespace contrail {
namespace {

constexpr size_t kPieceBytes = 1 << 20;
constexpr size_t kPiecesInFlight = 4;

bool IsZero(Bytes bytes) {
  return bytes[0] == std::byte{0} &&
         std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

class PageSweep {
 public:
  // `next`: the first page that nobody has taken yet; shared by all sweeps of the file.
  PageSweep(const PageSweepSubject& subject, std::atomic<uint64_t>* next, CheckProgress& progress,
            CheckReport* report)
      : subject_(subject),
        next_(*next),
        page_size_(subject.header.page_size),
        clean_(subject.header.state == DatabaseState::kClean),
        progress_(progress),
        report_(report) {
    static_assert(kPieceBytes % kMaxPageSize == 0, "pieces hold whole pages");
  }

  void Run(FileSystem& files) {
    std::vector<AlignedBuffer> buffers;
    std::vector<std::byte*> idle;
    for (size_t i = 0; i < kPiecesInFlight; ++i) buffers.emplace_back(kPieceBytes);
    for (const AlignedBuffer& buffer : buffers) idle.push_back(buffer.data());
    const std::unique_ptr<IoQueue> queue = files.NewQueue(kPiecesInFlight);
    const uint32_t most = kPieceBytes / page_size_;
    bool more = true;
    while (more || queue->in_flight() > 0) {
      while (!idle.empty() && more) {
        const uint64_t taken = next_.fetch_add(most);
        more = taken <= subject_.last_page;
        if (!more) break;
        const auto first = static_cast<PageNumber>(taken);
        const auto pages =
            static_cast<uint32_t>(std::min<uint64_t>(most, subject_.last_page - taken + 1));
        std::byte* buffer = idle.back();
        idle.pop_back();
        queue->Submit({.kind = IoRequest::Kind::kRead,
                       .file = subject_.file,
                       .offset = FileOffsetOf(first, page_size_),
                       .buffer = buffer,
                       .length = size_t{pages} * page_size_,
                       .done = [this, &idle, buffer, first, pages](Status status) {
                         VerifyPiece(status, buffer, first, pages);
                         idle.push_back(buffer);
                       }});
      }
      queue->Wait(1);
    }
    report_->CountChecked("pages", pages_);
    report_->CountChecked("blank pages", blank_);
  }

 private:
  void VerifyPiece(Status status, std::byte* buffer, PageNumber first, uint32_t pages) {
    for (uint32_t i = 0; i < pages; ++i) {
      const MutableBytes page(buffer + size_t{i} * page_size_, page_size_);
      // A piece that cannot be read may hold pages that can.
      Status readable = status;
      if (!status.ok()) {
        readable = subject_.file->Read(FileOffsetOf(first + i, page_size_), page);
      }
      if (readable.ok()) {
        VerifyPage(page, first + i);
      } else {
        Add(first + i, "page can be read", "yes", absl::StrCat("error ", readable.number()));
      }
    }
    progress_.Advance(uint64_t{pages} * page_size_);
  }

  void Add(PageNumber page, std::string what, std::string expected, std::string found) {
    report_->Add(Remedy::kRestore, page, std::move(what), std::move(expected), std::move(found));
  }

  void VerifyPage(MutableBytes bytes, PageNumber number) {
    if (IsZero(bytes)) {
      ++blank_;
      return;
    }
    ++pages_;
    const uint64_t stored = StoredChecksum(bytes);
    const uint64_t computed = ComputedChecksum(bytes, number);
    switch (contrail::VerifyPage(bytes, number)) {
      case ChecksumState::kGood:
        break;
      case ChecksumState::kCorrected:
        Add(number, "page checksum (one bit is wrong, which can be mended)",
            absl::StrFormat("%016x", computed), absl::StrFormat("%016x", stored));
        break;
      case ChecksumState::kBad:
      case ChecksumState::kUninitialised:
        Add(number, "page checksum", absl::StrFormat("%016x", computed),
            absl::StrFormat("%016x", stored));
        return;
    }
    CheckLayout(PageView(bytes.data(), page_size_), number);
  }

  void CheckLayout(const PageView& page, PageNumber number) {
    if (const char* damage = page.FindDamage(); damage != nullptr) {
      Add(number, "page layout", "sound", damage);
      return;
    }
    if (clean_) {
      ExpectAtMost(number, "dbtime of the page", subject_.header.dbtime, page.dbtime());
      ExpectAtMost(number, "object id of the page", subject_.header.last_object_id,
                   page.object_id());
      report_->Expect(Remedy::kRestore, number, "uncommitted free bytes", 0,
                      LoadLittle<uint16_t>(page.bytes() + page_offset::kUncommittedFree));
    }
    if (page.dbtime() == 0) Add(number, "dbtime of the page", "not zero", "0");
    CheckFlags(page, number);
    if (!IsLargePage(page_size_)) return;
    report_->Expect(Remedy::kRestore, number, "page number in the page", number,
                    LoadLittle<uint32_t>(page.bytes() + page_offset::kLargePageNumber));
    const Bytes unused(page.bytes() + page_offset::kLargePageNumber + 4, 12);
    if (!IsZero(unused)) Add(number, "bytes 68..79", "zero", ShowBytes(unused));
  }

  void CheckFlags(const PageView& page, PageNumber number) {
    const uint32_t flags = page.flags();
    if ((flags & page_flag::kNewRecordFormat) == 0) {
      Add(number, "page flag 0x800 (record format)", "set", absl::StrFormat("%#x", flags));
    }
    // A large page without flag 0x2000 has no checksum that could be right.
    if ((flags & page_flag::kEmptied) == 0) return;
    report_->Expect(Remedy::kRestore, number, "free bytes of an emptied page",
                    PageCapacity(page_size_) - 4, page.free_bytes());
    report_->Expect(Remedy::kRestore, number, "end of node data of an emptied page", 0,
                    page.data_end());
  }

  void ExpectAtMost(PageNumber page, const char* what, uint64_t most, uint64_t found) {
    if (found > most) Add(page, what, absl::StrCat("at most ", most), absl::StrCat(found));
  }

  const PageSweepSubject& subject_;
  std::atomic<uint64_t>& next_;
  uint32_t page_size_;
  bool clean_;
  CheckProgress& progress_;
  CheckReport* report_;
  uint64_t pages_ = 0;
  uint64_t blank_ = 0;
};

}  // namespace

void SweepPages(FileSystem& files, const PageSweepSubject& subject, CheckProgress& progress,
                CheckReport* report) {
  CHECK(IsValidPageSize(subject.header.page_size) && subject.file != nullptr);
  progress.Begin("pages", uint64_t{subject.last_page} * subject.header.page_size);
  std::atomic<uint64_t> next{1};
  const uint64_t pieces = uint64_t{subject.last_page} * subject.header.page_size / kPieceBytes + 1;
  std::vector<CheckReport> parts(std::min<uint64_t>(TaskThreads(), pieces));
  std::vector<std::function<void()>> tasks;
  for (CheckReport& part : parts) {
    tasks.emplace_back([&] { PageSweep(subject, &next, progress, &part).Run(files); });
  }
  RunTasks(tasks);
  const size_t before = report->findings().size();
  for (CheckReport& part : parts) report->Append(std::move(part));
  report->SortByPageFrom(before);
}

}  // namespace contrail
