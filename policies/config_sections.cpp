#include "policies/config_draft.hpp"
#include "policies/config_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace moonward::policies {

namespace {

using name_list = std::vector<std::string_view>;

template <class Subject>
name_list key_names() {
  name_list names;
  for (const key_row<Subject>& row : key_table<Subject>()) {
    names.push_back(row.name);
  }
  return names;
}

const name_list tenant_section_keys{"root", "start", "exports", "imports", "service", "services"};

class section_reader {
 public:
  explicit section_reader(config_draft& draft) : draft_(draft) {}

  void read(const toml::table& document);

 private:
  void read_defaults(const toml::table& table);
  void read_classes(const toml::table& table);
  void read_tenants(const toml::table& table);
  void read_tenant(const std::string& name, text_place place, const toml::table& table);
  void read_service_section(const toml::table& table, const std::string& section,
                            service_section& into);
  void read_root(const toml::table& table, const std::string& section, tenant_draft& tenant);
  std::vector<placed_text> read_list(const toml::node& node, const std::string& key);
  std::vector<std::string> read_names(const toml::node& node, const std::string& key,
                                      bool (*accepts)(std::string_view) noexcept,
                                      std::string_view allowed);
  const toml::table* as_section(const toml::node& node, const std::string& section);
  void unknown_key(const toml::key& key, const std::string& section, const name_list& known,
                   std::string_view hint);

  /// The keys of the subject's table; `others` are keys that the caller reads itself.
  template <class Subject, class Hint>
  void read_keys(const toml::table& table, const std::string& section, layer<Subject>& into,
                 const name_list& others, Hint hint);

  config_draft& draft_;
};

constexpr std::string_view service_name_form =
    R"(write a name of letters, digits, "_", "-", ".", with "/" between folders, such as "main")";
constexpr std::string_view export_name_form =
    R"(write a name of letters, digits, "_" and "-", at most 64, such as "api")";
constexpr std::string_view tenant_name_form = R"(write 1 to 32 of a-z, 0-9, "_" and "-")";

const toml::table* section_reader::as_section(const toml::node& node, const std::string& section) {
  if (const auto* table = node.as_table()) {
    return table;
  }
  draft_.add_problem(place_of(node), section, shown(node),
                     fmt::format("is {}; this is a section, write [{}]", type_of(node), section));
  return nullptr;
}

void section_reader::unknown_key(const toml::key& key, const std::string& section,
                                 const name_list& known, std::string_view hint) {
  std::string message = "is not a known key";
  const std::string_view near = nearest_word(key.str(), known);
  if (!hint.empty()) {
    message += fmt::format(" here; {}", hint);
  } else if (!near.empty()) {
    message += fmt::format("; did you mean \"{}\"?", near);
  } else {
    message += fmt::format("; known are {}", fmt::join(known, ", "));
  }
  draft_.add_problem(place_of(key.source()), dotted(section, key.str()), {}, message);
}

template <class Subject, class Hint>
void section_reader::read_keys(const toml::table& table, const std::string& section,
                               layer<Subject>& into, const name_list& others, Hint hint) {
  for (const auto& [key, node] : table) {
    const key_row<Subject>* row = find_key<Subject>(key.str());
    if (row == nullptr) {
      if (std::find(others.begin(), others.end(), key.str()) == others.end()) {
        name_list known = key_names<Subject>();
        known.insert(known.end(), others.begin(), others.end());
        unknown_key(key, section, known, hint(key.str()));
      }
      continue;
    }
    const std::vector<value_problem> found = assign(*row, into.values, raw_of(node));
    for (const value_problem& wrong : found) {
      const toml::node* at = &node;
      if (wrong.element) {
        at = node.as_array()->get(*wrong.element);
      }
      draft_.add_problem(place_of(*at), dotted(section, key.str()), shown(*at), wrong.text);
    }
    if (found.empty()) {
      into.set.insert_or_assign(std::string(key.str()), placed_origin{section, place_of(node)});
    }
  }
}

void section_reader::read(const toml::table& document) {
  const name_list known{"host", "defaults", "quotas", "tenants"};
  for (const auto& [key, node] : document) {
    const std::string name(key.str());
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      unknown_key(key, {}, known, {});
      continue;
    }
    const toml::table* table = as_section(node, name);
    if (table == nullptr) {
      continue;
    }
    if (name == "host") {
      read_keys(*table, name, draft_.host, {}, [](std::string_view) { return ""; });
    } else if (name == "defaults") {
      read_defaults(*table);
    } else if (name == "quotas") {
      read_classes(*table);
    } else {
      read_tenants(*table);
    }
  }
  const bool tried = document.contains("tenants") && document["tenants"].is_table() &&
                     !document["tenants"].as_table()->empty();
  if (!tried && !(document.contains("tenants") && !document["tenants"].is_table())) {
    draft_.add_problem({1, 1}, "tenants", {},
                       "is missing, but at least one tenant is needed; write a section such as "
                       "[tenants.main] with root and start");
  }
}

