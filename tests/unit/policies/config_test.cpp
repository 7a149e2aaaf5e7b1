#include "policies/config.hpp"

#include "policies/config_reader.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>

using namespace moonward::policies;

namespace {

const std::string sample = R"([host]
workers = 2
slice = "5ms"
user = "nobody"
log = "moonward.log"
[defaults.service]
log_rate = "10/min"
[quotas.small]
memory = "4MiB"
instructions_per_turn = 100000
on_memory = "kill"
restart = "never"
[tenants.acme]
root = "acme"
start = ["main", "a/b.c"]
exports = ["api"]
cpu = 0.3
listen = ["127.0.0.1:8001", "[::1]:8000-8010"]
connect = ["*:443", "*.example.org:80"]
socket_rate = "1MiB/s"
permissions = ["kill", "register_global"]
[tenants.acme.services."a/b.c"]
class = "small"
[tenants.zoo]
root = "zoo"
start = []
imports = ["acme.api"]
)";

host_config accepted(const std::string& text) {
  config_result read = read_config(text, "/c/m.toml");
  BOOST_REQUIRE_MESSAGE(read.ok(), read.text());
  return *std::move(read.config);
}

std::string line_with(const std::string& text, std::string_view what, std::size_t from) {
  const std::size_t found = text.find(what, from);
  BOOST_REQUIRE_MESSAGE(found != std::string::npos, what);
  return text.substr(found, text.find('\n', found) - found);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(config_printing)

BOOST_AUTO_TEST_CASE(what_is_dumped_reads_back_as_the_same) {
  const host_config config = accepted(sample);
  const host_config again = accepted(dump_toml(config));
  BOOST_TEST((again.settings == config.settings));
  BOOST_REQUIRE(again.tenants.size() == config.tenants.size());
  for (std::size_t index = 0; index < config.tenants.size(); ++index) {
    const tenant_config& left = config.tenants[index];
    const tenant_config& right = again.tenants[index];
    BOOST_TEST(left.root == right.root);
    BOOST_TEST((left.quota == right.quota));
    BOOST_TEST((left.default_service == right.default_service));
    BOOST_TEST((left.services == right.services));
    BOOST_TEST((left.start == right.start));
    BOOST_TEST((left.exports == right.exports));
    BOOST_TEST((left.imports == right.imports));
  }
  BOOST_TEST(dump_toml(again) == dump_toml(config));
}

BOOST_AUTO_TEST_CASE(defaults_beyond_what_is_written_are_dumped_without_a_contradiction) {
  const host_config config = accepted(R"(
[tenants.acme]
root = "r"
start = ["s"]
memory = "4MiB"
[tenants.acme.services.s]
cpu_per_turn = "100ms"
)");
  BOOST_TEST((config.tenants[0].quota_for("s").cpu_per_c_call >
              config.tenants[0].quota_for("s").cpu_per_turn));
  BOOST_TEST(
      (config.tenants[0].default_service.memory_bytes > config.tenants[0].quota.memory_bytes));
  const host_config again = accepted(dump_toml(config));
  BOOST_TEST((again.tenants[0].services == config.tenants[0].services));
  BOOST_TEST((again.tenants[0].default_service == config.tenants[0].default_service));
}

BOOST_AUTO_TEST_CASE(each_value_is_explained_with_the_section_it_comes_from) {
  const std::string text = explain(accepted(sample));
  BOOST_TEST(line_with(text, "  slice", 0) ==
             "  slice                   5ms               [host] 3:9");
  BOOST_TEST(line_with(text, "  io_threads", 0) ==
             "  io_threads              1                 built-in default");
  const std::size_t tenant = text.find("\ntenant acme\n");
  BOOST_REQUIRE(tenant != std::string::npos);
  BOOST_TEST(line_with(text, "  cpu ", tenant) ==
             "  cpu                     0.3               [tenants.acme] 17:7");
  const std::size_t every = text.find("\ntenant acme, every service but those named below\n");
  BOOST_REQUIRE(every != std::string::npos);
  BOOST_TEST(line_with(text, "  log_rate", every) ==
             "  log_rate                10/min            [defaults.service] 7:12");
  const std::size_t service = text.find("\ntenant acme, service a/b.c\n");
  BOOST_REQUIRE(service != std::string::npos);
  BOOST_TEST(line_with(text, "  memory", service) ==
             "  memory                  4MiB              [quotas.small] 9:10");
  BOOST_TEST(text.find("\ntenant zoo, every service\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_explanation_fits_100_columns) {
  std::istringstream lines(explain(accepted(sample)));
  for (std::string line; std::getline(lines, line);) {
    BOOST_TEST(line.size() <= 100U, line);
  }
}

BOOST_AUTO_TEST_SUITE_END()
