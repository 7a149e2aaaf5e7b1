#include "host/control/control_server.hpp"

#include "host/control/control_client.hpp"
#include "host/control/status_json.hpp"

#include "fake_port.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace moonward::host;
using moonward::host::test::fake_port;
namespace fs = std::filesystem;

namespace {

// A directory of its own, gone with the test.
struct scratch {
  scratch() {
    std::string name = (fs::temp_directory_path() / "moonward-control.XXXXXX").string();
    BOOST_TEST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~scratch() { fs::remove_all(path); }
  fs::path path;
};

struct served {
  served() : socket{std::move(*control_socket::open(place.path / "deep" / "control.sock"))} {
    auto started = control_server::start(socket, port, {});
    BOOST_TEST_REQUIRE(started.has_value());
    server = std::move(*started);
  }
  control_client client() { return std::move(*control_client::connect(socket.path())); }

  scratch place;
  fake_port port;
  control_socket socket;
  std::unique_ptr<control_server> server;
};

std::string raw_answer(const fs::path& path, std::string_view bytes) {
  const auto descriptor = connect_to_host(path);
  BOOST_TEST_REQUIRE(descriptor.has_value());
  BOOST_TEST(::send(*descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
             static_cast<ssize_t>(bytes.size()));
  std::string all;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::recv(*descriptor, buffer, sizeof buffer, 0)) > 0;)
    all.append(buffer, static_cast<std::size_t>(got));
  ::close(*descriptor);
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(control_servers)

BOOST_AUTO_TEST_CASE(the_socket_is_its_owners_alone_and_goes_with_the_host) {
  const scratch place;
  const fs::path path = place.path / "made" / "control.sock";
  {
    const auto socket = control_socket::open(path);
    BOOST_TEST_REQUIRE(socket.has_value());
    struct stat found {};
    BOOST_TEST_REQUIRE(::lstat(path.c_str(), &found) == 0);
    BOOST_TEST((found.st_mode & 07777) == 0600);
    const auto second = control_socket::open(path);
    BOOST_TEST_REQUIRE(second.has_error());
    BOOST_TEST(second.error().text.find("a host already answers at " + path.string()) == 0);
  }
  BOOST_TEST(!fs::exists(path));
}

BOOST_AUTO_TEST_CASE(a_dead_hosts_socket_is_replaced_and_other_files_are_not) {
  const scratch place;
  const fs::path path = place.path / "control.sock";
  {
    auto socket = control_socket::open(path);
    BOOST_TEST_REQUIRE(socket.has_value());
    // What a killed process leaves: the file without a listener.
    fs::rename(path, place.path / "kept");
  }
  fs::rename(place.path / "kept", path);
  BOOST_TEST(fs::is_socket(path));
  BOOST_TEST(connect_to_host(path).has_error());
  BOOST_TEST(control_socket::open(path).has_value());

  std::ofstream{path} << "precious";
  const auto refused = control_socket::open(path);
  BOOST_TEST_REQUIRE(refused.has_error());
  BOOST_TEST(refused.error().text.find("a file that is no socket stands there") !=
             std::string::npos);
  BOOST_TEST(fs::file_size(path) == 8U);
}

BOOST_AUTO_TEST_CASE(a_path_that_is_too_long_is_refused_with_its_length) {
  const auto refused = control_socket::open("/tmp/" + std::string(120, 'x'));
  BOOST_TEST_REQUIRE(refused.has_error());
  BOOST_TEST(refused.error().text.find("has 125 bytes, and the kernel takes at most 107") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(nobody_there_is_told_with_the_way_out) {
  const auto client = control_client::connect("/nonexistent/control.sock");
  BOOST_TEST_REQUIRE(client.has_error());
  BOOST_TEST(client.error().text.find("no host answers at /nonexistent/control.sock: is it "
                                      "running? Start it with `moonward run FILE`") == 0);
}

BOOST_AUTO_TEST_CASE(one_connection_asks_many_things) {
  served host;
  control_client client = host.client();
  const auto list = client.ask({control_command::list});
  BOOST_TEST_REQUIRE(list.has_value());
  const service_status chat = service_status_from(list->get_array().at(0).get_object());
  BOOST_TEST(chat.id == 10U);
  BOOST_TEST(chat.name == "chat");
  BOOST_TEST(chat.usage.memory_bytes == 65536U);

  const auto stat = client.ask({control_command::stat, "acme"});
  BOOST_TEST_REQUIRE(stat.has_value());
  const tenant_status acme = tenant_status_from(stat->get_array().at(0).get_object());
  BOOST_TEST(acme.cpu_cores == 0.5);
  BOOST_TEST(acme.verdicts[3] == 7U);

  const auto info = client.ask({control_command::info});
  BOOST_TEST_REQUIRE(info.has_value());
  BOOST_TEST(host_status_from(info->get_object()).uptime_ms == 1234U);
  const auto seen = client.ask({control_command::snapshot});
  BOOST_TEST_REQUIRE(seen.has_value());
  BOOST_TEST(snapshot_from(seen->get_object()).tenants.size() == 1U);

  BOOST_TEST(client.ask({control_command::kill, "acme/chat"}).has_value());
  BOOST_TEST(host.port.killed_by == "uid " + std::to_string(::geteuid()));
  const auto quota = client.ask({control_command::quota, "acme", "memory=1MiB"});
  BOOST_TEST_REQUIRE(quota.has_value());
  BOOST_TEST((*quota == "acme changed"));
  BOOST_TEST(client.ask({control_command::reload}).has_value());
  BOOST_TEST(client.ask({control_command::stop}).has_value());
  BOOST_TEST(host.port.stopped_by == host.port.killed_by);
  host.server->stop();
  BOOST_TEST(!client.read_line().has_value());
}

BOOST_AUTO_TEST_CASE(errors_name_the_thing_and_keep_the_connection) {
  served host;
  control_client client = host.client();
  const auto error = [&](const control_request& request) {
    const auto answer = client.ask(request);
    BOOST_TEST_REQUIRE(answer.has_error());
    return answer.error().text;
  };
  BOOST_TEST(error({control_command::stat, "acne"}) ==
             "no tenant \"acne\" (did you mean \"acme\"?); there are acme");
  BOOST_TEST(error({control_command::list, "acne"}) ==
             "no tenant \"acne\" (did you mean \"acme\"?); there are acme");
  BOOST_TEST(error({control_command::kill, "x"}) ==
             "no service \"x\" is running; `moonward ctl list` shows those that are");
  BOOST_TEST(error({control_command::quota, "acme", "x=1"}) == "that is no quota");
  BOOST_TEST(client.ask({control_command::info}).has_value());
}

BOOST_AUTO_TEST_CASE(garbage_is_answered_with_an_error_and_the_end) {
  served host;
  const std::string refused = "{\"ok\":false,\"error\":\"the request is not a JSON object";
  BOOST_TEST(raw_answer(host.socket.path(), "GET / HTTP/1.1\r\n").find(refused) == 0U);
  BOOST_TEST(raw_answer(host.socket.path(), std::string(3, '\0') + "\n").find(refused) == 0U);
  // More than a request may have: an error, if the kernel lets it through, and the end.
  const auto descriptor = connect_to_host(host.socket.path());
  BOOST_TEST_REQUIRE(descriptor.has_value());
  const std::string flood(max_request_bytes, 'x');
  BOOST_TEST(::send(*descriptor, flood.data(), flood.size(), MSG_NOSIGNAL) ==
             static_cast<ssize_t>(flood.size()));
  char buffer[256];
  BOOST_TEST(::recv(*descriptor, buffer, sizeof buffer, MSG_WAITALL) > 0);
  ::close(*descriptor);
  BOOST_TEST(host.client().ask({control_command::info}).has_value());
}

BOOST_AUTO_TEST_CASE(a_follower_gets_the_last_lines_and_every_further_one_until_it_goes) {
  served host;
  {
    control_client client = host.client();
    const auto last = client.ask({control_command::log, "", "", 2, true});
    BOOST_TEST_REQUIRE(last.has_value());
    BOOST_TEST(last->get_array().size() == 2U);
    host.port.say("first \xFF");
    host.port.say("second");
    const auto line = client.read_line();
    BOOST_TEST_REQUIRE(line.has_value());
    BOOST_TEST(*line == "{\"line\":\"first \xEF\xBF\xBD\"}");
    BOOST_TEST(client.read_line().value_or("") == R"({"line":"second"})");
    BOOST_TEST(host.port.followers == 1U);
  }
  while (host.port.followers != 0) std::this_thread::yield();
}

BOOST_AUTO_TEST_CASE(a_follower_that_does_not_read_loses_lines_and_is_told_how_many) {
  served host;
  control_client client = host.client();
  BOOST_TEST_REQUIRE(client.ask({control_command::log, "", "", 0, true}).has_value());
  const std::string line(1000, 'x');
  for (int index = 0; index < 5000; ++index) host.port.say(line);
  control_client other = host.client();
  BOOST_TEST(other.ask({control_command::info}).has_value());
  std::size_t lines = 0;
  while (const auto got = client.read_line()) {
    if (got->find("lines skipped") != std::string::npos) break;
    if (++lines == 4000) break;
    if (lines > 200) host.port.say("go on");
  }
  BOOST_TEST(lines < 4000U);
}

BOOST_AUTO_TEST_CASE(more_clients_than_there_is_room_for_are_told_so) {
  served host;
  std::vector<control_client> clients;
  for (std::size_t index = 0; index < control_server::max_clients; ++index) {
    clients.push_back(host.client());
    BOOST_TEST_REQUIRE(clients.back().ask({control_command::info}).has_value());
  }
  const auto refused = host.client().ask({control_command::info});
  BOOST_TEST_REQUIRE(refused.has_error());
  BOOST_TEST(refused.error().text == "64 clients are connected already; try again");
  clients.pop_back();
  while (host.client().ask({control_command::info}).has_error()) std::this_thread::yield();
}

BOOST_AUTO_TEST_SUITE_END()
