#include "policies/config_draft.hpp"
#include "policies/config_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace moonward::policies {

namespace {

// The longest path that a Unix socket address holds (sun_path, less its final zero).
constexpr std::size_t longest_socket_path = 107;
// Linux's own bound for account names.
constexpr std::size_t longest_user_name = 32;

// For a sentence: "file:line:column", or that the value is built in.
std::string where(const config_draft& draft, const placed_map& origins, std::string_view key) {
  const auto found = origins.find(key);
  if (found == origins.end()) {
    return "its built-in default";
  }
  return fmt::format("{}:{}:{}", draft.file, found->second.place.line, found->second.place.column);
}

class checker {
 public:
  explicit checker(config_draft& draft) : draft_(draft) {}

  void run() {
    check_host();
    for (tenant_draft& tenant : draft_.tenants) {
      lay_layers(tenant);
      check_contradictions(tenant);
      if (!tenant.config.root.empty()) {
        tenant.config.root = absolute(tenant.config.root);
      }
    }
    for (tenant_draft& tenant : draft_.tenants) {
      check_imports(tenant);
    }
  }

 private:
  std::filesystem::path absolute(const std::filesystem::path& path) const {
    std::filesystem::path whole = (draft_.folder / path).lexically_normal();
    // "scripts/" names the same directory as "scripts".
    return whole.has_filename() || !whole.has_relative_path() ? whole : whole.parent_path();
  }

  void add_host_problem(std::string_view key, std::string value, std::string_view message) {
    const auto found = draft_.host.set.find(key);
    const text_place place =
        found == draft_.host.set.end() ? text_place{1, 1} : found->second.place;
    draft_.add_problem(place, dotted("host", key), std::move(value), message);
  }

  void check_host() {
    host_settings& settings = draft_.host.values;
    if (!settings.user.empty() && !is_user_name(settings.user)) {
      add_host_problem("user", quote_text(settings.user),
                       "is not the name of an account; write a name such as \"moonward\"");
    }
    const auto was_set = [&](std::string_view key) { return draft_.host.set.contains(key); };
    for (const auto& [key, path] : {std::pair{"state_dir", &settings.state_dir},
                                    std::pair{"control_socket", &settings.control_socket}}) {
      if (was_set(key) && path->empty()) {
        add_host_problem(key, "\"\"", "is empty; write a path, relative to this file");
      }
    }
    settings.state_dir = absolute(settings.state_dir.empty() ? "state" : settings.state_dir);
    settings.control_socket = was_set("control_socket") ? absolute(settings.control_socket)
                                                        : settings.state_dir / "control.sock";
    if (!settings.log_file.empty()) {
      settings.log_file = absolute(settings.log_file);
    }
    if (settings.control_socket.native().size() > longest_socket_path) {
      add_host_problem("control_socket", quote_text(settings.control_socket.string()),
                       fmt::format("is a path of {} bytes; a Unix socket's path has at most {}",
                                   settings.control_socket.native().size(), longest_socket_path));
    }
  }

  static bool is_user_name(std::string_view name) {
    if (name.size() > longest_user_name || name.front() == '-') {
      return false;
    }
    return std::all_of(name.begin(), name.end(), [](char character) {
      return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '_' ||
             character == '-' || character == '.';
    });
  }

  void lay_class(const service_section& section, service_quota& quota, placed_map& origins) {
    if (section.class_name.empty()) {
      if (const auto named = section.keys.set.find("class"); named != section.keys.set.end()) {
        unknown_class(named->second, "");
      }
      return;
    }
    const auto found = draft_.classes.find(section.class_name);
    if (found == draft_.classes.end()) {
      unknown_class(section.keys.set.find("class")->second, section.class_name);
      return;
    }
    lay_over(found->second, quota, origins);
  }

  void unknown_class(const placed_origin& named, std::string_view name) {
    std::vector<std::string_view> known;
    std::string list;
    for (const auto& [known_name, keys] : draft_.classes) {
      known.push_back(known_name);
      list += list.empty() ? "" : ", ";
      list += quote_text(known_name);
    }
    const std::string_view near = nearest_word(name, known);
    draft_.add_problem(
        named.place, named.section + ".class", quote_text(name),
        fmt::format("is not a quota class{}; {}",
                    near.empty() ? "" : fmt::format(" (did you mean {}?)", quote_text(near)),
                    list.empty() ? "there is none, write a section such as [quotas.small]"
                                 : "allowed is " + list));
  }

