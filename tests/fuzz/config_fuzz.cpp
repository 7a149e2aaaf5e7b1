// Configurations: either all problems or a configuration, and a configuration that is written as
// TOML reads as the same one.
#include "policies/config_reader.hpp"

#include "check.hpp"

#include <string>
#include <string_view>

using namespace moonward::policies;

namespace {

// All of it one line each, and nothing that a terminal obeys.
void check_problems(const config_result& read) {
  FUZZ_CHECK(!read.problems.empty());
  for (const problem& p : read.problems) {
    FUZZ_CHECK(!p.message.empty());
    for (const char c : p.text()) FUZZ_CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  }
  for (std::size_t i = 1; i < read.problems.size(); ++i)
    FUZZ_CHECK(read.problems[i - 1].line <= read.problems[i].line);
}

void check_same(const host_config& one, const host_config& other) {
  FUZZ_CHECK(one.settings == other.settings);
  FUZZ_CHECK(one.tenants.size() == other.tenants.size());
  for (std::size_t i = 0; i < one.tenants.size(); ++i) {
    const tenant_config& left = one.tenants[i];
    const tenant_config& right = other.tenants[i];
    FUZZ_CHECK(left.name == right.name);
    FUZZ_CHECK(left.root == right.root);
    FUZZ_CHECK(left.start == right.start);
    FUZZ_CHECK(left.exports == right.exports);
    FUZZ_CHECK(left.imports == right.imports);
    FUZZ_CHECK(left.quota == right.quota);
    FUZZ_CHECK(left.default_service == right.default_service);
    FUZZ_CHECK(left.services == right.services);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  constexpr std::string_view file = "/etc/moonward/host.toml";
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const config_result read = read_config(text, file);
  FUZZ_CHECK(read.config.has_value() == read.problems.empty());
  if (!read.ok()) {
    check_problems(read);
    return 0;
  }
  FUZZ_CHECK(!read.config->tenants.empty());
  FUZZ_CHECK(!explain(*read.config).empty());
  const std::string dumped = dump_toml(*read.config);
  const config_result again = read_config(dumped, file);
  if (!again.ok()) std::fprintf(stderr, "%s\n%s\n", dumped.c_str(), again.text().c_str());
  FUZZ_CHECK(again.ok());
  check_same(*read.config, *again.config);
  FUZZ_CHECK(dump_toml(*again.config) == dumped);
  return 0;
}
