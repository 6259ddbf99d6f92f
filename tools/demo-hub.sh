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
# shellcheck source=tools/fleet.sh
. "$(dirname "${BASH_SOURCE[0]}")/fleet.sh"

chapter "Four members, each at home"
found_four
configure_four
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
sleep 2  # within one second nobody could prove which of two cosignatures came first
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
