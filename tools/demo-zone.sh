#!/usr/bin/env bash
# The third story that ./demo tells: four processes make keys that none of them holds, one member silent in one ceremony
# and one lying in another; the root zone is signed by any three of them, and a name server and a validating resolver
# take it as they are. Usage: COMITY=build/comity SPOIL=build/... tools/demo-zone.sh DIR ZONE
set -euo pipefail
dir=$1 zone=$2
comity=${COMITY:-build/comity}
spoil=${SPOIL:?SPOIL names comity_spoil, which deals wrongly on purpose}
origin=registry.example/zone
work=$(mktemp -d)
[ ! -e "$dir" ] || { echo "demo-zone: $dir exists already" >&2; exit 2; }
mkdir -p "$dir"
# shellcheck source=tools/fleet.sh
. "$(dirname "${BASH_SOURCE[0]}")/fleet.sh"
PATH=$PATH:/usr/sbin:/sbin  # where servers are

status_says() {  # TEXT: what `ceremony status` prints holds it
  "$comity" ceremony status "$hub" >"$work/said" 2>&1 </dev/null && grep -qF -- "$1" "$work/said"
}
until_so() {  # SECONDS WHAT COMMAND...
  local seconds=$1 what=$2 end
  shift 2
  end=$((SECONDS + seconds))
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || { indent <"$work/said" >&2; die "in vain for $seconds s: $what"; }
    sleep 0.3
  done
}
order() {  # USE: proposed by one, voted by three; while a registry is young that is enough
  local letter id
  must ceremony open "$hub" generate "$1" --by MEMBER-A --keys "$dir/home-a"
  id=$(grep -oE '[A-Za-z0-9+/]{43}=' "$work/said" | head -n 1)
  for letter in a b c; do must vote "$hub" "$id" yes --by "$(member_of $letter)" --keys "$dir/home-$letter"; done
}
announce() {  # LETTER...: with governance keys, which the processes do not have
  local letter
  for letter in "$@"; do
    must ceremony announce "$hub" --by "$(member_of "$letter")" --keys "$dir/home-$letter" --home "$dir/$letter"
  done
}
stop() {  # LETTER
  kill "${process[$1]}"
  wait "${process[$1]}" 2>/dev/null || true
}

chapter "A root zone in the hands of four processes"
found_four --number "period: ceremony 30s"  # a day, where people are asked
configure_four '[hub]' 'block-every = "1s"' '[rounds]' 'poll-every = "1s"' 'repeat = "2s"' 'missing-after = "5s"'
for letter in a b c d; do start $letter; done
for letter in a b c d; do wait_ready $letter; done
mkdir "$work/registrars"
cp "$dir"/home-?/MEMBER-?.registrar.key "$work/registrars"
must import root-zone "$hub" "$zone" --keys "$work/registrars"
indent <"$work/said"

chapter "A key that nobody holds, made while one of them is silent"
order log
announce a b c
stop d
announce d
say "MEMBER-D has announced itself and is not heard any more. The others deal, wait, and go on."
until_so 150 "the log's key" status_says "for clients:"
indent <"$work/said"
good "The log has a group key. Three hold shares of it; the key itself has never existed anywhere."

chapter "Two more, for the zone, while one of them lies"
start d
wait_ready d
order zsk
order ksk
announce a b d
stop c
announce c
until_so 30 "the others to deal" status_says "waits for MEMBER-C"
"$spoil" "$dir/a" "$dir/c" MEMBER-C MEMBER-A || die "MEMBER-C could not lie"
start c
say "MEMBER-C gives MEMBER-A a share that does not fit what it committed to."
wait_ready c
two_keys() { "$comity" ceremony status "$hub" --json >"$work/said" 2>&1 </dev/null && grep -q '"zsk"' "$work/said" &&
  [ "$(grep -cE '"standing": "active"' "$work/said")" -ge 3 ]; }
until_so 200 "the zone's keys" two_keys
must ceremony status "$hub"
indent <"$work/said"
good "MEMBER-A showed the share, everybody could see who lied, and the ceremony went on without MEMBER-C."

chapter "The zone is signed by three of four, and published"
until_so 200 "a published zone" test -s "$dir/b/publish/root.zone"
until_so 60 "the same zone at every member" cmp -s "$dir/b/publish/root.zone" "$dir/d/publish/root.zone"
signatures=$(grep -c ' IN RRSIG ' "$dir/b/publish/root.zone")
must zone verify "$dir/b/publish/root.zone" "$hub"
show_command "zone verify $dir/b/publish/root.zone $hub"
indent <"$work/said"
good "$signatures signatures, each made by three members together; every member wrote the same file by itself."

chapter "An ordinary name server serves it, an ordinary resolver validates it"
free_port
dns=$found
mkdir -p "$work/knot"
sed -e "s|127.0.0.1@53|127.0.0.1@$dns|; s|/run/knot|$work/knot|; s|/var/lib/knot|$work/knot|" \
  -e "s|/var/lib/comity/registry/publish/root.zone|$(realpath "$dir")/b/publish/root.zone|" \
  packaging/dns/knot.conf >"$work/knot.conf"
knotd -c "$work/knot.conf" >"$work/knot.log" 2>&1 </dev/null &
process[knot]=$!
answers() { kdig @127.0.0.1 -p "$dns" +short +timeout=1 +retry=0 . SOA >"$work/said" 2>&1 </dev/null && [ -s "$work/said" ]; }
until_so 30 "Knot to serve the zone" answers
awk '{ printf "trust-anchors { . static-key %s %s %s \"%s\"; };\n", $5, $6, $7, $8 }' "$dir/b/publish/trust-anchor.key" >"$work/anchors"
# The last delegation that has a DS.
name=$(awk '$4 == "DS" { name = $1 } END { print name }' "$dir/b/publish/root.zone")
ask() {  # NAME TYPE EXPECTED
  delv "@127.0.0.1" -p "$dns" -a "$work/anchors" +root=. "$1" "$2" >"$work/said" 2>&1 </dev/null || true
  grep -qF "$3" "$work/said" || { indent <"$work/said" >&2; die "delv does not validate $1 $2"; }
  say "\$ delv $1 $2"
  sed -n '1,2p' "$work/said" | cut -c1-110 | indent
}
ask "$name" DS "; fully validated"
ask no-such-name-comity. A "; negative response, fully validated"
good "Validated with nothing but $dir/b/publish/trust-anchor.key."
stop_all
for letter in a b c d; do must fsck "$dir/$letter"; done

chapter "Where to look"
say "$dir/b/publish/   the signed zone and its trust anchors, for name servers and resolvers"
say "docs/operations/group-keys.md, serving-the-zone.md   the same for real"
