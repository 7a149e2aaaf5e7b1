#include "policies/config_reader.hpp"

#include <algorithm>

namespace moonward::policies {

namespace {

bool is_lower_or_digit(char character) {
  return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
}

bool is_name_character(char character) {
  return is_lower_or_digit(character) || (character >= 'A' && character <= 'Z') ||
         character == '_' || character == '-';
}

}  // namespace

bool is_tenant_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 32 &&
         std::all_of(name.begin(), name.end(), [](char character) {
           return is_lower_or_digit(character) || character == '_' || character == '-';
         });
}

bool is_service_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > 128) {
    return false;
  }
  while (true) {
    const std::size_t slash = name.find('/');
    const std::string_view part = name.substr(0, slash);
    if (part.empty() || part.front() == '.' ||
        !std::all_of(part.begin(), part.end(), [](char character) {
          return is_name_character(character) || character == '.';
        })) {
      return false;
    }
    if (slash == std::string_view::npos) {
      return true;
    }
    name.remove_prefix(slash + 1);
  }
}

bool is_export_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 64 &&
         std::all_of(name.begin(), name.end(), is_name_character);
}

}  // namespace moonward::policies
