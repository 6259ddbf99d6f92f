#!/usr/bin/env bash
# Aim: every verb answers as its help says: exit codes, JSON, messages that say what, where and what next.
# Method: walks the verbs as a user would, on a small registry, wrong input of every kind first.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
sample=$root/data/sample-root.zone
is_json() { python3 -c 'import json,sys; json.load(open(sys.argv[1]))' "$work/out" 2>/dev/null || { fail "no JSON: $1"; cat "$work/out" >&2; }; }

# --- wrong input -----------------------------------------------------------------------------------------------------
expect 2
expect 2 no-such-verb
expect 2 show
expect 2 show nowhere domain alfa
says "comity init nowhere"
expect 2 --json show nowhere domain alfa
is_json "an error"
says '"rule": "no-registry"'
expect 2 init reg --members 2
expect 2 init reg --members 99
expect 2 init reg --origin "HTTP://x y"
[ ! -e reg ] || fail "a refused init left a folder"
expect 2 init reg --time yesterday
expect 2 import root-zone reg nowhere.zone
expect 2 advance reg 1h
expect 2 key show nowhere.key
expect 2 key new ORG-X --role admin
expect 2 key new ORG-X --role king --file x.key
expect 2 key new MEMBER-X --role admin --file x.key
expect 2 key new "ORG X" --role admin --file x.key
[ ! -e x.key ] || fail "a refused key was written"
expect 0 key new ORG-X --role admin --file x.key
[ "$(stat -c %a x.key)" = 600 ] || fail "a secret key that others may read"
expect 2 key new ORG-X --role admin --file x.key
cp x.key exposed.key && chmod 644 exposed.key
expect 2 key show exposed.key
says "chmod 600 exposed.key"
head -c 40 x.key >cut.key && chmod 600 cut.key
expect 2 key show cut.key
says "cut.key"

# --- a registry ------------------------------------------------------------------------------------------------------
found reg
expect 2 init reg
says "not empty"
expect 0 import root-zone reg "$sample" --dry-run
expect 0 import root-zone reg "$sample" --json
is_json import
expect 0 import root-zone reg "$sample"
says "Nothing to change"
printf 'garbage\n' >garbage.zone
expect 2 import root-zone reg garbage.zone
says "line 1"
holder reg ORG-ALFA alfa
for verb in "status reg" "pending reg" "log reg" "log reg domain alfa" "show reg domain alfa" "diff reg 2 10" "fsck reg" \
  "key show x.key" "advance reg 0d"; do
  # shellcheck disable=SC2086
  expect 0 --json $verb
  is_json "$verb"
  # shellcheck disable=SC2086
  expect 0 $verb --json
  is_json "$verb"
done

# --- reading ---------------------------------------------------------------------------------------------------------
expect 2 show reg thing alfa
expect 1 show reg domain no-such-name
says "does not exist"
expect 1 --json show reg domain no-such-name
is_json "absence"
expect 0 show reg domain ALFA.
expect 0 show reg domain alfa --at 2027-01-01T00:00:00Z
says "holder: ORG-ALFA"
expect 0 show reg domain alfa --at 7
says "holder: UNCLAIMED"
expect 1 show reg domain alfa --at 1999-01-01T00:00:00Z
expect 2 show reg domain alfa --at 99999
expect 2 show reg domain alfa --at yesterday
expect 0 zone reg -o zone.now
expect 0 zone reg --at 7 -o zone.then
diff <(grep -v SOA zone.now) <(grep -v SOA zone.then) >/dev/null || fail "a claim changed the zone"
expect 1 zone reg --apex nowhere.
expect 2 zone reg -o nowhere/zone
expect 0 log reg domain alfa
says "evidence"
says_not "create domain bravo"
expect 0 log reg --full
says "comity/1 genesis registry.example/test"
expect 0 diff reg 7 2027-01-01T00:00:00Z
says "+ holder: ORG-ALFA"

