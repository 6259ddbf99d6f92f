#!/usr/bin/env bash
# Aim: somebody else's transparency-log code accepts our log and receipts as they are, and refuses damaged ones.
# Method: the reader built from Go's x/mod (build_logreader.sh) reads a registry after founding, import, votes and time.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
command -v go >/dev/null && [ -d /usr/share/gocode/src/golang.org/x/mod/sumdb ] || {
  echo "SKIPPED: golang-go or golang-golang-x-mod-dev is not installed"
  exit 77
}
"$here/build_logreader.sh" "$work/logreader"
reader=$work/logreader
reads() { "$reader" "$@" >"$work/out" 2>"$work/err" || { fail "not read: $*"; cat "$work/err" >&2; }; }
refuses() { if "$reader" "$@" >"$work/out" 2>"$work/err"; then fail "not refused: $*"; fi; }

found reg
vkey=$(sed -n 's/^log //p' reg/policy)
reads reg/log "$vkey" reg/policy
expect 0 import root-zone reg "$root/data/sample-root.zone"
holder reg ORG-ALFA alfa
close_founding reg
# More than one bundle of 256 leaves: changes to and fro, 80 a day because the budget is 100.
for _ in 1 2 3; do
  expect 0 draft reg domain alfa --by ORG-ALFA --add nserver=a.nic.bravo. -o add.draft
  expect 0 draft reg domain alfa --by ORG-ALFA --remove nserver=a.nic.bravo. -o remove.draft
  records=()
  for i in $(seq 10 49); do
    for way in add remove; do
      sed "s/^\(expires: .*:\)..Z/\1${i}Z/" $way.draft >draft
      expect 0 sign draft --dir reg --as ORG-ALFA.admin -o "record.$way.$i"
      records+=("record.$way.$i")
    done
  done
  expect 0 submit reg "${records[@]}"
  expect 0 advance reg 1d
done
expect 0 advance reg 30d
reads reg/log "$vkey" reg/policy
size=$(sed -n 2p reg/log/checkpoint)
says "size=$size"
says "cosignatures=4"
for member in MEMBER-B MEMBER-C MEMBER-D; do reads "reg/members/$member/log" "$vkey" reg/policy; done

expect 0 prove reg domain alfa -o value.receipt
expect 0 prove reg domain nowhere -o nothing.receipt
expect 0 prove reg record 0 -o record.receipt
expect 0 propose reg domain bravo --by MEMBER-A --subject UNCLAIMED --delete --reason "gone for good"
expect 0 vote reg "$(last_id)" yes --by MEMBER-A,MEMBER-B,MEMBER-C
expect 0 advance reg 31d
expect 0 prove reg domain bravo -o tombstone.receipt
for kind in value nothing record tombstone; do
  reads receipt reg/policy $kind.receipt
  says "found=$kind"
  expect 0 verify --policy reg/policy $kind.receipt
done
sed 's/^holder: ORG-ALFA/holder: ORG-B/' value.receipt >false.receipt
refuses receipt reg/policy false.receipt
: >empty.policy; refuses reg/log "$vkey" empty.policy
finish
