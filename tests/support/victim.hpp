// A child process that does what ends it, or what must be refused to it: for protections that can't
// be taken off again.
#pragma once

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fcntl.h>
#include <functional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace moonward::test {

/// How a victim ended, "exit 0" or "signal 31", and what it wrote to standard error.
struct ending {
  std::string how;
  std::string standard_error;
};

/// Runs `act` in a child, which exits with 0 when it returns.
inline ending run_victim(const std::function<void()>& act) {
  int ends[2] = {-1, -1};
  BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::signal(SIGABRT, SIG_DFL);  // the test framework's would outlive the fork
    act();
    ::_exit(0);
  }
  ::close(ends[1]);
  ending result;
  char buffer[512];
  for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    result.standard_error.append(buffer, static_cast<std::size_t>(got));
  ::close(ends[0]);
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  result.how = WIFEXITED(status) ? "exit " + std::to_string(WEXITSTATUS(status))
                                 : "signal " + std::to_string(WTERMSIG(status));
  return result;
}

}  // namespace moonward::test
