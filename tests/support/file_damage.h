// Files of the machine in the hands of a test: read, changed, cut off, and whether they are still
// what they were.

#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>

namespace contrail::test {

std::string ReadBytes(const std::filesystem::path& path);
void WriteBytes(const std::filesystem::path& path, const std::string& bytes);
void FlipBit(const std::filesystem::path& path, size_t byte);
void CutOff(const std::filesystem::path& path, size_t bytes);
// Overwrites without changing anything else.
void Poke(const std::filesystem::path& path, size_t byte, const std::string& bytes);

// Every file below a folder by its path in it, with its bytes; folders with a slash at the end.
using FolderContent = std::map<std::string, std::string>;
FolderContent ContentOf(const std::filesystem::path& folder);
// The names of files that are not the same in both; empty when none.
std::string Differences(const FolderContent& before, const FolderContent& after);

}  // namespace contrail::test
