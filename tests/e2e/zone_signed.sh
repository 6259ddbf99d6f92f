#!/usr/bin/env bash
# Aim: four members in one folder make keys and sign zones, killed at any moment too: the next verb goes on where they
#      were. The signed zone is in publish/, whole and checked, changes when the register changes, and anybody who has
#      the file can hear whether it is exactly the log's, by the folder or by a receipt.
# Method: a ZSK while verbs are killed, a KSK, releases as they come; kzonecheck and ldns judge the file; it is altered,
#         outdated, lost and held back.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# order_key USE: its id stands in $ceremony.
order_key() {
  expect 0 ceremony open reg generate "$1" --by MEMBER-A
  ceremony=$(last_id)
  expect 0 vote reg "$ceremony" yes --by MEMBER-A,MEMBER-B,MEMBER-C
}
# make_key_among_kills USE: the last announcement dies again and again, each time a little later; what is left undone then
# falls to verbs that have other things to do, and these die too.
deaths=0
make_key_among_kills() {
  local delay code verb=(ceremony announce reg --by MEMBER-D)
  order_key "$1"
  for member in A B C; do expect 0 ceremony announce reg --by "MEMBER-$member"; done
  for delay in 020 040 060 080 100 120 140 160 180 200 230 260 300 350 400; do
    code=0
    # The shell tells of each death, which is no news here.
    { timeout -s KILL "0.$delay" "$comity" "${verb[@]}" >"$work/out" 2>"$work/err" </dev/null; } 2>/dev/null || code=$?
    case $code in
      0) break ;;
      137)
        deaths=$((deaths + 1))
        # `timeout` is dead as well; what it killed may hold the folder's lock for a moment yet.
        timeout 20 flock reg/lock true || fail "the lock outlives its holder"
        ;;
      *) says "no ceremony waits for an announcement" ;;  # it stands on the log, though nobody heard so
    esac
    "$comity" ceremony status reg | grep -q "waits for MEMBER-D" || verb=(advance reg 1s)
  done
  "$comity" ceremony announce reg --by MEMBER-D >/dev/null 2>&1 || true
  expect 0 advance reg 1s
  expect 0 ceremony status reg --json
  grep -q '"phase": "done"' "$work/out" || fail "no $1 after kills"
  says_not '"attempt": 2'
  says_not '"excluded": [ "'
  says_not '"without_share": [ "'
  expect 0 fsck reg
}
serial() { awk '$4 == "SOA" { print $7; exit }' "$1"; }

found reg
expect 0 import root-zone reg "$root/data/sample-root.zone"
expect 1 zone reg --signed
says "no signed zone was published"
[ ! -e reg/publish ] || fail "something was published without keys"
make_key_among_kills zsk
[ ! -e reg/publish ] || fail "something was published without a KSK"
make_key_among_kills ksk
[ "$deaths" -gt 4 ] || fail "only $deaths verbs were killed"
zone=reg/publish/root.zone
[ -s "$zone" ] || fail "no zone in publish/"
grep -q ' DNSKEY 257 3 15 ' reg/publish/trust-anchor.key || fail "no trust anchor"
grep -q ' DS [0-9]* 15 2 ' reg/publish/trust-anchor.ds || fail "no trust anchor as DS"
expect 0 zone reg --signed
cmp -s "$work/out" "$zone" || fail "the file and the verb differ"
expect 0 zone reg --trust-anchor ds
cmp -s "$work/out" reg/publish/trust-anchor.ds || fail "the anchor's file and the verb differ"
expect 0 fsck reg

now=$(cat reg/clock)
expect 0 zone verify "$zone" reg
says "exactly the log's zone . serial $(serial "$zone")"
expect 0 zone verify "$zone" --at "$now"
says "sound by itself"
expect 0 zone reg --receipt -o zone.receipt
expect 0 zone verify "$zone" --receipt zone.receipt --policy reg/policy --at "$now"
says "exactly the zone . serial"
if command -v kzonecheck >/dev/null; then
  kzonecheck -o . -t "$(date -u -d "$now" +%Y%m%d%H%M%S)" "$zone" || fail "kzonecheck refuses the zone"
fi
if command -v ldns-verify-zone >/dev/null; then
  ldns-verify-zone -ZZ -t "$(date -u -d "$now" +%Y%m%d%H%M%S)" -V 1 "$zone" >/dev/null || fail "ldns-verify-zone refuses the zone"
fi

# Altered: glue, which no signature covers, a signature, an order.
sed '0,/ IN A /s/ IN A .*/ IN A 192.0.2.99/' "$zone" >altered.zone
cmp -s "$zone" altered.zone && fail "nothing was altered"
expect 1 zone verify altered.zone reg
says "not sound"
expect 1 zone verify altered.zone --at "$now"
expect 1 zone verify altered.zone --receipt zone.receipt --policy reg/policy --at "$now"
tail -n 1 "$zone" >reordered.zone
head -n -1 "$zone" >>reordered.zone
expect 1 zone verify reordered.zone reg

# The register changes, so does the zone; the one before is told from it, though no time has passed since it was published.
cp "$zone" before.zone
holder reg ORG-ALFA alfa
tag=$(printf '%064d' 0)
expect 0 propose reg domain alfa --by ORG-ALFA --add "ds-rdata=1 13 2 $tag"
expect 0 advance reg 4d
# One of sixteen delegations is more than a twentieth: the majority is asked.
expect 0 status reg
says "the next one is held"
cmp -s "$zone" before.zone || fail "a zone that is held was published"
expect 0 zone verify "$zone" reg
expect 0 zone reg --held -o held.zone
grep -q "^alfa\. .* IN DS 1 13 2 $tag" held.zone || fail "the new DS is not in the held zone"
expect 0 propose reg --by MEMBER-A --publish .
expect 0 vote reg "$(last_id)" yes --by MEMBER-A,MEMBER-B,MEMBER-C
cmp -s "$zone" held.zone || fail "what was voted for was not published"
expect 1 propose reg --by MEMBER-A --publish .
says "is not held"
expect 0 zone verify "$zone" reg
expect 1 zone verify before.zone reg
says "an older zone"
says "alfa. DS"
expect 1 zone verify "$zone" --receipt zone.receipt --policy reg/policy --at "$(cat reg/clock)"
says "no block that published it"

# Weeks pass: signatures are renewed before they expire, all by themselves.
before=$(serial "$zone")
expect 0 advance reg 30d
[ "$(serial "$zone")" -gt "$before" ] || fail "the zone was not renewed"
expect 0 zone verify "$zone" reg

# A lost or spoilt file comes back; --at shows what was.
rm -r reg/publish
expect 0 advance reg 1s
expect 0 zone verify "$zone" reg
echo "; spoilt" >"$zone"
expect 0 advance reg 1s
expect 0 zone verify "$zone" reg
expect 0 fsck reg

# Watching: the present zone at once, into a folder of one's own.
expect 0 zone watch reg --count 1 --every 1s -o mine
says "zone . serial $(serial "$zone")"
cmp -s mine/root.zone "$zone" || fail "watch wrote another zone"
finish
