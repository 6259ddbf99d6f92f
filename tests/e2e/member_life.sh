#!/usr/bin/env bash
# Aim: the commands of docs/operations/joining.md, rotation.md, recovery.md and leaving.md do what these pages say, in
# their order, and their mistakes are named. Method: one registry whose fifth member comes, changes and loses keys, goes.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
found reg
new_keys() { "$comity" key show "$1" | sed -n 's/^key: *//p'; }

# --- joining.md ----------------------------------------------------------------------------------------------------------
expect 0 found member MEMBER-E --origin registry.example/test --organisation ORG-E --org-name "Fifth Ltd" --keys home-e
expect 2 member join reg --sheet nowhere --by MEMBER-A
expect 2 member join reg --sheet reg/genesis --by MEMBER-A
says "bad-sheet"
expect 0 found member MEMBER-F --origin elsewhere.example --organisation ORG-F --org-name "Sixth" --keys home-f
expect 2 member join reg --sheet home-f/MEMBER-F.sheet --by MEMBER-A
says "foreign-sheet"
expect 0 member join reg --sheet home-e/MEMBER-E.sheet --by MEMBER-A
says "ORG-E accepts"
id=$(last_id)
expect 2 accept reg "$id" --by ORG-E
cp home-e/*.key reg/keys/ # a demo registry holds everybody's keys
expect 0 accept reg "$id" --by ORG-E
expect 0 vote reg "$id" yes --by MEMBER-A,MEMBER-B,MEMBER-C
expect 0 member join reg --sheet home-e/MEMBER-E.sheet --by MEMBER-A
says "3 of MEMBER-A,MEMBER-B,MEMBER-C,MEMBER-D vote yes"
id=$(last_id)
expect 0 accept reg "$id" --by MEMBER-E
expect 0 vote reg "$id" yes --by MEMBER-A,MEMBER-B,MEMBER-C
says "locked"
expect 0 advance reg 15d
expect 0 status reg
says "MEMBER-E: in step"
expect 2 member join reg --sheet home-e/MEMBER-E.sheet --by MEMBER-A
says "member already"
[ -f reg/policies/2.step ] || fail "no policy step for the newcomer"

# --- rotation.md ----------------------------------------------------------------------------------------------------------
expect 2 member rotate reg MEMBER-X --new home-e/MEMBER-E.operator.key
says "no member"
expect 0 key new MEMBER-E --role operator --dir reg
expect 2 member rotate reg MEMBER-B --new reg/keys/MEMBER-E.operator.2.key
expect 0 member rotate reg MEMBER-E --new reg/keys/MEMBER-E.operator.2.key
says "nobody votes"
expect 0 advance reg 4d
expect 0 show reg member MEMBER-E
says "operator: $(new_keys reg/keys/MEMBER-E.operator.2.key)"
expect 0 status reg
says "MEMBER-E: in step"
expect 0 key new MEMBER-E --role registrar --file new-registrar.key
expect 0 member rotate reg MEMBER-E --role registrar --new new-registrar.key
expect 0 advance reg 4d
expect 0 key new MEMBER-E --role governance --file new-governance.key
expect 0 member rotate reg MEMBER-E --role governance --new new-governance.key
says "4 of MEMBER-A"
expect 0 vote reg "$(last_id)" yes --by MEMBER-A,MEMBER-B,MEMBER-C,MEMBER-D
expect 0 advance reg 15d
expect 0 show reg member MEMBER-E
says "governance: $(new_keys new-governance.key)"
says "registrar: $(new_keys new-registrar.key)"

# --- recovery.md ----------------------------------------------------------------------------------------------------------
expect 0 key new MEMBER-E --role governance --file found-again.key
key=$(new_keys found-again.key)
expect 2 member recover reg MEMBER-E --by MEMBER-A
expect 2 member recover reg MEMBER-E --by MEMBER-E --governance "$key"
expect 0 member recover reg MEMBER-E --by MEMBER-A --governance "$key"
says "a second member vouches"
id=$(last_id)
expect 0 accept reg "$id" --by MEMBER-B
cp found-again.key reg/keys/MEMBER-E.governance.2.key && chmod 600 reg/keys/*.key
expect 0 accept reg "$id" --by MEMBER-E
expect 0 vote reg "$id" yes --by MEMBER-A,MEMBER-B,MEMBER-C,MEMBER-D
expect 0 advance reg 15d
expect 0 show reg member MEMBER-E
says "governance: $key"

# --- leaving.md -----------------------------------------------------------------------------------------------------------
expect 2 member leave reg MEMBER-X
expect 0 member leave reg MEMBER-E
says "4 of MEMBER-A"
expect 0 vote reg "$(last_id)" yes --by MEMBER-A,MEMBER-B,MEMBER-C,MEMBER-D
expect 0 advance reg 15d
expect 0 status reg
says_not "MEMBER-E"
expect 1 member leave reg MEMBER-D --by MEMBER-A
says "four members are the least"
expect 0 fsck reg
finish
