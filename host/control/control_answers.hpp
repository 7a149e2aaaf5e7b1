/// Answers the requests that the host answers at once: all but log, reload and stop.
///
/// Thread: control.
#pragma once

#include "host/control/control_port.hpp"
#include "host/control/control_request.hpp"

#include <string>
#include <string_view>

namespace moonward::host {

/// The answer line to `request`. `by` is who asks, for the log line of a kill.
[[nodiscard]] std::string answer_at_once(const control_request& request, control_port& port,
                                         std::string_view by);

}  // namespace moonward::host
