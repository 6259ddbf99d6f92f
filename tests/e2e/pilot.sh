#!/usr/bin/env bash
# Aim: what docs/operations/demo-registry.md says of a pilot of three is so: an operator key is not changed among three (it is
# cancelled in time), and is after a fourth has joined. Method: does what the page says, and what it warns of in a copy.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
found reg 3
member_key() { public_key "reg/keys/$1.$2.key"; }
rotate() {
  expect 0 propose reg member MEMBER-C --by MEMBER-C --remove "operator=$(member_key MEMBER-C operator)" \
    --add "operator=$(public_key reg/keys/MEMBER-C.operator.2.key)"
}

expect 0 key new MEMBER-C --role operator --dir reg
rotate
id=$(last_id)
cp -r reg stuck
expect 2 advance stuck 4d
says "not-counted"
expect 2 advance stuck 1d
expect 0 cancel reg "$id" --by MEMBER-C
expect 0 advance reg 4d

expect 0 key new ORG-D --role admin --dir reg
expect 0 propose reg organisation ORG-D --create --by MEMBER-A --add "org-name=Fourth" --add "auth=admin $(member_key ORG-D admin)"
id=$(last_id)
expect 0 accept reg "$id" --by ORG-D
expect 0 vote reg "$id" yes --by MEMBER-A,MEMBER-B
for role in governance operator registrar; do expect 0 key new MEMBER-D --role $role --dir reg; done
expect 0 propose reg member MEMBER-D --create --by MEMBER-A --add governance-threshold=1 --add organisation=ORG-D \
  --add "governance=$(member_key MEMBER-D governance)" --add "operator=$(member_key MEMBER-D operator)" \
  --add "registrar=$(member_key MEMBER-D registrar)"
id=$(last_id)
expect 0 accept reg "$id" --by MEMBER-D
expect 0 vote reg "$id" yes --by MEMBER-A,MEMBER-B,MEMBER-C
expect 0 advance reg 15d
rotate
expect 0 advance reg 4d
expect 0 status reg
says "MEMBER-C: in step"
expect 0 fsck reg
expect 1 propose reg member MEMBER-A --by MEMBER-B --delete
says "at least 4 members must remain"
finish
