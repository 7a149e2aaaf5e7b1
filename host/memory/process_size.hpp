/// How much memory the process holds, from a descriptor that is open from the start: later no
/// thread that asks may open a file.
///
/// Thread: any.
#pragma once

#include <cstdint>

namespace moonward::host {

class process_size {
 public:
  process_size() noexcept;
  process_size(const process_size&) = delete;
  process_size& operator=(const process_size&) = delete;
  ~process_size();

  /// Resident memory; 0 when the system doesn't tell.
  [[nodiscard]] std::uint64_t resident_bytes() const noexcept;

 private:
  int descriptor_;
};

}  // namespace moonward::host
