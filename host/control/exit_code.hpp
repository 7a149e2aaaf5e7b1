/// The exit codes of every command, so that scripts can tell what happened.
///
/// Plain values; any thread.
#pragma once

namespace moonward::host {

enum exit_code : int {
  exit_finished = 0,  ///< done, or nothing is left to happen
  exit_failed = 1,    ///< a script's error, a bad configuration, a host that doesn't answer
  exit_usage = 2,     ///< the command line itself is wrong
  exit_killed = 3,    ///< `exec`: the script's service was killed; the verdict says why
  exit_timeout = 4,   ///< `exec`: --timeout came first
};

}  // namespace moonward::host
