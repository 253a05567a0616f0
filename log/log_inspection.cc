#include "log/log_inspection.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "log/frame_check.h"
#include "log/log_format.h"
#include "storage/aligned_buffer.h"
#include "storage/check.h"

namespace contrail {
namespace {

class Inspection {
 public:
  Inspection(LogInspection* result, Bytes file, const std::function<void(const LogRecord&)>& visit)
      : result_(*result),
        file_(file),
        visit_(visit),
        generation_(result->header.generation),
        seed_(StreamSeed(result->header.signature)) {}

  void Run() {
    uint64_t chain = result_.header.chain_seed;
    offset_ = LogHeaderBytes(result_.header.state.size());
    while (!result_.final && TakeFrame(&chain)) {
    }
    result_.end = MakeLgpos(generation_, static_cast<uint32_t>(offset_));
    if (result_.final || result_.torn.empty()) return;
    const Bytes rest = file_.subspan(offset_);
    const bool blank =
        std::all_of(rest.begin(), rest.end(), [](std::byte byte) { return byte == std::byte{0}; });
    if (blank) {
      result_.torn.clear();
      return;
    }
    const uint32_t behind =
        FindFrame(file_, static_cast<uint32_t>(offset_) + 1, generation_, seed_);
    if (behind != 0) result_.frame_behind = behind;
  }

 private:
  bool TakeFrame(uint64_t* chain) {
    if (offset_ >= file_.size()) return false;
    const Bytes rest = file_.subspan(offset_);
    const FrameExpectation expected{
        .position = MakeLgpos(generation_, static_cast<uint32_t>(offset_)),
        .stream_seed = seed_,
        .previous = *chain,
        .room = static_cast<uint32_t>(rest.size())};
    FrameCheck check =
        CheckFrameHeader(rest.first(std::min(rest.size(), kFrameHeaderBytes)), expected);
    if (check.ok()) {
      CheckFrameContent(rest.subspan(kFrameHeaderBytes, check.header.length), &check);
    }
    if (!check.ok()) {
      result_.torn = FaultText(check.fault);
      return false;
    }
    ++result_.frames;
    TakeRecords(rest.subspan(kFrameHeaderBytes, check.header.length));
    *chain = check.hash;
    result_.final = check.header.final;
    offset_ += kFrameHeaderBytes + check.header.length;
    return true;
  }

  void TakeRecords(Bytes content) {
    LogRecord record;
    for (Bytes rest = content; TakeRecord(&rest, &record.type, &record.payload);) {
      LogInspection::Tally& tally = result_.records[record.type];
      ++tally.records;
      tally.bytes += record.payload.size();
      const auto at = record.payload.data() - kRecordHeaderBytes - file_.data();
      record.position = MakeLgpos(generation_, static_cast<uint32_t>(at));
      if (visit_) visit_(record);
    }
  }

  LogInspection& result_;
  Bytes file_;
  const std::function<void(const LogRecord&)>& visit_;
  uint32_t generation_;
  uint64_t seed_;
  uint64_t offset_ = 0;
};

}  // namespace

Result<LogInspection> InspectLogFile(FileSystem& files, EventSink& events, const std::string& path,
                                     const std::function<void(const LogRecord&)>& visit) {
  LogInspection result;
  ASSIGN_OR_RETURN(result.header, ReadLogFileHeader(files, events, path));
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                   files.Open(path, {.mode = FileMode::kReadOnly}));
  ASSIGN_OR_RETURN(const uint64_t size, file->Size());
  const uint64_t readable = std::min<uint64_t>(size, result.header.file_bytes);
  DCHECK(readable <= kMaxGenerationBytes);
  AlignedBuffer buffer(std::max<size_t>(readable, 1));
  const Bytes bytes = buffer.span().first(readable);
  RETURN_IF_ERROR(file->Read(0, buffer.span().first(readable)));
  Inspection(&result, bytes, visit).Run();
  return result;
}

std::string RecordTypeName(RecordType type) {
  switch (type) {
    case RecordType::kMutation:
      return "mutation";
    case RecordType::kCommit:
      return "commit";
    case RecordType::kRollbackEnd:
      return "rollback end";
    case RecordType::kCreateDatabase:
      return "create database";
    case RecordType::kAttachDatabase:
      return "attach database";
    case RecordType::kDetachDatabase:
      return "detach database";
    case RecordType::kTreeFreed:
      return "tree freed";
    case RecordType::kRecoveryUndoBegin:
      return "recovery undo begin";
    case RecordType::kShutdown:
      return "shutdown";
    case RecordType::kCheckpointHint:
      return "checkpoint hint";
    case RecordType::kBackup:
      return "backup";
    case RecordType::kExternalRestore:
      return "external restore";
  }
  return absl::StrCat("type ", static_cast<int>(type));
}

}  // namespace contrail
