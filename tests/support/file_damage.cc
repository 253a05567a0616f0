#include "tests/support/file_damage.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace contrail::test {

std::string ReadBytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void WriteBytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  EXPECT_TRUE(file.good()) << path;
}

void FlipBit(const std::filesystem::path& path, size_t byte) {
  std::string bytes = ReadBytes(path);
  ASSERT_LT(byte, bytes.size());
  bytes[byte] = static_cast<char>(bytes[byte] ^ 4);
  WriteBytes(path, bytes);
}

void CutOff(const std::filesystem::path& path, size_t bytes) {
  ASSERT_LT(bytes, std::filesystem::file_size(path));
  std::filesystem::resize_file(path, bytes);
}

void Poke(const std::filesystem::path& path, size_t byte, const std::string& bytes) {
  std::string all = ReadBytes(path);
  ASSERT_LE(byte + bytes.size(), all.size());
  WriteBytes(path, all.replace(byte, bytes.size(), bytes));
}

FolderContent ContentOf(const std::filesystem::path& folder) {
  FolderContent content;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = std::filesystem::relative(entry.path(), folder);
    if (entry.is_directory()) {
      content[name + "/"];
    } else {
      content[name] = ReadBytes(entry.path());
    }
  }
  return content;
}

std::string Differences(const FolderContent& before, const FolderContent& after) {
  std::string names;
  for (const auto& [name, bytes] : before) {
    const auto now = after.find(name);
    if (now == after.end()) names += name + " has gone; ";
    if (now != after.end() && now->second != bytes) names += name + " has changed; ";
  }
  for (const auto& [name, bytes] : after) {
    if (!before.contains(name)) names += name + " is new; ";
  }
  return names;
}

}  // namespace contrail::test
