// Chunked bodies: what comes in small pieces is what comes at once. The first byte is the size of
// the pieces.
#include "sandbox/http/chunk_decoder.hpp"

#include "check.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

namespace {

using moonward::sandbox::http::chunk_decoder;

struct decoding {
  std::string body;
  std::size_t taken = 0;
  chunk_decoder::state state = chunk_decoder::state::more;
  std::size_t trailers = 0;
};

decoding decode(std::string_view text, std::size_t step) {
  chunk_decoder decoder;
  decoding out;
  std::size_t known = 0;
  while (decoder.now() == chunk_decoder::state::more) {
    // Its own block, so that reading past the input is seen.
    const std::unique_ptr<char[]> input{new char[known + 1]};
    const std::unique_ptr<char[]> room{new char[known + 1]};
    std::copy_n(text.data() + out.taken, known, input.get());
    const std::size_t taken = decoder.decode({input.get(), known}, room.get());
    FUZZ_CHECK(taken <= known);
    FUZZ_CHECK(decoder.produced_bytes() <= taken);
    out.body.append(room.get(), decoder.produced_bytes());
    out.taken += taken;
    known -= taken;
    if (taken != 0) continue;
    if (out.taken + known == text.size()) break;
    known += std::min(step, text.size() - out.taken - known);
  }
  out.state = decoder.now();
  out.trailers = decoder.trailer_count();
  for (std::size_t i = 0; i < out.trailers; ++i)
    FUZZ_CHECK(moonward::sandbox::http::is_token(decoder.trailer(i).name));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  // Beyond the limit on lines it matters in which pieces they come.
  if (size == 0 || size > chunk_decoder::most_line_bytes) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  const decoding whole = decode(text, std::max<std::size_t>(text.size(), 1));
  const decoding pieces = decode(text, data[0] + 1U);
  if (whole.state == chunk_decoder::state::done) {
    FUZZ_CHECK(pieces.state == chunk_decoder::state::done);
    FUZZ_CHECK(pieces.body == whole.body);
    FUZZ_CHECK(pieces.taken == whole.taken);
    FUZZ_CHECK(pieces.trailers == whole.trailers);
  } else {
    FUZZ_CHECK(pieces.state != chunk_decoder::state::done);
  }
  return 0;
}
