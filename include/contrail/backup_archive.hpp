// The stream of contrail/backup.hpp: a tar archive with a list of checksums at its end.
// docs/format/backup_stream.md. Header only; C++20.

#ifndef CONTRAIL_BACKUP_ARCHIVE_HPP_
#define CONTRAIL_BACKUP_ARCHIVE_HPP_

#include <esent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <contrail/db.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace contrail {
inline namespace cpp {

inline constexpr size_t kArchiveBlock = 512;
inline constexpr char kArchiveList[] = "contrail-backup.txt";
inline constexpr char kArchiveMagic[] = "contrail backup 1";

// A file that is written from its beginning, and is durable after sync().
class FileSink {
 public:
  explicit FileSink(const std::string& path)
      : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    if (file_ < 0) throw Error(JET_errFileAccessDenied, "open");
  }
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;
  ~FileSink() { ::close(file_); }
  void write(const char* data, size_t size) {
    while (size > 0) {
      const ssize_t count = ::write(file_, data, size);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) throw Error(errno == ENOSPC ? JET_errDiskFull : JET_errDiskIO, "write");
      data += count;
      size -= static_cast<size_t>(count);
    }
  }
  void sync() {
    if (::fsync(file_) != 0) throw Error(JET_errDiskIO, "fsync");
  }

 private:
  int file_;
};

class FileSource {
 public:
  explicit FileSource(const std::string& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (file_ < 0) throw Error(JET_errFileNotFound, "open");
  }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  ~FileSource() { ::close(file_); }
  size_t read(char* data, size_t size) {
    while (true) {
      const ssize_t count = ::read(file_, data, size);
      if (count >= 0) return static_cast<size_t>(count);
      if (errno != EINTR) throw Error(JET_errDiskIO, "read");
    }
  }

 private:
  int file_;
};

// The name of a file in the archive.
inline std::string archive_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// Of a file's bytes in order, however they are cut; no change of one byte leaves it as it was.
class ArchiveChecksum {
 public:
  void add(const char* data, size_t size) {
    while (size > 0 && held_ != 0) take(*data++), --size;
    for (; size >= 8; data += 8, size -= 8) {
      uint64_t word = 0;
      std::memcpy(&word, data, 8);
      mix(word);
    }
    while (size > 0) take(*data++), --size;
  }
  uint64_t value() const {
    ArchiveChecksum end = *this;
    end.mix(end.word_ ^ uint64_t{held_} << 56);
    return end.sum_;
  }

 private:
  void take(char byte) {
    word_ |= uint64_t{static_cast<unsigned char>(byte)} << (8 * held_);
    if (++held_ < 8) return;
    mix(word_);
    word_ = 0;
    held_ = 0;
  }
  void mix(uint64_t word) {
    sum_ = (sum_ ^ word) * 0x9e3779b97f4a7c15;
    sum_ ^= sum_ >> 29;
  }
  uint64_t sum_ = 0x6a09e667f3bcc908;
  uint64_t word_ = 0;
  unsigned held_ = 0;
};

template <typename Sink>
class ArchiveWriter {
 public:
  explicit ArchiveWriter(Sink& sink) : sink_(sink), list_(std::string(kArchiveMagic) + "\n") {}

