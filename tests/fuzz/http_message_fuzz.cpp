// Heads of requests and responses: what is accepted means the same when it is written again.
#include "sandbox/http/message_head.hpp"

#include "check.hpp"

#include <string>
#include <string_view>

namespace {

using namespace moonward::sandbox::http;

std::string written(const message_head& head, bool is_request) {
  const std::string version = head.version == 11 ? "HTTP/1.1" : "HTTP/1.0";
  std::string text = is_request ? std::string{head.method} + " " + std::string{head.target} + " " +
                                      version + "\r\n"
                                : version + " " + std::to_string(head.status) + " \r\n";
  for (std::size_t i = 0; i < head.field_count; ++i)
    text += std::string{head.fields[i].name} + ": " + std::string{head.fields[i].value} + "\r\n";
  return text + "\r\n";
}

void check(std::string_view text, bool is_request) {
  const auto parse = is_request ? parse_request : parse_response;
  message_head head;
  if (parse(text, head) != refusal::none) return;
  FUZZ_CHECK(text.size() <= most_head_bytes);
  FUZZ_CHECK(text.ends_with("\r\n\r\n"));
  FUZZ_CHECK(text.find("\r\n ") == std::string_view::npos);
  FUZZ_CHECK(text.find('\0') == std::string_view::npos);
  for (std::size_t i = 0; i < head.field_count; ++i) {
    FUZZ_CHECK(is_token(head.fields[i].name));
    FUZZ_CHECK(is_field_value(head.fields[i].value));
  }
  const std::string again = written(head, is_request);
  if (again.size() > most_head_bytes) return;
  message_head second;
  FUZZ_CHECK(parse(again, second) == refusal::none);
  FUZZ_CHECK(second.framing == head.framing);
  FUZZ_CHECK(second.body_bytes == head.body_bytes);
  FUZZ_CHECK(second.field_count == head.field_count);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check(text, true);
  check(text, false);
  return 0;
}
