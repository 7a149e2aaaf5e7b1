#include "host/net/network.hpp"

#include "tests/unit/host/net/net_fixture.hpp"

namespace moonward::host::net_test {

BOOST_AUTO_TEST_SUITE(network_suite)

BOOST_AUTO_TEST_CASE(an_echo_round_trip) {
  net_fixture f;
  const auto listening = f.listen();
  const std::uint64_t client = f.connect(listening.port);
  const std::uint64_t server = f.accepted();
  BOOST_TEST(client != server);
  f.start(*f.alice_port, f.alice, server);
  BOOST_TEST((f.write(*f.bob_port, client, "hello") == write_result::queued));
  BOOST_TEST(f.read(*f.alice_port, f.alice, server, 5) == "hello");
  const std::string_view pieces[] = {"one ", "", "two ", "three"};
  BOOST_TEST((f.alice_port->write(server, pieces, false) == write_result::queued));
  BOOST_TEST(f.read(*f.bob_port, f.bob, client, 13) == "one two three");
  BOOST_TEST(f.net->sockets_of(f.alice) == 2);
  BOOST_TEST(f.net->sockets_of(f.bob) == 1);
  BOOST_TEST(f.net->pending() == 3);
}

BOOST_AUTO_TEST_CASE(nothing_is_read_before_start_or_while_paused) {
  net_fixture f;
  const auto listening = f.listen();
  raw_peer peer{listening.port};
  peer.send("early");
  const std::uint64_t server = f.accepted();
  f.start(*f.alice_port, f.alice, server);
  BOOST_TEST(f.read(*f.alice_port, f.alice, server, 5) == "early");
  BOOST_TEST(f.alice_port->control(server, socket_op::pause));
  // The answer proves that the pause has been seen.
  BOOST_TEST((f.write(*f.alice_port, server, "x") == write_result::queued));
  BOOST_TEST(peer.receive(1) == "x");
  peer.send("late");
  BOOST_TEST((f.write(*f.alice_port, server, "y") == write_result::queued));
  BOOST_TEST(peer.receive(1) == "y");
  BOOST_TEST(f.sink.waiting_bytes(f.alice) == 0);
  BOOST_TEST(f.alice_port->control(server, socket_op::start));
  BOOST_TEST(f.read(*f.alice_port, f.alice, server, 4) == "late");
}

BOOST_AUTO_TEST_CASE(the_peers_end_comes_after_its_data_and_writing_goes_on) {
  net_fixture f;
  const auto listening = f.listen();
  raw_peer peer{listening.port};
  const std::uint64_t server = f.accepted();
  f.start(*f.alice_port, f.alice, server);
  peer.send("last words");
  peer.finish_sending();
  BOOST_TEST(f.read(*f.alice_port, f.alice, server, 10) == "last words");
  BOOST_TEST((f.sink.next(f.alice).what == socket_event::close));
  BOOST_TEST((f.write(*f.alice_port, server, "answer") == write_result::queued));
  BOOST_TEST(peer.receive(6) == "answer");
  BOOST_TEST(f.alice_port->control(server, socket_op::close));
  BOOST_TEST(peer.at_end());
  BOOST_TEST((f.write(*f.alice_port, server, "more") == write_result::closed));
}

BOOST_AUTO_TEST_CASE(close_sends_what_is_queued_first) {
  net_fixture f;
  const auto listening = f.listen();
  raw_peer peer{listening.port};
  const std::uint64_t server = f.accepted();
  f.start(*f.alice_port, f.alice, server);
  const std::string much(8 * policies::mib, 'x');
  BOOST_TEST((f.write(*f.alice_port, server, much) == write_result::overfull));
  BOOST_TEST(f.alice_port->control(server, socket_op::close));
  BOOST_TEST((peer.receive(much.size()) == much));
  BOOST_TEST(peer.at_end());
  BOOST_TEST((f.sink.next_event(f.alice).what == socket_event::close));
  BOOST_TEST(!f.alice_port->control(server, socket_op::close));
}

BOOST_AUTO_TEST_CASE(unread_input_does_not_cost_the_peer_the_answer) {
  net_fixture f;
  const auto listening = f.listen();
  raw_peer peer{listening.port};
  const std::uint64_t server = f.accepted();
  peer.send("a request that nobody reads");
  BOOST_TEST((f.write(*f.alice_port, server, "go away") == write_result::queued));
  BOOST_TEST(f.alice_port->control(server, socket_op::close));
  BOOST_TEST((f.sink.next_event(f.alice).what == socket_event::close));
  BOOST_TEST(peer.receive(7) == "go away");
  BOOST_TEST(peer.at_end());
}

BOOST_AUTO_TEST_CASE(shutdown_drops_what_is_queued) {
  net_fixture f;
  const auto listening = f.listen();
  raw_peer peer{listening.port};
  const std::uint64_t server = f.accepted();
  f.start(*f.alice_port, f.alice, server);
  const std::string much(64 * policies::mib, 'x');
  BOOST_TEST((f.write(*f.alice_port, server, much) == write_result::overfull));
  BOOST_TEST(f.alice_port->control(server, socket_op::close));
  BOOST_TEST(f.alice_port->control(server, socket_op::shutdown));
  BOOST_TEST((f.sink.next_event(f.alice).what == socket_event::close));
  BOOST_TEST(peer.receive(much.size()).size() < much.size());
}

BOOST_AUTO_TEST_CASE(a_reset_is_an_error_event) {
  net_fixture f;
  const auto listening = f.listen();
  raw_peer peer{listening.port};
  const std::uint64_t server = f.accepted();
  f.start(*f.alice_port, f.alice, server);
  peer.reset();
  const event e = f.sink.next(f.alice);
  BOOST_TEST((e.what == socket_event::error));
  BOOST_TEST(e.bytes == "Connection reset by peer");
  BOOST_TEST((f.write(*f.alice_port, server, "x") == write_result::closed));
}

BOOST_AUTO_TEST_CASE(a_reader_that_does_not_read_stops_the_flood) {
  net_fixture f;
  const auto listening = f.listen();
  raw_peer peer{listening.port};
  const std::uint64_t server = f.accepted();
  f.start(*f.alice_port, f.alice, server);
  const std::string flood(32 * policies::mib, 'f');
  std::thread sender{[&] { peer.send(flood); }};
  BOOST_TEST(f.sink.wait_for_bytes(f.alice, sandbox::receive_window_bytes));
  // Nothing more may come; what the I/O thread does next shows that it has looked.
  BOOST_TEST((f.write(*f.alice_port, server, "!") == write_result::queued));
  BOOST_TEST(peer.receive(1) == "!");
  BOOST_TEST(f.sink.waiting_bytes(f.alice) == sandbox::receive_window_bytes);
  BOOST_TEST((f.read(*f.alice_port, f.alice, server, flood.size()) == flood));
  sender.join();
}

BOOST_AUTO_TEST_CASE(a_writer_is_told_to_wait_and_when_to_go_on) {
  net_fixture f{{}, [](policies::tenant_quota& q) { q.socket_send_buffer_bytes = 64 * 1024; }};
  const auto listening = f.listen();
  raw_peer peer{listening.port};
  const std::uint64_t server = f.accepted();
  f.start(*f.alice_port, f.alice, server);
  const std::string block(1024 * 1024, 'b');
  std::size_t written = 0;
  while (true) {
    const write_result result = f.write(*f.alice_port, server, block);
    written += block.size();
    if (result != write_result::queued && written >= 32 * policies::mib) break;
  }
  BOOST_TEST(peer.receive(written).size() == written);
  bool warned = false;
  while (true) {
    const event e = f.sink.next(f.alice);
    BOOST_REQUIRE((e.what == socket_event::warning));
    if (e.detail > 64) warned = true;
    if (e.detail == 0 && warned) break;
  }
  // The queue may have been empty in between: whoever is told to wait again is told to go on again.
  std::size_t more = 1;
  for (; f.write(*f.alice_port, server, "x") != write_result::queued; ++more)
    while (f.sink.next(f.alice).detail != 0) {
    }
  BOOST_TEST(peer.receive(more) == std::string(more, 'x'));
}

BOOST_AUTO_TEST_CASE(low_priority_goes_last) {
  net_fixture f;
  const auto listening = f.listen();
  raw_peer peer{listening.port};
  const std::uint64_t server = f.accepted();
  f.start(*f.alice_port, f.alice, server);
  // The first write fills the kernel's buffers, so that the others meet in the queue.
  const std::string much(32 * policies::mib, 'x');
  BOOST_TEST((f.write(*f.alice_port, server, much) == write_result::overfull));
  (void)f.write(*f.alice_port, server, "low", true);
  (void)f.write(*f.alice_port, server, "normal");
  BOOST_TEST(peer.receive(much.size()).size() == much.size());
  BOOST_TEST(peer.receive(9) == "normallow");
}

BOOST_AUTO_TEST_CASE(a_full_account_refuses_writes_and_delays_reads) {
  net_fixture f;
  const auto listening = f.listen();
  raw_peer peer{listening.port};
  const std::uint64_t server = f.accepted();
  f.start(*f.alice_port, f.alice, server);
  f.account.set_cap(1);
  peer.send("patience");
  // What the system takes at once costs the tenant nothing; a low write is always queued.
  BOOST_TEST((f.write(*f.alice_port, server, "x", true) == write_result::refused));
  BOOST_TEST(f.sink.waiting_bytes(f.alice) == 0);
  f.account.set_cap(policies::mib);
  BOOST_TEST(f.read(*f.alice_port, f.alice, server, 8) == "patience");
}

BOOST_AUTO_TEST_CASE(the_rate_holds_back_reading_and_writing) {
  net_fixture f{{}, [](policies::tenant_quota& q) { q.socket_rate_bytes_per_second = 10'000'000; }};
  const auto listening = f.listen();
  raw_peer peer{listening.port};
  const std::uint64_t server = f.accepted();
  f.start(*f.alice_port, f.alice, server);
  // The burst is a tenth of a second's worth, so 3 MB take at least 0.2 s each way.
  const std::string block(3'000'000, 'r');
  const auto began = std::chrono::steady_clock::now();
  std::thread sender{[&] { peer.send(block); }};
  BOOST_TEST((f.read(*f.alice_port, f.alice, server, block.size()) == block));
  sender.join();
  BOOST_TEST((std::chrono::steady_clock::now() - began >= std::chrono::milliseconds{195}));
  const auto then = std::chrono::steady_clock::now();
  (void)f.write(*f.alice_port, server, block);
  BOOST_TEST((peer.receive(block.size()) == block));
  BOOST_TEST((std::chrono::steady_clock::now() - then >= std::chrono::milliseconds{195}));
}

BOOST_AUTO_TEST_CASE(ipv6_works) {
  net_fixture f;
  const auto listening = f.listen("::1");
  raw_peer peer{listening.port, true};
  const std::uint64_t server = f.accepted();
  f.start(*f.alice_port, f.alice, server);
  peer.send("six");
  BOOST_TEST(f.read(*f.alice_port, f.alice, server, 3) == "six");
  f.bob_port->connect(3, "::1", listening.port);
  const event answer = f.sink.next(f.bob);
  unpacker values{answer.bytes};
  (void)values.integer();
  BOOST_TEST(values.text() == "[::1]:" + std::to_string(listening.port));
}

BOOST_AUTO_TEST_CASE(netstat_shows_the_tenants_sockets) {
  net_fixture f;
  const auto listening = f.listen();
  sandbox::message* rows = f.alice_port->netstat();
  BOOST_REQUIRE(rows != nullptr);
  const std::string text{rows->text()};
  sandbox::release_message(rows);
  BOOST_TEST(text.find("LISTEN") != std::string::npos);
  BOOST_TEST(text.find("127.0.0.1:" + std::to_string(listening.port)) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(several_io_threads_share_the_sockets) {
  net_fixture f{[](network_options& o) { o.io_threads = 3; }};
  BOOST_TEST(f.net->wake_descriptors().size() == 3);
  const auto listening = f.listen();
  std::vector<std::unique_ptr<raw_peer>> peers;
  for (int i = 0; i < 12; ++i) peers.push_back(std::make_unique<raw_peer>(listening.port));
  std::vector<std::uint64_t> servers;
  while (servers.size() < peers.size()) servers.push_back(f.accepted());
  for (const std::uint64_t server : servers) f.start(*f.alice_port, f.alice, server);
  for (std::size_t i = 0; i < servers.size(); ++i)
    BOOST_TEST((f.write(*f.alice_port, servers[i], "ping") == write_result::queued));
  for (const auto& peer : peers) BOOST_TEST(peer->receive(4) == "ping");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace moonward::host::net_test
