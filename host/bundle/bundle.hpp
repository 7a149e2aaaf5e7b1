/// A bundle: the scripts of a tenant, or those built into the program, as they were read once.
///
/// An immutable map from path ("lib/a.lua") to text. Services hold on to the bundle they started
/// with; a reload reads another one. The names that scripts use are looked up in fixed places:
/// module "a.b" in a/b.lua, a/b/init.lua, lualib/a/b.lua, lualib/a/b/init.lua; service "chat" in
/// chat.lua, chat/init.lua, service/chat.lua, service/chat/init.lua. A name is only ever compared
/// with the paths that are there, so no name reaches a file outside.
///
/// What does change: a file may be given its compiled form once, for later starts of services.
/// Threads: any; lookups take no lock.
#pragma once

#include "policies/embedded.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace moonward::host {

class bundle {
 public:
  /// The longest name or path that is looked up, in bytes.
  static constexpr std::size_t max_name_bytes = 200;

  struct file {
    std::string_view path;  ///< relative to the bundle's root
    std::string_view text;
    std::uint64_t hash = 0;  ///< of path and text, see bundle::hash

   private:
    friend class bundle;
    mutable std::atomic<const std::string*> compiled_{nullptr};  // set once by CAS, see below

   public:
    file() = default;
    file(const file&) = delete;
    file& operator=(const file&) = delete;
  };

  /// A file as it was read.
  struct source_file {
    std::string path;
    std::string text;
  };

  /// Takes the files over. Of two with one path the first counts. `max_compiled_bytes` bounds what
  /// store_compiled keeps.
  explicit bundle(std::vector<source_file> files,
                  std::uint64_t max_compiled_bytes = std::uint64_t{64} << 20);
  /// Files that travel in the program: nothing is copied.
  explicit bundle(std::span<const policies::embedded_file> files,
                  std::uint64_t max_compiled_bytes = std::uint64_t{64} << 20);
  bundle(const bundle&) = delete;
  bundle& operator=(const bundle&) = delete;
  ~bundle();

  /// Null when there's none; an odd name (empty, absolute, with "..", with a NUL, overlong) is
  /// simply not there. The pointer is good for the life of the bundle.
  [[nodiscard]] const file* find_file(std::string_view path) const noexcept;
  [[nodiscard]] const file* find_module(std::string_view name) const noexcept;
  [[nodiscard]] const file* find_service(std::string_view name) const noexcept;

  /// Sorted by path.
  [[nodiscard]] std::span<const file> files() const noexcept { return {files_.get(), count_}; }
  /// Sum of all texts and paths.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  /// Identity of the content, to tell whether a reload changed anything. From Boost's hash: good
  /// for that, no defence against somebody who makes collisions, not the same in every build.
  [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }

  /// What was stored for the file, or null. `key` is the address of one of this bundle's files;
  /// anything else isn't found. Good for the life of the bundle. @thread any
  [[nodiscard]] const std::string* compiled(const void* key) const noexcept;
  /// The first call for a file wins; refused beyond the bundle's bound. @thread any
  void store_compiled(const void* key, std::string_view bytes) const noexcept;
  [[nodiscard]] std::uint64_t compiled_bytes() const noexcept {
    return compiled_bytes_.load(std::memory_order_relaxed);
  }

 private:
  void index();
  [[nodiscard]] const file* file_of(const void* key) const noexcept;
  [[nodiscard]] const file* find_in_places(std::string_view folder,
                                           std::string_view path) const noexcept;

  std::vector<source_file> storage_;  // empty when the texts are the program's
  std::unique_ptr<file[]> files_;
  std::size_t count_ = 0;
  boost::unordered_flat_map<std::string_view, const file*> by_path_;
  std::uint64_t bytes_ = 0;
  std::uint64_t hash_ = 0;
  const std::uint64_t max_compiled_bytes_;
  // file::compiled_: any thread sets it once (release), any reads (acquire).
  mutable std::atomic<std::uint64_t> compiled_bytes_{0};  // any thread adds, relaxed
};

}  // namespace moonward::host
