# Shared by the stories of four processes: members founded at home, started, waited for, stopped. Needs $comity, $dir (of
# the story), $origin and $work; says what the stories look like, too.
# shellcheck shell=bash
declare -A process=() port=()
stop_all() {
  local letter
  for letter in "${!process[@]}"; do kill "${process[$letter]}" 2>/dev/null || true; done
  for letter in "${!process[@]}"; do wait "${process[$letter]}" 2>/dev/null || true; done
  process=()
}
trap 'stop_all; rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache  # another story's server may have had the same port
# shellcheck source=tools/story.sh
. "$(dirname "${BASH_SOURCE[0]}")/story.sh"
: "${comity:?the program}" "${dir:?the folder of the story}" "${origin:?the registry}" "${work:?a folder for scraps}"

# Sets $found: a port on which nobody listens, which nobody else gets here (tools/ports.py) and which the system gives to no
# client, so that it is still free when the server starts again.
free_port() {
  local i end claim claims=${TMPDIR:-/tmp}/comity-ports-$UID
  mkdir -p -m 700 "$claims"
  read -r end _ </proc/sys/net/ipv4/ip_local_port_range
  for i in $(seq 1000); do
    found=$((10000 + (RANDOM * 32768 + RANDOM) % ((end > 11000 ? end : 11000) - 10000)))
    exec {claim}>"$claims/$found"  # open, and so locked, until the story ends
    if flock -n "$claim" && ! (: <"/dev/tcp/127.0.0.1/$found") 2>/dev/null; then return 0; fi
    exec {claim}>&-
  done
  die "no free port on loopback after $i tries"
}
start() {  # LETTER
  "$comity" serve "$dir/$1" >>"$dir/$1.out" 2>>"$dir/$1.err" </dev/null &
  process[$1]=$!
}
wait_ready() {  # LETTER
  local i
  for i in $(seq 300); do
    if curl -fsS -o /dev/null "http://127.0.0.1:${port[$1]}/readyz" 2>/dev/null; then return 0; fi
    kill -0 "${process[$1]}" 2>/dev/null || { tail -n 5 "$dir/$1.err" | indent >&2; die "process $1 ended"; }
    sleep 0.1
  done
  tail -n 5 "$dir/$1.err" | indent >&2
  die "process $1 was not ready after $((i / 10)) s"
}
size_at() { curl -fsS "http://127.0.0.1:${port[$1]}/checkpoint" | sed -n 2p; }
wait_size() {  # LETTER SIZE
  local i
  for i in $(seq 300); do
    if [ "$(size_at "$1" || echo 0)" -ge "$2" ]; then return 0; fi
    sleep 0.1
  done
  die "process $1 did not come to $2 leaves in $((i / 10)) s"
}
member_of() { printf 'MEMBER-%s' "${1^^}"; }

# found_four DRAFT_OPTION...: keys at home, one genesis that all sign, a folder each. Sets $hub.
found_four() {
  local letter log_key
  for letter in a b c d; do
    free_port
    port[$letter]=$found
    log_key=()
    [ "$letter" != a ] || log_key=(--log)  # who runs the hub makes the log's key as well
    must found member "$(member_of "$letter")" --origin "$origin" --organisation "ORG-${letter^^}" \
      --org-name "Organisation ${letter^^}" --keys "$dir/home-$letter" "${log_key[@]}"
  done
  hub=http://127.0.0.1:${port[a]}
  must found draft "$dir"/home-?/MEMBER-?.sheet "$@" -o "$work/draft"
  for letter in a b c d; do must found sign "$work/draft" --keys "$dir/home-$letter" -o "$work/$letter.signed"; done
  must found seal "$work"/?.signed -o "$dir/genesis"
  must found open "$dir/a" --genesis "$dir/genesis" --keys "$dir/home-a"
  for letter in b c d; do
    must found open "$dir/$letter" --genesis "$dir/genesis" --keys "$dir/home-$letter" --hub "$hub" --sequencer MEMBER-A
  done
}
configure_four() {  # LINE...: beside the address
  local letter
  for letter in a b c d; do
    { printf 'listen = ["127.0.0.1:%s"]\n' "${port[$letter]}"; [ $# -eq 0 ] || printf '%s\n' "$@"; } >"$dir/$letter/comity.toml"
  done
}
