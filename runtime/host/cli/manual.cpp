#include "runtime/host/cli/manual.hpp"

#include <fmt/format.h>

#include <vector>

#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/host.hpp"

namespace pitwall::cli {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* c) { return !c->get_group().empty(); });
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option* o) { return !o->get_group().empty(); });
}

bool takes_value(const CLI::Option& o) { return o.get_items_expected_max() > 0; }

// ---- troff

std::string troff(const std::string& text) {
  std::string out;
  bool fresh = true;
  for (const char c : text) {
    if (fresh && (c == '.' || c == '\'')) out += "\\&";
    fresh = c == '\n';
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out;
}

void add_option(const CLI::Option& o, std::string& page) {
  const bool positional = !o.nonpositional();
  std::string names = o.get_name(positional, !positional);
  for (auto at = names.find(','); at != std::string::npos; at = names.find(',', at + 2))
    names.replace(at, 1, ", ");
  page += ".TP\n\\fB" + troff(names) + "\\fR";
  if (!positional && takes_value(o)) page += " \\fI" + troff(o.get_type_name()) + "\\fR";
  page += "\n" + troff(o.get_description());
  if (!o.get_default_str().empty()) page += troff(" [" + o.get_default_str() + "]");
  page += "\n";
}

void add_command(const CLI::App& app, const std::string& name, std::string& page) {
  const auto below = commands_of(app);
  if (below.empty()) {
    std::string usage = name;
    for (const auto* o : options_of(app))
      if (!o->nonpositional()) usage += " " + o->get_name(true);
    page += ".SS \"" + troff(usage) + "\"\n" + troff(app.get_description()) + "\n";
    for (const auto* o : options_of(app))
      if (o->get_name(false, true) != "-h,--help") add_option(*o, page);
  } else if (app.get_parent() != nullptr) {
    page += ".SS \"" + troff(name) + "\"\n" + troff(app.get_description()) + "\n";
  }
  for (const auto* c : below) add_command(*c, name + " " + c->get_name(), page);
}

// ---- bash

struct completion_cases {
  std::string paths;  ///< What words lead to a command.
  std::string words;  ///< What may follow each of them.
};

void add_cases(const CLI::App& app, const std::string& path, completion_cases& to) {
  std::string words;
  for (const auto* c : commands_of(app)) {
    words += c->get_name() + " ";
    if (!to.paths.empty()) to.paths += " | ";
    to.paths += "'" + path + " " + c->get_name() + "'";
  }
  for (const auto* o : options_of(app))
    for (const auto& name : o->get_lnames()) words += "--" + name + " ";
  to.words += "    '" + path + "') words='" + words + "' ;;\n";
  for (const auto* c : commands_of(app)) add_cases(*c, path + " " + c->get_name(), to);
}

}  // namespace

std::string manual_page(const CLI::App& program) {
  const auto name = program.get_name();
  std::string page = ".TH PITWALL 1 \"\" \"pitwall " + std::string(version()) + "\"\n";
  page += ".SH NAME\npitwall \\- durable, observable, stoppable trading workflows\n";
  page += ".SH SYNOPSIS\n.B pitwall\n\\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n";
  page += ".SH DESCRIPTION\n" + troff(program.get_description()) + ".\n.PP\n";
  page += "Every command explains itself with \\fB\\-\\-help\\fR.\n.SH COMMANDS\n";
  add_command(program, name, page);
  page += ".SH EXIT STATUS\n" + troff(program.get_footer()) + "\n";
  page += ".SH ENVIRONMENT\n";
  page += troff(
      "PITWALL_DATA_DIR, PITWALL_HOST, PITWALL_TOKEN_FILE and PITWALL_CA_FILE stand for the "
      "options --data-dir, --host, --token-file and --ca-file; PITWALL__SECTION__KEY sets a key of "
      "the configuration.\n");
  page +=
      ".SH FILES\n.TP\n.I /etc/pitwall/pitwall.json\nThe configuration of the service.\n"
      ".TP\n.I /var/lib/pitwall\nIts data directory.\n";
  page += ".SH SEE ALSO\n.I /usr/share/doc/pitwall\n";
  return page;
}

std::string bash_completion(const CLI::App& program) {
  completion_cases cases;
  add_cases(program, {}, cases);
  return "# Completion of pitwall's commands and options, made by `pitwall manual bash`.\n"
         "_pitwall() {\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" path='' words='' i\n"
         "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
         "    case \"$path ${COMP_WORDS[i]}\" in\n"
         "    " +
         cases.paths +
         ")\n"
         "      path=\"$path ${COMP_WORDS[i]}\" ;;\n"
         "    esac\n"
         "  done\n"
         "  case \"$path\" in\n" +
         cases.words +
         "  esac\n"
         "  # Where nothing fits, readline completes file names.\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "}\n"
         "complete -o default -F _pitwall pitwall\n";
}

void add_manual(CLI::App& app, int& exit) {
  auto what = std::make_shared<std::string>();
  auto* c = app.add_subcommand("manual", "Print the manual page (man), or a completion (bash)");
  c->group("");
  c->add_option("WHAT", *what, "man or bash")->required()->check(CLI::IsMember({"man", "bash"}));
  c->callback([&app, &exit, what] {
    fmt::print("{}", *what == "man" ? manual_page(app) : bash_completion(app));
    exit = exit_done;
  });
}

}  // namespace pitwall::cli
