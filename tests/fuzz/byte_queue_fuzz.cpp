// What sockets receive: whatever is appended, read and searched for, in whatever pieces and with
// however little memory, is what a plain string says. The input is a program: an operation and its
// operand, each a byte.
#include "sandbox/api/byte_queue.hpp"
#include "sandbox/memory/account.hpp"

#include "check.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

namespace {

using namespace moonward::sandbox;

constexpr std::size_t longest_model = 1 << 20;

class tested_queue {
 public:
  void append(std::string_view bytes) {
    // Messages of network events have a header in front of the bytes.
    message* const m = make_message(std::string(header_bytes, 'h') + std::string{bytes}, &account_);
    if (m == nullptr) return;
    queue_.append(m, header_bytes);
    model_ += bytes;
  }
  void read(std::size_t bytes) {
    bytes = std::min(bytes, model_.size());
    const std::unique_ptr<char[]> room{new char[bytes]};
    queue_.copy(room.get(), bytes);
    FUZZ_CHECK(std::string_view(room.get(), bytes) == std::string_view{model_}.substr(0, bytes));
    drop(bytes);
  }
  void drop(std::size_t bytes) {
    queue_.drop(bytes);
    model_.erase(0, bytes);
  }
  void read_line(std::string_view separator) {
    const std::size_t at = find(separator);
    if (at == byte_queue::npos) return;
    read(at);
    drop(separator.size());
  }
  std::size_t find(std::string_view separator) {
    const std::size_t at = queue_.find(separator);
    const std::size_t expected = model_.find(separator);
    FUZZ_CHECK(at == (expected == std::string::npos ? byte_queue::npos : expected));
    return at;
  }
  void clear() {
    queue_.clear();
    model_.clear();
    FUZZ_CHECK(account_.used_bytes() == 0);
  }
  // As much memory as is used now and `more`.
  void limit(std::uint64_t more) { account_.set_cap(account_.used_bytes() + more); }

  void check() const {
    FUZZ_CHECK(queue_.size() == model_.size());
    FUZZ_CHECK(queue_.empty() == model_.empty());
    FUZZ_CHECK(queue_.front().empty() == model_.empty());
    FUZZ_CHECK(std::string_view{model_}.starts_with(queue_.front()));
    FUZZ_CHECK(account_.used_bytes() <= account_.cap_bytes());
    FUZZ_CHECK(!model_.empty() || account_.used_bytes() == 0);
  }
  [[nodiscard]] std::size_t size() const { return model_.size(); }

 private:
  static constexpr std::uint32_t header_bytes = 8;
  memory_account account_{4 * longest_model};
  byte_queue queue_;
  std::string model_;
};

// Few letters, so that separators are often there in part.
std::string text_of(std::size_t bytes, unsigned seed) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = "ab\r\n"[(i * seed + i / 3) % 4];
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  tested_queue queue;
  for (std::size_t i = 0; i + 1 < size; i += 2) {
    const unsigned operand = data[i + 1];
    switch (data[i] % 10) {
      case 0: queue.append(text_of(operand, data[i] / 10U)); break;
      case 1: {  // bytes of the input itself, one message
        const std::size_t count = std::min<std::size_t>(operand, size - i - 2);
        queue.append({reinterpret_cast<const char*>(data) + i + 2, count});
        i += count;
        break;
      }
      case 2:  // a peer that sends byte by byte
        for (const char c : text_of(operand, data[i] / 10U)) queue.append({&c, 1});
        break;
      case 3: queue.read(operand); break;
      case 4: queue.read(operand * 16); break;
      case 5: queue.drop(operand); break;
      case 6: queue.read_line(text_of(1 + operand % 5, data[i] / 10U)); break;
      case 7: queue.read_line("\r\n"); break;
      case 8: (void)queue.find(text_of(1 + operand % 7, data[i] / 10U)); break;
      default:
        if (operand == 0) queue.clear();
        else queue.limit(operand == 255 ? 4 * longest_model : operand * 8);
    }
    queue.check();
    if (queue.size() > longest_model) break;
  }
  queue.clear();
  return 0;
}
