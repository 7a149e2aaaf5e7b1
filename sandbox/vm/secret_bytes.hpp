/// Random bytes that scripts must not be able to guess: seeds, keys of shown addresses.
///
/// From the kernel's generator, some hundred at a time, because each request is a system call and a
/// service's start needs several. Handed out once, wiped at once. Thread: any, each has its own.
#pragma once

#include <cstddef>

namespace moonward::sandbox {

/// `bytes` from 1 to 64. Not inside the VM but in a host section.
void secret_bytes(void* out, std::size_t bytes) noexcept;

}  // namespace moonward::sandbox
