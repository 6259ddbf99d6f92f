#!/usr/bin/env bash
# Aim: a verifier that was given the first policy walks by itself to the present one, over a joining member, a rotated
#      operator key and a removal, and is not led astray by steps that are missing, swapped or altered.
# Method: lets all three happen in a registry, keeps every policy on the way, verifies fresh receipts with each.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
found reg
cp reg/policy policy.1
decide() {  # ID MEMBERS DURATION
  expect 0 vote reg "$1" yes --by "$2"
  expect 0 advance reg "$3"
}
member_key() { public_key "reg/keys/$1.$2.key"; }

# A member joins, with an organisation of its own.
expect 0 key new ORG-E --role admin --dir reg
expect 0 propose reg organisation ORG-E --create --by MEMBER-A --add "org-name=Fifth" --add "auth=admin $(member_key ORG-E admin)"
id=$(last_id)
expect 0 accept reg "$id" --by ORG-E
expect 0 vote reg "$id" yes --by MEMBER-A,MEMBER-B,MEMBER-C
for role in governance operator registrar; do expect 0 key new MEMBER-E --role $role --dir reg; done
expect 0 propose reg member MEMBER-E --create --by MEMBER-A --add governance-threshold=1 --add organisation=ORG-E \
  --add "governance=$(member_key MEMBER-E governance)" --add "operator=$(member_key MEMBER-E operator)" \
  --add "registrar=$(member_key MEMBER-E registrar)"
id=$(last_id)
expect 0 accept reg "$id" --by MEMBER-E
decide "$id" MEMBER-A,MEMBER-B,MEMBER-C 15d
expect 0 status reg
says "MEMBER-E: in step"
cp reg/policy policy.2
[ -f reg/policies/2.step ] || fail "no step to the second policy"

# An operator key is rotated.
expect 0 key new MEMBER-B --role operator --dir reg
expect 0 propose reg member MEMBER-B --by MEMBER-B --remove "operator=$(member_key MEMBER-B operator)" \
  --add "operator=$(public_key reg/keys/MEMBER-B.operator.2.key)"
expect 0 advance reg 4d
expect 0 status reg
says "MEMBER-B: in step"
cp reg/policy policy.3
[ -f reg/policies/3.step ] || fail "no step to the third policy"

# A member is removed; five are one more than the least.
expect 0 propose reg member MEMBER-D --by MEMBER-A --delete
decide "$(last_id)" MEMBER-A,MEMBER-B,MEMBER-C,MEMBER-E 15d
expect 0 status reg
says_not "MEMBER-D"
[ -f reg/policies/4.step ] || fail "no step to the fourth policy"
for one in 1 2 3; do
  if cmp -s policy.$one reg/policy; then fail "policy $one is still the present one"; fi
done

expect 0 prove reg member MEMBER-E -o receipt
expect 0 verify --policy reg/policy receipt
steps=(--step reg/policies/2.step --step reg/policies/3.step --step reg/policies/4.step)
expect 0 verify --policy policy.1 "${steps[@]}" receipt
expect 0 verify --policy policy.2 "${steps[@]:2}" receipt
expect 0 verify --policy policy.3 "${steps[@]:4}" receipt
expect 1 verify --policy policy.1 --step reg/policies/3.step receipt
expect 1 verify --policy policy.1 --step reg/policies/3.step --step reg/policies/2.step receipt
expect 1 verify --policy policy.1 receipt
sed "s/^quorum members/quorum none/" reg/policies/2.step >altered.step
expect 1 verify --policy policy.1 --step altered.step receipt
sed "s/^group members 4/group members 1/" reg/policies/2.step >altered.step
expect 1 verify --policy policy.1 --step altered.step receipt
expect 0 fsck reg
finish
