#include "host/control/command_line.hpp"

#include "host/control/commands.hpp"
#include "host/control/console.hpp"
#include "host/control/option_values.hpp"
#include "host/thread_role.hpp"

#include "policies/key_value.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace moonward::host {

namespace {

using action = std::function<int()>;

// What the parser fills in; the commands' options are made of it.
struct arguments {
  std::string file;
  std::string seconds;
  bool screen = false;
  bool json = false;
  bool follow = false;
  bool no_network = false;
  std::vector<std::string> probes;
  std::vector<std::string> quotas;
  std::vector<std::string> permits;
  std::vector<std::string> listen;
  std::vector<std::string> connect;
  std::string timeout;
  std::string root;
  std::vector<std::string> words;
  std::string socket;
  std::string config;
  std::string what;
  std::string assignment;
  std::size_t lines = 20;
};

output_format format_of(const arguments& given) {
  return given.json ? output_format::json : output_format::text;
}

int usage_error(const std::string& text) {
  print_error(text);
  return exit_usage;
}

void add_run(CLI::App& app, arguments& given, action& chosen) {
  CLI::App& run = *app.add_subcommand("run", "Run a host from its configuration file");
  run.add_option("FILE", given.file, "The configuration, such as etc/moonward.toml")->required();
  run.add_option("--seconds", given.seconds, "Stop after so many seconds, with a summary");
  run.add_flag("--screen", given.screen, "Show what happens (lines where there is no terminal)");
  run.add_option("--probe", given.probes,
                 "Ask this server of a tenant 20 times a second and show the\n"
                 "answer times: tcp://ADDRESS:PORT or http://ADDRESS:PORT/PATH")
      ->allow_extra_args(false);
  run.footer(
      "SIGTERM and SIGINT drain and stop, a second one ends at once; SIGHUP reloads the\n"
      "configuration and reopens the log.");
  run.callback([&given, &chosen] {
    chosen = [&given] {
      const auto options = run_options_from(given.file, given.seconds, given.probes);
      if (options.has_error()) return usage_error("run: " + options.error().text);
      run_options filled = *options;
      filled.screen = given.screen;
      enter_main_thread();
      return run_command(filled);
    };
  });
}

void add_check(CLI::App& app, arguments& given, action& chosen) {
  CLI::App& check = *app.add_subcommand(
      "check", "Check a configuration and the scripts it names; show every effective value");
  check.add_option("FILE", given.file, "The configuration")->required();
  check.callback([&given, &chosen] { chosen = [&given] { return check_command({given.file}); }; });
}

void add_exec(CLI::App& app, arguments& given, action& chosen) {
  CLI::App& exec =
      *app.add_subcommand("exec", "Run one script, or one service, in a host of its own");
  exec.add_option("--quota", given.quotas,
                  "Change a quota, such as memory=4MiB, cpu_per_turn=100ms,\n"
                  "tenant.memory=64MiB; as often as you like")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  exec.add_option("--permit", given.permits,
                  "Permit a dangerous call, such as kill; or all of them: all")
      ->allow_extra_args(false);
  exec.add_option("--timeout", given.timeout, "End it after this time, such as 10s");
  exec.add_option("--root", given.root, "What it may require (default: its own directory)");
  exec.add_option("--listen", given.listen, "Where it may listen, such as 127.0.0.1:8001")
      ->allow_extra_args(false);
  exec.add_option("--connect", given.connect, "Whereto it may connect, such as example.org:443")
      ->allow_extra_args(false);
  exec.add_flag("--no-network", given.no_network, "Neither listen nor connect (the default)");
  exec.add_flag("--json", given.json, "Tell the end as a line of JSON, the last on stdout");
  exec.add_option("SCRIPT", given.words, "The script, then its arguments")->required();
  exec.footer(
      "Exit code: 0 finished, or nothing is left to happen; 1 an error of the script;\n"
      "2 a wrong command line; 3 killed, with the verdict; 4 --timeout.\n\n"
      "  moonward exec hello.lua\n"
      "  moonward exec --quota cpu_per_turn=100ms --timeout 5s work.lua 1 2 3");
  exec.callback([&given, &chosen] {
    chosen = [&given] {
      exec_texts texts{given.quotas,  given.permits, given.listen,
                       given.connect, given.timeout, given.no_network};
      auto options = exec_options_from(texts);
      if (options.has_error()) return usage_error("exec: " + options.error().text);
      options->script = given.words.front();
      options->arguments.assign(std::next(given.words.begin()), given.words.end());
      options->root = given.root;
      options->format = format_of(given);
      enter_main_thread();
      return exec_command(*options);
    };
  });
}

void add_address(CLI::App& app, arguments& given) {
  app.add_option("--socket", given.socket, "The host's control socket");
  app.add_option("--config", given.config, "The configuration that the host runs from");
}

// One of ctl's commands: what it does is in its request.
CLI::App& add_ctl_command(CLI::App& ctl, arguments& given, action& chosen, control_command command,
                          const std::string& description) {
  CLI::App& sub = *ctl.add_subcommand(std::string{to_string(command)}, description);
  sub.fallthrough();
  sub.callback([&given, &chosen, command] {
    chosen = [&given, command] {
      control_request request;
      request.command = command;
      request.what = given.what;
      request.assignment = given.assignment;
      request.lines = command == control_command::log ? given.lines : 0;
      request.follow = given.follow;
      return ctl_command({{given.socket, given.config}, format_of(given), request});
    };
  });
  return sub;
}

void add_ctl(CLI::App& app, arguments& given, action& chosen) {
  CLI::App& ctl = *app.add_subcommand("ctl", "Ask a running host, or tell it what to do");
  ctl.require_subcommand(1);
  add_address(ctl, given);
  ctl.add_flag("--json", given.json, "Answer in JSON");
  ctl.footer(
      "Without --socket and --config: MOONWARD_SOCKET in the environment, else what\n"
      "etc/moonward.toml in the working directory says.");
  using enum control_command;
  add_ctl_command(ctl, given, chosen, list, "Services: address, state, memory, CPU, messages")
      .add_option("TENANT", given.what, "Only this tenant's");
  add_ctl_command(ctl, given, chosen, stat, "Tenants: memory, CPU, services, verdicts")
      .add_option("TENANT", given.what, "Only this one");
  add_ctl_command(ctl, given, chosen, info, "The host: workers, Lua, active protections");
  add_ctl_command(ctl, given, chosen, kill,
                  "End a service; with restart = \"always\" it starts again")
      .add_option("WHAT", given.what, ":0000000a, or tenant/service for all of that name")
      ->required();
  CLI::App& log_command =
      add_ctl_command(ctl, given, chosen, log, "Show the last lines of the log");
  log_command.add_flag("-f,--follow", given.follow, "And every further line, until Ctrl-C");
  log_command.add_option("-n,--lines", given.lines, "How many lines (20)")
      ->check(CLI::Range(0, 100'000));
  CLI::App& quota_command =
      add_ctl_command(ctl, given, chosen, quota, "Change a quota of what runs and starts later");
  quota_command.add_option("WHAT", given.what, "tenant, or tenant/service")->required();
  quota_command.add_option("KEY=VALUE", given.assignment, "Such as memory=64MiB")->required();
  add_ctl_command(ctl, given, chosen, reload, "Read the configuration and the scripts again");
  add_ctl_command(ctl, given, chosen, stop, "Drain and stop the host; returns when it has ended");
}

void add_top(CLI::App& app, arguments& given, action& chosen) {
  CLI::App& top = *app.add_subcommand("top", "Show what a running host does, until Ctrl-C");
  add_address(top, given);
  top.add_option("--seconds", given.seconds, "End after so many seconds");
  top.callback([&given, &chosen] {
    chosen = [&given] {
      const auto seconds = read_seconds(given.seconds);
      if (seconds.has_error()) return usage_error("top: " + seconds.error().text);
      return top_command({{given.socket, given.config}, *seconds});
    };
  });
}

// exec's options end where the script begins: what follows is the script's, dashes or not.
std::vector<std::string> mark_script(std::vector<std::string> words) {
  if (words.empty() || words.front() != "exec") return words;
  const std::vector<std::string_view> with_value{"--quota", "--permit", "--timeout",
                                                 "--root",  "--listen", "--connect"};
  for (std::size_t index = 1; index < words.size(); ++index) {
    if (words[index] == "--") break;
    if (!words[index].starts_with('-')) {
      words.insert(words.begin() + static_cast<std::ptrdiff_t>(index), "--");
      break;
    }
    if (std::find(with_value.begin(), with_value.end(), words[index]) != with_value.end()) ++index;
  }
  return words;
}

// The command that the parser got to: the deepest one given.
CLI::App& deepest(CLI::App& app) {
  const std::vector<CLI::App*> given = app.get_subcommands();
  return given.empty() ? app : deepest(*given.front());
}

std::string full_name(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name()
                                     : full_name(*app.get_parent()) + " " + app.get_name();
}

std::vector<std::string> known_words(CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::App* level = &app; level != nullptr; level = level->get_parent())
    for (const CLI::Option* option : level->get_options())
      for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  for (const CLI::App* sub : app.get_subcommands([](CLI::App*) { return true; }))
    words.push_back(sub->get_name());
  return words;
}

int explain_error(CLI::App& app, const CLI::ParseError& error) {
  CLI::App& at = deepest(app);
  const std::vector<std::string> unknown = app.remaining(true);
  std::string text = error.what();
  if (!unknown.empty()) {
    const std::vector<std::string> words = known_words(at);
    const std::string_view near =
        policies::nearest_word(unknown.front(), {words.begin(), words.end()});
    text =
        fmt::format("{} is not {} {}", policies::quote_text(unknown.front()),
                    unknown.front().starts_with('-') ? "an option of" : "a command or argument of",
                    full_name(at));
    if (!near.empty()) text += fmt::format(" (did you mean {}?)", near);
  } else if (const auto missing = at.get_subcommands([](CLI::App*) { return true; });
             !missing.empty() && at.get_subcommands().empty()) {
    text = "a command is missing";
  }
  print_error(fmt::format("{}; `{} --help` shows what there is", text, full_name(at)));
  return exit_usage;
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  CLI::App app{"Moonward runs untrusted Lua actors of many tenants, each under its quotas.",
               "moonward"};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string{"`moonward version` tells"});
  arguments given;
  action chosen;
  add_run(app, given, chosen);
  add_check(app, given, chosen);
  add_exec(app, given, chosen);
  add_ctl(app, given, chosen);
  add_top(app, given, chosen);
  app.add_subcommand("version", "Show the version and how it was built")->callback([&chosen] {
    chosen = [] { return version_command(); };
  });
  app.footer("`moonward COMMAND --help` tells more.");
  // The parser takes its words from the back.
  std::vector<std::string> words = mark_script({argv + 1, argv + argc});
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    print(app.help());
    return exit_finished;
  } catch (const CLI::CallForVersion&) {
    return version_command();
  } catch (const CLI::ParseError& error) {
    return explain_error(app, error);
  }
  return chosen();
}

}  // namespace moonward::host
