#!/usr/bin/env bash
# Aim: the commands of docs/operations/group-keys.md do what the page says while members come and go: new shares go to
# those who are there, under the same key and the same trust anchor; and the program says when so many have left that the
# key itself has to be rolled. Method: one registry in one folder, whose members change over some months.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
found reg
expect 0 import root-zone reg "$root/data/sample-root.zone"
status() { "$comity" ceremony status reg --json >"$work/status"; }
# of USE STANDING: what is said of that key, as JSON.
of() { status; jq -c --arg use "$1" --arg standing "$2" '.keys[] | select(.use == $use and .standing == $standing)' "$work/status"; }
is() {  # USE STANDING FILTER EXPECTED
  local got
  got=$(of "$1" "$2" | jq -rc "$3")
  [ "$got" = "$4" ] || fail "$1 $2 $3 is $got instead of $4"
}
members() { "$comity" status reg --json | jq -r '.replicas[].member'; }
vote() {  # ID: by everybody, as far as it takes votes; then the lock passes
  local member
  for member in $(members); do "$comity" vote reg "$1" yes --by "$member" >"$work/out" 2>&1 </dev/null || break; done
  [ -z "${2:-}" ] || expect 0 advance reg "$2"
}
order() {  # ORDER WHAT
  expect 0 ceremony open reg "$@" --by MEMBER-A
  vote "$(grep -oE '[A-Za-z0-9+/]{43}=' "$work/out" | head -n 1)"
  if "$comity" pending reg | grep -q "locked until"; then expect 0 advance reg 14d; fi
}
announce() { local member; for member in "$@"; do expect 0 ceremony announce reg --by "MEMBER-$member"; done; }
publish() {  # what is held, by a ballot
  expect 0 propose reg --by MEMBER-A --publish .
  vote "$(last_id)"
}
join() {  # HANDLE ORGANISATION: docs/operations/joining.md
  local step
  expect 0 found member "$1" --origin registry.example/test --organisation "$2" --org-name "$2 Ltd" --keys "home-$1"
  cp "home-$1"/*.key reg/keys/
  for step in "$2" "$1"; do
    expect 0 member join reg --sheet "home-$1/$1.sheet" --by MEMBER-A
    local id
    id=$(last_id)
    expect 0 accept reg "$id" --by "$step"
    vote "$id" 15d
  done
  members | grep -q "$1" || fail "$1 is no member"
}
leave() {  # HANDLE
  expect 0 member leave reg "$1"
  vote "$(last_id)" 15d
  if members | grep -q "$1"; then fail "$1 is still a member"; fi
}
command -v jq >/dev/null || { echo "SKIPPED: no jq"; exit 77; }

# --- making a key -----------------------------------------------------------------------------------------------------
expect 2 ceremony open reg reshare zsk --by MEMBER-A
says "no key of use zsk is active"
expect 1 ceremony open reg roll zsk --by MEMBER-A
says "there is no standby zsk key to roll to"
for use in log zsk ksk; do
  order generate $use
  expect 0 ceremony status reg
  says "waits for MEMBER-A, MEMBER-B, MEMBER-C, MEMBER-D"
  announce A B C D
  expect 1 ceremony announce reg --by MEMBER-A
  says "waits for an announcement"
  is $use active .threshold 3
  is $use active '[.roll_due, .reshare_due, .may_leave]' '[false,false,1]'
done
anchor=$(cat reg/publish/trust-anchor.key)
key=$(of zsk active | jq -r .key)
[ -s reg/publish/root.zone ] || fail "no zone is published"

# --- somebody joins: new shares, the same key -------------------------------------------------------------------------
join MEMBER-E ORG-E
is zsk active '[.without_share, .reshare_due, .roll_due]' '[["MEMBER-E"],true,false]'
expect 0 ceremony status reg
says "without a share: MEMBER-E"
says "new shares are due: comity ceremony open DIR reshare zsk"
before=$(of zsk active | jq -r .ceremony)
order reshare zsk
announce A B C D E
is zsk active .key "$key"
is zsk active .threshold 4
is zsk active '[.without_share, .reshare_due]' '[[],false]'
[ "$(of zsk active | jq -r .ceremony)" != "$before" ] || fail "the shares are the old ones"
status
[ "$(jq '[.ceremonies[] | select(.phase == "done")] | length' "$work/status")" = 3 ] || fail "the replaced ceremony stands"
expect 1 ceremony open reg reshare "$(public_key reg/keys/MEMBER-A.operator.key)" --by MEMBER-A
says "no group key is"

# --- a resharing that comes to nothing leaves everything as it was ----------------------------------------------------
order reshare ksk
announce A B E
expect 1 ceremony open reg generate ksk --by MEMBER-A
says "is under way"
before=$(of ksk active)
expect 0 advance reg 2d
says "ended"
[ "$(of ksk active)" = "$before" ] || fail "half a resharing changed the key"
expect 0 advance reg 21d # the KSK signs the DNSKEY set of another week: with the old shares
expect 0 zone verify reg/publish/root.zone reg
[ "$(cat reg/publish/trust-anchor.key)" = "$anchor" ] || fail "the trust anchor changed"

# --- members leave: what they have signs for ever ---------------------------------------------------------------------
join MEMBER-F ORG-F
leave MEMBER-D
is ksk active '[.left, .may_leave, .roll_due]' '[["MEMBER-D"],0,false]'
expect 0 ceremony status reg
says "if one more of its holders leaves a roll is due"
for use in zsk ksk; do
  order reshare $use
  announce A B C E F
done
is ksk active '[.left, .without_share, .threshold, .may_leave, .roll_due]' '[[],[],4,0,false]'
leave MEMBER-C
is ksk active '[.left, .roll_due]' '[["MEMBER-C"],true]'
expect 0 ceremony status reg
says "a roll is due: 2 of the 4 holders of a sharing of this key are members no more, and 3 of its shares sign for ever"
is zsk active '[.left, .without_share, .roll_due]' '[["MEMBER-C"],[],true]'
is log active '[.left, .can_lose, .roll_due, .reshare_due, .why]' \
  '[["MEMBER-C","MEMBER-D"],-1,true,false,"fewer holders are left than are needed to sign"]'

# --- the roll ---------------------------------------------------------------------------------------------------------
order generate ksk
announce A B E F
is ksk standby '[.threshold, .roll_due]' '[3,false]'
is ksk standby .roll_waits "the published zone . does not show the standby ksk key yet; its time counts from then on"
publish
[ "$(wc -l <reg/publish/trust-anchor.key)" = 2 ] || fail "the standby key is no anchor"
is ksk standby .roll_waits null
expect 0 ceremony status reg
says "may become active from"
expect 1 ceremony open reg roll ksk --by MEMBER-A
says "$(of ksk standby | jq -r .roll_from)"
expect 0 advance reg 40d
expect 0 ceremony status reg
order roll ksk
is ksk revoked '[.roll_due, .reshare_due]' '[false,false]'
is ksk active '[.roll_due, .left]' '[false,[]]'
publish
grep -q ' DNSKEY 385 ' reg/publish/root.zone || fail "the old key is not revoked in the zone"
expect 1 ceremony open reg reshare "$(of ksk revoked | jq -r .key)" --by MEMBER-A
says "is revoked and gets no new shares"
expect 0 advance reg 31d
publish
grep -q ' DNSKEY 385 ' reg/publish/root.zone && fail "the revoked key stays"
expect 0 zone verify reg/publish/root.zone reg
expect 0 fsck reg
finish
