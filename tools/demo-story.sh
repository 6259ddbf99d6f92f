#!/usr/bin/env bash
# The story that ./demo tells. Usage: COMITY=build/comity tools/demo-story.sh DIR ZONE-FILE
# Each refusal is demanded: if an attack is not refused (exit code 1), the story ends with an error.
set -euo pipefail
dir=$1
zone=$2
comity=${COMITY:-build/comity}
origin=registry.example/root
work=$(mktemp -d)
[ ! -e "$dir" ] || { echo "demo-story: $dir exists already" >&2; exit 2; }
# Without its mark the folder is not known as a demo's own, and the next demo would not replace it.
trap '[ -e "$dir/.comity-demo" ] || rm -rf "$dir"; rm -rf "$work"' EXIT

# shellcheck source=tools/story.sh
. "$(dirname "${BASH_SOURCE[0]}")/story.sh"
propose() {  # as the verb; sets $id
  must propose "$dir" "$@"
  id=$(last_id)
}
vote() {  # ID MEMBERS: comma between them
  must vote "$dir" "$1" yes --by "$2"
}
domain_shows() {  # TEXT: the domain's present value has this line
  must show "$dir" domain "$domain"
  grep -qF -- "$1" "$work/said"
}

# --- the story ---------------------------------------------------------------------------------------------------------
chapter "Four organisations found a registry"
must init "$dir" --members 4 --origin "$origin"
: >"$dir/.comity-demo"
must status "$dir"
indent <"$work/said"
say "Each member replays the log by itself and cosigns it only if it arrives at the same state."

chapter "They take over the root zone"
say "Source: ${ZONE_SOURCE:-$zone}"
must import root-zone "$dir" "$zone"
indent <"$work/said"
must zone "$dir" -o "$work/zone-as-imported"
# A domain with 2 to 12 name servers, so that one can be added: museum. if it is there, else the first.
domain=$(awk '$4 == "SOA" { apex = $1 } $4 == "NS" { servers[$1]++ }
  END { for (name in servers) if (name != apex && servers[name] >= 2 && servers[name] <= 12) print name }' \
  "$work/zone-as-imported" | sort >"$work/domains"
  grep -x 'museum\.' "$work/domains" || sed -n 1p "$work/domains")
[ -n "$domain" ] || die "the zone has no domain with 2 to 12 name servers"
say "Nobody has claimed anything yet. The story follows one domain: $domain"

chapter "An organisation claims its domain"
holder=ORG-HOLDER
must key new "$holder" --role admin --dir "$dir"
propose organisation "$holder" --create --by MEMBER-A \
  --add "org-name=The holder of this story" --add "auth=admin $(last_key)"
must accept "$dir" "$id" --by "$holder"
vote "$id" MEMBER-A,MEMBER-B,MEMBER-C
say "$holder is registered: three members voted, and it accepted with its own key."
propose domain "$domain" --by "$holder" --remove holder=UNCLAIMED --add "holder=$holder" \
  --reason "Letterhead, contract and a call back to the number in the old database."
vote "$id" MEMBER-A,MEMBER-B,MEMBER-C
domain_shows "holder: $holder" || die "$domain was not claimed"
friend=$("$comity" show "$dir" member MEMBER-D 2>/dev/null </dev/null | sed -n 's/^organisation: //p')
good "$domain belongs to $holder."

chapter "The founding period ends"
propose --by MEMBER-B --close-founding names
vote "$id" MEMBER-A,MEMBER-B,MEMBER-C
say "From here on, allocations and claims wait out their locks, in public."

chapter "The holder changes its name servers"
cat >"$work/paragraphs" <<END
change domain: $domain
+ nserver: ns-new.$domain

create host: ns-new.$domain
+ address: 192.0.2.53
END
must draft "$dir" --by "$holder" --paragraphs "$work/paragraphs" -o "$work/draft"
must sign "$work/draft" --dir "$dir" --as "$holder" -o "$work/holders-record"
indent <"$work/holders-record"
must submit "$dir" "$work/holders-record"
domain_shows "nserver: ns-new.$domain" || die "the holder's change did not happen"
good "Done at once: it is the holder's own, and nobody else needs to be asked."

