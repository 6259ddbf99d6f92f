#!/usr/bin/env bash
# Aim: every verb says the same of a URL as of the folder behind it and ends with the same exit code; what a server alters
#      is refused, named, and kept out of the cache; records made and signed here come to the log there.
# Method: a demo registry behind a small server that is not ours (plain_hub.py); the same verb on both; single lies.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || { echo "no python3" >&2; exit 77; }
found reg
expect 0 import root-zone reg "$root/data/sample-root.zone"
holder reg ORG-X alfa
cp -r reg/keys keys   # what its owners have at home

"$here/plain_hub.py" "$comity" "$work/reg" "$work/port" 2>"$work/hub.err" &
hub=$!
trap 'kill $hub 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done
url=http://127.0.0.1:$(cat port)

# same CODE VERB ARGUMENT...: the verb's answer is the same, byte for byte, for the folder and for the URL.
same() {
  local code=$1 verb=$2
  shift 2
  expect "$code" "$verb" reg "$@"
  cp out folder.out
  expect "$code" "$verb" "$url" "$@"
  cmp -s out folder.out || { fail "$verb $* differs"; diff folder.out out | head -10 >&2; }
}
reading() {
  same 0 show domain alfa
  same 0 show domain alfa --json
  same 1 show domain nowhere.
  same 0 show organisation ORG-X --at "$middle"
  same 0 log
  same 0 log domain alfa --full
  same 0 log --json
  same 0 diff 2 "$middle" --json
  same 0 pending --json
  same 0 prove domain alfa
  same 0 zone
  same 1 zone --apex nowhere.
}
middle=16
expect 0 status "$url"
says "first look at $url"
says "registry.example/test"
says "The checkpoint counts"
says "MEMBER-D: in step"
reading
says_not "first look"
expect 0 fsck "$url"
says "sound: "
own=$(echo cache/comity/*)   # of the URL alone
expect 0 fsck "$url" --policy reg/policy --trust-checkpoint

# Records are made from what was read, signed with keys from home, and accepted there.
expect 0 propose "$url" domain alfa --by ORG-X --add nserver=a.servers.alfa. --keys keys --reason "a reason of ours"
says "accepted proposal"
id=$(last_id)
expect 0 log "$url" domain alfa
says "a reason of ours"
if [ -n "$(ls -A cache/comity/*/log/annex 2>/dev/null)" ]; then fail "the annex stayed in the cache"; fi
same 0 pending
expect 2 vote "$url" "$id" yes --by MEMBER-A
says "--keys FOLDER"
expect 1 withdraw "$url" "$id" --by ORG-X --key keys/ORG-X.admin.key --expires-in 1000d
says "refused"
expect 0 draft "$url" domain alfa --by ORG-X --add nserver=b.servers.alfa. --reason "made at home" -o change.txt
expect 0 sign change.txt --key keys/ORG-X.admin.key -o change.record
expect 0 submit "$url" change.record --json
says '"accepted": true'
expect 1 submit "$url" change.record
says "duplicate"
reading
expect 2 advance "$url" 1d
says "needs-folder"
expect 2 watch reg

# What happens is seen as it happens, and an interrupt is no failure.
"$comity" watch "$url" --json >watched 2>watched.err </dev/null &
watcher=$!
sleep 1
expect 0 propose reg domain alfa --by ORG-X --add nserver=c.servers.alfa.
id=$(last_id)
for _ in $(seq 100); do grep -q "$id" watched && break; sleep 0.1; done
grep -q "$id" watched || { fail "watch did not see the record"; cat watched watched.err >&2; }
kill -INT $watcher
wait $watcher || fail "watch ended with $? at an interrupt"
python3 -c 'import json,sys; [json.loads(line) for line in open(sys.argv[1])]' watched || fail "watch wrote no JSON"

# The cosigners change: the kept policy, and an old one from elsewhere, walk on by the step, and only by a genuine one.
cp reg/policy policy.1
expect 0 key new MEMBER-B --role operator --dir reg
expect 0 propose reg member MEMBER-B --by MEMBER-B --remove "operator=$(public_key reg/keys/MEMBER-B.operator.key)" \
  --add "operator=$(public_key reg/keys/MEMBER-B.operator.2.key)"
expect 0 advance reg 4d
[ -f reg/policies/2.step ] || fail "no step to the second policy"
expect 0 advance reg 1h   # the first checkpoint with the new key
expect 0 status "$url"
says "MEMBER-B: in step"
cmp -s "$own/policy" reg/policy || fail "the policy did not walk on"
expect 0 fsck "$url"
rm -rf cache
mkdir -p reg.lies/policies
sed 's/^to: 2$/to: 3/' reg/policies/2.step >reg.lies/policies/2.step
expect 1 status "$url" --policy policy.1
says "$url/policies/2.step"
if compgen -G 'cache/comity/*/policy' >/dev/null; then fail "something was kept"; fi
rm -rf reg.lies
expect 0 status "$url" --policy policy.1
says_not "first look"
expect 0 fsck "$url"

# Lies: named, refused, not kept; afterwards all is well again.
mkdir -p reg.lies/tile/entries/000.p
rm -rf cache
size=$(sed -n 2p reg/log/checkpoint)
sed 's/ORG-X/ORG-Y/' "reg/log/tile/entries/000.p/$size" >"reg.lies/tile/entries/000.p/$size"
expect 1 log "$url"
says "hub-lies: $url/tile/entries/000.p/$size"
rm -rf reg.lies
expect 0 log "$url"
mkdir reg.lies
head -c 200 reg/log/checkpoint >reg.lies/checkpoint
expect 2 status "$url"
says "$url/checkpoint"
rm -rf reg.lies
cp -r reg old
expect 0 propose reg domain alfa --by ORG-X --add nserver=d.servers.alfa.
expect 0 status "$url"
mkdir reg.lies && cp old/log/checkpoint reg.lies/
expect 1 status "$url"
says "hub-went-back"
cmp -s cache/comity/*/evidence/served.checkpoint old/log/checkpoint || fail "no evidence was kept"
rm -rf reg.lies

# Another registry under the same URL.
found other
expect 2 status "$url" --policy nowhere
expect 1 status "$url" --policy other/policy
says "other-registry"
mkdir reg.lies && cp other/policy reg.lies/
expect 1 status "$url"
says "other-registry"
cp other/log/checkpoint reg.lies/
cp -r other/log/tile reg.lies/
expect 1 status "$url"
says "other-registry"
expect 0 status "$url" --policy other/policy   # its cache is another one
says "registry.example/test"
rm -rf reg.lies
expect 1 status "$url" --policy other/policy
chmod 777 cache/comity
expect 2 status "$url"
says "file-exposed"
chmod 700 cache/comity
expect 0 status "$url"

kill $hub
wait $hub 2>/dev/null || true
expect 2 status "$url"
says "cannot-connect"
finish
