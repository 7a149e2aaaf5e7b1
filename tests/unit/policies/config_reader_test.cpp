#include "policies/config_reader.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

using namespace moonward::policies;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view minimal = "[tenants.a]\nroot = 'a'\nstart = ['main']\n";

// The problems of a text in a file called /c/m.toml, less that prefix, one a line.
std::string problems(const std::string& text) {
  const config_result read = read_config(text, "/c/m.toml");
  std::string lines;
  for (const problem& each : read.problems) {
    const std::string line = each.text();
    lines += line.starts_with("/c/m.toml:") ? line.substr(10) : line;
    lines += "\n";
  }
  return lines;
}

host_config accepted(const std::string& text) {
  config_result read = read_config(text, "/c/m.toml");
  BOOST_REQUIRE_MESSAGE(read.ok(), read.text());
  return *std::move(read.config);
}

// A problem in a complete file: `section` with `line` is added after the minimal tenant, as line 5.
std::string problem_in(const std::string& section, const std::string& line) {
  return problems(std::string(minimal) + "[" + section + "]\n" + line + "\n");
}

class scratch_folder {
 public:
  scratch_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "moonward-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~scratch_folder() { std::filesystem::remove_all(path_); }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(config_reading)

BOOST_AUTO_TEST_CASE(a_minimal_file_has_the_built_in_defaults) {
  const host_config config = accepted(std::string(minimal));
  BOOST_TEST(config.source == "/c/m.toml");
  BOOST_TEST(config.settings.state_dir == "/c/state");
  BOOST_TEST(config.settings.control_socket == "/c/state/control.sock");
  BOOST_TEST(config.settings.log_file.empty());
  BOOST_REQUIRE(config.tenants.size() == 1U);
  const tenant_config& tenant = config.tenants.front();
  BOOST_TEST(tenant.name == "a");
  BOOST_TEST(tenant.root == "/c/a");
  BOOST_TEST(tenant.start == std::vector<std::string>{"main"}, boost::test_tools::per_element());
  BOOST_TEST((tenant.quota == tenant_quota{}));
  BOOST_TEST((tenant.quota_for("main") == service_quota{}));
  BOOST_TEST((tenant.origins_for("main").empty()));
  BOOST_TEST((config.find_tenant("a") == &tenant));
  BOOST_TEST((config.find_tenant("b") == nullptr));
}

BOOST_AUTO_TEST_CASE(paths_are_relative_to_the_file) {
  const host_config config = accepted(
      "[host]\nstate_dir = '../s/'\nlog = 'l.txt'\n"
      "[tenants.a]\nroot = './x/../y/'\nstart = []\n[tenants.b]\nroot = '/abs'\nstart = []\n");
  BOOST_TEST(config.settings.state_dir == "/s");
  BOOST_TEST(config.settings.control_socket == "/s/control.sock");
  BOOST_TEST(config.settings.log_file == "/c/l.txt");
  BOOST_TEST(config.tenants[0].root == "/c/y");
  BOOST_TEST(config.tenants[1].root == "/abs");
}

BOOST_AUTO_TEST_CASE(later_layers_win_and_every_value_knows_its_section) {
  const host_config config = accepted(R"([defaults.service]
memory = "1MiB"
timers = 1
coroutines = 1
message_depth = 1
mailbox_messages = 1
[quotas.small]
memory = "2MiB"
timers = 2
coroutines = 2
message_depth = 2
[quotas.big]
memory = "3MiB"
timers = 3
[tenants.a]
root = "a"
start = ["main"]
sockets = 7
[tenants.a.service]
class = "small"
memory = "4MiB"
timers = 4
coroutines = 4
[tenants.a.services.chat]
class = "big"
memory = "5MiB"
[defaults.tenant]
sockets = 6
weight = 6
)");
  const tenant_config& tenant = config.tenants.front();
  BOOST_TEST(tenant.quota.sockets == 7U);
  BOOST_TEST(tenant.quota.weight == 6U);
  BOOST_TEST(tenant.quota_for("main").memory_bytes == 4 * mib);
  BOOST_TEST(tenant.quota_for("main").timers == 4U);
  BOOST_TEST(tenant.quota_for("main").message_depth == 2U);
  BOOST_TEST(tenant.quota_for("main").mailbox_messages == 1U);
  BOOST_TEST(tenant.quota_for("chat").memory_bytes == 5 * mib);
  BOOST_TEST(tenant.quota_for("chat").timers == 3U);
  BOOST_TEST(tenant.quota_for("chat").coroutines == 4U);
  BOOST_TEST(tenant.quota_for("chat").source_bytes == 1 * mib);

  const origin_map& origins = tenant.origins_for("chat");
  BOOST_TEST(origins.at("memory").layer == "[tenants.a.services.chat]");
  BOOST_TEST(origins.at("memory").place == "/c/m.toml:26:10");
  BOOST_TEST(origins.at("timers").layer == "[quotas.big]");
  BOOST_TEST(origins.at("coroutines").layer == "[tenants.a.service]");
  BOOST_TEST(origins.at("message_depth").layer == "[quotas.small]");
  BOOST_TEST(origins.at("mailbox_messages").layer == "[defaults.service]");
  BOOST_TEST(!origins.contains("source_bytes"));
  BOOST_TEST(tenant.quota_origins.at("weight").layer == "[defaults.tenant]");
}

BOOST_AUTO_TEST_CASE(every_problem_is_found_in_one_pass_in_the_order_of_the_file) {
  BOOST_TEST(problems(R"([host]
slice = 2
colour = "red"
[tenants.a]
root = 3
start = ["../x"]
[tenants.a.service]
memory = "1TB"
)") ==
             R"(2:9: host.slice = 2: has no unit; write a time such as "250ms", from 200us to 1s
3:1: host.colour: is not a known key; known are workers, slice, io_threads, user, state_dir, control_socket, log, stop_timeout, require_protection, allow_root
5:8: tenants.a.root = 3: is a whole number; write the tenant's script directory, relative to this file
6:10: tenants.a.start = "../x": is not a name; write a name of letters, digits, "_", "-", ".", with "/" between folders, such as "main"
8:10: tenants.a.service.memory = "1TB": has the unknown unit "TB"; write a size such as "16MiB" (B, KiB, MiB, GiB), from 64KiB to 1024GiB
)");
}

BOOST_AUTO_TEST_CASE(a_file_without_tenants_says_that_one_is_needed) {
  const std::string needed =
      "1:1: tenants: is missing, but at least one tenant is needed; write a section such as "
      "[tenants.main] with root and start\n";
  BOOST_TEST(problems("") == needed);
  BOOST_TEST(problems("# nothing\n") == needed);
  BOOST_TEST(problems("[tenants]\n") == needed);
  BOOST_TEST(problems("[host]\nworkers = 1\n") == needed);
}

BOOST_AUTO_TEST_CASE(broken_syntax_is_reported_at_its_place) {
  BOOST_TEST(problems("[tenants.a\n").starts_with("1:11: Error while parsing table header: "));
  BOOST_TEST(problems("a = [1,\n").ends_with("; the file must be TOML 1.0\n"));
  BOOST_TEST(problems("a = 1\na = 2\n").starts_with("2:"));
  BOOST_TEST(problems("a = \"\xff\"\n").starts_with("1:"));
  BOOST_TEST(problems(std::string("a = \0", 5)).starts_with("1:"));
  BOOST_TEST(problems("a = " + std::string(3000, '[')).starts_with("1:"));
}

BOOST_AUTO_TEST_CASE(every_truncation_of_a_file_is_read_or_refused_with_a_place) {
  const std::string whole =
      "[host]\nslice = \"2ms\"\n[quotas.s]\ntimers = 3\n" + std::string(minimal) +
      "listen = [\"127.0.0.1:1\", \"[::1]:2\"]\n[tenants.a.service]\nclass = \"s\"\n";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const config_result read = read_config(whole.substr(0, length), "/c/m.toml");
    BOOST_TEST(read.ok() == read.problems.empty());
    for (const problem& each : read.problems) {
      BOOST_TEST(each.line > 0U, each.text());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_huge_file_is_refused_unread) {
  const std::string comment(longest_config_bytes - minimal.size() - 2, '#');
  BOOST_TEST(problems(std::string(minimal) + comment + "\n") == "");
  BOOST_TEST(problems(std::string(minimal) + comment + "##\n") ==
             " has 1048577 bytes; a configuration has at most 1MiB\n");
}

BOOST_AUTO_TEST_CASE(an_unknown_key_names_the_nearest_or_the_section_it_belongs_to) {
  BOOST_TEST(problem_in("defaults.service", "memroy = \"1MiB\"") ==
             "5:1: defaults.service.memroy: is not a known key; did you mean \"memory\"?\n");
  BOOST_TEST(problem_in("defaults.service", "weight = 3") ==
             "5:1: defaults.service.weight: is not a known key here; it is a key of tenants, which "
             "belongs in [defaults.tenant]\n");
  BOOST_TEST(
      problem_in("tenants.a.service", "sockets = 3") ==
      "5:1: tenants.a.service.sockets: is not a known key here; it is a key of tenants, which "
      "belongs in [tenants.a]\n");
  BOOST_TEST(problem_in("tenants.a.services.x", "sockets = 3") ==
             "5:1: tenants.a.services.x.sockets: is not a known key here; it is a key of tenants, "
             "which belongs in [tenants.a]\n");
  BOOST_TEST(
      problems(std::string(minimal) + "timers = 3\n") ==
      "4:1: tenants.a.timers: is not a known key here; it is a key of services, which belongs "
      "in [tenants.a.service]\n");
  BOOST_TEST(problem_in("default.service", "timers = 3") ==
             "4:2: default: is not a known key; did you mean \"defaults\"?\n");
  BOOST_TEST(problem_in("defaults.services", "timers = 3") ==
             "4:11: defaults.services: is not a known key; did you mean \"service\"?\n");
}

BOOST_AUTO_TEST_CASE(a_value_where_a_section_is_due_is_refused) {
  BOOST_TEST(problems(std::string(minimal) + "service = 3\n") ==
             "4:11: tenants.a.service = 3: is a whole number; this is a section, write "
             "[tenants.a.service]\n");
  BOOST_TEST(problems(std::string(minimal) + "services = 3\n") ==
             "4:12: tenants.a.services = 3: is a whole number; the limit on services is called "
             "max_services, and services holds a section for each service\n");
  BOOST_TEST(problems("tenants = 3\n") ==
             "1:11: tenants = 3: is a whole number; this is a section, write [tenants]\n");
  BOOST_TEST(problem_in("host.workers", "") ==
             "4:1: host.workers = {...}: is a table; write a whole number, from 0 to 1024\n");
}

BOOST_AUTO_TEST_CASE(a_tenant_needs_root_and_start) {
  BOOST_TEST(problems("[tenants.a]\n") ==
             "1:10: tenants.a.root: is missing; write the tenant's script directory, relative to "
             "this file\n"
             "1:10: tenants.a.start: is missing; name the services to start, such as start = "
             "[\"main\"]\n");
  BOOST_TEST(
      problems("[tenants.a]\nroot = ''\nstart = 'main'\n") ==
      "2:8: tenants.a.root = \"\": is empty; write the tenant's script directory, relative to "
      "this file\n"
      "3:9: tenants.a.start = \"main\": is a string; write an array of strings\n");
}

BOOST_AUTO_TEST_CASE(a_tenant_name_is_1_to_32_of_a_small_alphabet) {
  BOOST_TEST(is_tenant_name("a"));
  BOOST_TEST(is_tenant_name("a_b-9"));
  BOOST_TEST(is_tenant_name(std::string(32, 'a')));
  BOOST_TEST(!is_tenant_name(std::string(33, 'a')));
  for (const std::string_view name : {"", "A", "a b", "a.b", "a/b", "\xc3\xa4"}) {
    BOOST_TEST(!is_tenant_name(name), name);
  }
  BOOST_TEST(problems("[tenants.\"A b\"]\n") ==
             "1:10: tenants.\"A b\": is not the name of a tenant; write 1 to 32 of a-z, 0-9, \"_\" "
             "and \"-\"\n");
}

BOOST_AUTO_TEST_CASE(a_service_name_has_no_path_tricks) {
  for (const std::string_view name : {"main", "a/b", "a.b", "A-1_x/y.lua"}) {
    BOOST_TEST(is_service_name(name), name);
  }
  BOOST_TEST(is_service_name(std::string(128, 'a')));
  BOOST_TEST(!is_service_name(std::string(129, 'a')));
  for (const std::string_view name : {"", "/a", "a/", "a//b", "..", "../a", "a/../b", ".", "./a",
                                      ".a", "a/.b", "a\\b", "a b", "a\nb", "~", "a;b"}) {
    BOOST_TEST(!is_service_name(name), name);
  }
}

BOOST_AUTO_TEST_CASE(an_import_must_be_exported_by_another_tenant) {
  const auto with_imports = [](const std::string& list) {
    return problems("[tenants.a]\nroot = 'a'\nstart = []\nimports = [" + list +
                    "]\n[tenants.bank]\nroot = 'b'\nstart = []\nexports = ['api']\n");
  };
  BOOST_TEST(with_imports("'bank.api'") == "");
  BOOST_TEST(with_imports("'bank.db'") ==
             "4:12: tenants.a.imports = \"bank.db\": is not exported; [tenants.bank] would need "
             "exports = [\"db\"]\n");
  BOOST_TEST(
      with_imports("'banc.api'") ==
      "4:12: tenants.a.imports = \"banc.api\": names the unknown tenant \"banc\" (did you mean "
      "\"bank\"?); known are \"a\", \"bank\"\n");
  BOOST_TEST(with_imports("'a.api'") ==
             "4:12: tenants.a.imports = \"a.api\": is the tenant's own; a tenant sees its own "
             "services without importing them\n");
  BOOST_TEST(with_imports("'api'") ==
             "4:12: tenants.a.imports = \"api\": is not an import; write \"tenant.name\", such as "
             "\"accounts.api\"\n");
  BOOST_TEST(with_imports("'bank.api', 'bank.api'") ==
             "4:24: tenants.a.imports = \"bank.api\": is listed twice; name it once\n");

  const host_config config = accepted(
      "[tenants.a]\nroot = 'a'\nstart = []\nimports = ['b.api']\n"
      "[tenants.b]\nroot = 'b'\nstart = []\nexports = ['api']\n");
  BOOST_TEST((config.tenants[0].imports == std::vector<import_name>{{"b", "api"}}));
}

BOOST_AUTO_TEST_CASE(a_class_must_exist) {
  BOOST_TEST(
      problem_in("tenants.a.service", "class = 'small'") ==
      "5:9: tenants.a.service.class = \"small\": is not a quota class; there is none, write a "
      "section such as [quotas.small]\n");
  BOOST_TEST(problem_in("quotas.small", "[tenants.a.service]\nclass = 'smal'") ==
             "6:9: tenants.a.service.class = \"smal\": is not a quota class (did you mean "
             "\"small\"?); allowed is \"small\"\n");
  BOOST_TEST(problem_in("tenants.a.service", "class = 3") ==
             "5:9: tenants.a.service.class = 3: is a whole number; write the name of a section "
             "[quotas.NAME]\n");
}

BOOST_AUTO_TEST_CASE(a_service_can_not_have_more_memory_than_its_tenant) {
  const auto with_memory = [](const std::string& tenant, const std::string& service) {
    return problems(std::string(minimal) + tenant + "[tenants.a.service]\n" + service);
  };
  BOOST_TEST(with_memory("memory = '8MiB'\n", "memory = '8MiB'\n") == "");
  BOOST_TEST(
      with_memory("memory = '8MiB'\n", "memory = '8388609B'\n") ==
      "6:10: tenants.a.service.memory = \"8388609B\": is more than the whole memory of tenant "
      "\"a\"; that is \"8MiB\" (/c/m.toml:4:10)\n");
  BOOST_TEST(with_memory("", "memory = '257MiB'\n") ==
             "5:10: tenants.a.service.memory = \"257MiB\": is more than the whole memory of tenant "
             "\"a\"; that is \"256MiB\" (its built-in default)\n");
  // A built-in default does not contradict what is written: the smaller binds.
  BOOST_TEST(with_memory("memory = '8MiB'\n", "") == "");
}

BOOST_AUTO_TEST_CASE(a_c_call_can_not_be_given_longer_than_its_turn) {
  BOOST_TEST(problem_in("defaults.service", "cpu_per_turn = '1s'\ncpu_per_c_call = '1s'") == "");
  BOOST_TEST(problem_in("defaults.service", "cpu_per_turn = '1s'\ncpu_per_c_call = '1001ms'") ==
             "6:18: defaults.service.cpu_per_c_call = \"1001ms\": is more than cpu_per_turn, so it "
             "would never be reached; that is \"1s\" (/c/m.toml:5:16)\n");
  BOOST_TEST(problem_in("defaults.service", "cpu_per_turn = '100ms'") == "");
}

BOOST_AUTO_TEST_CASE(a_problem_in_a_list_is_placed_at_its_element) {
  BOOST_TEST(
      problems(std::string(minimal) + "permissions = ['kill', 'Debug']\n") ==
      "4:24: tenants.a.permissions = \"Debug\": has the unknown permission \"Debug\" (did you "
      "mean \"debug\"?); allowed is \"kill\", \"launch\", \"inject\", \"redirect\", "
      "\"monitor\", \"abort\", \"setenv\", \"signal\", \"debug\", \"register_global\", "
      "\"native\"\n");
  BOOST_TEST(
      problems(std::string(minimal) + "listen = ['127.0.0.1:1', '*:2']\n") ==
      "4:26: tenants.a.listen = \"*:2\": names no address to listen on; write an own address "
      "and a port, such as \"127.0.0.1:8001\", \"0.0.0.0:8001\" or \"[::1]:*\"\n");
}

BOOST_AUTO_TEST_CASE(a_control_socket_path_fits_into_a_socket_address) {
  const std::string name(103, 'x');
  BOOST_TEST(problem_in("host", "control_socket = '" + name + "'") ==
             "");  // "/c/" and 103 make 106
  BOOST_TEST(problem_in("host", "control_socket = '" + name + "y'") == "");
  BOOST_TEST(problem_in("host", "control_socket = '" + name + "yz'") ==
             "5:18: host.control_socket = \"/c/" + name +
                 "yz\": is a path of 108 bytes; a Unix socket's path has at most 107\n");
}

BOOST_AUTO_TEST_CASE(control_characters_of_a_value_do_not_reach_the_terminal) {
  BOOST_TEST(
      problem_in("host", "slice = \"\\u001b[31m\"") ==
      "5:9: host.slice = \"\\u001b[31m\": does not start with a number; write a time such as "
      "\"250ms\" (ns, us, ms, s, min, h), from 200us to 1s\n");
}

BOOST_AUTO_TEST_CASE(a_problem_that_repeats_the_value_is_one_printable_line) {
  BOOST_TEST(problem_in("host", "slice = \"1\\n\"") ==
             "5:9: host.slice = \"1\\n\": has the unknown unit \"\\n\"; write a time such as "
             "\"250ms\" (ns, us, ms, s, min, h), from 200us to 1s\n");
}

BOOST_AUTO_TEST_CASE(a_problem_of_the_syntax_is_one_printable_line) {
  BOOST_TEST(
      problems("a = i\n") ==
      "1:6: Error while parsing floating-point: expected 'inf', saw 'i\\n'; the file must be "
      "TOML 1.0\n");
}

BOOST_AUTO_TEST_CASE(a_long_value_is_shortened_in_its_problem) {
  const std::string text = problem_in("host", "slice = '" + std::string(500, '1') + "'");
  BOOST_TEST(text.starts_with("5:9: host.slice = \"11111"));
  BOOST_TEST(text.find("111...: has no unit") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_is_read_from_disk_and_its_roots_are_looked_at) {
  const scratch_folder folder;
  folder.write("m.toml", minimal);
  const std::filesystem::path path = folder.path() / "m.toml";
  BOOST_TEST(
      read_config_file(path).text() ==
      path.string() + ":2:8: tenants.a.root = \"" + (folder.path() / "a").string() +
          "\": does not exist; write the tenant's script directory, relative to this file\n");
  folder.write("a", "");
  BOOST_TEST(read_config_file(path).text() ==
             path.string() + ":2:8: tenants.a.root = \"" + (folder.path() / "a").string() +
                 "\": is not a directory; write the tenant's script directory, relative to this "
                 "file\n");
  std::filesystem::remove(folder.path() / "a");
  std::filesystem::create_directory(folder.path() / "a");
  BOOST_TEST(read_config_file(path).text() == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_readable_file_is_refused) {
  const scratch_folder folder;
  BOOST_TEST(read_config_file(folder.path() / "none.toml").text() ==
             (folder.path() / "none.toml").string() +
                 ": is missing; write the path of a configuration in TOML\n");
  BOOST_TEST(read_config_file(folder.path()).text() ==
             folder.path().string() +
                 ": is not a file; write the path of a configuration in TOML\n");
  folder.write("huge.toml", std::string(longest_config_bytes + 1, '#'));
  BOOST_TEST(read_config_file(folder.path() / "huge.toml").text() ==
             (folder.path() / "huge.toml").string() +
                 ": is longer than 1MiB; a configuration has at most 1MiB\n");
}

BOOST_AUTO_TEST_SUITE_END()
