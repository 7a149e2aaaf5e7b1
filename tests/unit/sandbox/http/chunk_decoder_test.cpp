#include "sandbox/http/chunk_decoder.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace moonward::sandbox::http {

namespace {

using state = chunk_decoder::state;

// Feeds the text in steps of at most `step` bytes; what isn't taken is given again with more.
struct decoding {
  decoding(std::string_view text, std::size_t step) {
    std::string room(text.size(), '\0');
    std::size_t known = 0;
    while (decoder.now() == state::more && taken + known <= text.size()) {
      const std::string_view input = text.substr(taken, known);
      const std::size_t now = decoder.decode(input, room.data());
      body.append(room.data(), decoder.produced_bytes());
      taken += now;
      known -= now;
      if (now == 0) {
        if (taken + known == text.size()) break;
        known = std::min(known + step, text.size() - taken);
      }
    }
  }

  chunk_decoder decoder;
  std::string body;
  std::size_t taken = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(chunk_decoder_suite)

BOOST_AUTO_TEST_CASE(chunks_are_joined_however_they_come) {
  const std::string text =
      "5\r\nhello\r\n1;name=value\r\n \r\n00A\r\n0123456789\r\n0\r\nX-Sum: 16\r\nX-Two: "
      "b\r\n\r\nrest";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    const decoding all{text, step};
    BOOST_TEST_CONTEXT("steps of " << step) {
      BOOST_REQUIRE((all.decoder.now() == state::done));
      BOOST_TEST(all.body == "hello 0123456789");
      BOOST_TEST(text.substr(all.taken) == "rest");
      BOOST_REQUIRE(all.decoder.trailer_count() == 2U);
      BOOST_TEST(all.decoder.trailer(0).name == "X-Sum");
      BOOST_TEST(all.decoder.trailer(0).value == "16");
      BOOST_TEST(all.decoder.trailer(1).name == "X-Two");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_chunk_is_handed_over_as_it_comes) {
  chunk_decoder decoder;
  char room[16];
  BOOST_TEST(decoder.decode("5\r\nhe", room) == 5U);
  BOOST_TEST(decoder.produced_bytes() == 2U);
  BOOST_TEST(decoder.decode("l", room) == 1U);
  BOOST_TEST(decoder.decode("lo", room) == 2U);
  BOOST_TEST(decoder.produced_bytes() == 2U);
  BOOST_TEST(decoder.decode("\r\n0\r", room) == 0U);
  BOOST_TEST((decoder.now() == state::more));
  BOOST_TEST(decoder.decode("\r\n0\r\n\r\n", room) == 7U);
  BOOST_TEST((decoder.now() == state::done));
}

BOOST_AUTO_TEST_CASE(an_empty_body_is_a_body) {
  const decoding all{"0\r\n\r\n", 1};
  BOOST_TEST((all.decoder.now() == state::done));
  BOOST_TEST(all.body == "");
}

BOOST_AUTO_TEST_CASE(malformed_chunks_are_refused) {
  for (const std::string_view text : {"g\r\na\r\n",
                                      "\r\na\r\n",
                                      "-1\r\na\r\n",
                                      "0x5\r\nhello\r\n\r\n",
                                      "+5\r\nhello\r\n",
                                      " 5\r\nhello\r\n",
                                      "5 \r\nhello\r\n",
                                      "5\nhello\r\n",
                                      "5\rhello\r\n",
                                      "5\r\nhello!\r\n0\r\n\r\n",
                                      "5\r\nhelloXX0\r\n\r\n",
                                      "5\r\nhello\n0\r\n\r\n",
                                      "10000000000000000\r\n",
                                      "ffffffffffffffffff\r\n",
                                      "5;\x01\r\nhello\r\n0\r\n\r\n",
                                      "0\r\nContent-Length: 5\r\n\r\n",
                                      "0\r\nTransfer-Encoding: chunked\r\n\r\n",
                                      "0\r\nA : b\r\n\r\n",
                                      "0\r\nA: b\r\n c\r\n\r\n",
                                      "0\r\n\rX\r\n\r\n"})
    BOOST_TEST((decoding{text, 1}.decoder.now() == state::refused), text);
}

BOOST_AUTO_TEST_CASE(lines_have_an_end) {
  const decoding size{std::string(chunk_decoder::most_line_bytes + 1, '0'), 1000};
  BOOST_TEST((size.decoder.now() == state::refused));
  const decoding extension{"5;" + std::string(chunk_decoder::most_line_bytes, 'a'), 1000};
  BOOST_TEST((extension.decoder.now() == state::refused));
  const decoding trailers{"0\r\nA: " + std::string(chunk_decoder::most_line_bytes, 'a'), 1000};
  BOOST_TEST((trailers.decoder.now() == state::refused));
}

BOOST_AUTO_TEST_CASE(trailers_do_not_say_what_the_head_says) {
  const decoding all{
      "0\r\nHost: evil\r\nauthorization: x\r\nX-Forwarded-For: 1.2.3.4\r\nX-Real-IP: 1.2.3.4\r\n"
      "X-Sum: 1\r\n\r\n",
      7};
  BOOST_REQUIRE((all.decoder.now() == state::done));
  BOOST_REQUIRE(all.decoder.trailer_count() == 1U);
  BOOST_TEST(all.decoder.trailer(0).name == "X-Sum");
}

BOOST_AUTO_TEST_CASE(trailers_are_counted) {
  std::string lines;
  for (std::size_t i = 0; i < chunk_decoder::most_trailers; ++i) lines += "a: b\r\n";
  BOOST_TEST((decoding{"0\r\n" + lines + "\r\n", 64}.decoder.now() == state::done));
  BOOST_TEST((decoding{"0\r\n" + lines + "a: b\r\n\r\n", 64}.decoder.now() == state::refused));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace moonward::sandbox::http
