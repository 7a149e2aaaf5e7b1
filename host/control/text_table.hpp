/// A table of text: a heading, then rows, columns as wide as their longest cell, no line longer
/// than 100 columns. Where that is too little, the one column that may be cut is cut.
///
/// Cells come from scripts' names among others, so control characters are shown as "?".
/// Value type; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace moonward::host {

class text_table {
 public:
  enum class align : std::uint8_t { left, right };
  struct column {
    std::string name;
    align side = align::left;
    bool may_be_cut = false;
  };

  static constexpr std::size_t max_width = 100;

  explicit text_table(std::vector<column> columns) : columns_{std::move(columns)} {}

  /// Missing cells are empty.
  void add(std::vector<std::string> cells);
  [[nodiscard]] std::size_t rows() const noexcept { return rows_.size(); }

  /// Heading and rows, one line each, without newlines.
  [[nodiscard]] std::vector<std::string> lines() const;
  /// The same as one text.
  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] std::vector<std::size_t> widths() const;

  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// The number of columns that UTF-8 text takes on a terminal, each character counted as one.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;

/// `text` in at most `width` columns, the end replaced by "~" when it had to be cut; control
/// characters as "?".
[[nodiscard]] std::string fit(std::string_view text, std::size_t width);

}  // namespace moonward::host
