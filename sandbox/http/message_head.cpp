#include "sandbox/http/message_head.hpp"

#include "sandbox/http/field_check.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/status.hpp>

#include <algorithm>

namespace moonward::sandbox::http {

namespace {

namespace beast = boost::beast;

std::string_view view(beast::string_view text) noexcept { return {text.data(), text.size()}; }

template <bool is_request>
class head_reader final : public beast::http::basic_parser<is_request> {
 public:
  head_reader(std::string_view text, message_head& out) noexcept : text_{text}, out_{out} {
    this->header_limit(most_head_bytes);
    this->body_limit(boost::none);
    this->skip(true);  // the body is read by others
  }

  refusal read() noexcept {
    beast::error_code error;
    const std::size_t taken = this->put({text_.data(), text_.size()}, error);
    if (refused_ != refusal::none) return refused_;
    if (error == beast::http::error::bad_version) return version_refusal();
    if (error == beast::http::error::header_limit) return refusal::too_large;
    if (error || !this->is_header_done() || taken != text_.size()) return refusal::bad_request;
    return frame();
  }

 private:
  using error_code = beast::error_code;
  using string_view = beast::string_view;

  // "HTTP/2.0" is a version, "HTTQ" is nonsense.
  refusal version_refusal() const noexcept {
    std::string_view line = text_.substr(0, text_.find('\r'));
    if (is_request) {
      line = line.substr(std::min(line.find(' ') + 1, line.size()));
      line = line.substr(std::min(line.find(' ') + 1, line.size()));
    } else {
      line = line.substr(0, line.find(' '));
    }
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    const bool known = line.size() == 8 && line.starts_with("HTTP/") && digit(line[5]) &&
                       line[6] == '.' && digit(line[7]);
    return known ? refusal::version_not_supported : refusal::bad_request;
  }

  refusal frame() noexcept {
    const bool coded = this->chunked();
    if (coding_ && (out_.version < 11 || has_length_)) return refusal::bad_request;
    if (coded) {
      out_.framing = body_framing::chunked;
    } else if (const auto length = this->content_length()) {
      out_.framing = body_framing::length;
      out_.body_bytes = *length;
    }
    if constexpr (!is_request) {
      if (out_.status / 100 == 1 || out_.status == 204 || out_.status == 304)
        out_.framing = body_framing::none;
      else if (out_.framing == body_framing::none) out_.framing = body_framing::until_end;
    }
    return refusal::none;
  }

  void refuse(refusal why, error_code& error) noexcept {
    refused_ = why;
    error = beast::http::error::bad_value;
  }

  void on_request_impl(beast::http::verb, string_view method, string_view target, int version,
                       error_code&) override {
    out_.method = view(method);
    out_.target = view(target);
    out_.version = version;
  }

  void on_response_impl(int status, string_view, int version, error_code& error) override {
    if (status < 100) return refuse(refusal::bad_request, error);
    out_.status = static_cast<unsigned>(status);
    out_.version = version;
  }

  void on_field_impl(beast::http::field id, string_view name, string_view value,
                     error_code& error) override {
    if (is_folded(text_, view(name), view(value))) return refuse(refusal::bad_request, error);
    if (out_.field_count == most_fields) return refuse(refusal::too_large, error);
    switch (id) {
      case beast::http::field::transfer_encoding:
        // Beast takes "gzip, chunked"; nobody here would unpack it.
        if (coding_) return refuse(refusal::bad_request, error);
        coding_ = true;
        if (!equal_names(view(value), "chunked") && !equal_names(view(value), "identity"))
          return refuse(refusal::not_implemented, error);
        break;
      case beast::http::field::content_length:
        // A list of equal lengths is allowed, but who reads the last one only?
        if (has_length_ || view(value).find(',') != std::string_view::npos)
          return refuse(refusal::bad_request, error);
        has_length_ = true;
        break;
      case beast::http::field::host:
        if (is_request && has_host_) return refuse(refusal::bad_request, error);
        has_host_ = true;
        break;
      case beast::http::field::expect:
        out_.expects_continue = equal_names(view(value), "100-continue");
        break;
      default: break;
    }
    out_.fields[out_.field_count++] = {view(name), view(value)};
  }

  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  std::string_view text_;
  message_head& out_;
  refusal refused_ = refusal::none;
  bool coding_ = false;
  bool has_length_ = false;
  bool has_host_ = false;
};

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

}  // namespace

refusal parse_request(std::string_view text, message_head& out) noexcept {
  return head_reader<true>{text, out}.read();
}

refusal parse_response(std::string_view text, message_head& out) noexcept {
  return head_reader<false>{text, out}.read();
}

bool is_token(std::string_view text) noexcept {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  const auto good = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), good);
}

bool is_field_value(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  });
}

bool equal_names(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view reason_of(unsigned status) noexcept {
  const auto known = beast::http::int_to_status(status);
  if (known == beast::http::status::unknown) return {};
  return view(beast::http::obsolete_reason(known));
}

}  // namespace moonward::sandbox::http
