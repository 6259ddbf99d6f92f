# Shared by the stories that ./demo tells: how chapters look and how verbs are called. Needs $comity and $work.
# shellcheck shell=bash
: "${comity:?the program}" "${work:?a folder for what verbs say}"
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\033[1m' dim=$'\033[2m' green=$'\033[32m' red=$'\033[31m' plain=$'\033[0m'
else
  bold='' dim='' green='' red='' plain=''
fi
chapter_number=0
chapter() { chapter_number=$((chapter_number + 1)); printf '\n%s%d. %s%s\n' "$bold" "$chapter_number" "$*" "$plain"; }
say() { printf '   %s\n' "$*"; }
good() { printf '   %s%s%s\n' "$green" "$*" "$plain"; }
indent() { sed "s/^/     $dim/; s/\$/$plain/"; }
die() { printf '%sThe story went wrong: %s%s\n' "$red" "$*" "$plain" >&2; exit 1; }
# A step that fails ends the story with exit code 1, whatever its own code was.
set -E
trap 'die "step \"$BASH_COMMAND\" (${BASH_SOURCE[0]##*/} line $LINENO) ended with exit code $?"' ERR
show_command() { printf '     %s$ comity %s%s\n' "$dim" "$*" "$plain"; }

# --- how the verbs are called: the only place that knows ---------------------------------------------------------------
must() {  # runs a verb; what it says goes to $work/said
  if ! "$comity" "$@" >"$work/said" 2>&1 </dev/null; then
    indent <"$work/said" >&2
    die "comity $* ended with an error"
  fi
}
refused() {  # WHAT VERB...: must be answered with exit code 1, and the reason is shown
  local what=$1 code=0
  shift
  "$comity" "$@" >"$work/said" 2>&1 </dev/null || code=$?
  if [ "$code" -ne 1 ]; then
    indent <"$work/said" >&2
    die "$what should have been refused (exit code 1), but the code was $code"
  fi
  good "Refused: $what"
  head -n 3 "$work/said" | indent
}
last_id() { grep -oE '[A-Za-z0-9+/]{43}=' "$work/said" | tail -n 1; }
last_key() { grep -oE '(^| )A[Q-Za-f][A-Za-z0-9+/]{42}( |$)' "$work/said" | tr -d ' ' | tail -n 1; }
