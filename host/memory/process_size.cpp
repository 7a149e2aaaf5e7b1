#include "host/memory/process_size.hpp"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace moonward::host {

process_size::process_size() noexcept
    : descriptor_{::open("/proc/self/statm", O_RDONLY | O_CLOEXEC)} {}

process_size::~process_size() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::uint64_t process_size::resident_bytes() const noexcept {
  // "SIZE RESIDENT SHARED ...", in pages.
  std::array<char, 128> text{};
  if (::pread(descriptor_, text.data(), text.size() - 1, 0) <= 0) return 0;
  char* rest = nullptr;
  (void)std::strtoull(text.data(), &rest, 10);
  return std::strtoull(rest, nullptr, 10) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace moonward::host