  void lay_layers(tenant_draft& tenant) {
    tenant_config& config = tenant.config;
    lay_over(draft_.tenant_defaults, config.quota, tenant.quota_origins);
    lay_over(tenant.quota, config.quota, tenant.quota_origins);

    lay_over(draft_.service_defaults, config.default_service, tenant.default_service_origins);
    lay_class(tenant.service, config.default_service, tenant.default_service_origins);
    lay_over(tenant.service.keys, config.default_service, tenant.default_service_origins);

    for (const auto& [name, section] : tenant.services) {
      service_quota& quota = config.services[name];
      placed_map& origins = tenant.service_origins[name];
      quota = config.default_service;
      origins = tenant.default_service_origins;
      lay_class(section, quota, origins);
      lay_over(section.keys, quota, origins);
    }
  }

  // Only written values contradict: where one of the two is a built-in default, the smaller binds.
  void check_service(const tenant_draft& tenant, const service_quota& quota,
                     const placed_map& origins) {
    const auto check_memory = [&](std::string_view key, std::uint64_t bytes) {
      const auto own = origins.find(key);
      if (own == origins.end() || bytes <= tenant.config.quota.memory_bytes) {
        return;
      }
      const key_row<service_quota>* row = find_key<service_quota>(key);
      draft_.add_problem(
          own->second.place, dotted(own->second.section, key), print_value(*row, quota),
          fmt::format("is more than the whole memory of tenant {}; that is {} ({})",
                      quote_text(tenant.config.name),
                      print_value(*find_key<tenant_quota>("memory"), tenant.config.quota),
                      where(draft_, tenant.quota_origins, "memory")));
    };
    check_memory("memory", quota.memory_bytes);
    check_memory("mailbox_bytes", quota.mailbox_bytes);

    const auto call = origins.find("cpu_per_c_call");
    if (call != origins.end() && origins.contains("cpu_per_turn") &&
        quota.cpu_per_c_call > quota.cpu_per_turn) {
      draft_.add_problem(
          call->second.place, dotted(call->second.section, "cpu_per_c_call"),
          print_value(*find_key<service_quota>("cpu_per_c_call"), quota),
          fmt::format("is more than cpu_per_turn, so it would never be reached; that is {} ({})",
                      print_value(*find_key<service_quota>("cpu_per_turn"), quota),
                      where(draft_, origins, "cpu_per_turn")));
    }
  }

  void check_contradictions(const tenant_draft& tenant) {
    check_service(tenant, tenant.config.default_service, tenant.default_service_origins);
    for (const auto& [name, quota] : tenant.config.services) {
      check_service(tenant, quota, tenant.service_origins.at(name));
    }
  }

  void check_imports(tenant_draft& tenant) {
    const std::string key = dotted("tenants", tenant.config.name) + ".imports";
    for (const placed_text& written : tenant.imports) {
      const auto refuse = [&](std::string_view message) {
        draft_.add_problem(written.place, key, quote_text(written.text), message);
      };
      const std::size_t dot = written.text.find('.');
      if (dot == std::string::npos || dot == 0 || dot + 1 == written.text.size()) {
        refuse("is not an import; write \"tenant.name\", such as \"accounts.api\"");
        continue;
      }
      const std::string other = written.text.substr(0, dot);
      const std::string name = written.text.substr(dot + 1);
      if (other == tenant.config.name) {
        refuse("is the tenant's own; a tenant sees its own services without importing them");
        continue;
      }
      const auto exporter =
          std::find_if(draft_.tenants.begin(), draft_.tenants.end(),
                       [&](const tenant_draft& each) { return each.config.name == other; });
      if (exporter == draft_.tenants.end()) {
        refuse(unknown_tenant(other));
        continue;
      }
      const auto& exports = exporter->config.exports;
      if (std::find(exports.begin(), exports.end(), name) == exports.end()) {
        refuse(fmt::format("is not exported; [tenants.{}] would need exports = [{}]", other,
                           quote_text(name)));
        continue;
      }
      tenant.config.imports.push_back({other, name});
    }
  }

  std::string unknown_tenant(std::string_view name) const {
    std::vector<std::string_view> known;
    std::string list;
    for (const tenant_draft& each : draft_.tenants) {
      known.push_back(each.config.name);
      list += list.empty() ? "" : ", ";
      list += quote_text(each.config.name);
    }
    const std::string_view near = nearest_word(name, known);
    return fmt::format("names the unknown tenant {}{}; known are {}", quote_text(name),
                       near.empty() ? "" : fmt::format(" (did you mean {}?)", quote_text(near)),
                       list);
  }

  config_draft& draft_;
};

}  // namespace

void complete(config_draft& draft) { checker(draft).run(); }

}  // namespace moonward::policies
