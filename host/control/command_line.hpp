/// The program's command line: reads it, answers --help, and calls the command.
///
/// Whatever is wrong with it goes to standard error with the nearest word that would be right, and
/// the exit code is 2. Thread: main.
#pragma once

namespace moonward::host {

/// The exit code of the process.
[[nodiscard]] int run_command_line(int argc, const char* const* argv);

}  // namespace moonward::host
