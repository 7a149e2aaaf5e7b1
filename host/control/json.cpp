#include "host/control/json.hpp"

// Boost.JSON's own sources: this is the one place they are compiled.
#include <boost/json/src.hpp>

namespace moonward::host {

namespace {

constexpr std::size_t max_depth = 16;

// Length of the UTF-8 character at the start of `bytes`, or 0.
std::size_t character_length(std::string_view bytes) noexcept {
  const auto at = [&](std::size_t index) { return static_cast<unsigned char>(bytes[index]); };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xC2 && first < 0xE0   ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
  if (length == 0 || bytes.size() < length) return 0;
  for (std::size_t index = 1; index < length; ++index)
    if ((at(index) & 0xC0U) != 0x80U) return 0;
  if ((first == 0xE0 && at(1) < 0xA0) || (first == 0xED && at(1) >= 0xA0) ||
      (first == 0xF0 && at(1) < 0x90) || (first == 0xF4 && at(1) >= 0x90))
    return 0;
  return length;
}

}  // namespace

std::optional<json::value> read_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = max_depth;
  json::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error, {}, options);
  if (error) return std::nullopt;
  return value;
}

std::uint64_t number_of(const json::object& from, std::string_view key) noexcept {
  const json::value* const found = from.if_contains({key.data(), key.size()});
  if (found == nullptr) return 0;
  if (found->is_uint64()) return found->get_uint64();
  if (found->is_int64() && found->get_int64() > 0)
    return static_cast<std::uint64_t>(found->get_int64());
  return 0;
}

double fraction_of(const json::object& from, std::string_view key) noexcept {
  const json::value* const found = from.if_contains({key.data(), key.size()});
  if (found == nullptr) return 0;
  if (found->is_double()) return found->get_double();
  return static_cast<double>(number_of(from, key));
}

std::string text_of(const json::object& from, std::string_view key) {
  const json::value* const found = from.if_contains({key.data(), key.size()});
  if (found == nullptr || !found->is_string()) return {};
  return {found->get_string().data(), found->get_string().size()};
}

bool flag_of(const json::object& from, std::string_view key) noexcept {
  const json::value* const found = from.if_contains({key.data(), key.size()});
  return found != nullptr && found->is_bool() && found->get_bool();
}

const json::array* list_of(const json::object& from, std::string_view key) noexcept {
  const json::value* const found = from.if_contains({key.data(), key.size()});
  return found == nullptr ? nullptr : found->if_array();
}

const json::object* object_of(const json::object& from, std::string_view key) noexcept {
  const json::value* const found = from.if_contains({key.data(), key.size()});
  return found == nullptr ? nullptr : found->if_object();
}

json::string json_text(std::string_view bytes) {
  json::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t length = character_length(bytes);
    if (length == 0) {
      out.append("\xEF\xBF\xBD");
      bytes.remove_prefix(1);
    } else {
      out.append(json::string_view{bytes.data(), length});
      bytes.remove_prefix(length);
    }
  }
  return out;
}

}  // namespace moonward::host
