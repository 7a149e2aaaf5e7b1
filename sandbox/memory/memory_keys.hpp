/// Memory protection keys: what a worker may touch of the arenas while it runs one tenant's slice.
///
/// The processor tags pages with one of 16 keys, and each thread has a register that says which
/// keys it may read and write. Arenas of a tenant carry its key; before a slice the worker closes
/// all keys but that one, so that a memory-safety bug in the interpreter, met by one tenant's
/// script, doesn't reach another's heap. There are fewer keys than tenants may be: tenants share
/// them by colour, and those of one colour aren't kept apart. Key 0 is everything else, and always
/// open: the host's own memory isn't protected by this. Where the processor or the kernel has no
/// keys there is one colour, key 0, and nothing is closed. Thread: `prepare` once on the main
/// thread, before all others, which inherit its open register.
#pragma once

#include <cstddef>
#include <cstdint>

namespace moonward::sandbox {

/// What a thread's register is set to.
using key_rights = std::uint32_t;
inline constexpr key_rights all_keys_open = 0;

class memory_keys {
 public:
  /// Takes from the kernel as many keys as it gives.
  static void prepare() noexcept;
  /// How many colours tenants share; 0 when there are no keys.
  [[nodiscard]] static unsigned colours() noexcept;
  /// The key of a colour, which counts from 0 and wraps; 0 when there are none.
  [[nodiscard]] static int key_of(unsigned colour) noexcept;
  /// Closes all keys but this one (and key 0).
  [[nodiscard]] static key_rights only(int key) noexcept;
  /// Sets the calling thread's register; nothing where there are no keys. About 20 ns.
  static void set_rights(key_rights rights) noexcept;
  /// Tags whole pages, readable and writable; false when the kernel refuses. Key 0 is no call.
  [[nodiscard]] static bool tag(void* address, std::size_t bytes, int key) noexcept;
};

}  // namespace moonward::sandbox
