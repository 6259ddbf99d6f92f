#!/usr/bin/env bash
# Aim: the story of ./demo happens, with every refusal demanded, on the real root zone where there is one.
# Method: runs tools/demo-story.sh with the built program; no installation, no build, no network.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
zone=$root/data/sample-root.zone
real=$data/root-zone/root-20260822.zone.zst
if [ -r "$real" ]; then
  zstd -q -dc --long=27 "$real" >"$work/zone"
  zone=$work/zone
else
  echo "NOTE: no real root zone in $data; the sample serves"
fi
COMITY=$comity "$root/tools/demo-story.sh" "$work/registry" "$zone" >"$work/story" || { tail -20 "$work/story"; exit 1; }
for beat in "found a registry" "take over the root zone" "claims its domain" "founding period ends" "changes its name servers" \
  "Attacks" "involuntary change" "Proof" "Where to look"; do
  grep -q "$beat" "$work/story" || fail "the story has no chapter about: $beat"
done
[ "$(grep -c 'Refused: ' "$work/story")" -eq 7 ] || fail "not seven refusals"
expect 0 fsck "$work/registry"
# Named like a demo's folder, so that the next demo may replace it.
[ -e "$work/registry/.comity-demo" ] || fail "the mark of a demo's folder is missing"
finish
