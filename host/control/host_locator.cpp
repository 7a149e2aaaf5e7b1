#include "host/control/host_locator.hpp"

#include "policies/config_reader.hpp"

#include <cstdlib>
#include <string>
#include <system_error>

namespace moonward::host {

namespace {

constexpr const char* usual_file = "etc/moonward.toml";

policies::result<std::filesystem::path> socket_of(const std::filesystem::path& file) {
  const policies::config_result read = policies::read_config_file(file);
  if (!read.ok())
    return policies::failure{"cannot tell the host's control socket from its configuration:\n" +
                             read.text()};
  return {boost::system::in_place_value, read.config->settings.control_socket};
}

}  // namespace

policies::result<std::filesystem::path> locate_host(const host_address& address) {
  if (!address.socket.empty()) return {boost::system::in_place_value, address.socket};
  if (!address.config.empty()) return socket_of(address.config);
  if (const char* const told = std::getenv("MOONWARD_SOCKET"); told != nullptr && *told != '\0')
    return {boost::system::in_place_value, told};
  std::error_code error;
  if (std::filesystem::exists(usual_file, error)) return socket_of(usual_file);
  return policies::failure{
      "which host? Say where it is with --socket PATH, or --config FILE with the file it runs "
      "from, or MOONWARD_SOCKET in the environment"};
}

}  // namespace moonward::host