# --- a change by files, keys elsewhere ---------------------------------------------------------------------------------
mkdir elsewhere
mv reg/keys/ORG-ALFA.admin.key elsewhere/
expect 2 propose reg domain alfa --by ORG-ALFA --add nserver=ns1.operator.bravo.
says "admin"
expect 0 draft reg domain alfa --by ORG-ALFA -o draft.txt
grep -q '^# holder: ORG-ALFA' draft.txt || fail "a draft shows what stands"
printf -- '- nserver: a.nic.alfa.\n' >>draft.txt
expect 2 sign draft.txt
expect 2 sign draft.txt --key nowhere.key
expect 2 sign zone.now --key elsewhere/ORG-ALFA.admin.key
says "zone.now"
expect 0 sign draft.txt --key elsewhere/ORG-ALFA.admin.key -o record.txt
"$comity" sign - --key elsewhere/ORG-ALFA.admin.key <draft.txt | cmp -s - record.txt || fail "sign from standard input"
sed 's/^class: H1/class: H2/' record.txt >wrong.txt
expect 1 submit reg wrong.txt
says "refused"
expect 1 --json submit reg wrong.txt
is_json "a refusal"
says '"accepted": false'
expect 0 submit reg record.txt
says "accepted"
expect 1 submit reg record.txt
says "duplicate"
expect 2 submit reg nowhere.txt
expect 1 submit reg x.key
expect 0 show reg domain alfa
says_not "nserver: a.nic.alfa."
expect 0 propose reg domain alfa --by ORG-ALFA --add nserver=a.nic.alfa. --key elsewhere/ORG-ALFA.admin.key
mv elsewhere/ORG-ALFA.admin.key reg/keys/
expect 2 propose reg domain alfa --by ORG-ALFA --add nserver
says "attribute=value"
expect 1 propose reg domain alfa --by ORG-ALFA --remove nserver=not.there.
says "not.there."
expect 2 propose reg domain alfa --by ORG-NOBODY --add nserver=a.nic.alfa.
expect 2 propose reg domain alfa --by nobody --add nserver=a.nic.alfa.

# --- answers -----------------------------------------------------------------------------------------------------------
close_founding reg
expect 0 propose reg domain alfa --by MEMBER-A --subject ORG-ALFA --set nserver=ns1.operator.bravo. \
  --set nserver=ns2.operator.bravo. --reason "order 17"
id=$(last_id)
expect 1 vote reg zzzz yes --by MEMBER-A
says "pending"
expect 2 vote reg "$id" maybe --by MEMBER-A
expect 0 vote reg "${id:0:6}" no --by MEMBER-A
expect 0 vote reg "$id" yes --by MEMBER-A,MEMBER-B
expect 0 pending reg
says "$id"
says "MEMBER-B"
expect 1 object reg "$id" --by ORG-ALFA
expect 0 vote reg "$id" yes --by MEMBER-C
says "locked until 2026-01-31"
expect 0 object reg "$id" --by ORG-ALFA --reason "no"
expect 1 withdraw reg "$id" --by MEMBER-A
expect 1 cancel reg "$id" --by ORG-ALFA
expect 0 propose reg domain bravo --by MEMBER-A --subject UNCLAIMED --delete --reason "gone"
id=$(last_id)
expect 1 withdraw reg "$id" --by MEMBER-B
expect 0 withdraw reg "$id" --by MEMBER-A
expect 0 object reg --dispute-class domain --dispute-key alfa --by ORG-A --with MEMBER-B --reason "ours"
expect 2 object reg --by ORG-A
expect 1 propose reg domain alfa --by ORG-ALFA --delete
expect 0 propose reg --by MEMBER-B --subject ORG-A
id=$(last_id)
expect 0 vote reg "$id" yes --by MEMBER-B,MEMBER-C
says "ended"
expect 1 propose reg organisation ORG-A --by ORG-A --add country=NL
says "frozen"
expect 0 cancel reg "$id" --by MEMBER-A,MEMBER-C
expect 0 propose reg organisation ORG-A --by ORG-A --add country=NL
expect 0 propose reg --by ORG-A --subject ORG-A
expect 1 propose reg organisation ORG-A --by ORG-A --remove country=NL

# --- duties ------------------------------------------------------------------------------------------------------------
cat >change.txt <<END
change domain: alfa.
+ nserver: new.alfa.

