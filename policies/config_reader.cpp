#include "policies/config_reader.hpp"

#include "policies/config_draft.hpp"
#include "policies/units.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace moonward::policies {

namespace {

origin_map final_origins(const config_draft& draft, const placed_map& placed) {
  origin_map origins;
  for (const auto& [key, from] : placed) {
    origins[key] = {fmt::format("[{}]", from.section),
                    fmt::format("{}:{}:{}", draft.file, from.place.line, from.place.column)};
  }
  return origins;
}

void check_roots(config_draft& draft) {
  for (const tenant_draft& tenant : draft.tenants) {
    if (tenant.config.root.empty()) {
      continue;
    }
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(tenant.config.root, error);
    std::string message;
    if (status.type() == std::filesystem::file_type::not_found) {
      message = "does not exist";
    } else if (error) {
      message = fmt::format("can't be looked at ({})", error.message());
    } else if (status.type() != std::filesystem::file_type::directory) {
      message = "is not a directory";
    } else {
      continue;
    }
    draft.add_problem(tenant.root_place, dotted("tenants", tenant.config.name) + ".root",
                      quote_text(tenant.config.root.string()),
                      message + "; write the tenant's script directory, relative to this file");
  }
}

host_config take_config(config_draft& draft, const std::filesystem::path& file_name) {
  host_config config;
  config.settings = std::move(draft.host.values);
  config.settings_origins = final_origins(draft, draft.host.set);
  config.source = (draft.folder / file_name.filename()).lexically_normal();
  for (tenant_draft& tenant : draft.tenants) {
    tenant.config.quota_origins = final_origins(draft, tenant.quota_origins);
    tenant.config.default_service_origins = final_origins(draft, tenant.default_service_origins);
    for (const auto& [name, origins] : tenant.service_origins) {
      tenant.config.service_origins[name] = final_origins(draft, origins);
    }
    config.tenants.push_back(std::move(tenant.config));
  }
  return config;
}

enum class disk_use : std::uint8_t { text_only, look_at_roots };

config_result read(std::string_view text, const std::filesystem::path& file_name, disk_use disk) {
  config_draft draft;
  draft.file = file_name.string();
  std::error_code error;
  draft.folder = std::filesystem::absolute(file_name, error).parent_path();
  if (text.size() > longest_config_bytes) {
    draft.add_problem({}, {}, {},
                      fmt::format("has {} bytes; a configuration has at most {}", text.size(),
                                  format_size(longest_config_bytes)));
    return {std::nullopt, std::move(draft.problems)};
  }
  try {
    const toml::table document = toml::parse(text, draft.file);
    read_sections(draft, document);
    complete(draft);
  } catch (const toml::parse_error& syntax) {
    draft.add_problem(place_of(syntax.source()), {}, {},
                      fmt::format("{}; the file must be TOML 1.0", syntax.description()));
  }
  if (disk == disk_use::look_at_roots) {
    check_roots(draft);
  }
  sort_problems(draft.problems);
  config_result result;
  result.problems = std::move(draft.problems);
  if (result.problems.empty()) {
    result.config = take_config(draft, file_name);
  }
  return result;
}

config_result unreadable(const std::filesystem::path& path, std::string message) {
  config_result result;
  result.problems.push_back({path.string(), 0, 0, {}, {}, std::move(message)});
  return result;
}

}  // namespace

std::string config_result::text() const {
  std::string lines;
  for (const problem& each : problems) {
    lines += each.text() + "\n";
  }
  return lines;
}

config_result read_config(std::string_view text, const std::filesystem::path& file_name) {
  return read(text, file_name, disk_use::text_only);
}

config_result read_config_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    return unreadable(path, "is missing; write the path of a configuration in TOML");
  }
  if (error) {
    return unreadable(path, fmt::format("can't be read ({}); it must be a file that the host may "
                                        "read",
                                        error.message()));
  }
  if (status.type() != std::filesystem::file_type::regular) {
    return unreadable(path, "is not a file; write the path of a configuration in TOML");
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    return unreadable(path, fmt::format("can't be read ({}); it must be a file that the host may "
                                        "read",
                                        std::strerror(errno)));
  }
  // One byte more than allowed is enough to tell that it is too long.
  std::string text(longest_config_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  const auto length = static_cast<std::size_t>(stream.gcount());
  if (stream.bad()) {
    return unreadable(path, "can't be read to its end; try again");
  }
  if (length > longest_config_bytes) {
    return unreadable(
        path, fmt::format("is longer than {}; a configuration has at most {}",
                          format_size(longest_config_bytes), format_size(longest_config_bytes)));
  }
  text.resize(length);
  return read(text, path, disk_use::look_at_roots);
}

}  // namespace moonward::policies
