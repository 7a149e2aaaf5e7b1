#include "sandbox/http/websocket_frame.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace moonward::sandbox::http {

namespace {

std::string bytes(std::initializer_list<unsigned> values) {
  std::string text;
  for (const unsigned value : values) text.push_back(static_cast<char>(value));
  return text;
}

frame_state parse(const std::string& text) {
  frame_head head;
  return parse_frame_head(text, head);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(websocket_frame_suite)

BOOST_AUTO_TEST_CASE(heads_are_read_as_they_are_written) {
  for (const std::uint64_t length : {0UL, 1UL, 125UL, 126UL, 65535UL, 65536UL, 1UL << 40U})
    for (const bool masked : {false, true})
      for (const bool final : {false, true}) {
        frame_head head;
        head.op = opcode::binary;
        head.final = final;
        head.masked = masked;
        head.mask = {1, 2, 3, 4};
        head.payload_bytes = length;
        char text[most_frame_head_bytes];
        const std::size_t size = write_frame_head(head, text);
        BOOST_TEST_CONTEXT(length << " bytes, masked " << masked) {
          frame_head read;
          for (std::size_t part = 0; part < size; ++part) {
            BOOST_TEST((parse_frame_head({text, part}, read) == frame_state::incomplete));
            BOOST_TEST(read.head_bytes > part);
            BOOST_TEST(read.head_bytes <= size);
          }
          BOOST_REQUIRE((parse_frame_head({text, size}, read) == frame_state::complete));
          BOOST_TEST(read.head_bytes == size);
          BOOST_TEST((read.op == opcode::binary));
          BOOST_TEST(read.final == final);
          BOOST_TEST(read.masked == masked);
          BOOST_TEST(read.payload_bytes == length);
          if (masked) BOOST_TEST((read.mask == head.mask));
        }
      }
}

BOOST_AUTO_TEST_CASE(the_example_of_the_standard) {
  std::string hello = bytes({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58});
  frame_head head;
  BOOST_REQUIRE((parse_frame_head(hello, head) == frame_state::complete));
  apply_mask(hello.data() + head.head_bytes, 5, head.mask);
  BOOST_TEST(hello.substr(head.head_bytes) == "Hello");
}

BOOST_AUTO_TEST_CASE(malformed_heads_are_told_at_their_first_bytes) {
  for (const unsigned reserved : {0xC1U, 0xA1U, 0x91U, 0xF1U}) {
    BOOST_TEST((parse(bytes({reserved})) == frame_state::malformed));
  }
  for (const unsigned op : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U})
    BOOST_TEST((parse(bytes({0x80 | op})) == frame_state::malformed));
  for (const unsigned op : {8U, 9U, 10U}) {
    BOOST_TEST((parse(bytes({op})) == frame_state::malformed));               // a fragment
    BOOST_TEST((parse(bytes({0x80 | op, 126})) == frame_state::malformed));   // too long
    BOOST_TEST((parse(bytes({0x80 | op, 0xFF})) == frame_state::malformed));  // and masked
  }
  BOOST_TEST((parse(bytes({0x82, 126, 0, 125})) == frame_state::malformed));
  BOOST_TEST((parse(bytes({0x82, 127, 0, 0, 0, 0, 0, 0, 255, 255})) == frame_state::malformed));
  BOOST_TEST((parse(bytes({0x82, 127, 128, 0, 0, 0, 0, 1, 0, 0})) == frame_state::malformed));
}

BOOST_AUTO_TEST_CASE(masks_go_around) {
  for (std::size_t length = 0; length < 40; ++length) {
    std::string text(length, '\0');
    apply_mask(text.data(), length, {1, 2, 3, 4});
    for (std::size_t i = 0; i < length; ++i) BOOST_TEST(text[i] == static_cast<char>(i % 4 + 1));
  }
}

BOOST_AUTO_TEST_CASE(utf8_is_checked_wherever_it_is_cut) {
  const std::vector<std::string> good = {"",
                                         "plain",
                                         "\xC2\x80",
                                         "\xDF\xBF",
                                         "\xE0\xA0\x80",
                                         "\xED\x9F\xBF",
                                         "\xEE\x80\x80",
                                         "\xEF\xBF\xBF",
                                         "\xF0\x90\x80\x80",
                                         "\xF4\x8F\xBF\xBF",
                                         "\xCE\xBA\xE1\xBD\xB9\xCF\x83"};
  const std::vector<std::string> bad = {"\x80",
                                        "\xBF",
                                        "\xC0\x80",
                                        "\xC1\xBF",
                                        "\xE0\x80\x80",
                                        "\xE0\x9F\xBF",
                                        "\xED\xA0\x80",
                                        "\xED\xBF\xBF",
                                        "\xF0\x80\x80\x80",
                                        "\xF0\x8F\xBF\xBF",
                                        "\xF4\x90\x80\x80",
                                        "\xF5\x80\x80\x80",
                                        "\xFE",
                                        "\xFF",
                                        "\xC2\x41",
                                        "a\xE1\xBD"
                                        "b"};
  const std::vector<std::string> cut = {"\xC2", "\xE1\xBD", "\xF0\x90\x80", "a\xE1"};
  const auto in_pieces = [](const std::string& text, std::size_t size) {
    utf8_checker checker;
    for (std::size_t at = 0; at < text.size(); at += size)
      if (!checker.feed(std::string_view{text}.substr(at, size))) return false;
    return checker.at_boundary();
  };
  for (const std::size_t size : {1U, 2U, 3U, 100U}) {
    for (const std::string& text : good) BOOST_TEST(in_pieces(text, size));
    for (const std::string& text : bad) BOOST_TEST(!in_pieces(text, size));
    for (const std::string& text : cut) BOOST_TEST(!in_pieces(text, size));
  }
}

BOOST_AUTO_TEST_CASE(close_codes) {
  for (const unsigned code : {1000U, 1003U, 1007U, 1011U, 1014U, 3000U, 4999U})
    BOOST_TEST(is_close_code(code));
  for (const unsigned code : {0U, 999U, 1004U, 1005U, 1006U, 1015U, 2999U, 5000U, 65535U})
    BOOST_TEST(!is_close_code(code));
}

BOOST_AUTO_TEST_CASE(the_handshake_of_the_standard) {
  const accept_text accept = accept_of("dGhlIHNhbXBsZSBub25jZQ==");
  BOOST_TEST(std::string_view(accept.data(), accept.size()) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  const std::array<unsigned char, 16> nonce{'t', 'h', 'e', ' ', 's', 'a', 'm', 'p',
                                            'l', 'e', ' ', 'n', 'o', 'n', 'c', 'e'};
  const key_text key = encode_key(nonce);
  BOOST_TEST(std::string_view(key.data(), key.size()) == "dGhlIHNhbXBsZSBub25jZQ==");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace moonward::sandbox::http
