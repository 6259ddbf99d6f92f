#!/usr/bin/env bash
# The second story that ./demo tells: the members run on machines of their own, here four processes on loopback. One is
# killed, and the hub lies. Usage: COMITY=build/comity tools/demo-hub.sh DIR
set -euo pipefail
dir=$1
comity=${COMITY:-build/comity}
origin=registry.example/hub
work=$(mktemp -d)
[ ! -e "$dir" ] || { echo "demo-hub: $dir exists already" >&2; exit 2; }
mkdir -p "$dir"
declare -A process=() port=()
stop_all() {
  local letter
  for letter in "${!process[@]}"; do kill "${process[$letter]}" 2>/dev/null || true; done
  for letter in "${!process[@]}"; do wait "${process[$letter]}" 2>/dev/null || true; done
  process=()
}
trap 'stop_all; rm -rf "$work"' EXIT
# shellcheck source=tools/story.sh
. "$(dirname "${BASH_SOURCE[0]}")/story.sh"

free_port() {  # sets $found: a port on which nobody listens
  local i
  for i in $(seq 200); do
    found=$((20000 + (RANDOM % 20000)))
    if ! (: <"/dev/tcp/127.0.0.1/$found") 2>/dev/null; then return 0; fi
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

chapter "Four members, each at home"
for letter in a b c d; do
  free_port
  port[$letter]=$found
  log_key=()
  [ "$letter" != a ] || log_key=(--log)  # who runs the hub makes the log's key as well
  must found member "$(member_of "$letter")" --origin "$origin" --organisation "ORG-${letter^^}" \
    --org-name "Organisation ${letter^^}" --keys "$dir/home-$letter" "${log_key[@]}"
done
hub=http://127.0.0.1:${port[a]}
must found draft "$dir"/home-?/MEMBER-?.sheet -o "$work/draft"
for letter in a b c d; do must found sign "$work/draft" --keys "$dir/home-$letter" -o "$work/$letter.signed"; done
must found seal "$work"/?.signed -o "$dir/genesis"
must found open "$dir/a" --genesis "$dir/genesis" --keys "$dir/home-a"
for letter in b c d; do
  must found open "$dir/$letter" --genesis "$dir/genesis" --keys "$dir/home-$letter" --hub "$hub" --sequencer MEMBER-A
done
for letter in a b c d; do printf 'listen = ["127.0.0.1:%s"]\n' "${port[$letter]}" >"$dir/$letter/comity.toml"; done
say "Each made its keys at home and signed the same genesis; nobody has seen another's secret."

chapter "Four processes: a hub that orders, three that follow and cosign"
for letter in a b c d; do start $letter; done
for letter in a b c d; do wait_ready $letter; done
must status "$hub" --policy "$dir/b/policy"
indent <"$work/said"
must key new ORG-HOLDER --role admin --file "$dir/holder.key"
must propose "$hub" organisation ORG-HOLDER --create --by MEMBER-B --keys "$dir/home-b" \
  --add "org-name=The holder of this story" --add "auth=admin $(last_key)"
id=$(last_id)
must accept "$hub" "$id" --by ORG-HOLDER --key "$dir/holder.key"
for letter in b c d; do must vote "$hub" "$id" yes --by "$(member_of $letter)" --keys "$dir/home-$letter"; done
must show "$hub" organisation ORG-HOLDER
good "Proposed by one, accepted by the holder, voted by three, all over HTTP. What came back was checked, not believed."

chapter "One of them is killed"
{ kill -9 "${process[d]}" && wait "${process[d]}"; } 2>/dev/null || true
must key new ORG-SECOND --role admin --file "$dir/second.key"
must propose "$hub" organisation ORG-SECOND --create --by MEMBER-C --keys "$dir/home-c" \
  --add "org-name=Another one" --add "auth=admin $(last_key)"
indent <"$work/said"
good "Three of four cosign, so it counts."
start d
wait_ready d
there=$(size_at a)  # on a line of its own: a step that fails inside an argument would go unseen
wait_size d "$there"
good "MEMBER-D is back, has replayed what it missed, and cosigns again."

chapter "The hub lies"
say "Its operator keeps a copy of its folder, lets the log go on, and then puts the old copy back:"
say "what was decided since would never have happened."
kill "${process[a]}"
wait "${process[a]}" 2>/dev/null || true
cp -R "$dir/a" "$work/old-a"
start a
wait_ready a
must propose "$hub" organisation ORG-HOLDER --by ORG-HOLDER --key "$dir/holder.key" \
  --remove "org-name=The holder of this story" --add "org-name=A better name"
told=$(size_at a)
for letter in b c d; do wait_size $letter "$told"; done
kill "${process[a]}"
wait "${process[a]}" 2>/dev/null || true
mv "$dir/a" "$work/true-a"
cp -R "$work/old-a" "$dir/a"
start a
evidence=
for _ in $(seq 300); do
  evidence=$(find "$dir/b/members/MEMBER-B" -path '*/evidence/*' -type f | head -n 1)
  [ -z "$evidence" ] || break
  sleep 0.1
done
[ -n "$evidence" ] || die "MEMBER-B did not notice"
good "MEMBER-B has stopped cosigning and kept the evidence:"
must verify --policy "$dir/b/policy" "$evidence"
show_command "verify --policy $dir/b/policy ${evidence##*/}"
indent <"$work/said"
[ "$(size_at c)" -ge "$told" ] || die "MEMBER-C went back with the hub"
good "The others still serve what was decided; the old story finds no quorum."
stop_all
for letter in b c d; do must fsck "$dir/$letter"; done

chapter "Where to look"
say "$dir/a to $dir/d   the folders of the four; \`comity serve\` runs each"
say "$dir/b/members/MEMBER-B/evidence/   what MEMBER-B can show to anybody"
say "docs/operations/founding.md   the same with machines of your own"
