#include "host/control/live_screen.hpp"

#include "host/control/console.hpp"
#include "host/control/live_page.hpp"
#include "host/control/text_table.hpp"

#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace moonward::host {

namespace {

constexpr std::string_view enter_screen = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view leave_screen = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view home = "\x1b[H";
constexpr std::string_view end_of_line = "\x1b[K";
constexpr std::string_view clear_below = "\x1b[J";

struct size {
  std::size_t rows = 24;
  std::size_t columns = 80;
};

size terminal_size() noexcept {
  winsize told{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &told) != 0 || told.ws_row == 0) return {};
  return {told.ws_row, told.ws_col};
}

}  // namespace

live_screen::live_screen(std::string title)
    : title_{std::move(title)}, terminal_{is_terminal(STDOUT_FILENO)} {
  if (terminal_) print(enter_screen);
}

live_screen::~live_screen() {
  if (terminal_) print(leave_screen);
}

std::chrono::milliseconds live_screen::period() const noexcept {
  return std::chrono::milliseconds{terminal_ ? 500 : 1000};
}

std::string live_screen::drawing(const snapshot& now) const {
  const size screen = terminal_size();
  // On a narrow terminal a coloured line can't be cut without counting escapes: plain then.
  const bool wide = screen.columns >= text_table::max_width;
  const page_colours colours =
      wide && colours_wanted(STDOUT_FILENO) ? page_colours::on : page_colours::off;
  std::string out{home};
  std::size_t row = 0;
  for (const std::string& line : live_page(title_, before_, now, colours)) {
    if (++row > screen.rows) break;
    if (row != 1) out += "\r\n";
    out += wide ? line : fit(line, screen.columns);
    out += end_of_line;
  }
  return out.append(clear_below);
}

bool live_screen::show(const snapshot& now) {
  if (std::exchange(first_, false)) {
    before_ = now;
    if (!terminal_) return true;  // a line tells what has happened since the last
  }
  std::string out;
  if (terminal_) out = drawing(now);
  else
    for (const std::string& line : live_lines(before_, now)) out += line + "\n";
  before_ = now;
  return print(out);
}

}  // namespace moonward::host
