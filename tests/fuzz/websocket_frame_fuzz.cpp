// Frames: a head means the same however it comes, and when it is written again; UTF-8 is the same
// wherever it is cut.
#include "sandbox/http/websocket_frame.hpp"

#include "check.hpp"

#include <string>
#include <string_view>

using namespace moonward::sandbox::http;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  frame_head head;
  const frame_state state = parse_frame_head(text, head);
  if (state == frame_state::complete) {
    FUZZ_CHECK(head.head_bytes <= text.size());
    frame_head part;
    for (std::size_t i = 0; i < head.head_bytes; ++i)
      FUZZ_CHECK(parse_frame_head(text.substr(0, i), part) == frame_state::incomplete);
    char again[most_frame_head_bytes];
    const std::size_t written = write_frame_head(head, again);
    FUZZ_CHECK(std::string_view(again, written) == text.substr(0, head.head_bytes));
  } else if (state == frame_state::incomplete) {
    FUZZ_CHECK(text.size() < head.head_bytes);
  }
  const bool whole = is_utf8(text);
  for (const std::size_t step : {1U, 3U}) {
    utf8_checker checker;
    bool good = true;
    for (std::size_t at = 0; at < text.size() && good; at += step)
      good = checker.feed(text.substr(at, step));
    FUZZ_CHECK((good && checker.at_boundary()) == whole);
  }
  std::string masked{text};
  apply_mask(masked.data(), masked.size(), head.mask);
  apply_mask(masked.data(), masked.size(), head.mask);
  FUZZ_CHECK(masked == text);
  return 0;
}
