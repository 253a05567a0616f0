#include "log/checkpoint.h"

#include <absl/strings/str_cat.h>
#include <xxhash.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "log/checkpoint_copies.h"
#include "log/log_event.h"
#include "storage/aligned_buffer.h"
#include "storage/check.h"

namespace contrail {
namespace {

constexpr char kMagic[] = "CONTRCHK";
constexpr size_t kMagicBytes = 8;
constexpr uint32_t kVersion = 1;
constexpr size_t kHashOffset = 88;
constexpr size_t kFixedBytes = 96;
constexpr size_t kCopyBytes =
    (kFixedBytes + kMaxCheckpointState + kLogBlockSize - 1) / kLogBlockSize * kLogBlockSize;
constexpr int kCopies = 2;
static_assert(kHashOffset + sizeof(uint64_t) == kFixedBytes);

uint64_t CopyHash(const std::byte* copy, size_t state_bytes) {
  const uint64_t front = XXH3_64bits(copy, kHashOffset);
  return XXH3_64bits_withSeed(copy + kFixedBytes, state_bytes, front);
}

size_t BlocksFor(size_t state_bytes) {
  return (kFixedBytes + state_bytes + kLogBlockSize - 1) / kLogBlockSize * kLogBlockSize;
}

AlignedBuffer Encode(const Checkpoint& checkpoint) {
  DCHECK(checkpoint.state.size() <= kMaxCheckpointState && checkpoint.sequence > 0);
  AlignedBuffer buffer(BlocksFor(checkpoint.state.size()));
  std::byte* to = buffer.data();
  std::memcpy(to, kMagic, kMagicBytes);
  StoreLittle<uint32_t>(to + 8, kVersion);
  StoreLittle<uint32_t>(to + 12, static_cast<uint32_t>(checkpoint.state.size()));
  StoreLittle<uint64_t>(to + 16, checkpoint.sequence);
  StoreLittle<uint64_t>(to + 24, checkpoint.position.Packed());
  checkpoint.signature.Store(to + 32);
  if (!checkpoint.state.empty()) {
    std::memcpy(to + kFixedBytes, checkpoint.state.data(), checkpoint.state.size());
  }
  StoreLittle<uint64_t>(to + kHashOffset, CopyHash(to, checkpoint.state.size()));
  return buffer;
}

// One copy that verifies, or nothing; *found says what was there instead, and *version of which
// version it says it is (0: it is no checkpoint).
Result<std::optional<Checkpoint>> ReadCopy(File& file, uint64_t file_bytes, int copy,
                                           std::string* found, uint32_t* version) {
  *version = 0;
  const uint64_t begin = static_cast<uint64_t>(copy) * kCopyBytes;
  const auto nothing = [found](std::string what) {
    *found = std::move(what);
    return Result<std::optional<Checkpoint>>(std::optional<Checkpoint>());
  };
  const uint64_t there =
      file_bytes > begin ? std::min<uint64_t>(file_bytes - begin, kCopyBytes) : 0;
  if (there < kFixedBytes) return nothing("the end of the file");
  AlignedBuffer buffer(kCopyBytes);
  RETURN_IF_ERROR(file.Read(begin, buffer.span().first(there)));
  const std::byte* from = buffer.data();
  if (std::memcmp(from, kMagic, kMagicBytes) != 0) return nothing("no checkpoint");
  *version = LoadLittle<uint32_t>(from + 8);
  if (*version != kVersion) return nothing(absl::StrCat("version ", *version));
  const uint32_t state_bytes = LoadLittle<uint32_t>(from + 12);
  if (state_bytes > there - kFixedBytes || state_bytes > kMaxCheckpointState) {
    return nothing(absl::StrCat("a state of ", state_bytes, " bytes"));
  }
  const uint64_t hash = CopyHash(from, state_bytes);
  if (hash != LoadLittle<uint64_t>(from + kHashOffset)) {
    return nothing(absl::StrCat("hash ", HexText(hash)));
  }
  Checkpoint checkpoint;
  checkpoint.sequence = LoadLittle<uint64_t>(from + 16);
  checkpoint.position = Lgpos::FromPacked(LoadLittle<uint64_t>(from + 24));
  checkpoint.signature = Signature::Load(from + 32);
  checkpoint.state.assign(from + kFixedBytes, from + kFixedBytes + state_bytes);
  return std::optional<Checkpoint>(std::move(checkpoint));
}

// The copies of an open file, in their order. kBadLogVersion, with *found: none is whole, and one
// is of a newer version.
Result<std::vector<std::optional<Checkpoint>>> ReadCopies(File& file, std::string* found) {
  ASSIGN_OR_RETURN(const uint64_t size, file.Size());
  std::string newer;
  bool whole = false;
  std::vector<std::optional<Checkpoint>> copies;
  for (int copy = 0; copy < kCopies; ++copy) {
    uint32_t version = 0;
    ASSIGN_OR_RETURN(std::optional<Checkpoint> checkpoint,
                     ReadCopy(file, size, copy, found, &version));
    if (version > kVersion) newer = *found;
    whole = whole || checkpoint.has_value();
    copies.push_back(std::move(checkpoint));
  }
  if (!whole && !newer.empty()) {
    *found = newer;
    return Error::kBadLogVersion;
  }
  return copies;
}

// The file appears under its name with a whole first copy, or not at all.
Status CreateFile(FileSystem& files, const std::string& path, const Checkpoint& checkpoint) {
  const std::string temporary = path + ".tmp";
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                     files.Open(temporary, {.mode = FileMode::kCreateOrTruncate}));
    RETURN_IF_ERROR(file->Resize(kCopies * kCopyBytes));
    RETURN_IF_ERROR(file->Write(0, Encode(checkpoint).span()));
    RETURN_IF_ERROR(file->Sync());
  }
  RETURN_IF_ERROR(files.Rename(temporary, path));
  const size_t slash = path.rfind('/');
  return files.SyncDirectory(slash == std::string::npos ? "." : path.substr(0, slash + 1));
}

}  // namespace

