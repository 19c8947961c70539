#!/usr/bin/env bash
# What tells people of the command knows all of it: each verb's help has an example, the manual page names each verb and
# each option, and the shells' completions offer them and are scripts that the shells take.
source "$(dirname "$0")/checks.bash"

wideline=$WIDELINE_BIN

verbs=$("$wideline" --help | sed -n '/^Verbs:/,/^$/p' | sed -nE 's/^  ([a-z]+) .*/\1/p')
[[ $(wc -w <<<"$verbs") -ge 8 ]] || fail "--help does not list the verbs: $verbs"
manual=$(sed 's/\\-/-/g' "$SOURCE_DIR/docs/wideline.1")
for shell in bash zsh fish; do "$wideline" completions $shell >"$dir/$shell"; done

for verb in $verbs; do
    help=$("$wideline" "$verb" --help)
    grep -q "wideline $verb" <<<"$(grep -A1 '^Example' <<<"$help")" || fail "wideline $verb --help has no example"
    grep -qxE "\.B $verb" <<<"$manual" || fail "the manual page has no verb $verb"
    for option in $(grep -oE '^  (-[a-z],)?-{1,2}[a-z-]+' <<<"$help" | grep -oE -- '-{1,2}[a-z-]+$'); do
        grep -q -- "$option" <<<"$manual" || fail "the manual page has no $option, of $verb"
        # What stands behind the verb in each script.
        grep -E "^ +$verb\)" "$dir/bash" | grep -q -- "$option" || fail "bash does not complete $verb $option"
        grep -E "^ +$verb\)" "$dir/zsh" | grep -q -- "$option\[" || fail "zsh does not complete $verb $option"
        grep -E "from $verb'" "$dir/fish" | grep -qE -- "-[ls] ${option##*-}|-l ${option#--} " ||
            fail "fish does not complete $verb $option"
    done
done

for shell in bash zsh fish; do
    if command -v $shell >/dev/null; then $shell -n "$dir/$shell" || fail "$shell does not take its completions"; fi
done

# bash, as it asks for completions
complete_words() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _wideline
    echo "${COMPREPLY[*]}"
}
# shellcheck disable=SC1091
source "$dir/bash"
[[ $(complete_words wideline sch) == schema ]] || fail "bash does not complete a verb"
[[ $(complete_words wideline schema --cl) == --clickhouse ]] || fail "bash does not complete an option"
[[ $(complete_words wideline diff --where "") == "" ]] || fail "bash completes a condition by files"
[[ $(complete_words wideline completions z) == zsh ]] || fail "bash does not complete a shell"
touch "$dir/a file.jsonl"
[[ $(complete_words wideline cat "$dir/a") == "$dir/a file.jsonl" ]] || fail "bash does not complete a path"

if "$wideline" completions tcsh >/dev/null 2>"$dir/err"; then fail "an unknown shell is taken"; fi
grep -q "bash, zsh and fish" "$dir/err" || fail "an unknown shell is not refused in a sentence"
if command -v man >/dev/null; then
    man --warnings -l "$SOURCE_DIR/docs/wideline.1" 2>"$dir/err" >/dev/null || fail "man does not take the page"
    [[ ! -s "$dir/err" ]] || { fail "man warns"; cat "$dir/err"; }
fi
exit "$failed"
