/// The loader thread: the one that reads files while the host runs.
///
/// Others give it a piece of work and wait for its end. Threads: `run` any but the loader, `work`
/// is the loader's body.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

namespace moonward::host {

class file_loader {
 public:
  file_loader() = default;
  file_loader(const file_loader&) = delete;
  file_loader& operator=(const file_loader&) = delete;

  /// Has `job` done by the loader thread, and returns when it is done. After stop it is not done.
  void run(const std::function<void()>& job);
  /// Does jobs until stop. @thread loader
  void work();
  void stop();

 private:
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  const std::function<void()>* job_ = nullptr;  // the one that waits or is being done
  bool stopping_ = false;
};

}  // namespace moonward::host
