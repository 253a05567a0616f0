#include "storage/double_write.h"

#include <algorithm>
#include <set>
#include <utility>

#include "storage/check.h"

namespace contrail {
namespace {

namespace format = double_write_format;
using format::Batch;
using format::Entry;
using format::Geometry;
using format::HeaderState;

// Writes in flight for one batch; images that follow each other in memory are one write.
constexpr size_t kQueueDepth = 16;
// ESE's number for a checksum that does not match.
constexpr uint32_t kChecksumEvent = 474;

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// kEmpty also for a file that is too short to be one.
Result<HeaderState> ReadFileHeader(File& file, Geometry* geometry) {
  ASSIGN_OR_RETURN(const uint64_t size, file.Size());
  if (size < format::kBlockSize) return HeaderState::kEmpty;
  AlignedBuffer block(format::kBlockSize);
  RETURN_IF_ERROR(file.Read(0, block.span()));
  const HeaderState state = format::DecodeFileHeader(block.span(), geometry);
  if (state == HeaderState::kGood && size < geometry->FileSize()) return HeaderState::kDamaged;
  return state;
}

Result<std::optional<Batch>> ReadBatch(File& file, const Geometry& geometry, uint32_t half) {
  AlignedBuffer area(geometry.HeaderArea());
  RETURN_IF_ERROR(file.Read(geometry.HalfOffset(half), area.span()));
  return format::DecodeBatch(area.span(), geometry, half);
}

// The whole batches of both halves, the newest first.
Result<std::vector<Batch>> ReadBatches(File& file, const Geometry& geometry) {
  std::vector<Batch> batches;
  for (uint32_t half = 0; half < format::kHalves; ++half) {
    ASSIGN_OR_RETURN(std::optional<Batch> batch, ReadBatch(file, geometry, half));
    if (batch.has_value()) batches.push_back(std::move(*batch));
  }
  std::sort(batches.begin(), batches.end(),
            [](const Batch& a, const Batch& b) { return a.sequence > b.sequence; });
  return batches;
}

Result<std::unique_ptr<File>> MakeFile(FileSystem& files, const std::string& path,
                                       const Geometry& geometry) {
  const OpenOptions options = {
      .mode = FileMode::kCreateOrTruncate, .direct = true, .exclusive = true};
  ASSIGN_OR_RETURN(std::unique_ptr<File> file, files.Open(path, options));
  RETURN_IF_ERROR(file->Resize(geometry.FileSize()));
  AlignedBuffer block(format::kBlockSize);
  format::EncodeFileHeader(geometry, block.span());
  RETURN_IF_ERROR(file->Write(0, block.span()));
  RETURN_IF_ERROR(file->Sync());
  RETURN_IF_ERROR(files.SyncDirectory(DirectoryOf(path)));
  return file;
}

void ReportDamagedHeader(EventSink& events, const std::string& path) {
  Event event;
  event.id = kChecksumEvent;
  event.severity = Severity::kWarning;
  event.text =
      "The header of the double-write file is damaged, so pages that a crash has torn cannot be "
      "restored from it.";
  event.file = path;
  event.offset = 0;
  event.expected = "a double-write header of version 1 with the right hash";
  event.found = "other bytes";
  event.error = static_cast<int32_t>(Error::kReadVerifyFailure);
  events.Report(event);
}

}  // namespace

DoubleWriteArea::DoubleWriteArea(std::unique_ptr<File> file, std::unique_ptr<IoQueue> queue,
                                 const Geometry& geometry, uint64_t last_sequence)
    : file_(std::move(file)),
      queue_(std::move(queue)),
      geometry_(geometry),
      header_(geometry.HeaderArea()),
      released_(last_sequence),
      has_images_(last_sequence != 0) {
  batch_.sequence = last_sequence;
  batch_.entries.reserve(geometry_.most_entries);
}

Result<std::unique_ptr<DoubleWriteArea>> DoubleWriteArea::Open(FileSystem& files,
                                                               const std::string& path,
                                                               const DoubleWriteOptions& options) {
  const Geometry wanted = format::GeometryFor(options.most_pages, options.largest_page);
  Geometry geometry;
  uint64_t last_sequence = 0;
  Result<std::unique_ptr<File>> file =
      files.Open(path, {.mode = FileMode::kReadWrite, .direct = true, .exclusive = true});
  if (!file.ok() && !file.status().Is(Error::kFileNotFound)) return file.status();
  bool usable = false;
  if (file.ok()) {
    ASSIGN_OR_RETURN(const HeaderState state, ReadFileHeader(**file, &geometry));
    usable = state == HeaderState::kGood && geometry.most_entries >= wanted.most_entries &&
             geometry.half_size >= wanted.half_size;
  }
  if (usable) {
    ASSIGN_OR_RETURN(const std::vector<Batch> batches, ReadBatches(**file, geometry));
    if (!batches.empty()) last_sequence = batches.front().sequence;
  } else {
    if (file.ok()) file->reset();  // Gives the lock back.
    geometry = wanted;
    file = MakeFile(files, path, geometry);
    if (!file.ok()) return file.status();
  }
  return std::unique_ptr<DoubleWriteArea>(
      new DoubleWriteArea(std::move(*file), files.NewQueue(kQueueDepth), geometry, last_sequence));
}

Result<uint64_t> DoubleWriteArea::WriteBatch(std::span<const PageImage> images) {
  RETURN_IF_ERROR(failure_);
  CHECK(!images.empty() && images.size() <= geometry_.most_entries);
  const uint64_t sequence = batch_.sequence + 1;
  // The half may be written over only when its pages are safe in their places.
  CHECK(released_.load(std::memory_order_acquire) + format::kHalves >= sequence);
  batch_.sequence = sequence;
  has_images_ = true;
  batch_.entries.clear();
  uint64_t offset = geometry_.HeaderArea();
  for (const PageImage& image : images) {
    CHECK(!image.bytes.empty() && image.bytes.size() <= geometry_.half_size - offset);
    batch_.entries.push_back({.identity = image.identity,
                              .page_number = image.page_number,
                              .page_size = static_cast<uint32_t>(image.bytes.size()),
                              .offset = static_cast<uint32_t>(offset),
                              .hash = format::HashOf(image.bytes)});
    offset += format::RoundUpToBlock(image.bytes.size());
  }
  format::EncodeBatch(batch_, header_.span());
  failure_ = WriteParts(geometry_.HalfOffset(sequence), images);
  if (failure_.ok()) failure_ = file_->Sync();
  RETURN_IF_ERROR(failure_);
  return sequence;
}

// The order of these writes does not matter: nothing counts before the sync.
Status DoubleWriteArea::WriteParts(uint64_t half_offset, std::span<const PageImage> images) {
  CHECK(images.size() == batch_.entries.size() && queue_->in_flight() == 0);
  Status outcome;
  const auto submit = [&](uint64_t offset, Bytes bytes) {
    IoRequest request;
    request.kind = IoRequest::Kind::kWrite;
    request.file = file_.get();
    request.offset = offset;
    request.buffer = const_cast<std::byte*>(bytes.data());  // A write only reads it.
    request.length = bytes.size();
    request.done = [&outcome](Status status) {
      if (outcome.ok()) outcome = status;
    };
    queue_->Submit(std::move(request));
  };
  submit(half_offset, header_.span());
  for (size_t first = 0; first < images.size();) {
    size_t length = images[first].bytes.size();
    size_t end = first + 1;
    while (end < images.size() && length % format::kBlockSize == 0 &&
           images[end].bytes.data() == images[first].bytes.data() + length) {
      length += images[end].bytes.size();
      ++end;
    }
    submit(half_offset + batch_.entries[first].offset, {images[first].bytes.data(), length});
    first = end;
  }
  while (queue_->in_flight() > 0) queue_->Wait(queue_->in_flight());
  return outcome;
}

// Without its first block a half has no batch.
Status DoubleWriteArea::Clear() {
  RETURN_IF_ERROR(failure_);
  CHECK(released_.load(std::memory_order_acquire) == batch_.sequence);
  if (!has_images_) return Status::Ok();
  const AlignedBuffer nothing(format::kBlockSize);
  // The older batch first: alone it would be taken for the newest images.
  for (uint64_t sequence : {batch_.sequence + 1, batch_.sequence}) {
    if (failure_.ok()) failure_ = file_->Write(geometry_.HalfOffset(sequence), nothing.span());
    if (failure_.ok()) failure_ = file_->Sync();
  }
  has_images_ = !failure_.ok();
  return failure_;
}

void DoubleWriteArea::Release(uint64_t sequence) {
  uint64_t released = released_.load(std::memory_order_relaxed);
  while (released < sequence &&
         !released_.compare_exchange_weak(released, sequence, std::memory_order_release)) {
  }
}

Status DoubleWriteArea::Recover(FileSystem& files, EventSink& events, const std::string& path,
                                const std::function<Status(const PageImage& image)>& callback) {
  Result<std::unique_ptr<File>> file =
      files.Open(path, {.mode = FileMode::kReadOnly, .direct = true, .exclusive = true});
  if (file.status().Is(Error::kFileNotFound)) return Status::Ok();
  if (!file.ok()) return file.status();
  Geometry geometry;
  ASSIGN_OR_RETURN(const HeaderState state, ReadFileHeader(**file, &geometry));
  if (state != HeaderState::kGood) {
    if (state == HeaderState::kDamaged) ReportDamagedHeader(events, path);
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(const std::vector<Batch> batches, ReadBatches(**file, geometry));
  std::set<std::pair<uint64_t, uint32_t>> handed_out;
  AlignedBuffer buffer(format::kLargestPage);
  for (const Batch& batch : batches) {
    for (const Entry& entry : batch.entries) {
      if (handed_out.contains({entry.identity, entry.page_number})) continue;
      const MutableBytes blocks = buffer.span().first(format::RoundUpToBlock(entry.page_size));
      const uint64_t offset = geometry.HalfOffset(batch.sequence) + entry.offset;
      RETURN_IF_ERROR((*file)->Read(offset, blocks));
      const Bytes image = blocks.first(entry.page_size);
      if (format::HashOf(image) != entry.hash) continue;
      handed_out.insert({entry.identity, entry.page_number});
      RETURN_IF_ERROR(callback({entry.identity, entry.page_number, image}));
    }
  }
  return Status::Ok();
}

}  // namespace contrail
