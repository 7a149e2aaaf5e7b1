// The program: everything it does is a command (commands.hpp).
#include "host/control/command_line.hpp"
#include "host/control/console.hpp"
#include "host/control/exit_code.hpp"

#include <exception>
#include <string>

int main(int argc, char** argv) {
  try {
    return moonward::host::run_command_line(argc, argv);
  } catch (const std::exception& failure) {
    moonward::host::print_error(std::string{"gave up: "} + failure.what());
    return moonward::host::exit_failed;
  }
}
