#include "host/control/option_values.hpp"

#include "host/control/exec_outcome.hpp"
#include "host/control/verdict_report.hpp"
#include "host/control/version.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace moonward::host;
using moonward::sandbox::verdict;
using moonward::sandbox::verdict_reason;

namespace {

std::string refusal(const exec_texts& texts) {
  const auto read = exec_options_from(texts);
  BOOST_TEST_REQUIRE(read.has_error());
  return read.error().text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(options)

BOOST_AUTO_TEST_CASE(exec_takes_the_defaults_but_never_drops_output) {
  const auto read = exec_options_from({});
  BOOST_TEST_REQUIRE(read.has_value());
  moonward::policies::service_quota expected;
  expected.log_rate_per_second = 0;
  BOOST_TEST((read->service_quota == expected));
  BOOST_TEST((read->tenant_quota == moonward::policies::tenant_quota{}));
  BOOST_TEST(!read->timeout.has_value());
}

BOOST_AUTO_TEST_CASE(exec_takes_quotas_permissions_and_patterns) {
  const auto read = exec_options_from({{"memory=4MiB", "tenant.memory=64MiB", "cpu=0.5"},
                                       {"kill", "inject"},
                                       {"127.0.0.1:8001"},
                                       {"*:443"},
                                       "1.5s",
                                       false});
  BOOST_TEST_REQUIRE(read.has_value());
  BOOST_TEST(read->service_quota.memory_bytes == 4U << 20);
  BOOST_TEST(read->tenant_quota.memory_bytes == 64U << 20);
  BOOST_TEST(read->tenant_quota.cpu_cores == 0.5);
  BOOST_TEST(to_string(read->tenant_quota.permissions) == "kill, inject");
  BOOST_TEST(read->tenant_quota.listen.size() == 1U);
  BOOST_TEST(read->tenant_quota.connect.size() == 1U);
  BOOST_TEST((read->timeout == std::chrono::milliseconds{1500}));
  BOOST_TEST((exec_options_from({{}, {"all"}})->tenant_quota.permissions ==
              moonward::policies::permission_set::all()));
}

BOOST_AUTO_TEST_CASE(what_exec_does_not_know_is_refused_with_what_there_is) {
  BOOST_TEST(refusal({{"memry=4MiB"}})
                 .find("--quota \"memry\": is not a quota key (did you mean "
                       "\"memory\"?); known are memory, ") == 0U);
  BOOST_TEST(refusal({{"memory=4"}}).find("--quota memory = 4: ") == 0U);
  BOOST_TEST(refusal({{}, {"kil"}}) ==
             "--permit \"kil\": is no permission (did you mean \"kill\"?); there are all, kill, "
             "launch, inject, redirect, monitor, abort, setenv, signal, debug, register_global, "
             "native");
  BOOST_TEST(refusal({{}, {}, {"nowhere"}}).find("--listen nowhere: ") == 0U);
  BOOST_TEST(refusal({{}, {}, {}, {}, "5"}).find("--timeout \"5\": ") == 0U);
  BOOST_TEST(refusal({{}, {}, {"127.0.0.1:1"}, {}, "", true}) ==
             "--no-network goes with neither --listen nor --connect");
}

BOOST_AUTO_TEST_CASE(run_takes_seconds_and_probes) {
  const auto read =
      run_options_from("x.toml", "15", {"tcp://127.0.0.1:8001", "http://[::1]:8080/a?b"});
  BOOST_TEST_REQUIRE(read.has_value());
  BOOST_TEST((read->duration == std::chrono::seconds{15}));
  BOOST_TEST_REQUIRE(read->probes.size() == 2U);
  BOOST_TEST(read->probes[0].name() == "tcp 127.0.0.1:8001");
  BOOST_TEST(read->probes[1].name() == "http [::1]:8080");
  BOOST_TEST(read->probes[1].path == "/a?b");
  for (const char* seconds : {"0", "-1", "1s", "1.5", "99999999999"})
    BOOST_TEST(run_options_from("x", seconds, {}).has_error(), seconds);
  for (const char* probe :
       {"", "tcp://", "tcp://127.0.0.1", "tcp://localhost:1", "udp://127.0.0.1:1",
        "tcp://127.0.0.1:0", "tcp://127.0.0.1:65536", "http://127.0.0.1:1/ x"})
    BOOST_TEST(run_options_from("x", "", {probe}).has_error(), probe);
}

BOOST_AUTO_TEST_CASE(the_exit_code_tells_the_end) {
  const auto code = [](exec_ending ending, verdict_reason reason) {
    return exit_code_of({ending, verdict{reason}, {}});
  };
  BOOST_TEST(code(exec_ending::ended, verdict_reason::none) == 0);
  BOOST_TEST(code(exec_ending::ended, verdict_reason::finished) == 0);
  BOOST_TEST(code(exec_ending::ended, verdict_reason::script_error) == 1);
  BOOST_TEST(code(exec_ending::ended, verdict_reason::cpu_per_turn) == 3);
  BOOST_TEST(code(exec_ending::ended, verdict_reason::operator_kill) == 3);
  BOOST_TEST(code(exec_ending::timeout, verdict_reason::none) == 4);
}

BOOST_AUTO_TEST_CASE(a_verdict_comes_back_from_json) {
  for (int index = 0; index <= static_cast<int>(verdict_reason::memory_fault); ++index) {
    const verdict why{static_cast<verdict_reason>(index), 1, 2, "a.lua:1", "trace"};
    const verdict back = verdict_from(verdict_json(why));
    BOOST_TEST(json::serialize(verdict_json(back)) == json::serialize(verdict_json(why)));
    BOOST_TEST((back.reason == why.reason));
  }
}

BOOST_AUTO_TEST_CASE(the_version_is_the_projects) {
  const char* const source = std::getenv("MOONWARD_SOURCE");
  if (source == nullptr) return;
  std::ifstream file{std::string{source} + "/CMakeLists.txt"};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  BOOST_TEST(text.find("project(moonward VERSION " + std::string{version}) != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
