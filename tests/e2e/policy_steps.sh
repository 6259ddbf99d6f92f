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

# --- the largest registry: the quorum of 22 and the log's own line fill a checkpoint -------------------------------------
expect 2 init too-large --members 23
says "3 to 22"
found large 22
lines() { grep -c '^— ' "$1"; }
[ "$(lines large/log/checkpoint)" -eq 16 ] || fail "a checkpoint of 22 members has $(lines large/log/checkpoint) lines"
[ "$(grep -c '^witness ' large/policy)" -eq 22 ] || fail "the policy does not name 22 members"
cp large/policy large.policy.1
expect 0 prove large member MEMBER-B -o large.receipt
expect 0 verify --policy large.policy.1 large.receipt
expect 0 key new MEMBER-B --role operator --dir large
expect 0 member rotate large MEMBER-B --new large/keys/MEMBER-B.operator.2.key
expect 0 advance large 4d
expect 0 advance large 1h
[ "$(lines large/log/checkpoint)" -eq 16 ] || fail "after a rotation a checkpoint has $(lines large/log/checkpoint) lines"
expect 0 prove large member MEMBER-B -o large.receipt
expect 1 verify --policy large.policy.1 large.receipt
expect 0 verify --policy large.policy.1 --step large/policies/2.step large.receipt
for file in large.receipt large/policies/2.step large/policy; do
  [ "$(stat -c %s "$file")" -le 65536 ] || fail "$file takes $(stat -c %s "$file") bytes"
done
expect 0 fsck large
finish
