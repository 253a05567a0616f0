// The stream of contrail/backup.hpp: a tar archive with a list of checksums at its end.
// docs/format/backup_stream.md. Header only; C++20.

#ifndef CONTRAIL_BACKUP_ARCHIVE_HPP_
#define CONTRAIL_BACKUP_ARCHIVE_HPP_

#include <esent.h>
#include <contrail/db.hpp>
#include <contrail/file_stream.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace contrail {
inline namespace cpp {

inline constexpr size_t kArchiveBlock = 512;
inline constexpr size_t kArchivePiece = size_t{1} << 20;
inline constexpr size_t kArchiveName = 99;  // Bytes of a name that a header of tar has place for.
inline constexpr char kArchiveList[] = "contrail-backup.txt";
inline constexpr char kRestoreFolder[] = "contrail-restore.unfinished";
inline constexpr char kArchiveMagic[] = "contrail backup ";
inline constexpr char kArchiveFormat[] = "2";

inline std::string file_name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// A name that a log stream has for its own files, or may have.
inline bool is_engine_file(const std::string& base_name, const std::string& name) {
  if (!name.starts_with(base_name)) return false;
  for (const char* extension : {".log", ".chk", ".dwa", ".lock", ".restored", ".timeline"}) {
    if (name.ends_with(extension)) return true;
  }
  return false;
}

// Names for the databases of one archive, which are those that they are restored under: their own,
// or where another file has that one already, "2-" and so on before it.
class ArchiveNames {
 public:
  explicit ArchiveNames(std::string base_name) : base_name_(std::move(base_name)) {}
  std::string add(const std::string& path) {
    const std::string own = file_name_of(path);
    std::string name = own;
    for (int number = 2; !is_free(name); ++number) name = std::to_string(number) + "-" + own;
    taken_.insert(name);
    return name;
  }

 private:
  bool is_free(const std::string& name) const {
    return name != kArchiveList && name != kRestoreFolder && !taken_.contains(name) &&
           !is_engine_file(base_name_, name);
  }
  std::string base_name_;
  std::set<std::string> taken_;
};

// A field of a line of the list: no tab and no end of a line.
inline std::string escaped(const std::string& text) {
  std::string result;
  for (const char letter : text) {
    if (letter == '\\') result += "\\\\";
    if (letter == '\t') result += "\\t";
    if (letter == '\n') result += "\\n";
    if (letter != '\\' && letter != '\t' && letter != '\n') result += letter;
  }
  return result;
}

inline std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\t') {
      fields.emplace_back();
    } else if (line[i] == '\\' && ++i < line.size()) {
      fields.back() += line[i] == 't' ? '\t' : line[i] == 'n' ? '\n' : line[i];
    } else if (i < line.size()) {
      fields.back() += line[i];
    }
  }
  return fields;
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

// One file of an archive.
struct ArchiveEntry {
  std::string name;
  std::string original;  // Of a database: the path that it had. Of a log: empty.
  uint64_t size = 0;
  uint64_t checksum = 0;
  bool is_database() const { return !original.empty(); }
  friend bool operator==(const ArchiveEntry&, const ArchiveEntry&) = default;
};

inline unsigned header_sum(const char* header) {
  unsigned sum = 0;
  for (size_t i = 0; i < kArchiveBlock; ++i) {
    // The sum's own field counts as blanks.
    sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(header[i]);
  }
  return sum;
}

template <typename Sink>
class ArchiveWriter {
 public:
  explicit ArchiveWriter(Sink& sink)
      : sink_(sink), list_(std::string(kArchiveMagic) + kArchiveFormat + "\n") {}

