/// Which files the process may open, by what its configuration names: the scripts for reading, the
/// state directory for writing, and what the host itself can't do without.
///
/// Readable: the tenants' roots; the directory of the configuration file, so that a reload finds a
/// file that an editor has replaced (the file alone when the directory is one that everything lies
/// in, such as /etc); what looking up host names reads; the process's own size. Writable: the state
/// directory; the log file's directory, which a rotation needs; in the control socket's directory
/// files may be removed, since the socket is at the end. Nothing may be executed.
/// Invariant: what is readable is settled when the process is confined and never grows, so a root
/// that a reload adds must lie inside it. Thread: made and applied by main before any other thread
/// is launched; const calls by any.
#pragma once

#include "policies/config.hpp"
#include "policies/file_confinement.hpp"
#include "policies/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace moonward::host {

class file_access {
 public:
  /// Grants nothing and confines nothing.
  file_access() = default;
  /// Of `run`. `log_file` may be empty.
  [[nodiscard]] static file_access of_host(const policies::host_config& config,
                                           const std::filesystem::path& log_file);
  /// Of `exec`, which is never reloaded and keeps no state.
  [[nodiscard]] static file_access of_script(const policies::host_config& config);

  /// Confines the process; whether that worked is told by active(). Call it once. @thread main
  void apply();

  [[nodiscard]] bool active() const noexcept { return version_ != 0; }
  /// One line: what may be read and written, or why anything may.
  [[nodiscard]] std::string describe() const;
  /// Whether the directory (or file) lies in what may be read; always, when not active.
  [[nodiscard]] bool may_read(const std::filesystem::path& path) const;

  [[nodiscard]] const std::vector<policies::file_grant>& grants() const noexcept { return grants_; }

 private:
  struct identity {
    dev_t device;
    ino_t inode;
  };

  void grant(std::filesystem::path path, policies::file_right rights, std::string_view shown = {});
  void grant_roots(const policies::host_config& config);
  void grant_name_lookup();

  std::vector<policies::file_grant> grants_;
  std::vector<std::string> read_;     // for describe()
  std::vector<std::string> written_;  // for describe()
  std::vector<identity> readable_;    // what may_read() compares
  int version_ = 0;
  std::string problem_ = "not asked for";
};

}  // namespace moonward::host
