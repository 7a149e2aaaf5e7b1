/// A mutex for critical sections of a few dozen instructions: tries for a while before it sleeps.
///
/// Going to sleep and being woken costs a hundred times as long as such a section; after the tries
/// it is an ordinary mutex, so that a holder whom the kernel took off its core is waited for
/// without burning one. Thread: any.
#pragma once

#include <mutex>

namespace moonward::host {

/// Tells the processor that this is a waiting loop.
inline void relax_cpu() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

class spin_mutex {
 public:
  void lock() {
    for (int i = 0; i < tries; ++i) {
      if (mutex_.try_lock()) return;
      relax_cpu();
    }
    mutex_.lock();
  }
  [[nodiscard]] bool try_lock() { return mutex_.try_lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  static constexpr int tries = 60;
  std::mutex mutex_;
};

}  // namespace moonward::host
