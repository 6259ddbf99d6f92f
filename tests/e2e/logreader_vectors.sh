#!/bin/sh
# The independent reader judges the receipts and the small log of tests/vectors/receipts, and refuses damaged copies.
# use: logreader_vectors.sh WORKDIR; exit status 77 if Go or its x/mod package is not installed.
set -eu
work=${1:?use: logreader_vectors.sh WORKDIR}
here=$(cd "$(dirname "$0")" && pwd)
vectors=$here/../vectors/receipts
command -v go >/dev/null && [ -d /usr/share/gocode/src/golang.org/x/mod/sumdb ] || {
  echo "SKIPPED: golang-go or golang-golang-x-mod-dev is not installed"
  exit 77
}
mkdir -p "$work"
"$here/build_logreader.sh" "$work/logreader"
reader=$work/logreader
policy=$vectors/policy
vkey=$(sed -n 's/^log //p' "$policy")

"$reader" "$vectors/log" "$vkey"
"$reader" "$vectors/log" "$vkey" "$policy" | grep -q 'size=6 .*cosignatures=4'
for name in value tombstone nothing record; do
  "$reader" receipt "$policy" "$vectors/$name.receipt" | grep "found=$name .*as_of=1767225620 cosignatures=4"
done

failed=0
# refuse WHAT COMMAND...: the command must fail with status 1.
refuse() {
  what=$1
  shift
  status=0
  "$@" >"$work/out" 2>&1 || status=$?
  [ "$status" -eq 1 ] || { echo "NOT REFUSED: $what (status $status)"; cat "$work/out"; failed=1; }
}
# damage NAME SED-SCRIPT: a receipt changed by sed is refused, and is indeed changed.
damage() {
  sed "$2" "$vectors/$1.receipt" >"$work/damaged"
  ! cmp -s "$vectors/$1.receipt" "$work/damaged" || { echo "NOT DAMAGED: $1 $2"; failed=1; }
  refuse "$1 after $2" "$reader" receipt "$policy" "$work/damaged"
}
damage value 's/a\.dns/c.dns/'
damage value 's/^version: 7/version: 8/'
damage value 's/^found: value/found: tombstone/'
damage value 's/^object: domain ru\./object: domain su./'
damage value 's/^depth: ./depth: 0/'
damage value 's/^terminal: leaf/terminal: empty/'
damage value 's/^index 5/index 4/'
damage value 's/^height: 7/height: 8/'
damage value '/MEMBER-[AB] /d'
damage value '/^— registry.example.root [A-Za-z0-9]/d'
damage value 's/^6$/7/'
damage value '$d;/MEMBER-C/d'
damage tombstone 's/^became: nothing/holder: nothing/'
damage nothing 's/^object: domain xx\./object: domain ru./'
damage nothing 's/^terminal: .*/terminal: leaf/'
damage record 's/^vote: yes/vote: no/'
damage record 's/^index: 1/index: 2/'
damage record 's/^comity.1 receipt .*/comity\/1 receipt other.example/'

cp -R "$vectors/log" "$work/log"
chmod -R u+w "$work/log"
printf 'x' | dd of="$work/log/tile/entries/000.p/6" bs=1 seek=3 conv=notrunc 2>/dev/null
refuse "a changed leaf" "$reader" "$work/log" "$vkey" "$policy"
cp "$vectors/log/tile/entries/000.p/6" "$work/log/tile/entries/000.p/6"
"$reader" "$work/log" "$vkey" "$policy" >/dev/null
printf 'x' | dd of="$work/log/tile/0/000.p/6" bs=1 seek=40 conv=notrunc 2>/dev/null
refuse "a changed tile" "$reader" "$work/log" "$vkey" "$policy"
head -c 100 "$vectors/log/tile/0/000.p/6" >"$work/log/tile/0/000.p/6"
refuse "a cut tile" "$reader" "$work/log" "$vkey" "$policy"
rm -rf "$work/log"
[ "$failed" -eq 0 ]
echo "the independent reader agrees"
