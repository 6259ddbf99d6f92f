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
draft() {  # BY OPTIONS...: paragraphs on standard input; the record goes to $work/record
  local by=$1
  shift
  cat >"$work/paragraphs"
  must draft "$dir" --by "$by" "$@" --changes "$work/paragraphs" --output "$work/record"
}
sign_and_submit() { must sign "$dir" --by "$1" "$work/record"; must submit "$dir" "$work/record"; }
propose() {  # BY OPTIONS...: paragraphs on standard input; sets $id
  local by=$1
  shift
  cat >"$work/paragraphs"
  must propose "$dir" --by "$by" "$@" --changes "$work/paragraphs"
  id=$(last_id)
}
accept() { must accept "$dir" --by "$1" "$2"; }
vote() {  # ID MEMBER...
  local proposal=$1 member
  shift
  for member in "$@"; do must vote "$dir" --by "$member" "$proposal" yes; done
}
domain_shows() {  # TEXT: the domain's present value has this line
  must show "$dir" domain "$domain"
  grep -qF -- "$1" "$work/said"
}
reason() { printf '%s\n' "$1" >"$work/reason"; }

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
must zone "$dir"
cp "$work/said" "$work/zone-as-imported"
apex=$(awk '$4 == "SOA" || $3 == "SOA" { print $1; exit }' "$work/zone-as-imported")
domain=$(awk -v apex="$apex" '($4 == "NS" || $3 == "NS") && $1 != apex { print $1 }' "$work/zone-as-imported" |
  sort | uniq -c | awk '$1 >= 2 { print $2 }' | { grep -x 'museum\.' || true; })
[ -n "$domain" ] || domain=$(awk -v apex="$apex" '($4 == "NS" || $3 == "NS") && $1 != apex { print $1 }' \
  "$work/zone-as-imported" | sort | uniq -c | awk '$1 >= 2 && !found { print $2; found = 1 }')
say "Nobody has claimed anything yet. The story follows one domain: $domain"

chapter "An organisation claims its domain"
holder=ORG-HOLDER
must key new "$dir" "$holder" --scope admin
holder_key=$(grep -oE '[A-Za-z0-9+/]{44}' "$work/said" | tail -n 1)
propose MEMBER-A <<END
create organisation: $holder
+ org-name: The holder of this story
+ auth: admin $holder_key
END
accept "$holder" "$id"
vote "$id" MEMBER-A MEMBER-B MEMBER-C
say "$holder is registered: three members voted, and it accepted with its own key."
reason "Letterhead, contract and a call back to the number in the old database."
propose "$holder" --annex "$work/reason" <<END
change domain: $domain
- holder: UNCLAIMED
+ holder: $holder
END
vote "$id" MEMBER-A MEMBER-B MEMBER-C
domain_shows "holder: $holder" || die "$domain was not claimed"
good "$domain belongs to $holder."

chapter "The founding period ends"
propose MEMBER-B --founding names </dev/null
vote "$id" MEMBER-A MEMBER-B MEMBER-C
say "From here on, allocations and claims wait out their locks, in public."

chapter "The holder changes its name servers"
draft "$holder" <<END
create host: ns-new.$domain
+ address: 192.0.2.53

change domain: $domain
+ nserver: ns-new.$domain
END
sign_and_submit "$holder"
cp "$work/record" "$work/holders-record"
indent <"$work/record"
domain_shows "nserver: ns-new.$domain" || die "the holder's change did not happen"
good "Done at once: it is the holder's own, and nobody else needs to be asked."

chapter "Attacks, and what becomes of them"
sed "s/192\.0\.2\.53/203.0.113.66/" "$work/holders-record" >"$work/forged"
refused "a forged change (the holder's record with another address)" submit "$dir" "$work/forged"
cat >"$work/paragraphs" <<END
change domain: $domain
- nserver: ns-new.$domain
END
refused "a member that changes the domain alone" propose "$dir" --by MEMBER-A --changes "$work/paragraphs"
refused "a replay of the holder's own record" submit "$dir" "$work/holders-record"
cat >"$work/paragraphs" <<END
create organisation: ORG-HARMLESS
+ org-name: A harmless newcomer
+ auth: admin $holder_key

change domain: $domain
- nserver: ns-new.$domain
END
refused "a batch that smuggles the holder's domain in beside a harmless creation" \
  propose "$dir" --by MEMBER-A --changes "$work/paragraphs"
domain_shows "nserver: ns-new.$domain" || die "an attack changed the domain"
good "$domain is untouched."

chapter "An involuntary change, as the charter allows it"
must show "$dir" domain "$domain"
grep '^nserver: ' "$work/said" | grep -v "ns-new\." | head -n 13 | sed 's/^/= /' >"$work/kept-servers"
reason "Order 17/2026: the new server answers for somebody else."
{ printf 'change domain: %s\n' "$domain"; cat "$work/kept-servers"; } |
  propose MEMBER-B --subject "$holder" --annex "$work/reason"
involuntary=$id
vote "$involuntary" MEMBER-A MEMBER-B MEMBER-C
must pending "$dir"
indent <"$work/said"
say "Three of four agree. Nothing changes yet: thirty days of lock begin, and the holder is told."
must object "$dir" --by "$holder" "$involuntary"
good "The holder objects: thirty days more."
cat >"$work/paragraphs" <<END
delete domain: $domain
END
refused "the holder deletes the domain to dodge the decision" propose "$dir" --by "$holder" --changes "$work/paragraphs"
cat >"$work/paragraphs" <<END
change domain: $domain
- holder: $holder
+ holder: ORG-MEMBER-D
END
refused "the holder gives it to a friend meanwhile" propose "$dir" --by "$holder" --changes "$work/paragraphs"
must advance "$dir" 31d
domain_shows "nserver: ns-new.$domain" || die "the lock did not hold"
say "After 31 days: still the holder's own servers."
must advance "$dir" 30d
if domain_shows "nserver: ns-new.$domain"; then die "the involuntary change did not happen"; fi
good "After 61 days the change happens, and everybody can read who wanted it and why."
must log "$dir" domain "$domain"
indent <"$work/said"

chapter "Proof, for somebody who trusts nobody here"
must prove "$dir" domain "$domain" --output "$work/receipt"
show_command "verify --policy $dir/policy receipt"
must verify --policy "$dir/policy" "$work/receipt"
indent <"$work/said"
sed "s/^nserver: ./nserver: x/" "$work/receipt" >"$work/receipt-altered"
refused "the same receipt with one letter changed" verify --policy "$dir/policy" "$work/receipt-altered"
must zone "$dir"
cp "$work/said" "$work/zone-now"
say "What differs between the zone as imported and the zone now:"
{ diff "$work/zone-as-imported" "$work/zone-now" || true; } | grep '^[<>]' | head -n 12 | indent
must fsck "$dir"
indent <"$work/said"
good "Every record, signature, rule and root checked, from the first one on."

chapter "Where to look"
say "$dir/log/       the log: plain files, servable as they are; records are text in log/tile/entries/"
say "$dir/policy     all that a verifier needs"
say "$comity log $dir domain $domain"
say "$comity show $dir domain $domain"
say "docs/ARCHITECTURE.md   how it works inside"
