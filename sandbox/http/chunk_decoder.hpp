/// Takes a chunked body apart, as its bytes come.
///
/// The caller gives input and room; the body's bytes go to the room, the fields behind the last
/// chunk stay in here. Boost.Beast's parser does the reading.
/// It may lie in memory that is dropped without its destructor: it holds nothing outside itself.
/// Thread: any; no lock, no allocation.
#pragma once

#include "sandbox/http/message_head.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace moonward::sandbox::http {

class chunk_decoder final : private boost::beast::http::basic_parser<true> {
 public:
  /// Bytes of one chunk's size line, or of the last one's with all trailers.
  static constexpr std::size_t most_line_bytes = 4096;
  static constexpr std::size_t most_trailers = 32;

  enum class state : std::uint8_t { more, done, refused };

  chunk_decoder() noexcept;

  /// Reads `input`, which begins where the last call stopped, and puts the body's bytes into
  /// `room`, which is as large as `input` at least. Returns how many bytes it took; when it wants
  /// `more` and took none, it wants them in one piece with what comes next.
  [[nodiscard]] std::size_t decode(std::string_view input, char* room) noexcept;

  [[nodiscard]] state now() const noexcept { return state_; }
  /// Bytes put into the room by the last call.
  [[nodiscard]] std::size_t produced_bytes() const noexcept { return produced_; }
  /// When done: the fields behind the last chunk, which may not say what only the head may.
  [[nodiscard]] std::size_t trailer_count() const noexcept { return trailers_; }
  [[nodiscard]] field trailer(std::size_t index) const noexcept;

 private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;

  struct place {
    std::uint16_t begin;
    std::uint16_t name_bytes;
    std::uint16_t value_bytes;
  };

  void on_request_impl(boost::beast::http::verb, string_view, string_view, int,
                       error_code&) override {}
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(boost::beast::http::field id, string_view name, string_view value,
                     error_code& error) override;
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t size, string_view, error_code&) override {
    chunk_left_ = size;
  }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override;
  void on_finish_impl(error_code&) override {}

  std::string_view input_;
  char* room_ = nullptr;
  std::size_t produced_ = 0;
  std::uint64_t chunk_left_ = 0;
  std::size_t trailers_ = 0;
  std::size_t text_bytes_ = 0;
  state state_ = state::more;
  bool in_body_ = false;
  std::array<place, most_trailers> places_;
  std::array<char, most_line_bytes> text_;
};

}  // namespace moonward::sandbox::http