void section_reader::read_defaults(const toml::table& table) {
  const name_list known{"tenant", "service"};
  for (const auto& [key, node] : table) {
    const std::string section = dotted("defaults", key.str());
    if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
      unknown_key(key, "defaults", known, {});
      continue;
    }
    const toml::table* keys = as_section(node, section);
    if (keys == nullptr) {
      continue;
    }
    if (key.str() == "tenant") {
      read_keys(*keys, section, draft_.tenant_defaults, {}, [](std::string_view name) {
        return find_key<service_quota>(name) != nullptr
                   ? "it is a key of services, which belongs in [defaults.service]"
                   : "";
      });
    } else {
      read_keys(*keys, section, draft_.service_defaults, {}, [](std::string_view name) {
        return find_key<tenant_quota>(name) != nullptr
                   ? "it is a key of tenants, which belongs in [defaults.tenant]"
                   : "";
      });
    }
  }
}

void section_reader::read_classes(const toml::table& table) {
  for (const auto& [key, node] : table) {
    const std::string section = dotted("quotas", key.str());
    if (!is_export_name(key.str())) {
      draft_.add_problem(place_of(key.source()), section, {},
                         "is not the name of a quota class; write a name of letters, digits, "
                         "\"_\" and \"-\", at most 64");
      continue;
    }
    if (const toml::table* keys = as_section(node, section)) {
      read_keys(*keys, section, draft_.classes[std::string(key.str())], {},
                [](std::string_view name) {
                  return find_key<tenant_quota>(name) != nullptr
                             ? "it is a key of tenants, and a class has keys of services"
                             : "";
                });
    }
  }
}

void section_reader::read_tenants(const toml::table& table) {
  for (const auto& [key, node] : table) {
    const std::string section = dotted("tenants", key.str());
    if (!is_tenant_name(key.str())) {
      draft_.add_problem(place_of(key.source()), section, {},
                         fmt::format("is not the name of a tenant; {}", tenant_name_form));
      continue;
    }
    if (const toml::table* keys = as_section(node, section)) {
      read_tenant(std::string(key.str()), place_of(key.source()), *keys);
    }
  }
}

void section_reader::read_tenant(const std::string& name, text_place place,
                                 const toml::table& table) {
  const std::string section = dotted("tenants", name);
  tenant_draft& tenant = draft_.tenants.emplace_back();
  tenant.config.name = name;
  tenant.place = place;
  const std::string service_hint =
      fmt::format("it is a key of services, which belongs in [{}.service]", section);
  read_keys(table, section, tenant.quota, tenant_section_keys,
            [&](std::string_view key) -> std::string_view {
              return find_key<service_quota>(key) != nullptr ? service_hint : std::string_view{};
            });
  read_root(table, section, tenant);
  if (const toml::node* start = table.get("start")) {
    tenant.config.start =
        read_names(*start, section + ".start", is_service_name, service_name_form);
  } else {
    draft_.add_problem(place, section + ".start", {},
                       "is missing; name the services to start, such as start = [\"main\"]");
  }
  if (const toml::node* exports = table.get("exports")) {
    tenant.config.exports =
        read_names(*exports, section + ".exports", is_export_name, export_name_form);
  }
  if (const toml::node* imports = table.get("imports")) {
    tenant.imports = read_list(*imports, section + ".imports");
  }
  if (const toml::node* service = table.get("service")) {
    if (const toml::table* keys = as_section(*service, section + ".service")) {
      read_service_section(*keys, section + ".service", tenant.service);
    }
  }
  const toml::node* services = table.get("services");
  if (services != nullptr && services->is_integer()) {
    draft_.add_problem(place_of(*services), section + ".services", shown(*services),
                       "is a whole number; the limit on services is called max_services, and "
                       "services holds a section for each service");
    return;
  }
  const toml::table* named =
      services == nullptr ? nullptr : as_section(*services, section + ".services");
  if (named == nullptr) {
    return;
  }
  for (const auto& [key, node] : *named) {
    const std::string its_section = dotted(section + ".services", key.str());
    if (!is_service_name(key.str())) {
      draft_.add_problem(place_of(key.source()), its_section, {},
                         fmt::format("is not the name of a service; {}", service_name_form));
    } else if (const toml::table* keys = as_section(node, its_section)) {
      read_service_section(*keys, its_section, tenant.services[std::string(key.str())]);
    }
  }
}

