#!/usr/bin/env bash
# Aim: the story of ./demo about keys that nobody holds happens on the real root zone, over four processes, and what it
# leaves behind proves itself: every member wrote the same zone, it is the log's, an altered one is not.
# Method: runs tools/demo-zone.sh; then the verbs on the folders that it leaves. COMITY_SPOIL: deals wrongly on purpose.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
[ -n "${COMITY_SPOIL:-}" ] && PATH=$PATH:/usr/sbin command -v knotd delv kdig >/dev/null ||
  { echo "SKIPPED: no comity_spoil, knotd, kdig or delv"; exit 77; }
root_zone "$work/zone"
(cd "$root" && COMITY=$comity SPOIL=$COMITY_SPOIL tools/demo-zone.sh "$work/zones" "$work/zone") >"$work/story" 2>&1 ||
  { tail -30 "$work/story"; exit 1; }
for beat in "is not heard any more" "without a share: MEMBER-D" "who lied" "every member wrote the same file" "fully validated" \
  "negative response, fully validated"; do
  grep -q "$beat" "$work/story" || fail "the story does not tell: $beat"
done

signed=$work/zones/a/publish/root.zone
for letter in b c d; do
  cmp -s "$signed" "$work/zones/$letter/publish/root.zone" || fail "$letter wrote another zone"
  cmp -s "$work/zones/a/publish/trust-anchor.key" "$work/zones/$letter/publish/trust-anchor.key" || fail "$letter wrote another anchor"
done
expect 0 zone "$work/zones/a" --signed -o printed
cmp -s printed "$signed" || fail "zone --signed prints another zone than publish/ holds"
expect 0 zone verify "$signed" "$work/zones/a"
expect 0 zone verify "$signed"
expect 0 zone "$work/zones/a" --receipt -o zone.receipt
expect 0 zone verify "$signed" --receipt zone.receipt --policy "$work/zones/a/policy"
sed '0,/ IN A [0-9.]*$/s// IN A 192.0.2.99/' "$signed" >altered
cmp -s altered "$signed" && fail "nothing was altered"
expect 1 zone verify altered "$work/zones/a"
expect 1 zone verify altered --receipt zone.receipt --policy "$work/zones/a/policy"
rm "$signed"
expect 0 zone watch "$work/zones/a" -o kept --count 1
cmp -s kept/root.zone "$work/zones/b/publish/root.zone" || fail "zone watch keeps another zone"
finish