  // A line of the list.
  void note(const std::vector<std::string>& fields) {
    for (size_t i = 0; i < fields.size(); ++i) list_ += (i == 0 ? "" : "\t") + escaped(fields[i]);
    list_ += '\n';
  }
  // `original`: empty for a log.
  void begin(const std::string& name, uint64_t size, const std::string& original = {}) {
    std::string more;
    if (name.size() > kArchiveName) more += extended("path", name);
    if (!original.empty()) more += extended("comment", original);
    if (!more.empty()) {
      put_header("././@PaxHeader", more.size(), 'x');
      put(more.data(), more.size());
      pad(more.size());
    }
    put_header(name, size, '0');
    entry_ = {name, original, size, 0};
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
    if (written_ != entry_.size) throw Error(JET_errInternalError, "backup");
    pad(written_);
    std::ostringstream sum;
    sum << std::hex << checksum_.value();
    if (entry_.is_database()) note({"database", entry_.name, entry_.original});
    note({"file", entry_.name, std::to_string(written_), sum.str()});
    return written_;
  }
  void finish() {
    const std::string list = list_ + "end\n";
    put_header(kArchiveList, list.size(), '0');
    put(list.data(), list.size());
    pad(list.size());
    const char zeros[2 * kArchiveBlock] = {};
    put(zeros, sizeof(zeros));
    if constexpr (requires { sink_.flush(); }) sink_.flush();
    check_sink();
  }

 private:
  void put_header(const std::string& name, uint64_t size, char kind) {
    char header[kArchiveBlock] = {};
    name.copy(header, kArchiveName);
    std::snprintf(header + 100, 8, "%07o", 0644u);
    std::snprintf(header + 108, 8, "%07o", 0u);
    std::snprintf(header + 116, 8, "%07o", 0u);
    put_size(header + 124, size);
    std::snprintf(header + 136, 12, "%011o", 0u);
    header[156] = kind;
    std::memcpy(header + 257,
                "ustar\0"
                "00",
                8);
    std::snprintf(header + 148, 7, "%06o", header_sum(header) & 0777777);
    header[155] = ' ';
    put(header, sizeof(header));
  }
  // "12 path=name\n": the number counts its own digits, too.
  static std::string extended(const std::string& key, const std::string& value) {
    const std::string rest = " " + key + "=" + value + "\n";
    size_t size = rest.size();
    while (size != rest.size() + std::to_string(size).size()) {
      size = rest.size() + std::to_string(size).size();
    }
    return std::to_string(size) + rest;
  }
  // Octal digits, or where they do not suffice the number itself.
  static void put_size(char* field, uint64_t size) {
    if (size < uint64_t{1} << 33) {
      std::snprintf(field, 12, "%011llo", static_cast<unsigned long long>(size));
      return;
    }
    field[0] = static_cast<char>(0x80);
    for (int i = 11; i > 3; --i, size >>= 8) field[i] = static_cast<char>(size & 0xff);
  }
  void pad(uint64_t size) {
    const char zeros[kArchiveBlock] = {};
    const size_t over = size % kArchiveBlock;
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
  ArchiveEntry entry_;
  uint64_t written_ = 0;
  ArchiveChecksum checksum_;
};

struct ArchiveContents {
  bool full = false;
  std::vector<ArchiveEntry> entries;
  std::string base_name;
  uint32_t generation_low = 0;
  uint32_t generation_high = 0;
  uint64_t checksum = 0;  // Of the list, and so of everything.
};

template <typename Source>
class ArchiveReader {
 public:
  explicit ArchiveReader(Source& source) : source_(source), buffer_(kArchivePiece) {}

  // To the end of the archive, not further. `path_of(entry)` says where to write a file to, which
  // is not there yet, or nothing: then it is passed over. JET_errReadVerifyFailure for what is not
  // what was written, JET_errInvalidDatabaseVersion for another format. What has been written then
  // stays for the caller to remove.
  template <typename PathOf>
  ArchiveContents read(PathOf&& path_of) {
    Header header;
    while (next(&header)) {
      if (header.name == kArchiveList) {
        take(header.size, [&](const char* data, size_t size) { list_.append(data, size); });
      } else {
        extract(header, path_of);
      }
    }
    return contents();
  }

 private:
  struct Header {
    std::string name;
    std::string original;
    uint64_t size = 0;
  };
  [[noreturn]] static void damaged() {
    throw Error(JET_errReadVerifyFailure, "reading the archive of a backup");
  }

