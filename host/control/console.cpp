#include "host/control/console.hpp"

#include <cerrno>
#include <cstdlib>
#include <poll.h>
#include <unistd.h>

namespace moonward::host {

namespace {

std::string_view escape_of(text_style style) noexcept {
  switch (style) {
    case text_style::plain: return "";
    case text_style::bold: return "\x1b[1m";
    case text_style::dim: return "\x1b[2m";
    case text_style::red: return "\x1b[31m";
    case text_style::green: return "\x1b[32m";
    case text_style::yellow: return "\x1b[33m";
  }
  return "";
}

}  // namespace

bool write_text(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd ready{descriptor, POLLOUT, 0};
      ::poll(&ready, 1, 1000);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool print(std::string_view text) noexcept { return write_text(STDOUT_FILENO, text); }

void print_error(std::string_view text) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  std::string out = styled("moonward:", text_style::red, colours_wanted(STDERR_FILENO)) + " ";
  for (const char character : text) {
    out += character;
    if (character == '\n') out += "  ";
  }
  out += '\n';
  write_text(STDERR_FILENO, out);
}

bool is_terminal(int descriptor) noexcept { return ::isatty(descriptor) != 0; }

bool colours_wanted(int descriptor) noexcept {
  const char* const refused = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  if (refused != nullptr && *refused != '\0') return false;
  if (terminal == nullptr || std::string_view{terminal} == "dumb") return false;
  return is_terminal(descriptor);
}

std::string styled(std::string_view text, text_style style, bool colours) {
  if (!colours || style == text_style::plain) return std::string{text};
  return std::string{escape_of(style)}.append(text).append("\x1b[0m");
}

}  // namespace moonward::host