std::string CheckpointFileName(const std::string& base) { return base + ".chk"; }

Result<std::string> FindBaseName(const std::vector<std::string>& names) {
  const std::string extension = CheckpointFileName("");
  std::string base;
  for (const std::string& name : names) {
    if (!name.ends_with(extension)) continue;
    if (!base.empty()) return Error::kInvalidParameter;
    base = name.substr(0, name.size() - extension.size());
  }
  return base.empty() ? "edb" : base;
}

Result<std::vector<CheckpointCopy>> ReadCheckpointCopies(FileSystem& files,
                                                         const std::string& path) {
  Result<std::unique_ptr<File>> file = files.Open(path, {.mode = FileMode::kReadOnly});
  if (!file.ok()) {
    return file.status().Is(Error::kFileNotFound) ? Error::kCheckpointFileNotFound
                                                  : file.status().error();
  }
  ASSIGN_OR_RETURN(const uint64_t size, (*file)->Size());
  std::vector<CheckpointCopy> copies(kCopies);
  for (int i = 0; i < kCopies; ++i) {
    copies[i].offset = static_cast<uint64_t>(i) * kCopyBytes;
    uint32_t version = 0;
    ASSIGN_OR_RETURN(copies[i].checkpoint, ReadCopy(**file, size, i, &copies[i].found, &version));
    if (version > kVersion) copies[i].found += ", a newer version";
  }
  return copies;
}

Result<Checkpoint> ReadCheckpoint(FileSystem& files, EventSink& events, const std::string& path) {
  Result<std::unique_ptr<File>> file = files.Open(path, {.mode = FileMode::kReadOnly});
  if (!file.ok()) {
    // A new log has none: whether that is wrong is the caller's to judge.
    return file.status().Is(Error::kFileNotFound) ? Error::kCheckpointFileNotFound
                                                  : file.status().error();
  }
  std::string found;
  Result<std::vector<std::optional<Checkpoint>>> read = ReadCopies(**file, &found);
  if (read.status().Is(Error::kBadLogVersion)) {
    return ReportLogError(events, kEventCheckpointDamaged, Error::kBadLogVersion,
                          "The checkpoint is of a newer version than this program knows. Use the "
                          "program that wrote it, or remove it to have all logs replayed.",
                          path, 0, absl::StrCat("version ", kVersion), found);
  }
  RETURN_IF_ERROR(read.status());
  std::vector<std::optional<Checkpoint>>& copies = *read;
  std::optional<Checkpoint>* newest = nullptr;
  for (std::optional<Checkpoint>& copy : copies) {
    const bool newer = newest == nullptr || (copy && (*newest)->sequence < copy->sequence);
    if (copy.has_value() && newer) newest = &copy;
  }
  if (newest == nullptr) {
    return ReportLogError(events, kEventCheckpointDamaged, Error::kCheckpointCorrupt,
                          "Neither copy of the checkpoint is whole.", path, 0,
                          "a copy whose hash is right", found);
  }
  return std::move(**newest);
}

Status WriteCheckpoint(FileSystem& files, const std::string& path, Checkpoint checkpoint) {
  if (checkpoint.state.size() > kMaxCheckpointState) return Error::kInvalidParameter;
  Result<std::unique_ptr<File>> file = files.Open(path, {.mode = FileMode::kReadWrite});
  if (!file.ok()) {
    if (!file.status().Is(Error::kFileNotFound)) return file.status();
    checkpoint.sequence = 1;
    return CreateFile(files, path, checkpoint);
  }
  std::string found;
  ASSIGN_OR_RETURN(const std::vector<std::optional<Checkpoint>> copies, ReadCopies(**file, &found));
  // Over the older copy, or the one that is not whole.
  const auto sequence = [&copies](int copy) { return copies[copy] ? copies[copy]->sequence : 0; };
  const int target = sequence(0) <= sequence(1) ? 0 : 1;
  checkpoint.sequence = std::max(sequence(0), sequence(1)) + 1;
  RETURN_IF_ERROR((*file)->Write(target * kCopyBytes, Encode(checkpoint).span()));
  return (*file)->Sync();
}

}  // namespace contrail
