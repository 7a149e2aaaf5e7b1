/// JSON as the control protocol and `--json` use it: Boost.JSON, compiled into this program once
/// (json.cpp), and readers that take a missing or foreign member as nothing.
///
/// Pure functions; any thread.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace moonward::host {

namespace json = boost::json;

/// Reads one JSON value, no deeper than 16; nothing when it is none or more follows.
[[nodiscard]] std::optional<json::value> read_json(std::string_view text);

/// Members of an object, converted; 0, empty or false when absent or of another kind.
[[nodiscard]] std::uint64_t number_of(const json::object& from, std::string_view key) noexcept;
[[nodiscard]] double fraction_of(const json::object& from, std::string_view key) noexcept;
[[nodiscard]] std::string text_of(const json::object& from, std::string_view key);
[[nodiscard]] bool flag_of(const json::object& from, std::string_view key) noexcept;
[[nodiscard]] const json::array* list_of(const json::object& from, std::string_view key) noexcept;
[[nodiscard]] const json::object* object_of(const json::object& from,
                                            std::string_view key) noexcept;

/// A string that is valid in JSON whatever bytes a script put into it: what is no UTF-8 becomes
/// U+FFFD.
[[nodiscard]] json::string json_text(std::string_view bytes);

}  // namespace moonward::host
