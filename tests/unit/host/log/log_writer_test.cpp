#include "host/log/log_writer.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace moonward::host;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t time_bytes = sizeof("2026-11-21T20:15:03.123Z ") - 1;

// The lines of a text without their times.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    BOOST_REQUIRE(end != std::string_view::npos);
    lines.emplace_back(text.substr(0, end));
    if (lines.back().starts_with("20")) lines.back().erase(0, time_bytes);
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string content(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

// Sends a standard descriptor into a file for as long as it lives.
class redirection {
 public:
  redirection(int number, const fs::path& file) : number_{number}, saved_{::dup(number)} {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(fd, number);
    ::close(fd);
  }
  ~redirection() {
    ::dup2(saved_, number_);
    ::close(saved_);
  }
  redirection(const redirection&) = delete;
  redirection& operator=(const redirection&) = delete;

 private:
  int number_;
  int saved_;
};

struct fixture {
  fixture() {
    std::string pattern = (fs::temp_directory_path() / "log_writer_XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder = pattern;
    file = folder / "host.log";
    chat.tenant = "acme";
    chat.name = "chat";
    chat.service = 0x12;
  }
  ~fixture() { fs::remove_all(folder); }

  std::unique_ptr<log_writer> open(log_settings settings) {
    auto opened = log_writer::open(queue, std::move(settings));
    BOOST_REQUIRE(opened.has_value());
    return std::move(*opened);
  }
  void say(std::string_view text, log_level level = log_level::info) {
    BOOST_REQUIRE(queue.push(chat, level, text));
  }

  monotonic_clock clock;
  log_queue queue{clock};
  log_source chat;
  fs::path folder;
  fs::path file;
};

using strings = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(log_writer_test, fixture)

BOOST_AUTO_TEST_CASE(lines_are_appended_to_the_file) {
  std::ofstream{file} << "20 was there before             \n";
  const auto writer = open({.file = file});
  say("one");
  say("two", log_level::error);
  BOOST_TEST(writer->write_queued());
  BOOST_TEST(!writer->write_queued());
  const strings lines = lines_of(content(file));
  BOOST_REQUIRE_EQUAL(lines.size(), 3U);
  BOOST_TEST(lines[1] == "acme/chat :00000012 info  one");
  BOOST_TEST(lines[2] == "acme/chat :00000012 error two");
  BOOST_TEST(queue.bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_is_an_error_that_names_it) {
  const auto refused = log_writer::open(queue, {.file = folder / "missing/x.log"});
  BOOST_REQUIRE(refused.has_error());
  BOOST_TEST(refused.error().text == "cannot open the log file " +
                                         (folder / "missing/x.log").string() +
                                         ": No such file or directory");
}

BOOST_AUTO_TEST_CASE(after_a_rotation_lines_go_to_the_new_file) {
  const auto writer = open({.file = file});
  say("before");
  (void)writer->write_queued();
  fs::rename(file, folder / "host.log.1");
  say("still the old one");
  (void)writer->write_queued();
  writer->reopen();
  say("after");
  (void)writer->write_queued();
  BOOST_TEST(lines_of(content(folder / "host.log.1")).size() == 2U);
  BOOST_TEST(lines_of(content(file)) == (strings{"acme/chat :00000012 info  after"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_reopen_that_fails_is_told_in_the_former_file) {
  const fs::path lost = folder / "sub/host.log";
  fs::create_directory(folder / "sub");
  const auto writer = open({.file = lost});
  fs::rename(folder / "sub", folder / "moved");
  writer->reopen();
  (void)writer->write_queued();
  (void)writer->write_queued();
  const strings lines = lines_of(content(folder / "moved/host.log"));
  BOOST_REQUIRE_EQUAL(lines.size(), 1U);
  BOOST_TEST(lines[0] == "host error cannot open the log file " + lost.string() +
                             " again: No such file or directory; still writing to the former one");
}

BOOST_AUTO_TEST_CASE(without_a_file_lines_go_to_standard_output_without_colours_in_a_file) {
  {
    const redirection out{STDOUT_FILENO, file};
    const auto writer = open({});
    say("x", log_level::error);
    (void)writer->write_queued();
  }
  BOOST_TEST(lines_of(content(file)) == (strings{"acme/chat :00000012 error x"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(raw_prints_go_to_standard_output_as_they_are_and_the_rest_to_standard_error) {
  const fs::path errors = folder / "errors";
  {
    const redirection out{STDOUT_FILENO, file};
    const redirection err{STDERR_FILENO, errors};
    const auto writer = open({.raw = true});
    say("a\x1b[1mb\tc", log_level::print);
    say("oh", log_level::error);
    say("", log_level::print);
    (void)writer->write_queued();
  }
  BOOST_TEST(content(file) == "a\x1b[1mb\tc\n\n");
  BOOST_TEST(lines_of(content(errors)) == (strings{"acme/chat :00000012 error oh"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(followers_see_each_line_until_they_leave) {
  const auto writer = open({.file = file});
  strings first;
  strings second;
  const auto id = writer->subscribe([&](const log_record& r, std::string_view line) {
    BOOST_TEST(r.tenant() == "acme");
    first.emplace_back(line.substr(time_bytes));
  });
  say("one");
  (void)writer->write_queued();
  (void)writer->subscribe([&](const log_record&, std::string_view line) {
    second.emplace_back(line.substr(time_bytes));
  });
  say("two");
  (void)writer->write_queued();
  writer->unsubscribe(id);
  say("three");
  (void)writer->write_queued();
  BOOST_TEST(first == (strings{"acme/chat :00000012 info  one", "acme/chat :00000012 info  two"}),
             boost::test_tools::per_element());
  BOOST_TEST(
      second == (strings{"acme/chat :00000012 info  two", "acme/chat :00000012 info  three"}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_last_lines_are_kept_up_to_the_number_set) {
  const auto writer = open({.file = file, .recent_lines = 3});
  for (int i = 0; i < 5; ++i) say(std::to_string(i));
  (void)writer->write_queued();
  strings recent = writer->recent(100);
  BOOST_REQUIRE_EQUAL(recent.size(), 3U);
  BOOST_TEST(recent[0].substr(time_bytes) == "acme/chat :00000012 info  2");
  BOOST_TEST(recent[2].substr(time_bytes) == "acme/chat :00000012 info  4");
  BOOST_TEST(writer->recent(1) == (strings{recent[2]}), boost::test_tools::per_element());
  BOOST_TEST(writer->recent(0).empty());
}

BOOST_AUTO_TEST_CASE(lines_lost_by_a_full_queue_are_told) {
  log_queue small{clock, 2 * (sizeof(log_record) + 100)};
  auto opened = log_writer::open(small, {.file = file});
  BOOST_REQUIRE(opened.has_value());
  const auto writer = std::move(*opened);
  const std::string text(100 - chat.tenant.size() - chat.name.size(), 'x');
  for (int i = 0; i < 5; ++i) (void)small.push(chat, log_level::info, text);
  while (writer->write_queued()) {
  }
  const strings lines = lines_of(content(file));
  BOOST_REQUIRE_EQUAL(lines.size(), 3U);
  BOOST_TEST(lines[2] == "host warn  the log queue was full: 3 lines lost");
}

BOOST_AUTO_TEST_CASE(an_output_that_refuses_is_counted_and_holds_nobody_up) {
  if (!fs::exists("/dev/full")) return;
  const auto writer = open({.file = "/dev/full"});
  say("x");
  BOOST_TEST(writer->write_queued());
  BOOST_TEST(writer->unwritten_bytes() > 0U);
  BOOST_TEST(queue.bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(everything_accepted_before_the_stop_is_written) {
  const auto writer = open({.file = file});
  std::thread log{[&] { writer->run(); }};
  constexpr int writers = 3;
  constexpr int each = 5000;
  std::vector<std::thread> threads;
  for (int w = 0; w < writers; ++w) {
    threads.emplace_back([&] {
      for (int i = 0; i < each; ++i)
        while (!queue.push(chat, log_level::info, "line")) std::this_thread::yield();
    });
  }
  for (std::thread& t : threads) t.join();
  writer->stop();
  log.join();
  const std::string all = content(file);
  std::size_t written = 0;
  std::size_t at = 0;
  while ((at = all.find("info  line\n", at)) != std::string::npos) {
    ++written;
    ++at;
  }
  BOOST_TEST(written == static_cast<std::size_t>(writers * each));
  BOOST_TEST(queue.bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(a_stop_before_the_run_ends_it_with_all_written) {
  const auto writer = open({.file = file});
  say("x");
  writer->stop();
  writer->run();
  BOOST_TEST(lines_of(content(file)).size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
