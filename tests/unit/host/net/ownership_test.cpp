// Who may use a socket, what a tenant may open, and what is left when a service ends.
#include "tests/unit/host/net/net_fixture.hpp"

namespace moonward::host::net_test {

BOOST_AUTO_TEST_SUITE(ownership_suite)

BOOST_AUTO_TEST_CASE(only_the_owner_operates_on_a_socket) {
  net_fixture f;
  const auto listening = f.listen();
  raw_peer peer{listening.port};
  const std::uint64_t server = f.accepted();
  f.start(*f.alice_port, f.alice, server);
  BOOST_TEST((f.write(*f.bob_port, server, "x") == write_result::closed));
  BOOST_TEST(!f.bob_port->control(server, socket_op::start));
  BOOST_TEST(!f.bob_port->control(server, socket_op::close));
  BOOST_TEST(!f.bob_port->control(listening.id, socket_op::shutdown));
  BOOST_TEST(!f.bob_port->control(12345, socket_op::start));
}

BOOST_AUTO_TEST_CASE(an_accepted_socket_goes_to_who_starts_it) {
  net_fixture f;
  const auto listening = f.listen();
  raw_peer peer{listening.port};
  const std::uint64_t server = f.accepted();
  f.start(*f.bob_port, f.bob, server);
  BOOST_TEST(f.net->sockets_of(f.bob) == 1);
  BOOST_TEST(f.net->sockets_of(f.alice) == 1);
  peer.send("to bob");
  BOOST_TEST(f.read(*f.bob_port, f.bob, server, 6) == "to bob");
  BOOST_TEST((f.write(*f.alice_port, server, "x") == write_result::closed));
}

BOOST_AUTO_TEST_CASE(an_abandoned_socket_goes_to_who_starts_it) {
  net_fixture f;
  const auto listening = f.listen();
  raw_peer peer{listening.port};
  const std::uint64_t server = f.accepted();
  f.start(*f.alice_port, f.alice, server);
  peer.send("1");
  BOOST_TEST(f.read(*f.alice_port, f.alice, server, 1) == "1");
  BOOST_TEST(f.alice_port->control(server, socket_op::abandon));
  f.start(*f.bob_port, f.bob, server);
  peer.send("2");
  BOOST_TEST(f.read(*f.bob_port, f.bob, server, 1) == "2");
  BOOST_TEST(!f.alice_port->control(server, socket_op::pause));
}

BOOST_AUTO_TEST_CASE(another_tenants_sockets_have_no_id_here) {
  net_fixture f;
  const auto listening = f.listen();
  sandbox::memory_account other_account{policies::mib};
  tenant_net other{"other", other_account, std::make_shared<policies::tenant_quota>()};
  const auto port = f.net->port_for({5, other});
  raw_peer peer{listening.port};
  const std::uint64_t server = f.accepted();
  BOOST_TEST(!port->control(server, socket_op::start));
  BOOST_TEST(!port->control(listening.id, socket_op::close));
  f.net->close_all(5);
}

BOOST_AUTO_TEST_CASE(what_is_beyond_the_quota_is_closed_at_once) {
  net_fixture f{{}, [](policies::tenant_quota& q) { q.sockets = 2; }};
  const auto listening = f.listen();
  raw_peer first{listening.port};
  (void)f.accepted();
  raw_peer second{listening.port};
  BOOST_TEST(second.receive(1).empty());
  const std::string line = f.sink.wait_for_line();
  BOOST_TEST(line.find("127.0.0.1:" + std::to_string(listening.port)) != std::string::npos);
  BOOST_TEST(line.find("\"sockets\"") != std::string::npos);
  f.bob_port->connect(1, "127.0.0.1", listening.port);
  const std::string text = f.refusal();
  BOOST_TEST(text == "connect to 127.0.0.1:" + std::to_string(listening.port) +
                         " is refused: the tenant has its 2 sockets open: close some, or raise "
                         "\"sockets\"");
  BOOST_TEST(f.tenant->sockets() == 2);
}

BOOST_AUTO_TEST_CASE(an_address_that_is_not_listed_is_refused) {
  net_fixture f;
  f.bob_port->connect(1, "10.0.0.1", 80);
  BOOST_TEST(f.refusal() ==
             "connect to 10.0.0.1:80 is not permitted: add it to the tenant's \"connect\" list");
  f.bob_port->listen(1, "0.0.0.0", 8001, 32);
  BOOST_TEST(f.refusal() ==
             "listen on 0.0.0.0:8001 is not permitted: add it to the tenant's \"listen\" list");
  f.bob_port->connect(1, "127.0.0.1", 0);
  BOOST_TEST(f.refusal() == "connect to 127.0.0.1 port 0 failed: a port is 1 to 65535");
  BOOST_TEST(f.tenant->sockets() == 0);
}

BOOST_AUTO_TEST_CASE(a_name_is_checked_by_what_it_resolves_to) {
  const auto loopback = policies::ip_address::parse("127.0.0.1").value();
  net_fixture f{[&](network_options& o) {
                  o.lookup = [loopback](const std::string& name) {
                    return name == "rebind.example.org" ? lookup_result{{loopback}, {}}
                                                        : lookup_result{{}, "no such name"};
                  };
                },
                [](policies::tenant_quota& q) {
                  q.connect = {pattern("*:*", policies::endpoint_use::connect),
                               pattern("rebind.example.org:80", policies::endpoint_use::connect)};
                }};
  f.bob_port->connect(1, "rebind.example.org", 80);
  BOOST_TEST(f.refusal() ==
             "connect to rebind.example.org:80 is not permitted: it resolves to 127.0.0.1; add "
             "\"127.0.0.1:80\" to the tenant's \"connect\" list");
  f.bob_port->connect(1, "nowhere.example.org", 80);
  BOOST_TEST(f.refusal() ==
             "connect to nowhere.example.org:80 failed: the name can't be resolved: no such name");
}

BOOST_AUTO_TEST_CASE(who_may_connect_nowhere_may_look_nothing_up) {
  bool asked = false;
  net_fixture f{[&](network_options& o) {
                  o.lookup = [&](const std::string&) {
                    asked = true;
                    return lookup_result{{}, "no"};
                  };
                },
                [](policies::tenant_quota& q) { q.connect.clear(); }};
  f.bob_port->connect(1, "secret.example.org", 80);
  BOOST_TEST(f.refusal() ==
             "connect to secret.example.org:80 is not permitted: add it to the "
             "tenant's \"connect\" list");
  f.bob_port->resolve(1, "secret.example.org");
  BOOST_TEST(f.refusal().find("not permitted") != std::string::npos);
  BOOST_TEST(!asked);
}

BOOST_AUTO_TEST_CASE(the_next_address_is_tried_when_one_fails) {
  const auto v6 = policies::ip_address::parse("::1").value();
  const auto v4 = policies::ip_address::parse("127.0.0.1").value();
  const auto forbidden = policies::ip_address::parse("10.1.2.3").value();
  net_fixture f{[&](network_options& o) {
    o.lookup = [=](const std::string&) { return lookup_result{{forbidden, v6, v4}, {}}; };
  }};
  const auto listening = f.listen();  // on IPv4 alone
  f.bob_port->connect(4, "both.example.org", listening.port);
  const event answer = f.sink.next(f.bob);
  BOOST_REQUIRE((answer.type == sandbox::message_type::response));
  unpacker values{answer.bytes};
  (void)values.integer();
  BOOST_TEST(values.text() == "127.0.0.1:" + std::to_string(listening.port));
}

BOOST_AUTO_TEST_CASE(a_refused_connect_says_so) {
  net_fixture f;
  const auto listening = f.listen();
  BOOST_REQUIRE(f.alice_port->control(listening.id, socket_op::close));
  BOOST_REQUIRE((f.sink.next(f.alice).what == socket_event::close));
  f.bob_port->connect(1, "127.0.0.1", listening.port);
  BOOST_TEST(f.refusal() == "connect to 127.0.0.1:" + std::to_string(listening.port) +
                                " failed: Connection refused");
  BOOST_TEST(f.net->pending() == 0);
}

BOOST_AUTO_TEST_CASE(a_taken_port_says_so) {
  net_fixture f;
  const auto listening = f.listen();
  f.bob_port->listen(1, "127.0.0.1", listening.port, 32);
  BOOST_TEST(f.refusal() == "listen on 127.0.0.1:" + std::to_string(listening.port) +
                                " failed: Address already in use");
}

BOOST_AUTO_TEST_CASE(the_end_of_a_service_leaves_no_descriptor) {
  net_fixture f;
  const std::size_t before = open_descriptors();
  const auto listening = f.listen();
  raw_peer first{listening.port};
  raw_peer second{listening.port};
  const std::uint64_t server = f.accepted();
  (void)f.accepted();
  f.start(*f.alice_port, f.alice, server);
  const std::string answer(4 * policies::mib, 'a');
  (void)f.write(*f.alice_port, server, answer);
  f.net->close_all(f.alice);
  BOOST_TEST(f.net->sockets_of(f.alice) == 0);
  // What was written before the end still arrives.
  raw_peer* got = &first;
  std::string bytes = first.receive(answer.size());
  if (bytes.empty()) bytes = (got = &second)->receive(answer.size());
  BOOST_TEST((bytes == answer));
  BOOST_TEST(first.at_end());
  BOOST_TEST(second.at_end());
  f.alice_port->connect(1, "127.0.0.1", listening.port);
  BOOST_TEST(f.sink.next_event(f.alice).bytes.find("has ended") != std::string::npos);
  first.close();
  second.close();
  f.net->stop(patience);
  BOOST_TEST(f.net->pending() == 0);
  BOOST_TEST(open_descriptors() <= before);
}

BOOST_AUTO_TEST_CASE(a_dead_receiver_loses_its_sockets) {
  net_fixture f;
  const auto listening = f.listen();
  raw_peer peer{listening.port};
  const std::uint64_t server = f.accepted();
  f.start(*f.alice_port, f.alice, server);
  f.sink.die(f.alice);
  peer.send("anybody there?");
  BOOST_TEST(peer.receive(1).empty());
  BOOST_TEST(f.net->sockets_of(f.alice) == 0);
}

BOOST_AUTO_TEST_CASE(stop_sends_what_is_queued) {
  net_fixture f;
  const auto listening = f.listen();
  raw_peer peer{listening.port};
  const std::uint64_t server = f.accepted();
  f.start(*f.alice_port, f.alice, server);
  const std::string answer(16 * policies::mib, 'a');
  (void)f.write(*f.alice_port, server, answer);
  std::string got;
  std::thread reader{[&] { got = peer.receive(answer.size()); }};
  f.net->stop(patience);
  reader.join();
  BOOST_TEST((got == answer));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace moonward::host::net_test
