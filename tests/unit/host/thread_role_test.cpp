#include "host/thread_role.hpp"

#include "sandbox/vm/execution.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <csignal>
#include <pthread.h>
#include <string>
#include <utility>
#include <vector>

using namespace moonward::host;

namespace {

// Runs `body` on a thread of the role and waits for its end.
void run_as(thread_role role, std::string_view name, std::function<void()> body,
            const thread_setup& setup = {}) {
  auto started = launch_thread(role, name, std::move(body), setup);
  BOOST_REQUIRE(started.has_value());
  started->join();
}

std::string own_name() {
  std::array<char, 32> name{};
  ::pthread_getname_np(::pthread_self(), name.data(), name.size());
  return name.data();
}

bool is_blocked(int signal) {
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return sigismember(&mask, signal) == 1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(thread_role_test)

BOOST_AUTO_TEST_CASE(a_thread_has_the_role_and_name_it_was_launched_with) {
  std::string name;
  thread_role role = thread_role::main;
  run_as(thread_role::timer, "timer", [&] {
    name = own_name();
    role = current_role();
  });
  BOOST_TEST(name == "timer");
  BOOST_TEST((role == thread_role::timer));
  BOOST_TEST((current_role() == thread_role::main));
}

BOOST_AUTO_TEST_CASE(a_long_name_is_cut_to_what_the_kernel_takes) {
  std::string name;
  run_as(thread_role::io, "a-name-of-many-bytes", [&] { name = own_name(); });
  BOOST_TEST(name == "a-name-of-many-");
}

BOOST_AUTO_TEST_CASE(only_workers_hear_the_interrupt) {
  const int interrupt = moonward::sandbox::interrupt_signal();
  bool on_worker = true;
  bool on_timer = false;
  run_as(thread_role::worker, "w", [&] { on_worker = is_blocked(interrupt); });
  run_as(thread_role::timer, "t", [&] { on_timer = is_blocked(interrupt); });
  BOOST_TEST(!on_worker);
  BOOST_TEST(on_timer);
}

BOOST_AUTO_TEST_CASE(no_thread_but_main_hears_the_signals_for_the_process) {
  for (const thread_role role : {thread_role::worker, thread_role::io, thread_role::log}) {
    std::vector<int> open;
    std::vector<int> faults_blocked;
    run_as(role, "x", [&] {
      for (const int s : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1, SIGCHLD, SIGALRM})
        if (!is_blocked(s)) open.push_back(s);
      for (const int s : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS})
        if (is_blocked(s)) faults_blocked.push_back(s);
    });
    BOOST_TEST(open.empty());
    BOOST_TEST(faults_blocked.empty());
  }
}

BOOST_AUTO_TEST_CASE(the_launcher_keeps_its_own_signal_mask) {
  const bool before = is_blocked(SIGUSR1);
  run_as(thread_role::io, "x", [] {});
  BOOST_TEST(is_blocked(SIGUSR1) == before);
}

BOOST_AUTO_TEST_CASE(protection_is_installed_on_the_thread_before_its_body) {
  std::vector<std::string> order;
  pthread_t protected_thread{};
  pthread_t body_thread{};
  thread_setup setup;
  setup.protect = [&](thread_role role) {
    order.push_back("protect " + std::string{to_string(role)});
    protected_thread = ::pthread_self();
  };
  run_as(
      thread_role::resolver, "r",
      [&] {
        order.push_back("body");
        body_thread = ::pthread_self();
      },
      setup);
  BOOST_TEST((order == std::vector<std::string>{"protect resolver", "body"}));
  BOOST_TEST(::pthread_equal(protected_thread, body_thread) != 0);
}

BOOST_AUTO_TEST_CASE(a_worker_has_a_mebibyte_of_stack_and_a_guard_below_it) {
  std::size_t stack = 0;
  std::size_t guard = 0;
  run_as(thread_role::worker, "w", [&] {
    pthread_attr_t attributes;
    ::pthread_getattr_np(::pthread_self(), &attributes);
    void* lowest = nullptr;
    ::pthread_attr_getstack(&attributes, &lowest, &stack);
    ::pthread_attr_getguardsize(&attributes, &guard);
    ::pthread_attr_destroy(&attributes);
  });
  BOOST_TEST(stack >= 1024U * 1024U);
  BOOST_TEST(guard >= 256U * 1024U);
}

BOOST_AUTO_TEST_CASE(a_thread_is_joined_by_its_destructor_and_can_be_moved) {
  std::atomic<int> ran{0};
  {
    auto first = launch_thread(thread_role::io, "a", [&] { ++ran; }, {});
    BOOST_REQUIRE(first.has_value());
    thread moved = std::move(*first);
    BOOST_TEST(moved.joinable());
    BOOST_TEST(!first->joinable());
    auto second = launch_thread(thread_role::io, "b", [&] { ++ran; }, {});
    BOOST_REQUIRE(second.has_value());
    moved = std::move(*second);  // joins the first
    BOOST_TEST(ran >= 1);
  }
  BOOST_TEST(ran == 2);
}

BOOST_AUTO_TEST_CASE(a_thread_that_the_system_refuses_is_an_error_that_names_it) {
  thread_setup setup;
  setup.stack_bytes = std::size_t{1} << 46;
  const auto refused = launch_thread(
      thread_role::loader, "loader", [] {}, setup);
  BOOST_REQUIRE(refused.has_error());
  BOOST_TEST(refused.error().text.starts_with("cannot start the thread loader: "));
}

BOOST_AUTO_TEST_SUITE_END()