chapter "Attacks, and what becomes of them"
sed "s/192\.0\.2\.53/203.0.113.66/" "$work/holders-record" >"$work/forged"
refused "a forged change (the holder's record with another address)" submit "$dir" "$work/forged"
refused "a member that changes the domain alone" \
  propose "$dir" domain "$domain" --by MEMBER-A --class H1 --remove "nserver=ns-new.$domain"
refused "a replay of the holder's own record" submit "$dir" "$work/holders-record"
must key new ORG-HARMLESS --role admin --dir "$dir"
cat >"$work/paragraphs" <<END
create organisation: ORG-HARMLESS
+ auth: admin $(last_key)
+ org-name: A harmless newcomer

change domain: $domain
- nserver: ns-new.$domain
END
refused "a batch that smuggles the holder's domain in beside a harmless creation" \
  propose "$dir" --by MEMBER-A --class A --paragraphs "$work/paragraphs"
domain_shows "nserver: ns-new.$domain" || die "an attack changed the domain"
good "$domain is untouched."

chapter "An involuntary change, as the charter allows it"
must zone "$dir" -o "$work/zone-before"
must show "$dir" domain "$domain"
kept=()
while read -r server; do kept+=(--set "nserver=$server"); done \
  < <(sed -n 's/^nserver: //p' "$work/said" | grep -vxF "ns-new.$domain")
propose domain "$domain" --by MEMBER-B --class V --subject "$holder" "${kept[@]}" \
  --reason "Order 17/2026: the new server answers for somebody else."
involuntary=$id
vote "$involuntary" MEMBER-A,MEMBER-B,MEMBER-C
must pending "$dir"
indent <"$work/said"
say "Three of four agree. Nothing changes yet: thirty days of lock begin, and the holder is told."
must object "$dir" "$involuntary" --by "$holder" --reason "Nobody asked us."
good "The holder objects: thirty days more."
refused "the holder deletes the domain to dodge the decision" propose "$dir" domain "$domain" --by "$holder" --delete
refused "the holder gives it to a friend meanwhile" \
  propose "$dir" domain "$domain" --by "$holder" --remove "holder=$holder" --add "holder=$friend"
propose domain "$domain" --by "$holder" --remove "nserver=${kept[1]#nserver=}"
say "The holder may still change its servers; that will be overwritten."
must advance "$dir" 31d
domain_shows "nserver: ns-new.$domain" || die "the lock did not hold"
say "After 31 days: still the holder's own servers."
must advance "$dir" 30d
if domain_shows "nserver: ns-new.$domain"; then die "the involuntary change did not happen"; fi
good "After 61 days the change happens, and everybody can read who wanted it and why."
must log "$dir" domain "$domain"
indent <"$work/said"

chapter "Proof, for somebody who trusts nobody here"
must prove "$dir" domain "$domain" -o "$work/receipt"
show_command "verify --policy $dir/policy receipt"
must verify --policy "$dir/policy" "$work/receipt"
indent <"$work/said"
awk '/^nserver: / { last = NR } { line[NR] = $0 }
  END { for (i = 1; i <= NR; i++) print line[i] (i == last ? "evil." : "") }' "$work/receipt" >"$work/receipt-altered"
refused "the same receipt with another name server written in" verify --policy "$dir/policy" "$work/receipt-altered"
absent=no-such-domain-$RANDOM.
must prove "$dir" domain "$absent" -o "$work/receipt"
must verify --policy "$dir/policy" "$work/receipt"
indent <"$work/said"
good "Absence is proved as well: nobody can hide a domain and say that it was never there."
must zone "$dir" -o "$work/zone-now"
say "The zone, before the involuntary change and now:"
{ diff "$work/zone-before" "$work/zone-now" || true; } | sed -n '/^[<>]/p' | sed -n 1,12p | indent
must fsck "$dir"
indent <"$work/said"
good "Every record, signature, rule and root checked, from the first one on."

chapter "Where to look"
say "$dir/log/       the log: plain files, servable as they are; records are text in log/tile/entries/"
say "$dir/policy     all that a verifier needs"
say "$comity log $dir domain $domain"
say "$comity show $dir domain $domain"
say "docs/ARCHITECTURE.md   how it works inside"
