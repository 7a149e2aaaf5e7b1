// A configuration while it is being read: the layers as written, with the place of every value, and
// the list of problems. Private to policies' sources: it shows toml++.
// Used by one reader at a time; no thread rule beyond that.
#pragma once

#include "policies/config.hpp"
#include "policies/config_problem.hpp"
#include "policies/toml_node.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace moonward::policies {

/// Where an effective value comes from, in a form that problems can be placed with.
struct placed_origin {
  std::string section;  ///< without brackets
  text_place place;
};
using placed_map = std::map<std::string, placed_origin, std::less<>>;

/// One section's own keys. `values` matters only for the keys in `set`.
template <class Subject>
struct layer {
  Subject values;
  placed_map set;
};

/// A section of service keys that may name a class.
struct service_section {
  layer<service_quota> keys;
  std::string class_name;  ///< empty = none
};

/// A string of a list, where it was written.
struct placed_text {
  std::string text;
  text_place place;
};

/// Lays one layer's keys over a value and its origins.
template <class Subject>
void lay_over(const layer<Subject>& from, Subject& to, placed_map& origins) {
  for (const key_row<Subject>& row : key_table<Subject>()) {
    if (const auto found = from.set.find(row.name); found != from.set.end()) {
      copy_value(row, from.values, to);
      origins.insert_or_assign(found->first, found->second);
    }
  }
}

/// A tenant, its section read but nothing laid over or compared with other tenants yet.
struct tenant_draft {
  tenant_config config;
  text_place place;
  text_place root_place;
  layer<tenant_quota> quota;
  service_section service;
  std::map<std::string, service_section, std::less<>> services;
  std::vector<placed_text> imports;
  placed_map quota_origins;
  placed_map default_service_origins;
  std::map<std::string, placed_map, std::less<>> service_origins;
};

struct config_draft {
  std::string file;
  std::filesystem::path folder;  ///< absolute; paths in the file are relative to it
  std::vector<problem> problems;

  layer<host_settings> host;
  layer<tenant_quota> tenant_defaults;
  layer<service_quota> service_defaults;
  std::map<std::string, layer<service_quota>, std::less<>> classes;
  std::vector<tenant_draft> tenants;

  /// `message` may hold text of the file: its control characters are escaped here.
  void add_problem(text_place place, std::string key, std::string value, std::string_view message) {
    problems.push_back(
        {file, place.line, place.column, std::move(key), std::move(value), printable(message)});
  }
};

/// Reads every section of the document into the draft (config_sections.cpp).
void read_sections(config_draft& draft, const toml::table& document);

/// Lays the layers over each other and checks what belongs together (config_checks.cpp).
void complete(config_draft& draft);

}  // namespace moonward::policies
