#include "engine/entry_sort.h"

#include <algorithm>
#include <utility>

#include "storage/bytes.h"
#include "storage/check.h"

namespace contrail {
namespace {

// A run's entry: sizes of key and data in two bytes each, key, data.
constexpr size_t kEntryHead = 4;
constexpr size_t kWriteBytes = 256 << 10;
// Holds the largest entry of an index (keys of 2,000 bytes) several times.
constexpr size_t kLeastReadBytes = 16 << 10;

int CompareEntries(Bytes key, Bytes data, Bytes other_key, Bytes other_data) {
  const int order = Compare(key, other_key);
  return order != 0 ? order : Compare(data, other_data);
}

}  // namespace

// Reads one run through a buffer of its own.
class EntrySort::RunReader {
 public:
  RunReader(File& file, const Run& run, size_t buffer_bytes)
      : file_(&file), next_(run.begin), end_(run.end), buffer_bytes_(buffer_bytes) {}

  // False in *found at the end.
  Status Next(bool* found) {
    *found = false;
    place_ += size_;
    size_ = 0;
    RETURN_IF_ERROR(Need(kEntryHead));
    if (place_ == buffer_.size()) return Status::Ok();
    const size_t key_size = LoadLittle<uint16_t>(&buffer_[place_]);
    const size_t data_size = LoadLittle<uint16_t>(&buffer_[place_ + 2]);
    RETURN_IF_ERROR(Need(kEntryHead + key_size + data_size));
    size_ = kEntryHead + key_size + data_size;
    key_ = Bytes(buffer_).subspan(place_ + kEntryHead, key_size);
    data_ = Bytes(buffer_).subspan(place_ + kEntryHead + key_size, data_size);
    *found = true;
    return Status::Ok();
  }
  Bytes key() const { return key_; }
  Bytes data() const { return data_; }

 private:
  // Makes `size` bytes from place_ on be in the buffer, unless the run has ended there.
  Status Need(size_t size) {
    const size_t left = buffer_.size() - place_;
    if (left >= size || (left == 0 && next_ == end_)) return Status::Ok();
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<ptrdiff_t>(place_));
    place_ = 0;
    const size_t wanted = std::max(size, buffer_bytes_) - left;
    const auto more = static_cast<size_t>(std::min<uint64_t>(wanted, end_ - next_));
    buffer_.resize(left + more);
    RETURN_IF_ERROR(file_->Read(next_, MutableBytes(buffer_).subspan(left)));
    next_ += more;
    // Nobody else writes the file: an entry that ends too early is a failure of the disk.
    return buffer_.size() >= size ? Status::Ok() : Status(Error::kDiskIO);
  }

  File* file_;
  uint64_t next_;
  uint64_t end_;
  size_t buffer_bytes_;
  std::vector<std::byte> buffer_;
  size_t place_ = 0;  // Of the current entry in the buffer.
  size_t size_ = 0;   // Of the current entry.
  Bytes key_;
  Bytes data_;
};

EntrySort::EntrySort(FileSystem& files, std::string path, size_t memory_bytes)
    : files_(files), path_(std::move(path)), memory_bytes_(memory_bytes) {}

EntrySort::~EntrySort() {
  if (file_ == nullptr) return;
  file_.reset();
  files_.Remove(path_).Ignore();  // What stays is overwritten by the next one of that name.
}

Status EntrySort::Add(Bytes key, Bytes data) {
  DCHECK(key.size() <= UINT16_MAX && data.size() <= UINT16_MAX);
  const size_t more = key.size() + data.size() + sizeof(Entry);
  if (heap_.size() + entries_.size() * sizeof(Entry) + more > memory_bytes_ && !entries_.empty()) {
    RETURN_IF_ERROR(WriteRun());
  }
  entries_.push_back({static_cast<uint32_t>(heap_.size()), static_cast<uint16_t>(key.size()),
                      static_cast<uint16_t>(data.size())});
  heap_.insert(heap_.end(), key.begin(), key.end());
  heap_.insert(heap_.end(), data.begin(), data.end());
  return Status::Ok();
}

void EntrySort::SortEntries() {
  std::sort(entries_.begin(), entries_.end(), [this](const Entry& a, const Entry& b) {
    return CompareEntries(KeyOf(a), DataOf(a), KeyOf(b), DataOf(b)) < 0;
  });
}

Status EntrySort::WriteRun() {
  if (file_ == nullptr) {
    RETURN_IF_ERROR(files_.CreateDirectories(path_.substr(0, path_.rfind('/'))));
    ASSIGN_OR_RETURN(file_,
                     files_.Open(path_, {.mode = FileMode::kCreateOrTruncate, .exclusive = true}));
  }
  SortEntries();
  Run run;
  run.begin = file_size_;
  std::vector<std::byte> buffer;
  const auto flush = [&]() -> Status {
    RETURN_IF_ERROR(file_->Write(file_size_, buffer));
    file_size_ += buffer.size();
    buffer.clear();
    return Status::Ok();
  };
  for (const Entry& entry : entries_) {
    std::byte head[kEntryHead];
    StoreLittle(head, entry.key_size);
    StoreLittle(head + 2, entry.data_size);
    const std::byte* bytes = heap_.data() + entry.offset;
    buffer.insert(buffer.end(), head, head + kEntryHead);
    buffer.insert(buffer.end(), bytes, bytes + entry.key_size + entry.data_size);
    if (buffer.size() >= kWriteBytes) RETURN_IF_ERROR(flush());
  }
  RETURN_IF_ERROR(flush());
  run.end = file_size_;
  runs_.push_back(run);
  heap_.clear();
  entries_.clear();
  return Status::Ok();
}

Status EntrySort::ForEach(const Visit& visit) {
  if (!runs_.empty()) {
    if (!entries_.empty()) RETURN_IF_ERROR(WriteRun());
    heap_.shrink_to_fit();
    entries_.shrink_to_fit();
    return Merge(visit);
  }
  SortEntries();
  for (const Entry& entry : entries_) RETURN_IF_ERROR(visit(KeyOf(entry), DataOf(entry)));
  return Status::Ok();
}

Status EntrySort::Merge(const Visit& visit) {
  const size_t buffer_bytes = std::max(memory_bytes_ / runs_.size(), kLeastReadBytes);
  std::vector<RunReader> readers;
  readers.reserve(runs_.size());
  for (const Run& run : runs_) readers.emplace_back(*file_, run, buffer_bytes);
  // A heap with the reader of the smallest entry in front.
  std::vector<RunReader*> front;
  const auto later = [](const RunReader* a, const RunReader* b) {
    return CompareEntries(a->key(), a->data(), b->key(), b->data()) > 0;
  };
  bool found = false;
  for (RunReader& reader : readers) {
    RETURN_IF_ERROR(reader.Next(&found));
    if (found) front.push_back(&reader);
  }
  std::make_heap(front.begin(), front.end(), later);
  while (!front.empty()) {
    std::pop_heap(front.begin(), front.end(), later);
    RunReader* reader = front.back();
    RETURN_IF_ERROR(visit(reader->key(), reader->data()));
    RETURN_IF_ERROR(reader->Next(&found));
    if (found) {
      std::push_heap(front.begin(), front.end(), later);
    } else {
      front.pop_back();
    }
  }
  return Status::Ok();
}

}  // namespace contrail
