// The control protocol: a request is refused or means the same when it is written again; answers
// are one line whatever they hold.
#include "host/control/control_request.hpp"

#include "check.hpp"

#include <string>
#include <string_view>

using namespace moonward::host;

namespace {

void check_line(std::string_view line) {
  FUZZ_CHECK(!line.empty());
  FUZZ_CHECK(line.find('\n') == line.size() - 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto request = read_request(text);
  if (request.has_error()) {
    FUZZ_CHECK(!request.error().text.empty());
    check_line(error_line(request.error().text));
  } else {
    FUZZ_CHECK(size <= max_request_bytes);
    const std::string line = request_line(*request);
    check_line(line);
    // Escapes may make it longer than what may be sent.
    if (line.size() <= max_request_bytes) {
      const auto again = read_request(line);
      FUZZ_CHECK(again.has_value());
      FUZZ_CHECK(*again == *request);
    }
  }

  // What a script wrote, in an answer.
  const std::string line = ok_line(json_text(text));
  check_line(line);
  const auto answer = read_answer(line);
  FUZZ_CHECK(answer.has_value());
  FUZZ_CHECK(answer->is_string());
  FUZZ_CHECK(read_answer(error_line(text)).has_error());
  // One level deeper than what is read, or an infinite number: refused then.
  if (const auto value = read_json(text)) check_line(ok_line(*value));
  const auto foreign = read_answer(text);
  FUZZ_CHECK(foreign.has_value() || foreign.has_error());
  return 0;
}
