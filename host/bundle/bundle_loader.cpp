#include "host/bundle/bundle_loader.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace moonward::host {

namespace {

using policies::failure;

class descriptor {
 public:
  explicit descriptor(int number = -1) noexcept : number_{number} {}
  descriptor(descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const noexcept { return number_; }
  [[nodiscard]] explicit operator bool() const noexcept { return number_ >= 0; }
  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_;
};

struct directory_closer {
  void operator()(DIR* d) const noexcept { ::closedir(d); }
};

std::string own_path(int number) { return "/proc/self/fd/" + std::to_string(number); }

// Where an open descriptor really is; empty when the kernel doesn't tell.
std::string real_path(int number) {
  std::string path(PATH_MAX, '\0');
  const ssize_t bytes = ::readlink(own_path(number).c_str(), path.data(), path.size());
  path.resize(bytes < 0 ? 0 : static_cast<std::size_t>(bytes));
  return path;
}

bool is_lua(std::string_view path) noexcept { return path.ends_with(".lua"); }

class reader {
 public:
  reader(std::filesystem::path root, const bundle_limits& limits)
      : root_{std::move(root)}, limits_{limits} {}

  // Null, or what's wrong.
  [[nodiscard]] std::unique_ptr<failure> read();
  [[nodiscard]] std::vector<bundle::source_file> take_files() noexcept { return std::move(files_); }

 private:
  using problem = std::unique_ptr<failure>;
  struct identity {
    dev_t device;
    ino_t inode;
  };

  [[nodiscard]] problem read_directory(descriptor directory, const std::string& path);
  [[nodiscard]] problem read_entry(int directory, const std::string& name, const std::string& path);
  [[nodiscard]] problem read_link(int directory, const std::string& name, const std::string& path,
                                  descriptor& target, int& error) const;
  [[nodiscard]] problem read_file(int file, const struct stat& status, const std::string& path);

  [[nodiscard]] problem say(const std::string& path, const std::string& what) const {
    return std::make_unique<failure>(
        failure{"bundle " + root_.string() + ": " + (path.empty() ? "" : path + ": ") + what});
  }
  [[nodiscard]] problem say_error(const std::string& path, const char* what, int error) const {
    return say(path, std::string{what} + ": " + std::strerror(error));
  }

  const std::filesystem::path root_;
  const bundle_limits limits_;
  std::string real_root_;
  std::vector<bundle::source_file> files_;
  std::vector<identity> above_;  // the directories that lead to the present one
  std::size_t seen_ = 0;
  std::uint64_t bytes_ = 0;
};

reader::problem reader::read() {
  descriptor root{::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!root) return say_error("", "cannot open the directory", errno);
  real_root_ = real_path(root.get());
  return read_directory(std::move(root), "");
}

reader::problem reader::read_directory(descriptor directory, const std::string& path) {
  struct stat status {};
  if (::fstat(directory.get(), &status) != 0) return say_error(path, "cannot read", errno);
  if (above_.size() >= limits_.depth)
    return say(path,
               "more than " + std::to_string(limits_.depth) + " directories within each other");
  for (const identity& a : above_)
    if (a.device == status.st_dev && a.inode == status.st_ino)
      return say(path, "a symbolic link leads back to a directory above it");
  above_.push_back({status.st_dev, status.st_ino});

  const std::unique_ptr<DIR, directory_closer> entries{::fdopendir(directory.get())};
  if (entries == nullptr) return say_error(path, "cannot read", errno);
  const int number = directory.release();  // closed with `entries`
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* const entry = ::readdir(entries.get());
    if (entry == nullptr) {
      if (errno != 0) return say_error(path, "cannot read", errno);
      break;
    }
    if (entry->d_name[0] == '.') continue;  // ".", ".." and what is hidden
    if (++seen_ > limits_.files)
      return say("", "more than " + std::to_string(limits_.files) + " files");
    names.emplace_back(entry->d_name);
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names)
    if (problem p = read_entry(number, name, path.empty() ? name : path + '/' + name)) return p;
  above_.pop_back();
  return nullptr;
}

reader::problem reader::read_entry(int directory, const std::string& name,
                                   const std::string& path) {
  // O_NONBLOCK: a pipe without a writer must not hold up the loader.
  constexpr int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  descriptor opened{::openat(directory, name.c_str(), flags | O_NOFOLLOW)};
  int error = opened ? 0 : errno;
  if (error == ELOOP)
    if (problem p = read_link(directory, name, path, opened, error)) return p;
  if (error == ENXIO || error == ENODEV) return nullptr;  // a socket or a device
  if (error != 0) return say_error(path, "cannot open", error);
  struct stat status {};
  if (::fstat(opened.get(), &status) != 0) return say_error(path, "cannot read", errno);
  if (S_ISDIR(status.st_mode)) return read_directory(std::move(opened), path);
  if (!S_ISREG(status.st_mode)) return nullptr;
  return read_file(opened.get(), status, path);
}

// Finds out where a link leads without opening it, and opens just that. `error` is why it could not
// be opened, ENXIO when it leads to what is no file; 0 otherwise.
reader::problem reader::read_link(int directory, const std::string& name, const std::string& path,
                                  descriptor& target, int& error) const {
  const descriptor place{::openat(directory, name.c_str(), O_PATH | O_CLOEXEC)};
  if (!place) return say_error(path, "a symbolic link that leads nowhere", errno);
  const std::string real = real_path(place.get());
  const std::string below = real_root_ == "/" ? real_root_ : real_root_ + '/';
  if (real_root_.empty() || (real != real_root_ && !real.starts_with(below)))
    return say(path, "a symbolic link that leaves the bundle's directory");
  struct stat status {};
  if (::fstat(place.get(), &status) != 0) return say_error(path, "cannot read", errno);
  if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)) {
    error = ENXIO;
    return nullptr;
  }
  target = descriptor{
      ::open(own_path(place.get()).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  error = target ? 0 : errno;
  return nullptr;
}

reader::problem reader::read_file(int file, const struct stat& status, const std::string& path) {
  const auto told = static_cast<std::uint64_t>(status.st_size);
  const auto too_long = [&]() -> problem {
    if (!is_lua(path)) return nullptr;
    return say(path, "more than " + std::to_string(limits_.file_bytes) + " bytes in one file");
  };
  if (told > limits_.file_bytes) return too_long();
  // The file may grow meanwhile: read up to the limit, not up to what it said.
  std::string text;
  for (;;) {
    const std::size_t before = text.size();
    text.resize(before == 0 ? static_cast<std::size_t>(told) + 1 : before + 4096);
    const ssize_t bytes = ::read(file, text.data() + before, text.size() - before);
    if (bytes < 0 && errno == EINTR) {
      text.resize(before);
      continue;
    }
    if (bytes < 0) return say_error(path, "cannot read", errno);
    text.resize(before + static_cast<std::size_t>(bytes));
    if (text.size() > limits_.file_bytes) return too_long();
    if (bytes == 0) break;
  }
  text.shrink_to_fit();
  bytes_ += path.size() + text.size();
  if (bytes_ > limits_.total_bytes)
    return say(path, "more than " + std::to_string(limits_.total_bytes) +
                         " bytes in all files up to this one");
  files_.push_back({path, std::move(text)});
  return nullptr;
}

}  // namespace

policies::result<std::unique_ptr<const bundle>> read_bundle(const std::filesystem::path& root,
                                                            const bundle_limits& limits) {
  reader r{root, limits};
  if (const std::unique_ptr<failure> problem = r.read()) return *problem;
  return std::unique_ptr<const bundle>{std::make_unique<bundle>(r.take_files())};
}

}  // namespace moonward::host
