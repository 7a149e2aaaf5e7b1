#include "host/bundle/bundle_loader.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using moonward::host::bundle;
using moonward::host::bundle_limits;
using moonward::host::read_bundle;
namespace fs = std::filesystem;

namespace {

// A directory "root" of its own, and room beside it for what a link may lead to.
struct fixture {
  fixture() {
    std::string pattern = (fs::temp_directory_path() / "bundle_loader_XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    outside = fs::canonical(pattern);
    root = outside / "root";
    fs::create_directory(root);
  }
  ~fixture() { fs::remove_all(outside); }

  void write(std::string_view path, std::string_view text = "return 1") const {
    fs::create_directories((root / path).parent_path());
    std::ofstream{root / path, std::ios::binary} << text;
  }
  // The paths that were read, joined by spaces, or the error.
  [[nodiscard]] std::string read(const bundle_limits& limits = {}) const {
    const auto got = read_bundle(root, limits);
    if (got.has_error()) return got.error().text;
    std::string paths;
    for (const bundle::file& f : (*got)->files())
      paths += (paths.empty() ? "" : " ") + std::string{f.path};
    return paths;
  }
  [[nodiscard]] std::string problem(std::string_view text) const {
    return "bundle " + root.string() + ": " + std::string{text};
  }

  fs::path outside;
  fs::path root;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(bundle_loader_test, fixture)

BOOST_AUTO_TEST_CASE(all_files_below_the_root_are_read) {
  write("main.lua", "print 'x'");
  write("lib/a/b.lua");
  write("data/words.txt", std::string_view{"a\0b", 3});
  write("empty.lua", "");
  BOOST_TEST(read() == "data/words.txt empty.lua lib/a/b.lua main.lua");
  const auto got = read_bundle(root);
  BOOST_TEST((*got)->find_file("main.lua")->text == "print 'x'");
  BOOST_TEST((*got)->find_file("data/words.txt")->text == (std::string_view{"a\0b", 3}));
  BOOST_TEST((*got)->find_file("empty.lua")->text == "");
  BOOST_TEST((*got)->find_module("lib.a.b") != nullptr);
}

BOOST_AUTO_TEST_CASE(an_empty_directory_is_an_empty_bundle) { BOOST_TEST(read() == ""); }

BOOST_AUTO_TEST_CASE(hidden_files_and_directories_are_skipped) {
  write(".env");
  write(".git/config.lua");
  write("a/.b.lua");
  write("a/c.lua");
  BOOST_TEST(read() == "a/c.lua");
}

BOOST_AUTO_TEST_CASE(a_missing_directory_is_an_error_that_names_it) {
  fs::remove(root);
  BOOST_TEST(read() == problem("cannot open the directory: No such file or directory"));
}

BOOST_AUTO_TEST_CASE(a_file_in_place_of_the_directory_is_an_error) {
  fs::remove(root);
  std::ofstream{root} << "x";
  BOOST_TEST(read() == problem("cannot open the directory: Not a directory"));
}

BOOST_AUTO_TEST_CASE(links_within_the_root_are_followed) {
  write("real/a.lua", "return 2");
  fs::create_symlink("real/a.lua", root / "relative.lua");
  fs::create_symlink(root / "real/a.lua", root / "absolute.lua");
  fs::create_symlink("real", root / "folder");
  BOOST_TEST(read() == "absolute.lua folder/a.lua real/a.lua relative.lua");
  BOOST_TEST((*read_bundle(root))->find_file("relative.lua")->text == "return 2");
}

BOOST_AUTO_TEST_CASE(a_root_that_is_a_link_itself_is_read) {
  write("a.lua");
  fs::create_symlink("a.lua", root / "b.lua");
  fs::create_symlink(root, outside / "link");
  const auto got = read_bundle(outside / "link");
  BOOST_REQUIRE(got.has_value());
  BOOST_TEST((*got)->files().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_link_that_leaves_the_root_is_refused_by_name) {
  std::ofstream{outside / "secret.lua"} << "return 'secret'";
  const std::string refused = "a symbolic link that leaves the bundle's directory";
  fs::create_directory(root / "lib");
  fs::create_symlink("../../secret.lua", root / "lib/x.lua");
  BOOST_TEST(read() == problem("lib/x.lua: " + refused));
  fs::remove(root / "lib/x.lua");
  fs::create_symlink("/etc/passwd", root / "y.txt");
  BOOST_TEST(read() == problem("y.txt: " + refused));
  fs::remove(root / "y.txt");
  fs::create_symlink("..", root / "up");
  BOOST_TEST(read() == problem("up: " + refused));
  fs::remove(root / "up");
  fs::create_directory(outside / "root2");  // begins like the root
  fs::create_symlink("../root2", root / "beside");
  BOOST_TEST(read() == problem("beside: " + refused));
}

BOOST_AUTO_TEST_CASE(a_link_through_another_link_is_judged_by_where_it_ends) {
  fs::create_symlink("b", root / "a");
  fs::create_symlink("/etc", root / "b");
  BOOST_TEST(read() == problem("a: a symbolic link that leaves the bundle's directory"));
}

BOOST_AUTO_TEST_CASE(links_that_lead_nowhere_or_in_a_circle_are_errors) {
  fs::create_symlink("missing.lua", root / "a.lua");
  BOOST_TEST(read() ==
             problem("a.lua: a symbolic link that leads nowhere: No such file or directory"));
  fs::remove(root / "a.lua");
  fs::create_symlink("b.lua", root / "b.lua");
  BOOST_TEST(read() == problem("b.lua: a symbolic link that leads nowhere: "
                               "Too many levels of symbolic links"));
  fs::remove(root / "b.lua");
  fs::create_symlink(".", root / "self");
  BOOST_TEST(read() == problem("self: a symbolic link leads back to a directory above it"));
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_skipped_without_waiting) {
  write("a.lua");
  BOOST_REQUIRE_EQUAL(::mkfifo((root / "pipe.lua").c_str(), 0600), 0);
  fs::create_symlink("pipe.lua", root / "to_pipe.lua");
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = (root / "s").string();
  BOOST_REQUIRE_LT(path.size(), sizeof(address.sun_path));
  path.copy(address.sun_path, path.size());
  BOOST_REQUIRE_EQUAL(
      ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ::close(listener);
  BOOST_TEST(read() == "a.lua");
}

BOOST_AUTO_TEST_CASE(a_script_up_to_the_limit_is_read_and_a_longer_one_is_an_error) {
  write("a.lua", std::string(100, ' '));
  BOOST_TEST(read({.file_bytes = 100}) == "a.lua");
  write("b.lua", std::string(101, ' '));
  BOOST_TEST(read({.file_bytes = 100}) == problem("b.lua: more than 100 bytes in one file"));
}

BOOST_AUTO_TEST_CASE(other_files_beyond_the_limit_are_left_out) {
  write("a.lua");
  write("photo.png", std::string(101, ' '));
  BOOST_TEST(read({.file_bytes = 100}) == "a.lua");
}

BOOST_AUTO_TEST_CASE(the_sum_of_all_files_is_limited) {
  write("a.lua", std::string(50, ' '));
  write("b.lua", std::string(40, ' '));
  BOOST_TEST(read({.total_bytes = 100}) == "a.lua b.lua");
  BOOST_TEST(read({.total_bytes = 99}) ==
             problem("b.lua: more than 99 bytes in all files up to this one"));
}

BOOST_AUTO_TEST_CASE(the_number_of_files_and_directories_is_limited) {
  write("a.lua");
  write("b/c.lua");
  BOOST_TEST(read({.files = 3}) == "a.lua b/c.lua");
  BOOST_TEST(read({.files = 2}) == problem("more than 2 files"));
}

BOOST_AUTO_TEST_CASE(the_depth_is_limited) {
  write("a/b/c.lua");
  BOOST_TEST(read({.depth = 3}) == "a/b/c.lua");
  BOOST_TEST(read({.depth = 2}) == problem("a/b: more than 2 directories within each other"));
}

BOOST_AUTO_TEST_CASE(a_file_that_may_not_be_read_is_an_error) {
  if (::geteuid() == 0) return;  // root may
  write("a.lua");
  fs::permissions(root / "a.lua", fs::perms::none);
  BOOST_TEST(read() == problem("a.lua: cannot open: Permission denied"));
}

BOOST_AUTO_TEST_SUITE_END()
