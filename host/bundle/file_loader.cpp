#include "host/bundle/file_loader.hpp"

namespace moonward::host {

void file_loader::run(const std::function<void()>& job) {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return stopping_ || job_ == nullptr; });
  if (stopping_) return;
  job_ = &job;
  changed_.notify_all();
  changed_.wait(lock, [&] { return job_ != &job; });
}

void file_loader::work() {
  std::unique_lock lock{mutex_};
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || job_ != nullptr; });
    if (job_ != nullptr) {
      const std::function<void()>& job = *job_;
      lock.unlock();
      job();
      lock.lock();
      job_ = nullptr;
      changed_.notify_all();
    } else if (stopping_) {
      return;
    }
  }
}

void file_loader::stop() {
  const std::lock_guard lock{mutex_};
  stopping_ = true;
  changed_.notify_all();
}

}  // namespace moonward::host
