#include "host/bundle/bundle.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using moonward::host::bundle;
using moonward::policies::embedded_file;

namespace {

std::vector<bundle::source_file> files_named(std::initializer_list<std::string_view> paths) {
  std::vector<bundle::source_file> files;
  for (const std::string_view path : paths)
    files.push_back({std::string{path}, "-- " + std::string{path}});
  return files;
}

// The path of what was found, or "none".
std::string_view name(const bundle::file* f) { return f == nullptr ? "none" : f->path; }

}  // namespace

BOOST_AUTO_TEST_SUITE(bundle_test)

BOOST_AUTO_TEST_CASE(a_file_is_found_under_its_path_with_its_text) {
  const bundle b{files_named({"data/x.lua", "main.lua"})};
  BOOST_REQUIRE(b.find_file("data/x.lua") != nullptr);
  BOOST_TEST(b.find_file("data/x.lua")->text == "-- data/x.lua");
  BOOST_TEST(name(b.find_file("data/y.lua")) == "none");
  BOOST_TEST(name(b.find_file("data")) == "none");
}

BOOST_AUTO_TEST_CASE(modules_are_found_in_four_places_in_this_order) {
  const std::array<std::string_view, 4> places{"a/b.lua", "a/b/init.lua", "lualib/a/b.lua",
                                               "lualib/a/b/init.lua"};
  for (std::size_t first = 0; first < places.size(); ++first) {
    std::vector<bundle::source_file> files;
    for (std::size_t i = first; i < places.size(); ++i)
      files.push_back({std::string{places[i]}, ""});
    const bundle b{std::move(files)};
    BOOST_TEST(name(b.find_module("a.b")) == places[first]);
  }
}

BOOST_AUTO_TEST_CASE(services_are_found_in_four_places_in_this_order) {
  const std::array<std::string_view, 4> places{"chat.lua", "chat/init.lua", "service/chat.lua",
                                               "service/chat/init.lua"};
  for (std::size_t first = 0; first < places.size(); ++first) {
    std::vector<bundle::source_file> files;
    for (std::size_t i = first; i < places.size(); ++i)
      files.push_back({std::string{places[i]}, ""});
    const bundle b{std::move(files)};
    BOOST_TEST(name(b.find_service("chat")) == places[first]);
  }
}

BOOST_AUTO_TEST_CASE(a_service_may_lie_in_a_folder) {
  const bundle b{files_named({"service/game/room.lua"})};
  BOOST_TEST(name(b.find_service("game/room")) == "service/game/room.lua");
}

BOOST_AUTO_TEST_CASE(odd_names_are_not_found) {
  const bundle b{files_named({"a.lua", "etc/passwd", ".lua", "/init.lua", "a//b.lua", "../x.lua"})};
  using namespace std::string_view_literals;
  const std::string endless(201, 'a');
  for (const std::string_view odd :
       {""sv, "."sv, ".."sv, "/"sv, "/etc/passwd"sv, "../x"sv, "a/../a"sv, "a/"sv, "a//b"sv,
        "./a"sv, "a\0"sv, "a\0.lua"sv, "\\a"sv, "a..b"sv, std::string_view{endless}}) {
    BOOST_TEST(name(b.find_file(odd)) == "none", "file " << odd);
    BOOST_TEST(name(b.find_module(odd)) == "none", "module " << odd);
    BOOST_TEST(name(b.find_service(odd)) == "none", "service " << odd);
  }
  BOOST_TEST(name(b.find_file("../x.lua")) == "none");
}

BOOST_AUTO_TEST_CASE(the_longest_name_is_found_and_a_longer_one_is_not) {
  const std::string longest(bundle::max_name_bytes, 'n');
  std::vector<bundle::source_file> files;
  files.push_back({"lualib/" + longest + "/init.lua", ""});
  files.push_back({longest + "n.lua", ""});
  const bundle b{std::move(files)};
  BOOST_TEST((b.find_module(longest) != nullptr));
  BOOST_TEST((b.find_module(longest + "n") == nullptr));
}

BOOST_AUTO_TEST_CASE(files_in_the_program_have_the_same_interface) {
  static constexpr std::array<embedded_file, 3> built_in{
      {{"skynet.lua", "return 1"}, {"skynet/queue.lua", "return 2"}, {"launcher.lua", "return 3"}}};
  const bundle b{std::span<const embedded_file>{built_in}};
  BOOST_TEST(b.find_module("skynet.queue")->text == "return 2");
  BOOST_TEST(b.find_service("launcher")->text == "return 3");
  BOOST_TEST(static_cast<const void*>(b.find_module("skynet")->text.data()) ==
             static_cast<const void*>(built_in[0].text.data()));  // not copied
  BOOST_TEST(b.bytes() == 10U + 16U + 12U + 24U);
}

