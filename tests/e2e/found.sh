#!/usr/bin/env bash
# Aim: the commands of docs/operations/founding.md found a registry whose members live apart, and every mistake on the
# way is stopped with its reason. Method: four homes and their machines as folders; the page's steps, then spoiled ones.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
origin=registry.example/test
member() {  # LETTER HOME FLAG...
  local letter=$1 home=$2
  shift 2
  expect 0 found member "MEMBER-$letter" --origin "$origin" --organisation "ORG-$letter" --org-name "Test $letter Ltd" \
    --keys "$home" "$@"
}
mode_of() { stat -c %a "$1"; }

# --- each at home ------------------------------------------------------------------------------------------------------
expect 2 found
expect 2 found member MEMBER-A
expect 2 found member ORG-A --origin "$origin" --organisation ORG-A --org-name A --keys x
expect 2 found member MEMBER-A --origin "No Origin" --organisation ORG-A --org-name A --keys x
expect 2 found member MEMBER-A --origin "$origin" --organisation MEMBER-A --org-name A --keys x
expect 2 found member MEMBER-A --origin "$origin" --organisation ORG-A --org-name A --keys x --governance 2 --governance-threshold 3
expect 2 found member MEMBER-A --origin "$origin" --organisation ORG-A --org-name A --keys x --country Xxx
[ ! -e x ] || fail "a refused founder left a folder"
member A home-a --log --governance 3 --governance-threshold 2
member B home-b --country NL --url https://b.example/
member C home-c
member D home-d
for key in home-?/*.key; do [ "$(mode_of "$key")" = 600 ] || fail "$key is open to others"; done
[ "$(find home-a -name '*.key' | wc -l)" = 7 ] || fail "keys of A"
grep -l PRIVATE home-?/*.sheet && fail "a sheet holds a secret"
expect 2 found member MEMBER-A --origin "$origin" --organisation ORG-A --org-name A --keys home-a
says "key-exists"

# --- the draft ----------------------------------------------------------------------------------------------------------
expect 2 found draft home-b/MEMBER-B.sheet home-c/MEMBER-C.sheet -o two.draft
says "3 to 22"
expect 2 found draft home-b/MEMBER-B.sheet home-c/MEMBER-C.sheet home-d/MEMBER-D.sheet
says "log's key"
expect 2 found draft home-a/MEMBER-A.sheet home-b/MEMBER-B.sheet home-c/MEMBER-C.sheet nowhere.sheet
sed 's/Test C Ltd/Test X Ltd/' home-c/MEMBER-C.sheet >altered.sheet
expect 2 found draft home-a/MEMBER-A.sheet home-b/MEMBER-B.sheet altered.sheet home-d/MEMBER-D.sheet
says "altered.sheet"
expect 0 found member MEMBER-E --origin other.example/log --organisation ORG-E --org-name E --keys home-e
expect 2 found draft home-a/MEMBER-A.sheet home-b/MEMBER-B.sheet home-e/MEMBER-E.sheet
says "other.example/log"
expect 0 found draft home-?/MEMBER-[ABCD].sheet -o genesis.draft
says "4 members"
id=$(last_id)
grep -qF "$id" genesis.draft || fail "the draft does not tell its id"

# --- signatures ---------------------------------------------------------------------------------------------------------
for letter in a b c d; do
  expect 0 found sign genesis.draft --keys "home-$letter" -o "$letter.signed"
  says "$id"
done
expect 1 found sign genesis.draft --keys home-e
says "MEMBER-E"
expect 2 found sign nowhere --keys home-a
expect 2 found sign home-a/MEMBER-A.sheet --keys home-a
sed 's/Test B Ltd/Test Z Ltd/' genesis.draft >altered.draft
expect 1 found sign altered.draft --keys home-b
says "Test Z Ltd"
mkdir mixed && cp home-c/MEMBER-C.registrar.key mixed/MEMBER-C.operator.key
expect 2 found sign genesis.draft --keys mixed
says "registrar"

# --- the seal -----------------------------------------------------------------------------------------------------------
expect 1 found seal a.signed b.signed c.signed -o genesis
says "MEMBER-D operator"
[ ! -e genesis ] || fail "an incomplete genesis was written"
rm home-d/MEMBER-D.sheet
expect 0 found sign altered.draft --keys home-d -o d-of-another.signed
says "was not compared"
expect 1 found seal a.signed b.signed c.signed d-of-another.signed
says "Test Z Ltd"
expect 2 found seal home-a/MEMBER-A.sheet
expect 0 found seal a.signed b.signed c.signed d.signed -o genesis
says "$id"
expect 0 found sign b.signed --keys home-a -o ab.signed
expect 0 found sign ab.signed --keys home-c -o abc.signed
expect 0 found sign abc.signed --keys home-d -o abcd.signed
cmp -s abcd.signed genesis || fail "signing in turn gives another genesis"

# --- folders ------------------------------------------------------------------------------------------------------------
hub=http://127.0.0.1:8480
expect 2 found open x --genesis nowhere --keys home-a
expect 2 found open x --genesis genesis.draft --keys home-a
expect 1 found open x --genesis b.signed --keys home-a
expect 2 found open x --genesis genesis --keys home-b
says "--hub"
expect 2 found open x --genesis genesis --keys home-b --hub "$hub" --sequencer somebody
says "--sequencer"
expect 2 found open x --genesis genesis --keys home-b --hub nonsense --sequencer MEMBER-A
expect 2 found open x --genesis genesis --keys home-b --keys home-c --hub "$hub" --sequencer MEMBER-A
says "--self"
expect 2 found open x --genesis genesis --keys home-b --self MEMBER-C --hub "$hub" --sequencer MEMBER-A
expect 2 found open x --genesis genesis
expect 2 found open x --genesis genesis --keys mixed --hub "$hub" --sequencer MEMBER-A
says "registrar"
[ ! -e x ] || fail "a refused folder was made"
expect 0 found open hub --genesis genesis --keys home-a
expect 0 found open b --genesis genesis --keys home-b --hub "$hub/" --sequencer MEMBER-A
expect 0 found open mirror --genesis genesis --hub "$hub" --sequencer MEMBER-A
expect 1 found open again --genesis genesis --keys home-b --hub "$hub" --sequencer MEMBER-A
says "rotate"
expect 2 found open hub --genesis genesis --keys home-c
says "not empty"
[ "$(cd hub/keys && echo *)" = "MEMBER-A.operator.key log.log.key" ] || fail "the hub holds other keys"
[ "$(cd b/keys && echo *)" = "MEMBER-B.operator.key" ] || fail "a member's machine holds other keys"
[ ! -e mirror/keys ] || [ -z "$(ls mirror/keys)" ] || fail "a mirror holds keys"
[ "$(mode_of hub/keys/log.log.key)" = 600 ] || fail "the log's key is open to others"
cmp -s hub/policy b/policy && cmp -s hub/policy mirror/policy || fail "the machines begin with different policies"
printf 'comity/1 registry %s\nclock: real\nsequencer: MEMBER-A\nself: MEMBER-B\nhub: %s\n' "$origin" "$hub" | cmp -s - b/registry ||
  fail "the file registry"
expect 2 propose b --by MEMBER-B --close-founding names   # goes to the hub, where nobody answers
says "$hub"
expect 1 propose hub --by MEMBER-A --close-founding names
says "comity serve"
expect 1 advance b 1d

# --- a pilot ------------------------------------------------------------------------------------------------------------
expect 0 found draft home-a/MEMBER-A.sheet home-b/MEMBER-B.sheet home-c/MEMBER-C.sheet -o pilot.draft
says "pilot"
for letter in a b c; do expect 0 found sign pilot.draft --keys "home-$letter" -o "pilot-$letter"; done
expect 0 found seal pilot-a pilot-b pilot-c -o pilot
says "pilot"
expect 0 --json found seal pilot-a pilot-b pilot-c -o pilot
says '"members": 3'
finish
