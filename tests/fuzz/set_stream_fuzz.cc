// Any bytes as a backup stream: the reader stays within them and ends; and a stream whose hashes
// are right is accepted exactly as it was written, and refused with any byte of it changed.

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "backup/set/stream_destination.h"
#include "backup/set/stream_reader.h"
#include "backup/set/verify_stream.h"

namespace {

using namespace contrail;

class TextSink final : public ByteSink {
 public:
  Status Write(Bytes bytes) override {
    text_ += AsText(bytes);
    return Status::Ok();
  }
  Status Finish() override { return Status::Ok(); }
  std::string& text() { return text_; }

 private:
  std::string text_;
};

class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string_view left) : left_(left) {}
  Result<size_t> Read(MutableBytes buffer) override {
    const size_t count = std::min(buffer.size(), left_.size());
    if (count > 0) std::memcpy(buffer.data(), left_.data(), count);
    left_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view left_;
};

// All content of the stream; an error as the reader gives it.
Status ReadAll(std::string_view stream, std::string* content) {
  TextSource source(stream);
  BackupStreamReader reader(source, DiscardEvents(), "fuzzed");
  while (true) {
    const Result<BackupStreamReader::Part> part = reader.Next();
    if (!part.ok()) return part.status();
    if (*part == BackupStreamReader::Part::kNothing) return Status::Ok();
    if (*part == BackupStreamReader::Part::kContent) content->append(AsText(reader.content()));
  }
}

// The input as the content of one file, with a stream around it.
std::string MakeStream(std::string_view content) {
  TextSink sink;
  StreamDestination destination(sink);
  SetManifest manifest;
  manifest.base_name = "edb";
  manifest.page_size = 4096;
  if (!destination.Open({}, &manifest).ok()) std::abort();
  SetFile file;
  file.name = "data.edb";
  std::string_view left = content;
  const auto read = [&](MutableBytes buffer) -> Result<size_t> {
    const size_t count = std::min({buffer.size(), left.size(), size_t{100}});
    if (count > 0) std::memcpy(buffer.data(), left.data(), count);
    left.remove_prefix(count);
    return count;
  };
  if (!destination.Store(read, &file).ok()) std::abort();
  manifest.files.push_back(file);
  if (!destination.Publish(manifest).ok()) std::abort();
  return sink.text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string content;
  ReadAll(input, &content).Ignore();
  TextSource source(input);
  VerifyStream(DiscardEvents(), source, "fuzzed", nullptr).status().Ignore();

  std::string stream = MakeStream(input.substr(0, 4096));
  content.clear();
  if (!ReadAll(stream, &content).ok() || content != input.substr(0, 4096)) std::abort();
  // One damaged byte, and one missing end, wherever the input says.
  size_t where = 0;
  for (size_t i = 0; i < std::min<size_t>(size, 4); ++i) where = where << 8 | data[i];
  where %= stream.size();
  if (ReadAll(std::string_view(stream).substr(0, where), &content).ok()) std::abort();
  stream[where] = static_cast<char>(stream[where] ^ 0x10);
  if (ReadAll(stream, &content).ok()) std::abort();
  return 0;
}
