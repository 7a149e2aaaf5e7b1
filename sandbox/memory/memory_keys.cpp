#include "sandbox/memory/memory_keys.hpp"

#include <array>
#include <sys/mman.h>

namespace moonward::sandbox {

namespace {

constexpr unsigned most_keys = 15;
constexpr key_rights rights_bits = 2;  // a key: no access, no writing

struct {
  unsigned count = 0;
  std::array<int, most_keys> keys{};
  key_rights all = 0;  // closes all of them
} taken;               // written by prepare alone

}  // namespace

void memory_keys::prepare() noexcept {
#if defined(__x86_64__)
  if (taken.count != 0) return;
  while (taken.count < most_keys) {
    const int key = ::pkey_alloc(0, 0);
    if (key <= 0) break;
    taken.keys[taken.count++] = key;
    taken.all |= key_rights{PKEY_DISABLE_ACCESS} << (rights_bits * static_cast<unsigned>(key));
  }
#endif
}

unsigned memory_keys::colours() noexcept { return taken.count; }

int memory_keys::key_of(unsigned colour) noexcept {
  return taken.count == 0 ? 0 : taken.keys[colour % taken.count];
}

key_rights memory_keys::only(int key) noexcept {
  return key == 0 ? taken.all
                  : taken.all & ~(key_rights{3} << (rights_bits * static_cast<unsigned>(key)));
}

void memory_keys::set_rights([[maybe_unused]] key_rights rights) noexcept {
#if defined(__x86_64__)
  if (taken.count == 0) return;
  // WRPKRU, by its bytes: the compiler's intrinsic needs the target option for all of the file.
  asm volatile(".byte 0x0f,0x01,0xef" : : "a"(rights), "c"(0), "d"(0) : "memory");
#endif
}

bool memory_keys::tag(void* address, std::size_t bytes, int key) noexcept {
  return key == 0 || ::pkey_mprotect(address, bytes, PROT_READ | PROT_WRITE, key) == 0;
}

}  // namespace moonward::sandbox
