#!/usr/bin/env bash
# Aim: the pages of docs/formats say enough: a second verifier that keeps to them answers as ours does.
# Method: receipts of a small registry and those of tests/vectors, each whole and altered in many places, and a step from
#      one policy to the next, go to both verifiers (second_verifier/compare.py). COMITY_SEED chooses the alterations.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
vectors=$root/tests/vectors/receipts
compare() {  # COUNT POLICY [--step STEP] RECEIPT...
  local count=$1
  shift
  python3 "$here/second_verifier/compare.py" "$comity" "$count" "${COMITY_SEED:-1}" "$@" || fail "the verifiers differ: $*"
}
export PYTHONDONTWRITEBYTECODE=1

found reg
expect 0 import root-zone reg "$root/data/sample-root.zone"
cp reg/policy policy.1
holder reg ORG-ALFA alfa
prove() { expect 0 prove reg "$1" "$2" -o "$1.$2.receipt"; }
prove domain alfa
prove domain no-such-name
prove zone .
prove charter registry
prove member MEMBER-A
prove organisation ORG-ALFA
prove record 0
prove record 17

compare 300 reg/policy ./*.receipt
compare 300 "$vectors/policy" "$vectors"/*.receipt
compare 300 "$vectors/policy" --step "$vectors/2.step" "$vectors"/*.receipt

# A policy step of the program itself: an operator key is rotated.
expect 0 key new MEMBER-B --role operator --dir reg
expect 0 propose reg member MEMBER-B --by MEMBER-B --remove "operator=$(public_key reg/keys/MEMBER-B.operator.key)" \
  --add "operator=$(public_key reg/keys/MEMBER-B.operator.2.key)"
expect 0 advance reg 4d
[ -f reg/policies/2.step ] || fail "no step to the second policy"
prove member MEMBER-B
compare 100 policy.1 --step reg/policies/2.step member.MEMBER-B.receipt
finish
