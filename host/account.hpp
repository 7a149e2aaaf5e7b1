/// The account that the process runs under: root is given up, or refused, before anything of a
/// tenant is read.
///
/// Thread: main, before any other is launched.
#pragma once

#include "policies/config.hpp"
#include "policies/result.hpp"

#include <filesystem>
#include <span>
#include <string>

namespace moonward::host {

/// Started as root: changes for good to the account of `user` in [host]: groups, user, and with
/// them all capabilities; with no `user` refuses, unless allow_root is set. Of `directories` those
/// that are missing are first made with mode 0700 and given to the account. Started by anyone else:
/// changes nothing. Fails with what to set or to give; the process may then no longer be root.
[[nodiscard]] policies::result<void> settle_account(
    const policies::host_settings& settings, std::span<const std::filesystem::path> directories);

/// Who the process is now, as one line: "nobody (65534)". Reads the system's list of accounts, so
/// before the process is confined.
[[nodiscard]] std::string describe_account();

}  // namespace moonward::host
