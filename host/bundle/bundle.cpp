#include "host/bundle/bundle.hpp"

#include <boost/container_hash/hash.hpp>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace moonward::host {

namespace {

// A path on the stack: the longest name with a folder before and an ending behind it.
class path_buffer {
 public:
  path_buffer& operator<<(std::string_view part) noexcept {
    const std::size_t bytes = std::min(part.size(), text_.size() - size_);
    part.copy(text_.data() + size_, bytes);
    size_ += bytes;
    return *this;
  }
  [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }
  void replace(char from, char to) noexcept {
    std::replace(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(size_), from, to);
  }

 private:
  std::array<char, bundle::max_name_bytes + 32> text_{};
  std::size_t size_ = 0;
};

// Paths are only compared with those that are there; this keeps out what would never be one, and
// names that could be mistaken for a path by somebody who reads them in a log.
bool is_plain(std::string_view path) noexcept {
  if (path.empty() || path.size() > bundle::max_name_bytes) return false;
  if (path.find('\0') != std::string_view::npos || path.find('\\') != std::string_view::npos)
    return false;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
  return false;  // ends with a slash
}

}  // namespace

bundle::bundle(std::vector<source_file> files, std::uint64_t max_compiled_bytes)
    : storage_{std::move(files)},
      files_{std::make_unique<file[]>(storage_.size())},
      count_{storage_.size()},
      max_compiled_bytes_{max_compiled_bytes} {
  std::stable_sort(storage_.begin(), storage_.end(),
                   [](const source_file& a, const source_file& b) { return a.path < b.path; });
  for (std::size_t i = 0; i < count_; ++i) {
    files_[i].path = storage_[i].path;
    files_[i].text = storage_[i].text;
  }
  index();
}

bundle::bundle(std::span<const policies::embedded_file> files, std::uint64_t max_compiled_bytes)
    : files_{std::make_unique<file[]>(files.size())},
      count_{files.size()},
      max_compiled_bytes_{max_compiled_bytes} {
  std::vector<std::size_t> order(files.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return files[a].name < files[b].name; });
  for (std::size_t i = 0; i < count_; ++i) {
    files_[i].path = files[order[i]].name;
    files_[i].text = files[order[i]].text;
  }
  index();
}

bundle::~bundle() {
  for (const file& f : files()) delete f.compiled_.load(std::memory_order_acquire);
}

void bundle::index() {
  by_path_.reserve(count_);
  std::size_t sum = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    file& f = files_[i];
    std::size_t hash = 0;
    boost::hash_combine(hash, f.path);
    boost::hash_combine(hash, f.text);
    f.hash = hash;
    boost::hash_combine(sum, hash);
    bytes_ += f.path.size() + f.text.size();
    by_path_.emplace(f.path, &f);
  }
  hash_ = sum;
}

// -- names ------------------------------------------------------------------------------------

const bundle::file* bundle::find_file(std::string_view path) const noexcept {
  if (!is_plain(path)) return nullptr;
  const auto found = by_path_.find(path);
  return found == by_path_.end() ? nullptr : found->second;
}

const bundle::file* bundle::find_in_places(std::string_view folder,
                                           std::string_view path) const noexcept {
  for (const std::string_view before : {std::string_view{}, folder}) {
    for (const std::string_view behind :
         {std::string_view{".lua"}, std::string_view{"/init.lua"}}) {
      path_buffer candidate;
      candidate << before << path << behind;
      const auto found = by_path_.find(candidate.view());
      if (found != by_path_.end()) return found->second;
    }
  }
  return nullptr;
}

const bundle::file* bundle::find_module(std::string_view name) const noexcept {
  if (name.size() > max_name_bytes) return nullptr;
  path_buffer path;
  path << name;
  path.replace('.', '/');
  return is_plain(path.view()) ? find_in_places("lualib/", path.view()) : nullptr;
}

const bundle::file* bundle::find_service(std::string_view name) const noexcept {
  return is_plain(name) ? find_in_places("service/", name) : nullptr;
}

// -- compiled forms ---------------------------------------------------------------------------

const bundle::file* bundle::file_of(const void* key) const noexcept {
  // Compared as numbers: `key` may be anything.
  const auto first = reinterpret_cast<std::uintptr_t>(files_.get());
  const auto at = reinterpret_cast<std::uintptr_t>(key);
  if (at < first || at >= first + count_ * sizeof(file)) return nullptr;
  if ((at - first) % sizeof(file) != 0) return nullptr;
  return &files_[(at - first) / sizeof(file)];
}

const std::string* bundle::compiled(const void* key) const noexcept {
  const file* const f = file_of(key);
  return f == nullptr ? nullptr : f->compiled_.load(std::memory_order_acquire);
}

void bundle::store_compiled(const void* key, std::string_view bytes) const noexcept {
  const file* const f = file_of(key);
  if (f == nullptr || f->compiled_.load(std::memory_order_relaxed) != nullptr) return;
  if (compiled_bytes_.fetch_add(bytes.size(), std::memory_order_relaxed) + bytes.size() <=
      max_compiled_bytes_) {
    try {
      auto copy = std::make_unique<const std::string>(bytes);
      const std::string* nothing = nullptr;
      if (f->compiled_.compare_exchange_strong(nothing, copy.get(), std::memory_order_release,
                                               std::memory_order_relaxed)) {
        (void)copy.release();  // the destructor's now
        return;
      }
    } catch (const std::bad_alloc&) {
      // not cached: the next start compiles it again
    }
  }
  compiled_bytes_.fetch_sub(bytes.size(), std::memory_order_relaxed);
}

}  // namespace moonward::host
