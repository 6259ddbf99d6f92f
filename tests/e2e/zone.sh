#!/usr/bin/env bash
# Aim: the zone that goes in comes out: the same NS, DS and glue sets, in a file that other programs read.
# Method: imports zones, renders them, compares the sets in BIND's canonical form, asks named-checkzone and kzonecheck.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# sets FILE: owner, type and data of NS, DS, A and AAAA records, sorted; TTLs are the registry's own.
sets() { awk '!/^;/ && ($4 == "NS" || $4 == "DS" || $4 == "A" || $4 == "AAAA") { $2 = ""; print tolower($0) }' "$1" | tr -s ' \t' ' ' | sort -u; }
plain() {  # the same file in one form: one record a line, absolute names
  if command -v named-checkzone >/dev/null && named-checkzone -i none -k ignore -D -o "$2" . "$1" >/dev/null 2>&1; then return 0; fi
  echo "SKIPPED: named-checkzone is not installed, or does not read $1"
  exit 77
}
judge() {  # WHAT ZONE-FILE
  found "$1"
  expect 0 import root-zone "$1" "$2"
  expect 0 zone "$1" -o "$1.out"
  plain "$2" "$1.before"
  plain "$1.out" "$1.after"
  sets "$1.before" >"$1.sets-before"
  sets "$1.after" >"$1.sets-after"
  [ -s "$1.sets-before" ] || fail "$1: no sets to compare"
  diff "$1.sets-before" "$1.sets-after" | head -5 >"$1.diff"
  [ ! -s "$1.diff" ] || { fail "$1: the zone changed on its way"; cat "$1.diff" >&2; }
  if command -v named-checkzone >/dev/null; then
    named-checkzone -q -i local -k ignore . "$1.out" || fail "$1: named-checkzone refuses the zone"
  fi
  if command -v kzonecheck >/dev/null; then
    kzonecheck -o . "$1.out" || fail "$1: kzonecheck refuses the zone"
  fi
  expect 0 import root-zone "$1" "$1.out"
  says "Nothing to change"
}
judge sample "$root/data/sample-root.zone"
real=$data/root-zone/root-20260822.zone.zst
if [ -r "$real" ]; then
  zstd -q -dc --long=27 "$real" >real.zone
  judge real real.zone
else
  echo "NOTE: no real root zone in $data; only the sample was judged"
fi
finish
