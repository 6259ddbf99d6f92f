#!/usr/bin/env bash
# Aim: the commands of docs/operations/witness.md make a witness that cosigns a real registry's checkpoints over HTTP
# and remembers through kill -9; its cosignature counts for a reader's policy. Method: a demo registry asks with curl.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
command -v curl >/dev/null || { echo "no curl: skipped"; exit 77; }
pid=
stop() { [ -z "$pid" ] || { kill "${1:--TERM}" "$pid" && wait "$pid"; pid=; } 2>/dev/null; }
trap 'stop -KILL || true; rm -rf "$work"' EXIT
serve() {
  : >served
  "$comity" witness serve w --listen 127.0.0.1:0 >served 2>served.err &
  pid=$!
  for _ in $(seq 100); do grep -q http served && break; sleep 0.05; done
  url=$(grep -oE 'http://[0-9.:]+' served) || { cat served served.err >&2; fail "the witness did not start"; finish; }
}
# ask STATUS: posts the file `request`; the answer lies in `answer`, its headers in `head`.
ask() {
  local status
  status=$(curl -sS -o answer -D head -w '%{http_code}' --data-binary @request "$url/add-checkpoint")
  [ "$status" = "$1" ] || { fail "status $status instead of $1: $(head -c 300 answer)"; }
}

expect 1 witness show w
says "no-witness"
expect 2 witness init w --name "two words"
expect 0 witness init w --name witness.example/w1
vkey=$(sed -n 's/^vkey:  //p' out)
[ "$(stat -c %a w/witness.key)" = 600 ] || fail "the witness's key is open to others"
expect 1 witness init w --name witness.example/w1
says "witness-exists"
found reg
expect 2 witness add w
expect 2 witness add w nonsense
expect 0 witness add w --policy reg/policy
says "size 0"
expect 1 witness add w --policy reg/policy
says "log-known"

serve
expect 2 witness add w --policy reg/policy
says "file-locked"
[ "$(curl -sS "$url/")" = "$vkey" ] || fail "the witness does not tell its key"
size=$(sed -n 2p reg/log/checkpoint)
{ printf 'old 0\n\n'; cat reg/log/checkpoint; } >request
ask 200
grep -q '^— witness.example/w1 ' answer || fail "no cosignature"
printf 'log %s\nwitness W1 %s\nquorum W1\n' "$(sed -n 's/^log \([^ ]*\).*/\1/p' reg/policy)" "$vkey" >outside
expect 0 prove reg record 0 -o unwitnessed.receipt
expect 1 verify --policy outside unwitnessed.receipt
says "no-quorum"
cp -r reg witnessed
cat answer >>witnessed/log/checkpoint
expect 0 prove witnessed record 0 -o witnessed.receipt
expect 0 verify --policy outside witnessed.receipt
expect 0 verify --policy reg/policy witnessed.receipt
ask 409
grep -qi '^content-type: text/x.tlog.size' head || fail "a conflict without its type"
[ "$(cat answer)" = "$size" ] || fail "a conflict without the size"
{ printf 'old %s\n\n' "$size"; cat reg/log/checkpoint; } >request
ask 200
printf 'nonsense' >request
ask 400
found other
sed -i 's/registry.example/elsewhere.example/' other/log/checkpoint
{ printf 'old 0\n\n'; cat other/log/checkpoint; } >request
ask 404
found third
{ printf 'old 0\n\n'; cat third/log/checkpoint; } >request
ask 403
head -c 50000 /dev/zero >request
ask 413

# --- killed, and back --------------------------------------------------------------------------------------------------
stop -KILL || true
serve
{ printf 'old 0\n\n'; cat reg/log/checkpoint; } >request
ask 409
[ "$(cat answer)" = "$size" ] || fail "the witness forgot"
stop || true
memory=$(echo w/logs/*/cosigned)
cp "$memory" kept && head -c 40 kept >"$memory"
expect 1 witness serve w
says "bad-cosign-memory"
rm "$memory"
expect 1 witness serve w
says "witness-memory-lost"
cp kept "$memory"
expect 0 witness show w --json
says "\"size\": $size"
finish
