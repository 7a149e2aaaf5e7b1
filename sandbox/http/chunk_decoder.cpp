#include "sandbox/http/chunk_decoder.hpp"

#include "sandbox/http/field_check.hpp"

#include <algorithm>
#include <cstring>

namespace moonward::sandbox::http {

namespace {

namespace beast = boost::beast;

// Beast decodes chunks behind a head that announces them.
constexpr std::string_view announcement = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

// What the last chunk has at least. Beast 1.81 asserts that so much is there when it looks for the
// end of the trailers; without it a body can't end anyway.
constexpr std::size_t least_end_bytes = 5;

// Fields that decide how the message is read, routed or trusted come before the body or never.
constexpr std::array<std::string_view, 22> head_only{{"authorization",
                                                      "cache-control",
                                                      "connection",
                                                      "content-encoding",
                                                      "content-length",
                                                      "content-range",
                                                      "content-type",
                                                      "cookie",
                                                      "expect",
                                                      "host",
                                                      "keep-alive",
                                                      "max-forwards",
                                                      "pragma",
                                                      "proxy-authorization",
                                                      "range",
                                                      "set-cookie",
                                                      "te",
                                                      "trailer",
                                                      "transfer-encoding",
                                                      "upgrade",
                                                      "x-real-ip",
                                                      "forwarded"}};

bool belongs_to_head(std::string_view name) noexcept {
  return std::any_of(head_only.begin(), head_only.end(),
                     [&](std::string_view known) { return equal_names(name, known); }) ||
         (name.size() > 12 && equal_names(name.substr(0, 12), "x-forwarded-"));
}

}  // namespace

chunk_decoder::chunk_decoder() noexcept {
  this->header_limit(most_head_bytes);
  this->body_limit(boost::none);
  error_code error;
  (void)this->put({announcement.data(), announcement.size()}, error);
  this->eager(true);
  in_body_ = true;
}

std::size_t chunk_decoder::decode(std::string_view input, char* room) noexcept {
  produced_ = 0;
  if (state_ != state::more || input.empty()) return 0;
  if (chunk_left_ == 0 && input.size() < least_end_bytes) return 0;
  input_ = input;
  room_ = room;
  error_code error;
  const std::size_t taken = this->put({input.data(), input.size()}, error);
  if (this->is_done()) state_ = state::done;
  else if (error && error != beast::http::error::need_more) state_ = state::refused;
  else if (input.size() - taken >= most_line_bytes) state_ = state::refused;
  return taken;
}

field chunk_decoder::trailer(std::size_t index) const noexcept {
  const place& p = places_[index];
  const char* begin = text_.data() + p.begin;
  return {{begin, p.name_bytes}, {begin + p.name_bytes, p.value_bytes}};
}

void chunk_decoder::on_field_impl(beast::http::field, string_view name, string_view value,
                                  error_code& error) {
  if (!in_body_) return;
  const std::string_view known{name.data(), name.size()};
  const std::size_t bytes = name.size() + value.size();
  if (is_folded(input_, known, {value.data(), value.size()})) {
    error = beast::http::error::bad_field;
    return;
  }
  if (belongs_to_head(known)) return;
  if (trailers_ == most_trailers || bytes > text_.size() - text_bytes_) {
    error = beast::http::error::header_limit;
    return;
  }
  places_[trailers_++] = {static_cast<std::uint16_t>(text_bytes_),
                          static_cast<std::uint16_t>(name.size()),
                          static_cast<std::uint16_t>(value.size())};
  std::memcpy(text_.data() + text_bytes_, name.data(), name.size());
  if (!value.empty())
    std::memcpy(text_.data() + text_bytes_ + name.size(), value.data(), value.size());
  text_bytes_ += bytes;
}

std::size_t chunk_decoder::on_chunk_body_impl(std::uint64_t, string_view body, error_code&) {
  std::memcpy(room_ + produced_, body.data(), body.size());
  produced_ += body.size();
  chunk_left_ -= body.size();
  return body.size();
}

}  // namespace moonward::sandbox::http
