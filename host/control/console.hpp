/// What the program itself says: on standard output what was asked for, on standard error what went
/// wrong, each error naming the thing and what to do.
///
/// Colours appear on terminals only, and never when NO_COLOR is set. Nothing here buffers: a text
/// is out when the call returns, or its reader is gone. Thread: main.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace moonward::host {

enum class text_style : std::uint8_t { plain, bold, dim, red, green, yellow };

/// Writes all of `text` to the descriptor; false when its reader is gone.
bool write_text(int descriptor, std::string_view text) noexcept;

/// Writes to standard output.
bool print(std::string_view text) noexcept;

/// Writes "moonward: text" to standard error, the newline added. Further lines of the text are
/// indented.
void print_error(std::string_view text);

[[nodiscard]] bool is_terminal(int descriptor) noexcept;

/// Whether colours are welcome on the descriptor.
[[nodiscard]] bool colours_wanted(int descriptor) noexcept;

/// `text` in the style, when `colours`; else as it is.
[[nodiscard]] std::string styled(std::string_view text, text_style style, bool colours);

}  // namespace moonward::host
