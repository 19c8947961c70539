#include "cli/completions.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "cli/output.hpp"

namespace wideline::cli {
namespace {

struct Flag {
    std::string name;  ///< "--since", or "-n" where it has no long name.
    std::string help;
    bool takes_value = false;
    bool takes_file = false;
};

struct Verb {
    std::string name;
    std::string help;
    std::vector<Flag> flags;
};

/// The first line, without what a shell would read as more than text.
std::string plain(std::string text) {
    text = text.substr(0, text.find('\n'));
    for (char& c : text)
        if (std::string_view("'\"\\[]:`$").find(c) != std::string_view::npos) c = ' ';
    return text;
}

std::vector<Flag> flags_of(const CLI::App& app) {
    std::vector<Flag> flags;
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_positional()) continue;
        const std::string help = plain(option->get_description());
        const bool value = option->get_items_expected_max() > 0;
        const bool file = option->get_type_name() == "FILE";
        for (const std::string& name : option->get_snames()) flags.push_back({"-" + name, help, value, file});
        for (const std::string& name : option->get_lnames()) flags.push_back({"--" + name, help, value, file});
    }
    return flags;
}

std::vector<Verb> verbs_of(const CLI::App& app) {
    std::vector<Verb> verbs;
    for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
        verbs.push_back({verb->get_name(), plain(verb->get_description()), flags_of(*verb)});
    return verbs;
}

std::string joined(const std::vector<Flag>& flags) {
    std::string text;
    for (const Flag& flag : flags) text += (text.empty() ? "" : " ") + flag.name;
    return text;
}

/// Options that take a text which no shell can guess.
std::string with_texts(const std::vector<Flag>& flags) {
    std::string names;
    for (const Flag& flag : flags)
        if (flag.takes_value && !flag.takes_file) names += (names.empty() ? "" : "|") + flag.name;
    return names;
}

std::string for_bash(const std::vector<Verb>& verbs) {
    std::string names;
    std::string cases;
    for (const Verb& verb : verbs) {
        names += (names.empty() ? "" : " ") + verb.name;
        if (verb.name == "completions") continue;  // It takes no path; see below.
        cases += fmt::format("        {}) options=\"{}\"; texts=\"{}\" ;;\n", verb.name, joined(verb.flags),
                             with_texts(verb.flags));
    }
    return fmt::format(R"(# bash completion of wideline: source <(wideline completions bash)
_wideline() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" options="" texts=""
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "{} --help --version" -- "$word"))
        return
    fi
    case "${{COMP_WORDS[1]}}" in
{}        completions) COMPREPLY=($(compgen -W "bash zsh fish --help" -- "$word")); return ;;
    esac
    if [[ -n "$texts" && "|$texts|" == *"|$before|"* ]]; then
        COMPREPLY=()
    elif [[ "$word" == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$word"))
    else
        COMPREPLY=($(compgen -f -- "$word"))
    fi
}}
complete -o filenames -F _wideline wideline
)",
                       names, cases);
}

std::string for_zsh(const std::vector<Verb>& verbs) {
    std::string names;
    std::string cases;
    for (const Verb& verb : verbs) {
        names += fmt::format("        '{}:{}'\n", verb.name, verb.help);
        cases += fmt::format("        {}) _arguments", verb.name);
        for (const Flag& flag : verb.flags)
            cases += fmt::format(" '*{}[{}]{}'", flag.name, flag.help,
                                 flag.takes_file    ? ":file:_files"
                                 : flag.takes_value ? ":value: "
                                                    : "");
        cases += verb.name == "completions" ? " '1:shell:(bash zsh fish)' ;;\n" : " '*:path:_files' ;;\n";
    }
    return fmt::format(R"(#compdef wideline
# zsh completion of wideline: wideline completions zsh > a file _wideline in a folder of $fpath
_wideline() {{
    local -a verbs
    verbs=(
{}    )
    if ((CURRENT == 2)); then
        _describe verb verbs
        return
    fi
    shift words
    ((CURRENT--))
    case "$words[1]" in
{}    esac
}}
if [[ "$funcstack[1]" == _wideline ]]; then _wideline; else compdef _wideline wideline; fi
)",
                       names, cases);
}

std::string for_fish(const std::vector<Verb>& verbs) {
    std::string text = "# fish completion of wideline: wideline completions fish | source\n";
    for (const Verb& verb : verbs) {
        text += fmt::format("complete -c wideline -n __fish_use_subcommand -f -a {} -d '{}'\n", verb.name, verb.help);
        for (const Flag& flag : verb.flags) {
            const bool is_long = flag.name.starts_with("--");
            text += fmt::format("complete -c wideline -n '__fish_seen_subcommand_from {}' -{} {}{} -d '{}'\n",
                                verb.name, is_long ? "l" : "s", flag.name.substr(is_long ? 2 : 1),
                                flag.takes_file    ? " -r"
                                : flag.takes_value ? " -x"
                                                   : "",
                                flag.help);
        }
    }
    return text + "complete -c wideline -n '__fish_seen_subcommand_from completions' -f -a 'bash zsh fish'\n";
}

}  // namespace

ExitStatus completions(const CLI::App& app, const std::string& shell) {
    const std::vector<Verb> verbs = verbs_of(app);
    Output output;
    if (shell == "bash") {
        output.write(for_bash(verbs));
    } else if (shell == "zsh") {
        output.write(for_zsh(verbs));
    } else if (shell == "fish") {
        output.write(for_fish(verbs));
    } else {
        throw std::invalid_argument("completions are for bash, zsh and fish, not for \"" + shell + "\"");
    }
    output.flush();
    return ExitStatus::done;
}

}  // namespace wideline::cli
