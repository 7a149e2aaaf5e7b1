#include "sandbox/codec/value_codec.hpp"
#include "sandbox/codec/wire.hpp"

namespace moonward::sandbox {

namespace {
template <typename T>
void put(std::string& out, wire::tag tag, const T& value) {
  out.push_back(static_cast<char>(tag));
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
}  // namespace

packed_values& packed_values::nil() {
  bytes_.push_back(wire::nil);
  return *this;
}

packed_values& packed_values::add(bool value) {
  bytes_.push_back(value ? wire::boolean_true : wire::boolean_false);
  return *this;
}

packed_values& packed_values::add(std::int64_t value) {
  put(bytes_, wire::int64, value);
  return *this;
}

packed_values& packed_values::add(double value) {
  put(bytes_, wire::number, value);
  return *this;
}

packed_values& packed_values::add(std::string_view value) {
  put(bytes_, wire::string32, static_cast<std::uint32_t>(value.size()));
  bytes_.append(value);
  return *this;
}

packed_values& packed_values::begin_table(std::uint32_t array_length) {
  put(bytes_, wire::table, array_length);
  return *this;
}

packed_values& packed_values::end_table() {
  bytes_.push_back(wire::table_end);
  return *this;
}

}  // namespace moonward::sandbox