  // False at the end of the archive.
  bool next(Header* result) {
    *result = {};
    char header[kArchiveBlock];
    while (true) {
      fill(header, sizeof(header));
      if (header[0] == '\0') return false;
      if (std::strtoul(header + 148, nullptr, 8) != header_sum(header)) damaged();
      result->size = size_of(header + 124);
      if (header[156] != 'x') break;
      std::string more;
      take(result->size, [&](const char* data, size_t size) { more.append(data, size); });
      take_extended(more, result);
    }
    if (header[156] != '0') damaged();
    if (result->name.empty()) result->name.assign(header, strnlen(header, 100));
    const std::string& name = result->name;
    if (name.find('/') != std::string::npos || name == "." || name == "..") damaged();
    return true;
  }

  static void take_extended(const std::string& records, Header* result) {
    for (size_t at = 0; at < records.size();) {
      char* digits_end = nullptr;
      const size_t size = std::strtoul(records.c_str() + at, &digits_end, 10);
      const auto key = static_cast<size_t>(digits_end - records.c_str()) + 1;
      const size_t equals = records.find('=', at);
      if (size > records.size() - at || equals == std::string::npos || key > equals ||
          equals + 2 > at + size) {
        damaged();
      }
      const std::string value = records.substr(equals + 1, at + size - equals - 2);
      if (records.compare(key, equals - key, "path") == 0) result->name = value;
      if (records.compare(key, equals - key, "comment") == 0) result->original = value;
      at += size;
    }
  }

  template <typename PathOf>
  void extract(const Header& header, PathOf& path_of) {
    ArchiveEntry entry{header.name, header.original, header.size, 0};
    const std::string path = path_of(std::as_const(entry));
    std::vector<OpenFile> file;
    if (!path.empty()) file.emplace_back(path, O_WRONLY | O_CREAT | O_EXCL);
    ArchiveChecksum checksum;
    take(entry.size, [&](const char* data, size_t size) {
      checksum.add(data, size);
      if (!file.empty()) file.front().write(data, size);
    });
    entry.checksum = checksum.value();
    entries_.push_back(std::move(entry));
  }

  // What the list says, which must be what was read.
  ArchiveContents contents() const {
    ArchiveContents found;
    std::istringstream lines(list_);
    std::string line;
    bool ended = false;
    if (!std::getline(lines, line) || !line.starts_with(kArchiveMagic)) damaged();
    if (line != std::string(kArchiveMagic) + kArchiveFormat) {
      throw Error(JET_errInvalidDatabaseVersion, "reading the archive of a backup: " + line);
    }
    std::string original;
    while (std::getline(lines, line)) {
      std::vector<std::string> fields = fields_of(line);
      fields.resize(4);
      if (fields[0] == "end") ended = true;
      if (fields[0] == "kind") found.full = fields[1] == "full";
      if (fields[0] == "database") original = fields[2];
      if (fields[0] == "file") {
        found.entries.push_back(
            {fields[1], original, number(fields[2], 10), number(fields[3], 16)});
        original.clear();
      }
      if (fields[0] == "logs") {
        found.base_name = fields[1];
        found.generation_low = static_cast<uint32_t>(number(fields[2], 10));
        found.generation_high = static_cast<uint32_t>(number(fields[3], 10));
      }
    }
    if (!ended || found.entries != entries_ || found.base_name.empty()) damaged();
    ArchiveChecksum checksum;
    checksum.add(list_.data(), list_.size());
    found.checksum = checksum.value();
    return found;
  }
  static uint64_t number(const std::string& digits, int base) {
    return std::strtoull(digits.c_str(), nullptr, base);
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

  // The content of a file, by pieces, and what fills its last block.
  template <typename Use>
  void take(uint64_t size, Use&& use) {
    for (uint64_t left = size; left > 0;) {
      const auto piece = static_cast<size_t>(std::min<uint64_t>(left, buffer_.size()));
      fill(buffer_.data(), piece);
      use(buffer_.data(), piece);
      left -= piece;
    }
    const size_t over = size % kArchiveBlock;
    if (over != 0) fill(buffer_.data(), kArchiveBlock - over);
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
  std::vector<char> buffer_;
  std::string list_;
  std::vector<ArchiveEntry> entries_;
};

}  // namespace cpp
}  // namespace contrail

#endif
