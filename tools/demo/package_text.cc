#include "tools/demo/package_text.h"

#include <absl/strings/escaping.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace contrail::tool {
namespace {

constexpr const char* kStatusFile = "/var/lib/dpkg/status";
constexpr const char* kDumpCommand = "apt-cache dumpavail 2>/dev/null";

std::string RunDump() {
  std::string text;
  std::FILE* pipe = popen(kDumpCommand, "r");  // NOLINT(cert-env33-c): a fixed command.
  if (pipe == nullptr) return text;
  std::vector<char> buffer(1 << 20);
  for (size_t got = 1; got != 0;) {
    got = std::fread(buffer.data(), 1, buffer.size(), pipe);
    text.append(buffer.data(), got);
  }
  if (pclose(pipe) != 0) text.clear();
  return text;
}

Result<std::string> ReadWhole(const std::string& path) {
  std::error_code problem;
  if (!std::filesystem::exists(path, problem)) return Error::kFileNotFound;
  if (!std::filesystem::is_regular_file(path, problem)) return Error::kInvalidPath;
  std::ifstream stream(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream.good() && !stream.eof()) return Error::kDiskIO;
  if (text.empty()) return Error::kFileInvalidType;
  return text;
}

std::string Digest(std::string_view hexadecimal, size_t size) {
  if (hexadecimal.size() != 2 * size) return {};
  return absl::HexStringToBytes(std::string(hexadecimal));
}

std::string_view Stripped(std::string_view text) {
  constexpr std::string_view kBlank = " \t\n";
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

int64_t Number(std::string_view text) {
  int64_t number = -1;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  return problem == std::errc() && stop == end ? number : -1;
}

void TakeField(std::string_view field, std::string_view value, Package* package) {
  if (field == "Package") package->name = value;
  if (field == "Version") package->version = value;
  if (field == "Architecture") package->architecture = value;
  if (field == "Section") package->section = value;
  if (field == "Priority") package->priority = value;
  if (field == "Maintainer") package->maintainer = value;
  if (field == "Homepage") package->homepage = value;
  if (field == "Description") package->description = value;
  if (field == "Installed-Size") package->installed_size = Number(value);
  if (field == "Size") package->size = Number(value);
  if (field == "MD5sum") package->md5 = Digest(value, 16);
  if (field == "SHA256") package->sha256 = Digest(value, 32);
  if (field == "Depends") {
    while (!value.empty()) {
      const size_t comma = value.find(',');
      const std::string_view relation = Stripped(value.substr(0, comma));
      if (!relation.empty()) package->depends.push_back(relation);
      value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
    }
  }
}

// A field's value goes on in the lines that begin with a blank.
Package Parse(std::string_view stanza) {
  Package package;
  package.stanza = stanza;
  for (size_t at = 0; at < stanza.size();) {
    size_t end = stanza.find('\n', at);
    while (end + 1 < stanza.size() && end != std::string_view::npos && stanza[end + 1] == ' ') {
      end = stanza.find('\n', end + 1);
    }
    if (end == std::string_view::npos) end = stanza.size();
    const std::string_view line = stanza.substr(at, end - at);
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
      TakeField(line.substr(0, colon), Stripped(line.substr(colon + 1)), &package);
    }
    at = end + 1;
  }
  return package;
}

}  // namespace

Result<PackageText> ReadPackageText(const std::string& source) {
  PackageText result;
  if (!source.empty()) {
    ASSIGN_OR_RETURN(result.text, ReadWhole(source));
    result.origin = source;
    return result;
  }
  result.text = RunDump();
  result.origin = "apt-cache dumpavail";
  // Without package lists apt knows only what is installed.
  Result<std::string> installed = ReadWhole(kStatusFile);
  if (installed.ok() && installed->size() > result.text.size()) {
    result.text = std::move(installed).value();
    result.origin = kStatusFile;
    result.remark =
        "apt has no package lists here (apt-get update fetches them): the installed packages have "
        "to do";
  }
  if (result.text.empty()) return Error::kFileNotFound;
  return result;
}

Status ForEachPackage(std::string_view text, const std::function<Status(const Package&)>& visit) {
  while (!text.empty()) {
    const size_t end = text.find("\n\n");
    const std::string_view stanza = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 2);
    const Package package = Parse(stanza);
    if (!package.name.empty()) RETURN_IF_ERROR(visit(package));
  }
  return Status::Ok();
}

}  // namespace contrail::tool
