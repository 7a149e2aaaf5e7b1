/// Where snapshots are shown: on a terminal a page redrawn in place, on the alternate screen, which
/// is left again when the object goes; elsewhere plain lines.
///
/// A resource. Thread: main.
#pragma once

#include "host/control/snapshot.hpp"

#include <chrono>
#include <string>

namespace moonward::host {

class live_screen {
 public:
  /// `title` names the host. What is shown goes to standard output.
  explicit live_screen(std::string title);
  live_screen(const live_screen&) = delete;
  live_screen& operator=(const live_screen&) = delete;
  ~live_screen();

  /// How often `show` is worth calling: twice a second on a terminal, once elsewhere.
  [[nodiscard]] std::chrono::milliseconds period() const noexcept;
  /// False when nobody reads any more.
  bool show(const snapshot& now);

 private:
  [[nodiscard]] std::string drawing(const snapshot& now) const;

  const std::string title_;
  const bool terminal_;
  snapshot before_;
  bool first_ = true;
};

}  // namespace moonward::host
