/// The host's status values as JSON, and back: the vocabulary of `ctl --json`.
///
/// Every quantity has its unit in its name. Reading takes what is missing as 0 or empty, so that a
/// `ctl` of another version still shows what it knows. Pure functions; any thread.
#pragma once

#include "host/control/json.hpp"
#include "host/control/snapshot.hpp"
#include "host/host.hpp"

#include <vector>

namespace moonward::host {

/// {"cpu_per_turn": 3, …}, without those that never came.
[[nodiscard]] json::object to_json(const verdict_counts& counts);
[[nodiscard]] json::object to_json(const service_status& status);
[[nodiscard]] json::object to_json(const tenant_status& status);
[[nodiscard]] json::object to_json(const host_status& status);
[[nodiscard]] json::object to_json(const snapshot& now);

[[nodiscard]] verdict_counts verdict_counts_from(const json::object& from);
[[nodiscard]] service_status service_status_from(const json::object& from);
[[nodiscard]] tenant_status tenant_status_from(const json::object& from);
[[nodiscard]] host_status host_status_from(const json::object& from);
[[nodiscard]] snapshot snapshot_from(const json::object& from);

/// ":0000000a".
[[nodiscard]] std::string show_handle(sandbox::handle id);

}  // namespace moonward::host
