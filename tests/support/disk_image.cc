#include "tests/support/disk_image.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include "storage/check.h"

namespace contrail::test {
namespace {

constexpr size_t kCopySize = 1 << 20;

Status ExportFile(const SparseContent& content, const std::string& path) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  std::vector<std::byte> buffer(kCopySize);
  for (uint64_t offset = 0; offset < content.size(); offset += kCopySize) {
    const size_t length = std::min<uint64_t>(kCopySize, content.size() - offset);
    content.Read(offset, MutableBytes(buffer).first(length));
    out.write(reinterpret_cast<const char*>(buffer.data()), static_cast<std::streamsize>(length));
  }
  out.close();
  return out ? Status::Ok() : Error::kDiskIO;
}

Result<SparseContent> ImportFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error::kFileNotFound;
  SparseContent content;
  std::vector<std::byte> buffer(kCopySize);
  for (;;) {
    in.read(reinterpret_cast<char*>(buffer.data()), kCopySize);
    const auto length = static_cast<size_t>(in.gcount());
    if (length == 0) break;
    content.Write(content.size(), Bytes(buffer).first(length));
  }
  return content;
}

}  // namespace

std::string NormalPath(const std::string& path) {
  std::string normal = std::filesystem::path("/" + path).lexically_normal().string();
  while (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  CHECK(normal.front() == '/');
  return normal;
}

std::string ParentPath(const std::string& normal_path) {
  const size_t slash = normal_path.find_last_of('/');
  CHECK(slash != std::string::npos);
  return slash == 0 ? "/" : normal_path.substr(0, slash);
}

Status ExportImage(const DiskImage& image, const std::string& directory) {
  std::error_code failure;
  for (const std::string& below : image.directories) {
    std::filesystem::create_directories(directory + below, failure);
    if (failure) return Error::kDiskIO;
  }
  for (const auto& [path, content] : image.files) {
    RETURN_IF_ERROR(ExportFile(content, directory + path));
  }
  return Status::Ok();
}

Result<DiskImage> ImportImage(const std::string& directory) {
  std::error_code failure;
  DiskImage image;
  std::filesystem::recursive_directory_iterator entries(directory, failure);
  if (failure) return Error::kFileNotFound;
  for (; entries != std::filesystem::recursive_directory_iterator(); entries.increment(failure)) {
    if (failure) return Error::kDiskIO;
    const std::string name = NormalPath(entries->path().lexically_relative(directory).string());
    if (entries->is_directory()) {
      image.directories.insert(name);
    } else {
      ASSIGN_OR_RETURN(image.files[name], ImportFile(entries->path().string()));
    }
  }
  return image;
}

}  // namespace contrail::test
