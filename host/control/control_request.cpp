#include "host/control/control_request.hpp"

#include "policies/key_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace moonward::host {

namespace {

constexpr std::array commands{
    control_command::list,     control_command::stat,   control_command::info,
    control_command::snapshot, control_command::kill,   control_command::log,
    control_command::quota,    control_command::reload, control_command::stop};
constexpr std::size_t max_text_bytes = 1024;
constexpr std::uint64_t max_lines = 100'000;

std::string list_of_names() {
  std::string text;
  for (const std::string_view name : control_command_names()) {
    text += text.empty() ? "" : ", ";
    text += name;
  }
  return text;
}

policies::result<std::string> read_text(std::string_view member, const json::value& value) {
  if (!value.is_string()) return policies::failure{fmt::format("\"{}\" is no string", member)};
  const json::string& text = value.get_string();
  if (text.size() > max_text_bytes)
    return policies::failure{
        fmt::format("\"{}\" has {} bytes; at most {}", member, text.size(), max_text_bytes)};
  return {boost::system::in_place_value, text.data(), text.size()};
}

policies::result<control_command> read_command(std::string_view name) {
  for (const control_command command : commands)
    if (to_string(command) == name) return command;
  return policies::failure{
      fmt::format("unknown command {}; known are {}", policies::quote_text(name), list_of_names())};
}

}  // namespace

std::string_view to_string(control_command command) noexcept {
  switch (command) {
    case control_command::list: return "list";
    case control_command::stat: return "stat";
    case control_command::info: return "info";
    case control_command::snapshot: return "snapshot";
    case control_command::kill: return "kill";
    case control_command::log: return "log";
    case control_command::quota: return "quota";
    case control_command::reload: return "reload";
    case control_command::stop: return "stop";
  }
  return "unknown";
}

const std::vector<std::string_view>& control_command_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const control_command command : commands) all.push_back(to_string(command));
    return all;
  }();
  return names;
}

policies::result<control_request> read_request(std::string_view line) {
  if (line.size() > max_request_bytes)
    return policies::failure{
        fmt::format("the request has {} bytes; at most {}", line.size(), max_request_bytes)};
  const std::optional<json::value> value = read_json(line);
  const json::object* const object = value ? value->if_object() : nullptr;
  if (object == nullptr) return policies::failure{"the request is not a JSON object on one line"};
  control_request request;
  bool has_command = false;
  for (const json::key_value_pair& member : *object) {
    const std::string_view key{member.key().data(), member.key().size()};
    const json::value& given = member.value();
    if (key == "command" || key == "what" || key == "assignment") {
      auto text = read_text(key, given);
      if (text.has_error()) return text.error();
      if (key == "what") request.what = std::move(*text);
      else if (key == "assignment") request.assignment = std::move(*text);
      else {
        const auto command = read_command(*text);
        if (command.has_error()) return command.error();
        request.command = *command;
        has_command = true;
      }
    } else if (key == "lines") {
      const std::uint64_t lines = number_of(*object, "lines");
      if (!given.is_int64() || given.get_int64() < 0 || lines > max_lines)
        return policies::failure{fmt::format("\"lines\" is no number from 0 to {}", max_lines)};
      request.lines = lines;
    } else if (key == "follow") {
      if (!given.is_bool()) return policies::failure{"\"follow\" is neither true nor false"};
      request.follow = given.get_bool();
    } else {
      return policies::failure{
          fmt::format("unknown member {}; known are command, what, "
                      "assignment, lines and follow",
                      policies::quote_text(key))};
    }
  }
  if (!has_command)
    return policies::failure{"the request has no \"command\"; known are " + list_of_names()};
  return request;
}

std::string request_line(const control_request& request) {
  const std::string_view name = to_string(request.command);
  json::object out{{"command", json::string_view{name.data(), name.size()}}};
  if (!request.what.empty()) out["what"] = json_text(request.what);
  if (!request.assignment.empty()) out["assignment"] = json_text(request.assignment);
  if (request.lines != 0) out["lines"] = request.lines;
  if (request.follow) out["follow"] = true;
  return json::serialize(out) + "\n";
}

std::string ok_line(json::value result) {
  json::object out{{"ok", true}};
  out["result"] = std::move(result);
  return json::serialize(out) + "\n";
}

std::string error_line(std::string_view text) {
  return json::serialize(json::object{{"ok", false}, {"error", json_text(text)}}) + "\n";
}

policies::result<json::value> read_answer(std::string_view line) {
  const std::optional<json::value> value = read_json(line);
  const json::object* const object = value ? value->if_object() : nullptr;
  if (object == nullptr || object->if_contains("ok") == nullptr)
    return policies::failure{"what answers at the control socket is not a Moonward host"};
  if (!flag_of(*object, "ok")) return policies::failure{text_of(*object, "error")};
  const json::value* const result = object->if_contains("result");
  return result == nullptr ? json::value{nullptr} : *result;
}

}  // namespace moonward::host
