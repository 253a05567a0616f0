#include "backup/set/stored_file.h"

#include <algorithm>

#include "backup/behind_commits.h"
#include "backup/set/set_manifest.h"
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

bool StoredFileFacts::AreOf(const SetFile& file) const {
  return bytes == file.bytes && stored_bytes == file.stored_bytes && hash == file.hash &&
         stored_hash == file.stored_hash && chunks == file.chunks;
}

Result<std::unique_ptr<StoredFileWriter>> StoredFileWriter::Create(FileSystem& files,
                                                                   const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<DirectWriter> file,
                   DirectWriter::Open(files, path, FileMode::kCreateNew));
  return std::unique_ptr<StoredFileWriter>(new StoredFileWriter(std::move(file)));
}

StoredFileWriter::StoredFileWriter(std::unique_ptr<DirectWriter> file) : file_(std::move(file)) {
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
  const Bytes frame(frame_.data(), size);
  stored_hash_.Add(frame);
  facts_.stored_bytes += size;
  return file_->Add(frame);
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
  chunks_.Add(block);
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
  RETURN_IF_ERROR(file_->Finish());
  facts_.hash = hash_.Text();
  facts_.stored_hash = stored_hash_.Text();
  chunks_.Finish();
  facts_.chunks = chunks_.texts();
  return facts_;
}

namespace {

// Reads one frame, and nothing behind it.
class FrameReader {
 public:
  FrameReader(const std::function<Status(Bytes)>& take, StoredFileFacts* facts)
      : take_(take), facts_(facts), in_(kPieceBytes), out_(kPieceBytes) {
    CHECK(!LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION)));
  }
  ~FrameReader() { LZ4F_freeDecompressionContext(context_); }
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;

  Status Read(File& file);

 private:
  static constexpr size_t kPieceBytes = 1 << 20;
  Status Decode(size_t count);
  Status Take(Bytes content);

  const std::function<Status(Bytes)>& take_;
  StoredFileFacts* facts_;
  LZ4F_decompressionContext_t context_ = nullptr;
  std::vector<std::byte> in_;
  std::vector<std::byte> out_;
  size_t wanted_ = 1;  // 0 when the frame has ended.
  ContentHash hash_;
  ContentHash stored_hash_;
  ChunkHashes chunks_;
};

Status FrameReader::Read(File& file) {
  ASSIGN_OR_RETURN(const uint64_t stored_bytes, file.Size());
  Status status;
  while (status.ok() && facts_->stored_bytes < stored_bytes) {
    const size_t count = std::min<uint64_t>(kPieceBytes, stored_bytes - facts_->stored_bytes);
    status = file.Read(facts_->stored_bytes, MutableBytes(in_).first(count));
    if (status.ok()) status = Decode(count);
  }
  if (status.ok() && wanted_ != 0) status = Error::kReadVerifyFailure;
  if (status.ok()) chunks_.Finish();
  facts_->chunks = chunks_.texts();
  facts_->hash = hash_.Text();
  facts_->stored_hash = stored_hash_.Text();
  return status;
}

Status FrameReader::Decode(size_t count) {
  stored_hash_.Add(Bytes(in_).first(count));
  facts_->stored_bytes += count;
  bool more = false;  // The output was full: the decoder may hold some of it back.
  for (size_t used = 0; used < count || more;) {
    if (wanted_ == 0) return Error::kReadVerifyFailure;  // Something behind the frame.
    size_t taken = count - used;
    size_t given = out_.size();
    wanted_ = LZ4F_decompress(context_, out_.data(), &given, in_.data() + used, &taken, nullptr);
    if (LZ4F_isError(wanted_)) return Error::kReadVerifyFailure;
    used += taken;
    more = given == out_.size() && wanted_ != 0;
    if (given != 0) RETURN_IF_ERROR(Take(Bytes(out_).first(given)));
  }
  return Status::Ok();
}

Status FrameReader::Take(Bytes content) {
  hash_.Add(content);
  chunks_.Add(content);
  facts_->bytes += content.size();
  return take_(content);
}

}  // namespace

Status ReadStoredFile(FileSystem& files, const std::string& path,
                      const std::function<Status(Bytes)>& take, StoredFileFacts* facts) {
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                   files.Open(path, {.mode = FileMode::kReadOnly}));
  return FrameReader(take, facts).Read(*file);
}

}  // namespace contrail