BOOST_AUTO_TEST_CASE(files_are_listed_in_the_order_of_their_paths) {
  const bundle b{files_named({"z.lua", "a.lua", "m/n.lua"})};
  std::vector<std::string_view> paths;
  for (const bundle::file& f : b.files()) paths.push_back(f.path);
  BOOST_TEST((paths == std::vector<std::string_view>{"a.lua", "m/n.lua", "z.lua"}));
}

BOOST_AUTO_TEST_CASE(the_hash_tells_contents_apart_and_not_the_order_of_reading) {
  const bundle first{files_named({"a.lua", "b.lua"})};
  const bundle same{files_named({"b.lua", "a.lua"})};
  BOOST_TEST(first.hash() == same.hash());
  std::vector<bundle::source_file> changed = files_named({"a.lua", "b.lua"});
  changed[1].text += ' ';
  BOOST_TEST(first.hash() != bundle{std::move(changed)}.hash());
  BOOST_TEST(first.hash() != bundle{files_named({"a.lua", "c.lua"})}.hash());
}

BOOST_AUTO_TEST_CASE(a_compiled_form_is_kept_for_its_file_and_the_first_one_wins) {
  const bundle b{files_named({"a.lua", "b.lua"})};
  const bundle::file* const a = b.find_file("a.lua");
  BOOST_TEST(b.compiled(a) == nullptr);
  b.store_compiled(a, "first");
  b.store_compiled(a, "second");
  BOOST_REQUIRE(b.compiled(a) != nullptr);
  BOOST_TEST(*b.compiled(a) == "first");
  BOOST_TEST(b.compiled(b.find_file("b.lua")) == nullptr);
  BOOST_TEST(b.compiled_bytes() == 5U);
}

BOOST_AUTO_TEST_CASE(a_key_that_is_no_file_of_the_bundle_has_no_compiled_form) {
  const bundle b{files_named({"a.lua"})};
  const bundle other{files_named({"a.lua"})};
  const auto* const inside = reinterpret_cast<const char*>(b.find_file("a.lua")) + 1;
  for (const void* key :
       {static_cast<const void*>(nullptr), static_cast<const void*>(&b),
        static_cast<const void*>(other.find_file("a.lua")), static_cast<const void*>(inside)}) {
    b.store_compiled(key, "x");
    BOOST_TEST(b.compiled(key) == nullptr);
  }
  BOOST_TEST(b.compiled_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(compiled_forms_are_kept_up_to_the_bound_and_not_beyond) {
  const bundle b{files_named({"a.lua", "b.lua"}), 10};
  b.store_compiled(b.find_file("a.lua"), "12345678901");
  BOOST_TEST(b.compiled(b.find_file("a.lua")) == nullptr);
  b.store_compiled(b.find_file("a.lua"), "1234567890");
  BOOST_TEST(b.compiled(b.find_file("a.lua")) != nullptr);
  b.store_compiled(b.find_file("b.lua"), "1");
  BOOST_TEST(b.compiled(b.find_file("b.lua")) == nullptr);
  BOOST_TEST(b.compiled_bytes() == 10U);
}

BOOST_AUTO_TEST_CASE(of_threads_that_store_one_file_all_see_one_winner) {
  for (int round = 0; round < 100; ++round) {
    const bundle b{files_named({"a.lua"})};
    const bundle::file* const a = b.find_file("a.lua");
    std::array<const std::string*, 3> seen{};
    std::atomic<int> ready{0};
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < seen.size(); ++t) {
      threads.emplace_back([&, t] {
        ++ready;
        while (ready != 3) std::this_thread::yield();
        b.store_compiled(a, std::string(100, static_cast<char>('a' + t)));
        seen[t] = b.compiled(a);
      });
    }
    for (std::thread& t : threads) t.join();
    BOOST_REQUIRE(seen[0] != nullptr);
    BOOST_REQUIRE((seen[0] == seen[1] && seen[1] == seen[2]));
    BOOST_REQUIRE_EQUAL(b.compiled_bytes(), 100U);
  }
}

BOOST_AUTO_TEST_SUITE_END()
