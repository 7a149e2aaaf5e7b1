/// Addresses that serve as keys of the sandbox's own entries in a state's registry.
#pragma once

namespace moonward::sandbox::registry_key {

inline constexpr char init_hooks = 0;      ///< functions that skynet.init has queued
inline constexpr char tokens = 0;          ///< wake-up token -> light userdata of the waiting task
inline constexpr char loading = 0;         ///< module name -> true while its chunk runs
inline constexpr char names = 0;           ///< set of the names that this service has given
inline constexpr char skynet = 0;          ///< the table of require "skynet"
inline constexpr char moonward_table = 0;  ///< the table of require "moonward"

}  // namespace moonward::sandbox::registry_key
