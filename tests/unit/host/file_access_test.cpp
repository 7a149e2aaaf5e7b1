// A victim applies what a host of a certain configuration would, and tries what it may and may not.
#include "host/file_access.hpp"

#include "tests/support/victim.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <netdb.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace fs = std::filesystem;

namespace moonward::host {

namespace {

boost::test_tools::assertion_result when_confined(boost::unit_test::test_unit_id) {
  const auto version = policies::landlock_version();
  boost::test_tools::assertion_result result(version.has_value());
  if (!result) result.message() << version.error().text;
  return result;
}

void touch(const fs::path& file, std::string_view text = "x") {
  fs::create_directories(file.parent_path());
  std::ofstream{file} << text;
}

// "config/host.toml", "scripts/main.lua", "run", "state", "log/host.log" and, out of reach,
// "other/file" and "config_other".
struct fixture {
  fixture() {
    std::string pattern = (fs::temp_directory_path() / "file_access_XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    top = fs::canonical(pattern);
    touch(top / "config/host.toml");
    touch(top / "scripts/lib/main.lua");
    touch(top / "log/host.log");
    touch(top / "run/control.sock");
    touch(top / "other/file");
    fs::create_directory(top / "state");
    config.source = top / "config/host.toml";
    config.settings.state_dir = top / "state";
    config.settings.control_socket = top / "run/control.sock";
    config.tenants.emplace_back().root = top / "scripts";
  }
  ~fixture() { fs::remove_all(top); }

  // What errno the attempts give in a confined process, in order, joined by spaces: "0 EACCES".
  template <class... Attempts>
  std::string confined(Attempts... attempts) {
    return test::run_victim([&] {
             file_access access = file_access::of_host(config, top / "log/host.log");
             access.apply();
             const auto tell = [](int result) {
               const std::string text =
                   std::string{result >= 0 ? "0" : ::strerrorname_np(errno)} + " ";
               (void)!::write(STDERR_FILENO, text.data(), text.size());
             };
             (tell(attempts()), ...);
           })
        .standard_error;
  }
  auto open(const fs::path& path, int flags) const {
    return [file = top / path, flags] { return ::open(file.c_str(), flags, 0600); };
  }

  fs::path top;
  policies::host_config config;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(file_accesses, fixture, *boost::unit_test::precondition(when_confined))

BOOST_AUTO_TEST_CASE(scripts_and_configuration_are_read_and_not_written) {
  BOOST_TEST(confined(open("scripts/lib/main.lua", O_RDONLY), open("scripts/lib", O_DIRECTORY),
                      open("config/host.toml", O_RDONLY)) == "0 0 0 ");
  BOOST_TEST(confined(open("scripts/lib/main.lua", O_WRONLY), open("scripts/new", O_CREAT | O_RDWR),
                      open("config/host.toml", O_RDWR)) == "EACCES EACCES EACCES ");
}

BOOST_AUTO_TEST_CASE(nothing_else_is_read_or_written) {
  BOOST_TEST(
      confined(
          open("other/file", O_RDONLY), open("other", O_DIRECTORY),
          open("other/new", O_CREAT | O_WRONLY), open("", O_DIRECTORY),
          open("/etc/shadow", O_RDONLY), open("/etc/passwd", O_RDONLY), open("/etc", O_DIRECTORY),
          open("/proc/self/environ", O_RDONLY), open("/dev/null", O_WRONLY),
          [&] { return ::unlink((top / "other/file").c_str()); },
          [&] { return ::mkdir((top / "scripts/new").c_str(), 0700); },
          [&] { return ::symlink("/etc", (top / "state/link").c_str()); }) ==
      "EACCES EACCES EACCES EACCES EACCES EACCES EACCES EACCES EACCES EACCES EACCES EACCES ");
}

BOOST_AUTO_TEST_CASE(the_state_directory_is_the_host_s) {
  BOOST_TEST(confined(
                 open("state/new", O_CREAT | O_RDWR), open("state/new", O_TRUNC | O_WRONLY),
                 [&] { return ::rename((top / "state/new").c_str(), (top / "state/old").c_str()); },
                 [&] { return ::unlink((top / "state/old").c_str()); }) == "0 0 0 0 ");
}

BOOST_AUTO_TEST_CASE(a_rotated_log_is_made_anew_and_the_control_socket_removed) {
  fs::rename(top / "log/host.log", top / "log/host.log.1");
  BOOST_TEST(confined(
                 open("log/host.log", O_CREAT | O_WRONLY | O_APPEND),
                 open("log/host.log", O_RDONLY),
                 [&] { return ::unlink((top / "run/control.sock").c_str()); },
                 open("run/new", O_CREAT | O_WRONLY)) == "0 EACCES 0 EACCES ");
}

BOOST_AUTO_TEST_CASE(no_program_is_executed) {
  BOOST_TEST(confined([] {
               char name[] = "/bin/true";
               char* arguments[] = {name, nullptr};
               return ::execve(name, arguments, nullptr);
             }) == "EACCES ");
}

BOOST_AUTO_TEST_CASE(what_looking_up_names_needs_is_there) {
  BOOST_TEST(confined(open("/etc/hosts", O_RDONLY), [] {
               addrinfo* found = nullptr;
               errno = EHOSTUNREACH;
               return ::getaddrinfo("localhost", nullptr, nullptr, &found) == 0 ? 0 : -1;
             }) == "0 0 ");
}

BOOST_AUTO_TEST_CASE(threads_launched_later_are_confined_too) {
  BOOST_TEST(confined([&] {
               int result = 0;
               std::thread{[&] {
                 result = ::open((top / "other/file").c_str(), O_RDONLY);
                 if (result < 0) result = -errno;
               }}.join();
               errno = -result;
               return result;
             }) == "EACCES ");
}

BOOST_AUTO_TEST_CASE(no_signal_leaves_the_process) {
  if (*policies::landlock_version() < 6) return;
  BOOST_TEST(confined([] { return ::kill(::getppid(), 0); },
                      [] { return ::kill(::getpid(), 0); }) == "EPERM 0 ");
}

BOOST_AUTO_TEST_CASE(a_root_added_later_must_lie_inside) {
  const test::ending end = test::run_victim([&] {
    file_access access = file_access::of_host(config, {});
    const bool before = access.may_read(top / "other");
    access.apply();
    const bool ok = before && access.active() && access.may_read(top / "scripts") &&
                    access.may_read(top / "scripts/lib") && access.may_read(top / "config/more") &&
                    !access.may_read(top / "other") && !access.may_read(top) &&
                    !access.may_read("/");
    ::_exit(ok ? 0 : 1);
  });
  BOOST_TEST(end.how == "exit 0");
}

BOOST_AUTO_TEST_CASE(a_root_that_was_replaced_is_another_one) {
  const test::ending end = test::run_victim([&] {
    file_access access = file_access::of_host(config, {});
    access.apply();
    ::_exit(access.may_read(top / "scripts") ? 0 : 1);
  });
  BOOST_TEST(end.how == "exit 0");
  file_access access = file_access::of_host(config, {});
  fs::rename(top / "scripts", top / "former");
  fs::create_directory(top / "scripts");
  const test::ending later = test::run_victim([&] {
    access.apply();
    ::_exit(access.may_read(top / "scripts") ? 0 : 1);
  });
  BOOST_TEST(later.how == "exit 1");
}

BOOST_AUTO_TEST_CASE(a_script_of_exec_has_its_root_alone) {
  const test::ending end = test::run_victim([&] {
    file_access access = file_access::of_script(config);
    access.apply();
    const auto opens = [&](const char* path, int flags) {
      return ::open((top / path).c_str(), flags, 0600) >= 0;
    };
    ::_exit(opens("scripts/lib/main.lua", O_RDONLY) && !opens("config/host.toml", O_RDONLY) &&
                    !opens("state/new", O_CREAT | O_WRONLY)
                ? 0
                : 1);
  });
  BOOST_TEST(end.how == "exit 0");
}

BOOST_AUTO_TEST_CASE(what_is_open_is_told_in_one_line) {
  const test::ending end = test::run_victim([&] {
    file_access access = file_access::of_host(config, top / "log/host.log");
    access.apply();
    const std::string line = access.describe();
    (void)!::write(STDERR_FILENO, line.data(), line.size());
  });
  const std::string t = top.string();
  BOOST_TEST(end.standard_error ==
             "Landlock (version " + std::to_string(*policies::landlock_version()) + "): reads " +
                 t + "/scripts, " + t + "/config, the resolver's files, /proc/self/statm; writes " +
                 t + "/state, " + t + "/log; executes nothing");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(of_a_directory_that_all_share_the_file_alone_is_granted) {
  policies::host_config config;
  config.source = "/etc/hosts";
  const file_access access = file_access::of_host(config, {});
  for (const policies::file_grant& grant : access.grants()) BOOST_TEST(grant.path != "/etc");
}

}  // namespace moonward::host
