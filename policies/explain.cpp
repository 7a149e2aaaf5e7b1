#include "policies/config.hpp"
#include "policies/key_value.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace moonward::policies {

namespace {

constexpr std::size_t width = 100;
constexpr std::size_t key_column = 2;
constexpr std::size_t value_column = 26;
constexpr std::size_t origin_column = 44;

class page {
 public:
  void heading(std::string_view text) { text_ += fmt::format("\n{}\n", text); }

  /// key, value, origin, each at its column; what doesn't fit beside goes below.
  void row(std::string_view key, std::string_view value, std::string_view from) {
    std::string line = std::string(key_column, ' ') + std::string(key);
    place(line, value_column, value);
    place(line, origin_column, from);
    text_ += line + "\n";
  }

  /// A list as the value: an element a line.
  void list_row(std::string_view key, const std::vector<std::string>& elements,
                std::string_view from) {
    row(key, elements.empty() ? "none" : elements.front(), from);
    for (std::size_t index = 1; index < elements.size(); ++index) {
      row("", elements[index], "");
    }
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void place(std::string& line, std::size_t column, std::string_view text) {
    if (text.empty()) {
      return;
    }
    const bool taken = line.size() >= column && line.size() + 1 + text.size() > width;
    if (taken || (line.size() < column && column + text.size() > width)) {
      text_ += line + "\n";
      line.assign(column + text.size() > width ? value_column : column, ' ');
    } else {
      line.resize(std::max(column, line.size() + 1), ' ');
    }
    line += text;
  }

  std::string text_;
};

/// "[tenants.acme] 12:10": the file is named once at the top.
std::string short_origin(const origin_map& origins, std::string_view key) {
  const auto found = origins.find(key);
  const origin from = found == origins.end() ? origin{} : found->second;
  const std::size_t column = from.place.rfind(':');
  if (column == std::string::npos || column == 0) {
    return from.layer;
  }
  const std::size_t line = from.place.rfind(':', column - 1);
  return fmt::format("{} {}", from.layer, from.place.substr(line + 1));
}

/// A TOML value without its outer quotes, as it reads best in a column.
std::string plain(std::string value) {
  return value.size() > 2 && value.front() == '"' ? value.substr(1, value.size() - 2) : value;
}

template <class Subject>
bool is_list(const key_row<Subject>& row) {
  return row.unit == unit_kind::listen || row.unit == unit_kind::connect ||
         row.unit == unit_kind::names;
}

std::vector<std::string> elements(const key_row<tenant_quota>& row, const tenant_quota& quota) {
  std::vector<std::string> list;
  if (row.unit == unit_kind::names) {
    for (const permission_info& info : permission_table()) {
      if (quota.permissions.has(info.value)) {
        list.emplace_back(info.name);
      }
    }
    return list;
  }
  for (const endpoint_pattern& pattern :
       row.unit == unit_kind::listen ? quota.listen : quota.connect) {
    list.push_back(pattern.to_string());
  }
  return list;
}

template <class Subject>
void rows(page& out, const Subject& subject, const origin_map& origins) {
  for (const key_row<Subject>& row : key_table<Subject>()) {
    const std::string from = short_origin(origins, row.name);
    if constexpr (std::is_same_v<Subject, tenant_quota>) {
      if (is_list(row)) {
        out.list_row(row.name, elements(row, subject), from);
        continue;
      }
    }
    out.row(row.name, plain(print_value(row, subject)), from);
  }
}

void tenant_rows(page& out, const tenant_config& tenant) {
  out.heading(fmt::format("tenant {}", tenant.name));
  out.row("root", tenant.root.string(), "");
  out.list_row("start", tenant.start, "");
  out.list_row("exports", tenant.exports, "");
  std::vector<std::string> imports;
  for (const import_name& import : tenant.imports) {
    imports.push_back(import.tenant + "." + import.name);
  }
  out.list_row("imports", imports, "");
  rows(out, tenant.quota, tenant.quota_origins);

  out.heading(fmt::format(
      "tenant {}, {}", tenant.name,
      tenant.services.empty() ? "every service" : "every service but those named below"));
  rows(out, tenant.default_service, tenant.default_service_origins);
  for (const auto& [name, quota] : tenant.services) {
    out.heading(fmt::format("tenant {}, service {}", tenant.name, name));
    rows(out, quota, tenant.origins_for(name));
  }
}

template <class Subject>
std::string toml_section(std::string_view name, const Subject& subject) {
  std::string text = fmt::format("\n[{}]\n", name);
  for (const key_row<Subject>& row : key_table<Subject>()) {
    text += fmt::format("{} = {}\n", row.name, print_value(row, subject));
  }
  return text;
}

// Built-in defaults as comments: only values that are written can contradict each other.
std::string service_section(std::string_view name, const service_quota& quota,
                            const origin_map& origins) {
  std::string text = fmt::format("\n[{}]\n", name);
  for (const key_row<service_quota>& row : service_keys()) {
    text += fmt::format("{}{} = {}\n", origins.contains(row.name) ? "" : "# ", row.name,
                        print_value(row, quota));
  }
  return text;
}

std::string toml_list(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& element : list) {
    text += text.empty() ? "" : ", ";
    text += quote_text(element);
  }
  return "[" + text + "]";
}

}  // namespace

std::string explain(const host_config& config) {
  page out;
  out.heading("host");
  rows(out, config.settings, config.settings_origins);
  for (const tenant_config& tenant : config.tenants) {
    tenant_rows(out, tenant);
  }
  return fmt::format("{}: effective values, and the section and line:column each comes from\n",
                     config.source.string()) +
         out.take();
}

std::string dump_toml(const host_config& config) {
  std::string text = toml_section("host", config.settings).substr(1);
  for (const tenant_config& tenant : config.tenants) {
    const std::string section = "tenants." + tenant.name;
    text += toml_section(section, tenant.quota);
    text += fmt::format("root = {}\n", quote_text(tenant.root.string()));
    text += fmt::format("start = {}\n", toml_list(tenant.start));
    text += fmt::format("exports = {}\n", toml_list(tenant.exports));
    std::vector<std::string> imports;
    for (const import_name& import : tenant.imports) {
      imports.push_back(import.tenant + "." + import.name);
    }
    text += fmt::format("imports = {}\n", toml_list(imports));
    text += service_section(section + ".service", tenant.default_service,
                            tenant.default_service_origins);
    for (const auto& [name, quota] : tenant.services) {
      text += service_section(fmt::format("{}.services.{}", section, quote_text(name)), quota,
                              tenant.origins_for(name));
    }
  }
  return text;
}

}  // namespace moonward::policies
