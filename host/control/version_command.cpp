#include "host/control/commands.hpp"
#include "host/control/console.hpp"
#include "host/control/version.hpp"

#include <fmt/format.h>

namespace moonward::host {

namespace {

#ifdef MOONWARD_SYSTEM_LUA
constexpr std::string_view lua = "the system's Lua 5.4, which has known memory-safety bugs";
#else
constexpr std::string_view lua = "Lua 5.4.9, built in";
#endif

#ifdef NDEBUG
constexpr std::string_view build = "release";
#else
constexpr std::string_view build = "debug";
#endif

#ifdef MOONWARD_SANITIZER
constexpr std::string_view sanitizer = ", with a sanitizer: without system call filters";
#else
constexpr std::string_view sanitizer = "";
#endif

}  // namespace

int version_command() {
  print(fmt::format("moonward {}\n{}\n{} build, compiler {}{}\n", version, lua, build, __VERSION__,
                    sanitizer));
  return exit_finished;
}

}  // namespace moonward::host