create host: new.alfa.
+ address: 192.0.2.9
END
expect 0 draft reg --by ORG-ALFA --paragraphs change.txt -o change.draft
expect 0 check reg change.draft --by MEMBER-A,MEMBER-B
says "accepted check"
expect 2 check reg x.key --by MEMBER-A
expect 0 log reg domain alfa --json
annex=$(grep -oE '"annex": "[^"]*"' "$work/out" | head -1 | cut -d'"' -f4)
expect 1 redact reg "$annex" --by MEMBER-A
says "controller"
expect 2 redact reg short --by MEMBER-A
expect 0 propose reg charter registry --by MEMBER-A --add controller=MEMBER-A
expect 0 vote reg "$(last_id)" yes --by MEMBER-A,MEMBER-B,MEMBER-C
expect 0 advance reg 61d
annex_file=reg/log/annex/$(printf %s "$annex" | tr -d = | tr +/ -_)
cp "$annex_file" annex.kept
expect 0 redact reg "$annex" --by MEMBER-A
expect 0 log reg domain alfa
says "erased"
[ ! -e "$annex_file" ] || fail "a redacted annex is still there"
# What a crash between the decision and the erasure leaves: the next start finishes it.
cp annex.kept "$annex_file"
rm -f reg/redactions
expect 0 advance reg 0d
[ ! -e "$annex_file" ] || fail "a start leaves a redacted annex where it is"
cp annex.kept "$annex_file"
printf '99999\n' >reg/redactions  # a memory of a longer log counts for nothing
expect 0 advance reg 0d
[ ! -e "$annex_file" ] || fail "a start trusts the memory of another log"
# The reason of a record that was refused goes with it; that of a refused draft stays, for it may be mended.
before=$(find reg/log/annex -type f | wc -l)
expect 1 propose reg domain alfa --by ORG-ALFA --add nserver=nowhere.example. --reason "refused, so forgotten"
[ "$(find reg/log/annex -type f | wc -l)" -eq "$before" ] || fail "the annex of a refused record stays for ever"
expect 0 fsck reg

# --- proofs ------------------------------------------------------------------------------------------------------------
expect 0 prove reg domain alfa -o alfa.receipt
expect 0 prove reg domain nowhere -o nowhere.receipt
expect 0 prove reg record 0 -o genesis.receipt
expect 2 prove reg record 99999
expect 2 prove reg record first
expect 0 verify --policy reg/policy alfa.receipt nowhere.receipt genesis.receipt
says "does not exist"
expect 0 verify --policy reg/policy alfa.receipt --json
is_json verify
sed 's/ns1.operator/ns9.operator/' alfa.receipt >false.receipt
expect 1 verify --policy reg/policy alfa.receipt false.receipt
expect 1 --json verify --policy reg/policy alfa.receipt false.receipt
is_json "a false receipt"
expect 2 verify --policy nowhere alfa.receipt
expect 2 verify --policy reg/policy nowhere-at-all
expect 2 verify --policy "$sample" alfa.receipt
expect 2 verify --policy reg/policy alfa.receipt --max-age soon
found other
expect 1 verify --policy other/policy alfa.receipt
expect 1 fsck reg --policy other/policy
tile=$(find reg/log/tile/entries -type f | sort -V | tail -1)
cp "$tile" kept && chmod u+w "$tile" && printf 'x' | dd of="$tile" bs=1 seek=900 conv=notrunc 2>/dev/null
expect 1 fsck reg
says "000"
cp kept "$tile"
expect 0 fsck reg

# --- help, completion, colours -------------------------------------------------------------------------------------------
for verb in init "import root-zone" "found member" "found draft" "found sign" "found seal" "found open" "member join" "member leave" "member rotate" "member recover" "witness init" "witness add" "witness show" "witness serve" advance status "key new" "key show" draft propose sign submit vote accept object withdraw \
  cancel check redact show log diff pending zone prove verify fsck completion; do
  # shellcheck disable=SC2086
  expect 0 $verb --help
  says "Examples:"
done
expect 0 man
diff "$work/out" "$root/docs/man/comity.1" >/dev/null || fail "docs/man/comity.1 is not what \`comity man\` prints"
expect 0 completion bash
cp "$work/out" completion.sh
completes() {  # WORDS... -> the last one's completions
  bash -c '. ./completion.sh; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _comity; printf "%s\n" "${COMPREPLY[@]}"' - "$@"
}
grep -qx status <<<"$(completes comity stat)" || fail "completion of a verb"
grep -qx -- --close-founding <<<"$(completes comity propose reg --clo)" || fail "completion of a flag"
grep -qx new <<<"$(completes comity key "")" || fail "completion of a verb of two words"
bash -n completion.sh || fail "completion is no bash"
escape=$'\033'
grep -qF "$escape" <<<"$(TERM=xterm script -qec "$comity status reg" /dev/null)" || fail "no colours on a terminal"
if grep -qF "$escape" <<<"$(TERM=xterm NO_COLOR=1 script -qec "$comity status reg" /dev/null)"; then fail "colours although NO_COLOR"; fi
if grep -qF "$escape" <<<"$("$comity" status reg)"; then fail "colours in a pipe"; fi
finish
