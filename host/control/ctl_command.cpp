#include "host/control/commands.hpp"
#include "host/control/console.hpp"
#include "host/control/control_client.hpp"
#include "host/control/ctl_render.hpp"
#include "host/control/host_locator.hpp"
#include "host/control/status_json.hpp"

#include <fmt/format.h>

#include <string>

namespace moonward::host {

namespace {

template <class Value>
std::vector<Value> values_from(const json::value& rows, Value (*read)(const json::object&)) {
  std::vector<Value> values;
  if (const json::array* const list = rows.if_array())
    for (const json::value& row : *list)
      if (const json::object* const object = row.if_object()) values.push_back(read(*object));
  return values;
}

std::string text_from(const json::value& value) {
  const json::string* const text = value.if_string();
  return text == nullptr ? std::string{} : std::string{text->data(), text->size()};
}

std::string killed_lines(const json::value& rows) {
  std::string text;
  if (const json::array* const list = rows.if_array())
    for (const json::value& row : *list)
      if (const json::object* const object = row.if_object())
        text += fmt::format("killed {} {}/{}\n", text_of(*object, "address"),
                            text_of(*object, "tenant"), text_of(*object, "name"));
  return text;
}

// The last lines as the host has them; then, when asked to, each further one until it ends.
int show_log(control_client& client, const ctl_options& options, const json::value& lines) {
  const bool as_json = options.format == output_format::json;
  const auto show = [&](const json::value& line) {
    return print((as_json ? json::serialize(line) : text_from(line)) + "\n");
  };
  if (const json::array* const list = lines.if_array())
    for (const json::value& line : *list)
      if (!show(line)) return exit_finished;
  if (!options.request.follow) return exit_finished;
  while (const std::optional<std::string> line = client.read_line()) {
    const std::optional<json::value> value = read_json(*line);
    const json::object* const object = value ? value->if_object() : nullptr;
    const json::value* const text = object ? object->if_contains("line") : nullptr;
    if (text != nullptr && !show(*text)) return exit_finished;
  }
  return exit_finished;
}

int show_result(const ctl_options& options, const json::value& result) {
  if (options.format == output_format::json) {
    print(json::serialize(result) + "\n");
    return exit_finished;
  }
  switch (options.request.command) {
    case control_command::list:
      print(render_services(values_from(result, service_status_from)));
      break;
    case control_command::stat:
      print(render_tenants(values_from(result, tenant_status_from)));
      break;
    case control_command::info:
      print(
          render_host(host_status_from(result.is_object() ? result.get_object() : json::object{})));
      break;
    case control_command::kill: print(killed_lines(result)); break;
    default: print(text_from(result) + "\n"); break;
  }
  return exit_finished;
}

}  // namespace

int ctl_command(const ctl_options& options) {
  const auto path = locate_host(options.address);
  if (path.has_error()) {
    print_error(path.error().text);
    return exit_failed;
  }
  auto client = control_client::connect(*path);
  if (client.has_error()) {
    print_error(client.error().text);
    return exit_failed;
  }
  const auto result = client->ask(options.request);
  if (result.has_error()) {
    print_error(fmt::format("{}: {}", to_string(options.request.command), result.error().text));
    return exit_failed;
  }
  if (options.request.command == control_command::log) return show_log(*client, options, *result);
  const int code = show_result(options, *result);
  if (options.request.command == control_command::stop) {
    // The host closes the connection when it has stopped.
    while (client->read_line()) {
    }
    if (options.format == output_format::text) print("stopped\n");
  }
  return code;
}

}  // namespace moonward::host
