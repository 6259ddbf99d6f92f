#!/usr/bin/env bash
# Aim: a disk that fills up at any point gives a clear error and exit code 2, loses nothing acknowledged, and the next
#      command recovers once there is room.
# Method: a registry on a small tmpfs; a filler leaves a few KiB, verbs run until they fail, the filler goes.
if [ "${1:-}" != inside ]; then
  for way in -m -rm; do
    if unshare $way true 2>/dev/null; then exec unshare $way "$0" inside; fi
  done
  echo "SKIPPED: no right to mount a small file system here"
  exit 77
fi
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
mkdir small
mount -t tmpfs -o size=6m none small || { echo "SKIPPED: mount is not permitted"; exit 77; }
cd small
found reg
expect 0 import root-zone reg "$root/data/sample-root.zone"
holder reg ORG-ALFA alfa
before=$(sed -n 2p reg/log/checkpoint)
refusals=0
for left in 0 1 2 3 5 8 12 16 24 32 48 64 96; do
  if "$comity" show reg organisation ORG-ALFA | grep country >/dev/null; then change=--remove; else change=--add; fi
  dd if=/dev/zero of=filler bs=4096 2>/dev/null || true
  truncate -s "$(($(stat -c %s filler) - left * 4096))" filler
  code=0
  "$comity" propose reg organisation ORG-ALFA --by ORG-ALFA "$change" country=NL --expires-in $((left * 60 + 7201))s \
    >"$work/out" 2>"$work/err" </dev/null || code=$?
  size=$(sed -n 2p reg/log/checkpoint)
  [ "$size" -ge "$before" ] || fail "with $left blocks left the checkpoint shrank from $before to $size"
  id=$(last_id || true)
  case $code in
    0) says accepted ;;
    2) refusals=$((refusals + 1)); says "No space left" ;;
    *) fail "with $left blocks left: exit code $code"; cat "$work/out" "$work/err" >&2 ;;
  esac
  rm filler
  expect 0 advance reg 1s
  expect 0 fsck reg
  expect 0 status reg
  if [ "$code" -eq 0 ]; then
    expect 0 log reg --json
    says "$id"
  fi
  before=$(sed -n 2p reg/log/checkpoint)
done
[ "$refusals" -gt 0 ] || fail "the disk was never full: this test did not test"
cd ..
umount small
finish
