/// The wire format of packed Lua values.
///
/// A stream is a sequence of values; each starts with a tag byte. Numbers are little-endian, as on
/// every machine that Moonward runs on. There is no value that names memory: no pointers.
///
///     00 nil · 01 false · 02 true
///     03 int8 · 04 int16 · 05 int32 · 06 int64 · 07 double
///     08 string, u8 length · 09 string, u32 length
///     0A table: u32 array length, array values, then key and value in turn, closed by 0B
///     40+n string of n bytes, n < 64 · 80+n integer n, n < 128
#pragma once

#include <cstdint>

namespace moonward::sandbox::wire {

enum tag : std::uint8_t {
  nil = 0x00,
  boolean_false = 0x01,
  boolean_true = 0x02,
  int8 = 0x03,
  int16 = 0x04,
  int32 = 0x05,
  int64 = 0x06,
  number = 0x07,
  string8 = 0x08,
  string32 = 0x09,
  table = 0x0A,
  table_end = 0x0B,
  short_string = 0x40,
  small_integer = 0x80,
};

inline constexpr std::uint8_t short_string_limit = 0x40;
inline constexpr std::uint8_t small_integer_limit = 0x80;

}  // namespace moonward::sandbox::wire
