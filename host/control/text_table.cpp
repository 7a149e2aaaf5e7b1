#include "host/control/text_table.hpp"

#include <algorithm>

namespace moonward::host {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t least_cut_width = 8;

bool continues_character(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

}  // namespace

std::size_t display_width(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

std::string fit(std::string_view text, std::size_t width) {
  const bool cut = display_width(text) > width;
  std::string out;
  std::size_t used = 0;
  for (const char character : text) {
    if (!continues_character(character) && ++used > width - (cut ? 1 : 0)) break;
    const auto code = static_cast<unsigned char>(character);
    out += code < 0x20 || code == 0x7F ? '?' : character;
  }
  if (cut && width > 0) out += '~';
  return out;
}

void text_table::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> text_table::widths() const {
  std::vector<std::size_t> widths;
  std::size_t total = 0;
  for (std::size_t index = 0; index < columns_.size(); ++index) {
    std::size_t width = display_width(columns_[index].name);
    for (const auto& row : rows_) width = std::max(width, display_width(row[index]));
    widths.push_back(width);
    total += width + (index == 0 ? 0 : gap);
  }
  for (std::size_t index = 0; index < columns_.size() && total > max_width; ++index) {
    if (!columns_[index].may_be_cut) continue;
    const std::size_t surplus = total - max_width;
    const std::size_t room = widths[index] > least_cut_width ? widths[index] - least_cut_width : 0;
    widths[index] -= std::min(surplus, room);
    total -= std::min(surplus, room);
  }
  return widths;
}

std::vector<std::string> text_table::lines() const {
  const std::vector<std::size_t> wide = widths();
  std::vector<std::string> out;
  const auto add_line = [&](auto&& cell_of) {
    std::string line;
    for (std::size_t index = 0; index < columns_.size(); ++index) {
      const std::string cell = fit(cell_of(index), wide[index]);
      const std::string padding(wide[index] - display_width(cell), ' ');
      if (index != 0) line.append(gap, ' ');
      line += columns_[index].side == align::right ? padding + cell : cell + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out.push_back(std::move(line));
  };
  add_line([&](std::size_t index) -> const std::string& { return columns_[index].name; });
  for (const auto& row : rows_)
    add_line([&](std::size_t index) -> const std::string& { return row[index]; });
  return out;
}

std::string text_table::text() const {
  std::string out;
  for (const std::string& line : lines()) out += line + "\n";
  return out;
}

}  // namespace moonward::host
