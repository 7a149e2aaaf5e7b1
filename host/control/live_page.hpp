/// The live screen's content: a page for a terminal, or the lines that stand in for it elsewhere.
///
/// Invariant: no line is wider than 100 columns or holds a control character but colours. Pure
/// functions of two snapshots; any thread.
#pragma once

#include "host/control/snapshot.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace moonward::host {

enum class page_colours : std::uint8_t { off, on };

/// A whole page: the host, its tenants, the answer times, the last services that were ended, and
/// what each tenant said last. `title` names the host.
[[nodiscard]] std::vector<std::string> live_page(std::string_view title, const snapshot& before,
                                                 const snapshot& now, page_colours colours);

/// One line a tenant, one a probe, one each for what ended since `before`, each with its time.
[[nodiscard]] std::vector<std::string> live_lines(const snapshot& before, const snapshot& now);

}  // namespace moonward::host
