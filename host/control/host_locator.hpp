/// Finds the control socket of the host that `ctl` and `top` are to talk to.
///
/// --socket names it; --config names the file that the host runs from; MOONWARD_SOCKET in the
/// environment comes next; else it is what etc/moonward.toml in the working directory says, when
/// there is one. Pure but for reading that file. Thread: main.
#pragma once

#include "host/control/commands.hpp"

#include "policies/result.hpp"

#include <filesystem>

namespace moonward::host {

[[nodiscard]] policies::result<std::filesystem::path> locate_host(const host_address& address);

}  // namespace moonward::host
