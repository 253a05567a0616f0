#include "backup/set/stored_file.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <cstring>

#include "backup/behind_commits.h"
#include "storage/check.h"

namespace contrail {
namespace {

constexpr size_t kBlocks = 6;

LZ4F_preferences_t FramePreferences() {
  LZ4F_preferences_t preferences = {};
  preferences.frameInfo.blockSizeID = LZ4F_max1MB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  return preferences;
}

}  // namespace

ContentHash::ContentHash() : state_(XXH3_createState()) {
  CHECK(state_ != nullptr);
  XXH3_128bits_reset(state_);
}

ContentHash::~ContentHash() { XXH3_freeState(state_); }

void ContentHash::Add(Bytes bytes) { XXH3_128bits_update(state_, bytes.data(), bytes.size()); }

std::string ContentHash::Text() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(state_);
  return absl::StrFormat("%016x%016x", hash.high64, hash.low64);
}

Result<std::unique_ptr<StoredFileWriter>> StoredFileWriter::Create(FileSystem& files,
                                                                   const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<File> file,
                   files.Open(path, {.mode = FileMode::kCreateNew, .direct = true}));
  return std::unique_ptr<StoredFileWriter>(new StoredFileWriter(std::move(file)));
}

StoredFileWriter::StoredFileWriter(std::unique_ptr<File> file)
    : file_(std::move(file)), staged_(kBlockBytes) {
  CHECK(!LZ4F_isError(LZ4F_createCompressionContext(&context_, LZ4F_VERSION)));
  const LZ4F_preferences_t preferences = FramePreferences();
  frame_.resize(LZ4F_compressBound(kBlockBytes, &preferences) + LZ4F_HEADER_SIZE_MAX);
  for (size_t i = 0; i < kBlocks; ++i) empty_.emplace_back(kBlockBytes);
  thread_ = std::thread([this] { Run(); });
}

StoredFileWriter::~StoredFileWriter() {
  {
    absl::MutexLock lock(&mutex_);
    end_ = true;
    if (status_.ok() && thread_.joinable()) status_ = Error::kTermInProgress;
  }
  if (thread_.joinable()) thread_.join();
  LZ4F_freeCompressionContext(context_);
}

AlignedBuffer StoredFileWriter::TakeBlock() {
  absl::MutexLock lock(&mutex_);
  const auto some = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !empty_.empty(); };
  mutex_.Await(absl::Condition(&some));
  AlignedBuffer block = std::move(empty_.back());
  empty_.pop_back();
  return block;
}

Status StoredFileWriter::Add(AlignedBuffer block, size_t size) {
  CHECK(size <= kBlockBytes);
  absl::MutexLock lock(&mutex_);
  filled_.push_back({std::move(block), size});
  return status_;
}

void StoredFileWriter::Run() {
  StandBehindCommits();
  while (true) {
    Block block;
    Status status;
    {
      absl::MutexLock lock(&mutex_);
      const auto some = [this]()
                            ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return end_ || !filled_.empty(); };
      mutex_.Await(absl::Condition(&some));
      if (filled_.empty()) return;
      block = std::move(filled_.front());
      filled_.pop_front();
      status = status_;
    }
    if (status.ok()) status = WriteBlock(block.memory.span().first(block.size));
    absl::MutexLock lock(&mutex_);
    if (status_.ok()) status_ = status;
    empty_.push_back(std::move(block.memory));
  }
}

Status StoredFileWriter::WriteOut(size_t size) {
  stored_hash_.Add(Bytes(frame_.data(), size));
  for (size_t taken = 0; taken < size;) {
    const size_t count = std::min(size - taken, kBlockBytes - staged_bytes_);
    std::memcpy(staged_.data() + staged_bytes_, frame_.data() + taken, count);
    taken += count;
    staged_bytes_ += count;
    if (staged_bytes_ == kBlockBytes) RETURN_IF_ERROR(WriteStaged());
  }
  facts_.stored_bytes += size;
  return Status::Ok();
}

