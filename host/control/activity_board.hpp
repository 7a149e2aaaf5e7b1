/// The last few things worth showing: services that were ended, and what each tenant said last.
///
/// Threads: `ended` any (a worker's short visit), `said` the log thread, the readers main and
/// control; one mutex, held for a copy of a line.
#pragma once

#include "host/control/snapshot.hpp"
#include "host/host.hpp"
#include "host/log/log_record.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace moonward::host {

class activity_board {
 public:
  static constexpr std::size_t kept_ends = 8;
  static constexpr std::size_t kept_text_bytes = 200;

  /// Keeps the end, unless the service ended by itself or with the host.
  void ended(const service_end& end);
  /// Keeps the line as its tenant's last, if a script printed it.
  void said(const log_record& record);

  [[nodiscard]] std::vector<end_report> ends() const;
  [[nodiscard]] std::vector<said_report> said_last() const;

 private:
  mutable std::mutex mutex_;
  std::deque<end_report> ends_;
  std::map<std::string, said_report, std::less<>> said_;
};

}  // namespace moonward::host
