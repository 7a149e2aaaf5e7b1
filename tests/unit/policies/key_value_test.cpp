#include "policies/key_value.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

using namespace moonward::policies;

namespace {

template <class Subject>
std::string overridden(Subject& subject, std::string_view assignment) {
  const auto done = apply_override(subject, assignment);
  return done.has_error() ? done.error().text : "ok";
}

template <class Subject>
void check_table() {
  std::set<std::string_view> names;
  for (const key_row<Subject>& row : key_table<Subject>()) {
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(names.insert(row.name).second);
      BOOST_TEST(!row.doc.empty());
      BOOST_TEST(row.least <= row.most);
      BOOST_TEST((find_key<Subject>(row.name) == &row));
    }
  }
}

// Each default, written out and read again, is accepted and the same.
template <class Subject>
void check_defaults() {
  for (const key_row<Subject>& row : key_table<Subject>()) {
    BOOST_TEST_CONTEXT(row.name) {
      Subject subject;
      const std::string printed = print_value(row, subject);
      std::string bare;
      for (const char character : printed) {
        if (character != '"' && character != '[' && character != ']') {
          bare += character;
        }
      }
      BOOST_TEST(overridden(subject, std::string(row.name) + "=" + bare) == "ok");
      BOOST_TEST((subject == Subject{}));
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(key_values)

BOOST_AUTO_TEST_CASE(a_table_has_each_name_once) {
  check_table<service_quota>();
  check_table<tenant_quota>();
  check_table<host_settings>();
}

BOOST_AUTO_TEST_CASE(every_built_in_default_is_within_its_bounds) {
  check_defaults<service_quota>();
  check_defaults<tenant_quota>();
}

BOOST_AUTO_TEST_CASE(a_value_at_its_bound_is_taken_and_one_beyond_is_refused) {
  service_quota quota;
  const std::string allowed = R"(; write a size such as "16MiB", from 64KiB to 1024GiB)";
  BOOST_TEST(overridden(quota, "memory=64KiB") == "ok");
  BOOST_TEST(quota.memory_bytes == 64 * kib);
  BOOST_TEST(overridden(quota, "memory=65535B") == "memory = 65535B: is too small" + allowed);
  BOOST_TEST(quota.memory_bytes == 64 * kib);
  BOOST_TEST(overridden(quota, "memory=1024GiB") == "ok");
  BOOST_TEST(overridden(quota, "memory=1099511627777B") ==
             "memory = 1099511627777B: is too large" + allowed);

  tenant_quota tenant;
  BOOST_TEST(overridden(tenant, "weight=1") == "ok");
  BOOST_TEST(overridden(tenant, "weight=0") ==
             "weight = 0: is too small; write a whole number, from 1 to 10000");
  BOOST_TEST(overridden(tenant, "weight=10000") == "ok");
  BOOST_TEST(overridden(tenant, "weight=10001") ==
             "weight = 10001: is too large; write a whole number, from 1 to 10000");
  BOOST_TEST(overridden(tenant, "cpu=0.001") == "ok");
  BOOST_TEST(overridden(tenant, "cpu=0.0009") ==
             "cpu = 0.0009: is too small; write a number of cores such as 0.5, from 0.001 to 1024");
  BOOST_TEST(overridden(tenant, "cpu=1024") == "ok");
  BOOST_TEST(tenant.cpu_cores == 1024.0);
  BOOST_TEST(
      overridden(tenant, "cpu=nan") ==
      "cpu = nan: is not a finite number; write a number of cores such as 0.5, from 0.001 to "
      "1024");
}

BOOST_AUTO_TEST_CASE(a_bare_number_is_refused_where_a_unit_is_due) {
  service_quota quota;
  BOOST_TEST(overridden(quota, "memory=64") ==
             R"(memory = 64: has no unit; write a size such as "16MiB", from 64KiB to 1024GiB)");
  BOOST_TEST(overridden(quota, "cpu_per_turn=2") ==
             R"(cpu_per_turn = 2: has no unit; write a time such as "250ms", from 5ms to 24h)");
  BOOST_TEST((quota == service_quota{}));
}

BOOST_AUTO_TEST_CASE(a_count_takes_whole_numbers_alone) {
  service_quota quota;
  BOOST_TEST(overridden(quota, "timers=5") == "ok");
  BOOST_TEST(quota.timers == 5U);
  BOOST_TEST(overridden(quota, "timers=-1") ==
             "timers = -1: is negative; write a whole number, from 0 to 100000000");
  BOOST_TEST(
      overridden(quota, "timers=1.5") ==
      "timers = 1.5: is a number with a fraction; write a whole number, from 0 to 100000000");
  BOOST_TEST(overridden(quota, "timers=5s") ==
             "timers = 5s: is a string; write a whole number, from 0 to 100000000");
  BOOST_TEST(overridden(quota, "timers=") ==
             "timers = \"\": is a string; write a whole number, from 0 to 100000000");
}

BOOST_AUTO_TEST_CASE(off_is_a_value_only_where_there_may_be_no_limit) {
  service_quota quota;
  BOOST_TEST(overridden(quota, "instructions_per_turn=1000") == "ok");
  BOOST_TEST(quota.instructions_per_turn.value() == 1000U);
  BOOST_TEST(overridden(quota, "instructions_per_turn=off") == "ok");
  BOOST_TEST(!quota.instructions_per_turn.has_value());
  BOOST_TEST(overridden(quota, "log_rate=off") == "ok");
  BOOST_TEST(quota.log_rate_per_second == 0.0);
  BOOST_TEST(overridden(quota, "instructions_per_turn=999") ==
             "instructions_per_turn = 999: is too small; write a whole number, from 1000 to "
             "1000000000000000, or \"off\"");
  BOOST_TEST(overridden(quota, "coroutines=off") ==
             "coroutines = off: is a string; write a whole number, from 1 to 100000000");
}

BOOST_AUTO_TEST_CASE(a_choice_is_one_of_its_words) {
  service_quota quota;
  BOOST_TEST(overridden(quota, "restart=always") == "ok");
  BOOST_TEST((quota.restart == restart_policy::always));
  BOOST_TEST(overridden(quota, "restart=on_failure") ==
             R"(restart = on_failure: is not a choice (did you mean "on-failure"?); allowed is )"
             R"("never", "on-failure", "always")");
  BOOST_TEST(overridden(quota, "on_memory=die") ==
             R"(on_memory = die: is not a choice; allowed is "refuse", "kill")");
}

BOOST_AUTO_TEST_CASE(a_list_is_written_with_commas) {
  tenant_quota quota;
  BOOST_TEST(overridden(quota, "permissions=kill,debug") == "ok");
  BOOST_TEST((quota.permissions == permission_set{permission::kill, permission::debug}));
  BOOST_TEST(overridden(quota, "permissions=") == "ok");
  BOOST_TEST(quota.permissions.empty());
  BOOST_TEST(overridden(quota, "listen=127.0.0.1:1,[::1]:2") == "ok");
  BOOST_TEST(quota.listen.size() == 2U);
  BOOST_TEST(overridden(quota, "listen=127.0.0.1:1,127.0.0.1:1") ==
             "listen = 127.0.0.1:1,127.0.0.1:1: is listed twice; name each pattern once");
  BOOST_TEST(quota.listen.size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_override_goes_to_the_service_unless_it_says_tenant) {
  service_quota service;
  tenant_quota tenant;
  BOOST_TEST(apply_override(service, tenant, "memory=1MiB").has_value());
  BOOST_TEST(apply_override(service, tenant, "tenant.memory=2MiB").has_value());
  BOOST_TEST(apply_override(service, tenant, "cpu=0.5").has_value());
  BOOST_TEST(apply_override(service, tenant, "timers=3").has_value());
  BOOST_TEST(service.memory_bytes == 1 * mib);
  BOOST_TEST(tenant.memory_bytes == 2 * mib);
  BOOST_TEST(tenant.cpu_cores == 0.5);
  BOOST_TEST(service.timers == 3U);
  BOOST_TEST(
      apply_override(service, tenant, "tenant.cpu=0").error().text ==
      "tenant.cpu = 0: is too small; write a number of cores such as 0.5, from 0.001 to 1024");
}

BOOST_AUTO_TEST_CASE(an_override_of_an_unknown_key_names_the_nearest) {
  service_quota service;
  tenant_quota tenant;
  BOOST_TEST(
      apply_override(service, tenant, "memry=1MiB")
          .error()
          .text.starts_with(
              R"("memry": is not a quota key (did you mean "memory"?); known are memory, on_memory,)"));
  BOOST_TEST(apply_override(service, tenant, "memory").error().text ==
             R"("memory" is not key=value; write for example memory=64MiB)");
  BOOST_TEST(apply_override(service, tenant, "=4").error().text ==
             R"("=4" is not key=value; write for example memory=64MiB)");
}

BOOST_AUTO_TEST_CASE(text_is_quoted_so_that_a_terminal_does_not_obey_it) {
  BOOST_TEST(quote_text("a\"b\\c") == R"("a\"b\\c")");
  BOOST_TEST(quote_text("\x1b[31m\n\x7f") == R"("\u001b[31m\n\u007f")");
  BOOST_TEST(quote_text("\xc2\x9b"
                        "31m") == R"("\u009b31m")");
  BOOST_TEST(quote_text("gr\xc3\xbc\xc3\x9f") == "\"gr\xc3\xbc\xc3\x9f\"");
}

BOOST_AUTO_TEST_SUITE_END()