Status StoredFileWriter::WriteStaged() {
  RETURN_IF_ERROR(file_->Write(written_bytes_, staged_.span().first(staged_bytes_)));
  written_bytes_ += staged_bytes_;
  staged_bytes_ = 0;
  return Status::Ok();
}

Status StoredFileWriter::WriteBlock(Bytes block) {
  if (!begun_) {
    const LZ4F_preferences_t preferences = FramePreferences();
    const size_t size = LZ4F_compressBegin(context_, frame_.data(), frame_.size(), &preferences);
    if (LZ4F_isError(size)) return Error::kOutOfMemory;
    begun_ = true;
    RETURN_IF_ERROR(WriteOut(size));
  }
  hash_.Add(block);
  const size_t size = LZ4F_compressUpdate(context_, frame_.data(), frame_.size(), block.data(),
                                          block.size(), nullptr);
  if (LZ4F_isError(size)) return Error::kOutOfMemory;
  facts_.bytes += block.size();
  return size == 0 ? Status::Ok() : WriteOut(size);
}

Result<StoredFileFacts> StoredFileWriter::Finish() {
  {
    absl::MutexLock lock(&mutex_);
    end_ = true;
  }
  thread_.join();
  {
    absl::MutexLock lock(&mutex_);
    RETURN_IF_ERROR(status_);
  }
  if (!begun_) RETURN_IF_ERROR(WriteBlock({}));
  const size_t size = LZ4F_compressEnd(context_, frame_.data(), frame_.size(), nullptr);
  if (LZ4F_isError(size)) return Error::kOutOfMemory;
  RETURN_IF_ERROR(WriteOut(size));
  RETURN_IF_ERROR(WriteStaged());
  RETURN_IF_ERROR(file_->Sync());
  facts_.hash = hash_.Text();
  facts_.stored_hash = stored_hash_.Text();
  return facts_;
}

Result<StoredFileFacts> ReadStoredFile(FileSystem& files, const std::string& path,
                                       const std::function<Status(Bytes)>& take) {
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                   files.Open(path, {.mode = FileMode::kReadOnly}));
  ASSIGN_OR_RETURN(const uint64_t stored_bytes, file->Size());
  LZ4F_decompressionContext_t raw = nullptr;
  CHECK(!LZ4F_isError(LZ4F_createDecompressionContext(&raw, LZ4F_VERSION)));
  const std::unique_ptr<LZ4F_dctx, LZ4F_errorCode_t (*)(LZ4F_dctx*)> context(
      raw, LZ4F_freeDecompressionContext);
  constexpr size_t kPiece = 1 << 20;
  std::vector<std::byte> in(kPiece);
  std::vector<std::byte> out(kPiece);
  ContentHash hash;
  ContentHash stored_hash;
  StoredFileFacts facts;
  size_t wanted = 1;  // 0 when the frame has ended.
  while (facts.stored_bytes < stored_bytes) {
    const size_t count = std::min<uint64_t>(kPiece, stored_bytes - facts.stored_bytes);
    RETURN_IF_ERROR(file->Read(facts.stored_bytes, MutableBytes(in).first(count)));
    stored_hash.Add(Bytes(in).first(count));
    facts.stored_bytes += count;
    bool more = false;  // The output was full: the decoder may hold some of it back.
    for (size_t used = 0; used < count || more;) {
      if (wanted == 0) return Error::kReadVerifyFailure;  // Something behind the frame.
      size_t taken = count - used;
      size_t given = out.size();
      wanted =
          LZ4F_decompress(context.get(), out.data(), &given, in.data() + used, &taken, nullptr);
      if (LZ4F_isError(wanted)) return Error::kReadVerifyFailure;
      used += taken;
      more = given == out.size() && wanted != 0;
      const Bytes content = Bytes(out).first(given);
      hash.Add(content);
      facts.bytes += given;
      if (!content.empty()) RETURN_IF_ERROR(take(content));
    }
  }
  if (wanted != 0) return Error::kReadVerifyFailure;
  facts.hash = hash.Text();
  facts.stored_hash = stored_hash.Text();
  return facts;
}

}  // namespace contrail