  // A line of the list: words with tabs between them.
  void note(const std::string& line) { list_ += line + "\n"; }
  void begin(const std::string& name, uint64_t size) {
    if (name.size() > 99) throw Error(JET_errInvalidPath, "backup");
    char header[kArchiveBlock] = {};
    name.copy(header, 99);
    std::snprintf(header + 100, 8, "%07o", 0644u);
    std::snprintf(header + 108, 8, "%07o", 0u);
    std::snprintf(header + 116, 8, "%07o", 0u);
    put_size(header + 124, size);
    std::snprintf(header + 136, 12, "%011o", 0u);
    header[156] = '0';
    std::memcpy(header + 257,
                "ustar\0"
                "00",
                8);
    std::memset(header + 148, ' ', 8);
    unsigned sum = 0;
    for (const char byte : header) sum += static_cast<unsigned char>(byte);
    std::snprintf(header + 148, 7, "%06o", sum & 0777777);
    put(header, sizeof(header));
    name_ = name;
    announced_ = size;
    written_ = 0;
    checksum_ = {};
  }
  void write(const char* data, size_t size) {
    written_ += size;
    checksum_.add(data, size);
    put(data, size);
  }
  // The size of the file.
  uint64_t end() {
    if (written_ != announced_) throw Error(JET_errInternalError, "backup");
    pad();
    std::ostringstream line;
    line << "file\t" << name_ << '\t' << written_ << '\t' << std::hex << checksum_.value();
    note(line.str());
    return written_;
  }
  void finish() {
    const std::string list = list_ + "end\n";
    begin(kArchiveList, list.size());
    write(list.data(), list.size());
    pad();
    const char zeros[2 * kArchiveBlock] = {};
    put(zeros, sizeof(zeros));
    if constexpr (requires { sink_.flush(); }) sink_.flush();
    check_sink();
  }

 private:
  // Octal digits, or where they do not suffice the number itself.
  static void put_size(char* field, uint64_t size) {
    if (size < uint64_t{1} << 33) {
      std::snprintf(field, 12, "%011llo", static_cast<unsigned long long>(size));
      return;
    }
    field[0] = static_cast<char>(0x80);
    for (int i = 11; i > 3; --i, size >>= 8) field[i] = static_cast<char>(size & 0xff);
  }
  void pad() {
    const char zeros[kArchiveBlock] = {};
    const size_t over = written_ % kArchiveBlock;
    if (over != 0) put(zeros, kArchiveBlock - over);
  }
  void put(const char* data, size_t size) {
    sink_.write(data, size);
    check_sink();
  }
  // A stream of the standard library does not throw.
  void check_sink() {
    if constexpr (requires { sink_.fail(); }) {
      if (sink_.fail()) throw Error(JET_errDiskIO, "write");
    }
  }

  Sink& sink_;
  std::string list_;
  std::string name_;
  uint64_t announced_ = 0;
  uint64_t written_ = 0;
  ArchiveChecksum checksum_;
};

struct ArchiveContents {
  std::vector<std::string> files;                              // Names of databases.
  std::vector<std::string> logs;                               // Names of logs.
  std::vector<std::pair<std::string, std::string>> databases;  // Name, original path.
  std::string base_name;
  uint32_t generation_low = 0;
  uint32_t generation_high = 0;
};

// Takes an archive apart into two folders, which may be the same. What it has made it removes again
// when it fails.
template <typename Source>
class ArchiveReader {
 public:
  // Files of these names may be replaced, no others.
  ArchiveReader(Source& source, std::string folder, std::string log_folder,
                const std::set<std::string>& replaceable)
      : source_(source),
        folder_(std::move(folder)),
        log_folder_(std::move(log_folder)),
        replaceable_(replaceable),
        buffer_(size_t{1} << 20) {}

  ArchiveContents read() {
    try {
      while (read_file()) {
      }
      ArchiveContents found = contents();
      for (const Written& file : files_) {
        const bool database =
            std::any_of(found.databases.begin(), found.databases.end(),
                        [&](const auto& listed) { return listed.first == file.name; });
        const std::string path = (database ? folder_ : log_folder_) + file.name;
        if (std::rename(part(file.name).c_str(), path.c_str()) != 0) {
          throw Error(JET_errDiskIO, "rename");
        }
        (database ? found.files : found.logs).push_back(file.name);
      }
      return found;
    } catch (...) {
      for (const Written& file : files_) ::unlink(part(file.name).c_str());
      throw;
    }
  }

 private:
  struct Written {
    std::string name;
    uint64_t size = 0;
    uint64_t checksum = 0;
    friend bool operator==(const Written&, const Written&) = default;
  };