void section_reader::read_root(const toml::table& table, const std::string& section,
                               tenant_draft& tenant) {
  const std::string key = section + ".root";
  const toml::node* node = table.get("root");
  constexpr std::string_view form = "write the tenant's script directory, relative to this file";
  tenant.root_place = tenant.place;
  if (node == nullptr) {
    draft_.add_problem(tenant.place, key, {}, fmt::format("is missing; {}", form));
    return;
  }
  tenant.root_place = place_of(*node);
  const auto* text = node->as_string();
  if (text == nullptr) {
    draft_.add_problem(place_of(*node), key, shown(*node),
                       fmt::format("is {}; {}", type_of(*node), form));
  } else if (text->get().empty()) {
    draft_.add_problem(place_of(*node), key, shown(*node), fmt::format("is empty; {}", form));
  } else if (text->get().find('\0') != std::string::npos) {
    draft_.add_problem(place_of(*node), key, shown(*node),
                       fmt::format("has a zero byte; {}", form));
  } else {
    tenant.config.root = text->get();
  }
}

void section_reader::read_service_section(const toml::table& table, const std::string& section,
                                          service_section& into) {
  // "tenants.acme" of "tenants.acme.service" and of "tenants.acme.services.chat".
  const std::string tenant_section = section.substr(0, section.find('.', section.find('.') + 1));
  const std::string tenant_hint =
      fmt::format("it is a key of tenants, which belongs in [{}]", tenant_section);
  read_keys(table, section, into.keys, {"class"}, [&](std::string_view key) -> std::string_view {
    return find_key<tenant_quota>(key) != nullptr ? tenant_hint : std::string_view{};
  });
  const toml::node* node = table.get("class");
  if (node == nullptr) {
    return;
  }
  const auto* text = node->as_string();
  if (text == nullptr) {
    draft_.add_problem(
        place_of(*node), section + ".class", shown(*node),
        fmt::format("is {}; write the name of a section [quotas.NAME]", type_of(*node)));
    return;
  }
  into.class_name = text->get();
  into.keys.set.insert_or_assign("class", placed_origin{section, place_of(*node)});
}

std::vector<placed_text> section_reader::read_list(const toml::node& node, const std::string& key) {
  std::vector<placed_text> list;
  const auto* array = node.as_array();
  if (array == nullptr) {
    draft_.add_problem(place_of(node), key, shown(node),
                       fmt::format("is {}; write an array of strings", type_of(node)));
    return list;
  }
  for (const toml::node& element : *array) {
    const auto* text = element.as_string();
    if (text == nullptr) {
      draft_.add_problem(place_of(element), key, shown(element),
                         fmt::format("is {}; write an array of strings", type_of(element)));
      continue;
    }
    const bool seen = std::any_of(list.begin(), list.end(), [&](const placed_text& earlier) {
      return earlier.text == text->get();
    });
    if (seen) {
      draft_.add_problem(place_of(element), key, shown(element), "is listed twice; name it once");
      continue;
    }
    list.push_back({text->get(), place_of(element)});
  }
  return list;
}

std::vector<std::string> section_reader::read_names(const toml::node& node, const std::string& key,
                                                    bool (*accepts)(std::string_view) noexcept,
                                                    std::string_view allowed) {
  std::vector<std::string> names;
  for (placed_text& element : read_list(node, key)) {
    if (accepts(element.text)) {
      names.push_back(std::move(element.text));
    } else {
      draft_.add_problem(element.place, key, shown(toml::value<std::string>(element.text)),
                         fmt::format("is not a name; {}", allowed));
    }
  }
  return names;
}

}  // namespace

void read_sections(config_draft& draft, const toml::table& document) {
  section_reader(draft).read(document);
}

}  // namespace moonward::policies
