/// The listening Unix socket of a host: made before the threads and their filters are there.
///
/// Invariant: at most one host listens at a path. A socket file that a dead host left is replaced,
/// but only when nobody answers at it. Mode 0600, in a directory that is made (0700) when missing.
/// A resource, movable; the file goes with it. Thread: main.
#pragma once

#include "policies/result.hpp"

#include <filesystem>

namespace moonward::host {

class control_socket {
 public:
  /// Binds and listens. The error names the path and says what to do.
  [[nodiscard]] static policies::result<control_socket> open(const std::filesystem::path& path);

  control_socket(control_socket&& other) noexcept;
  control_socket& operator=(control_socket&&) = delete;
  control_socket(const control_socket&) = delete;
  control_socket& operator=(const control_socket&) = delete;
  /// Closes, and removes the file.
  ~control_socket();

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  control_socket(int descriptor, std::filesystem::path path) noexcept;

  int descriptor_;
  std::filesystem::path path_;
};

/// Connects to a host; the descriptor, or an error that says how to start one. @thread any
[[nodiscard]] policies::result<int> connect_to_host(const std::filesystem::path& path);

}  // namespace moonward::host