  std::string part(const std::string& name) const { return folder_ + name + ".part"; }
  [[noreturn]] static void damaged() { throw Error(JET_errReadVerifyFailure, "restore"); }

  bool read_file() {
    char header[kArchiveBlock];
    fill(header, sizeof(header));
    if (header[0] == '\0') return false;  // The end of the archive.
    const std::string name(header, strnlen(header, 100));
    if (name.find('/') != std::string::npos || name == "." || name == "..") damaged();
    const uint64_t size = size_of(header + 124);
    if (name == kArchiveList) {
      if (size > buffer_.size()) damaged();
      list_.resize(size);
      fill(list_.data(), size);
    } else {
      extract(name, size);
    }
    if (size % kArchiveBlock != 0) fill(header, kArchiveBlock - size % kArchiveBlock);
    return true;
  }

  void extract(const std::string& name, uint64_t size) {
    struct ::stat there = {};
    if (!replaceable_.contains(name) && (::stat((folder_ + name).c_str(), &there) == 0 ||
                                         ::stat((log_folder_ + name).c_str(), &there) == 0)) {
      throw Error(JET_errFileAlreadyExists, "restore");
    }
    files_.push_back({name, size, 0});
    FileSink file(part(name));
    ArchiveChecksum checksum;
    for (uint64_t left = size; left > 0;) {
      const auto piece = static_cast<size_t>(std::min<uint64_t>(left, buffer_.size()));
      fill(buffer_.data(), piece);
      checksum.add(buffer_.data(), piece);
      file.write(buffer_.data(), piece);
      left -= piece;
    }
    file.sync();
    files_.back().checksum = checksum.value();
  }

  // What the list says, which must be what was read.
  ArchiveContents contents() const {
    ArchiveContents found;
    std::vector<Written> listed;
    std::istringstream lines(list_);
    std::string line;
    bool ended = false;
    if (!std::getline(lines, line) || line != kArchiveMagic) damaged();
    while (std::getline(lines, line)) {
      std::istringstream words(line);
      std::string what;
      std::string name;
      std::getline(std::getline(words, what, '\t'), name, '\t');
      if (what == "end") ended = true;
      if (what == "file") {
        Written file{name};
        words >> file.size >> std::hex >> file.checksum;
        listed.push_back(file);
      } else if (what == "database") {
        std::string path;
        std::getline(words, path);
        found.databases.emplace_back(name, path);
      } else if (what == "logs") {
        found.base_name = name;
        words >> found.generation_low >> found.generation_high;
      }
    }
    if (!ended || listed != files_ || found.base_name.empty()) damaged();
    return found;
  }

  static uint64_t size_of(const char* field) {
    uint64_t size = 0;
    if ((field[0] & 0x80) == 0) {
      for (int i = 0; i < 11 && field[i] >= '0' && field[i] <= '7'; ++i) {
        size = size << 3 | static_cast<uint64_t>(field[i] - '0');
      }
      return size;
    }
    for (int i = 4; i < 12; ++i) size = size << 8 | static_cast<unsigned char>(field[i]);
    return size;
  }

  void fill(char* data, size_t size) {
    while (size > 0) {
      size_t count = 0;
      if constexpr (requires { source_.gcount(); }) {
        source_.read(data, static_cast<std::streamsize>(size));
        count = static_cast<size_t>(source_.gcount());
      } else {
        count = source_.read(data, size);
      }
      if (count == 0) damaged();  // It has been cut off.
      data += count;
      size -= count;
    }
  }

  Source& source_;
  std::string folder_;
  std::string log_folder_;
  const std::set<std::string>& replaceable_;
  std::vector<char> buffer_;
  std::string list_;
  std::vector<Written> files_;
};

template <typename Source>
ArchiveContents extract_archive(Source& source, const std::string& folder,
                                const std::string& log_folder,
                                const std::set<std::string>& replaceable) {
  return ArchiveReader<Source>(source, folder, log_folder, replaceable).read();
}

}  // namespace cpp
}  // namespace contrail

#endif
