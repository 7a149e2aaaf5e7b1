#include "sandbox/vm/secret_bytes.hpp"

#include <cstdlib>
#include <cstring>
#include <sys/random.h>

namespace moonward::sandbox {

namespace {

struct store {
  static constexpr std::size_t size = 256;  // getrandom never cuts so few bytes short
  std::size_t left = 0;
  unsigned char bytes[size];
};

constinit thread_local store kept{};

}  // namespace

void secret_bytes(void* out, std::size_t bytes) noexcept {
  if (kept.left < bytes) {
    if (::getrandom(kept.bytes, store::size, 0) != static_cast<ssize_t>(store::size)) std::abort();
    kept.left = store::size;
  }
  kept.left -= bytes;
  std::memcpy(out, kept.bytes + kept.left, bytes);
  ::explicit_bzero(kept.bytes + kept.left, bytes);
}

}  // namespace moonward::sandbox
