#!/usr/bin/env bash
# Aim: a hub and a witness serve TLS with the certificate that their configuration names, to nobody else and with no key
# that lies open, and with a renewed one while they run; whom a certificate does not vouch for is not talked to. Method: a certificate of our own making, curl and
# the program's own client, with and without trust in it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
for tool in openssl curl; do command -v $tool >/dev/null || { echo "no $tool: skipped"; exit 77; }; done
processes=()
trap 'kill "${processes[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
certificate() {  # KEY CHAIN
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$1" -out "$2" 2>openssl.err || { cat openssl.err >&2; fail "no certificate"; finish; }
  chmod 600 "$1"
}
certificate key.pem chain.pem
serve() {  # FILE COMMAND...: sets $url to what it says it serves on
  local said=$1
  shift
  SSL_CERT_FILE=$work/chain.pem "$comity" "$@" >"$said" 2>&1 </dev/null &
  processes+=($!)
  for _ in $(seq 300); do grep -q '://127' "$said" && break; sleep 0.1; done
  url=$(grep -oE 'https?://[0-9.:]+' "$said" | head -n 1) || { cat "$said" >&2; fail "$* did not start"; finish; }
}
tls() { printf '[tls]\ncertificate = "%s"\nkey = "%s"\n' "$work/chain.pem" "$1"; }
is_tls() {  # PATH: answered over TLS to who trusts the certificate, and to nobody else
  curl -fsS --cacert chain.pem -o answer "$url$1" || fail "$url$1 is not answered"
  if curl -sS -o answer "$url$1" 2>curl.err; then fail "$url: a certificate that nobody vouches for"; fi
  if curl -sS -m 10 -o answer "http${url#https}$1" 2>curl.err; then fail "$url answers without TLS"; fi
  if curl -sS --cacert chain.pem --tls-max 1.1 -o answer "$url$1" 2>curl.err; then fail "$url speaks TLS 1.1"; fi
}

# --- a witness ---------------------------------------------------------------------------------------------------------
found reg
expect 0 witness init w --name witness.example/w1
vkey=$(sed -n 's/^vkey:  //p' out)
expect 0 witness add w --policy reg/policy
cp key.pem open.pem && chmod 644 open.pem
tls "$work/open.pem" >w/comity.toml
expect 2 witness serve w --listen 127.0.0.1:0
says "file-exposed"
tls "$work/nowhere.pem" >w/comity.toml
expect 2 witness serve w --listen 127.0.0.1:0
tls "$work/key.pem" >w/comity.toml
serve w.said witness serve w --listen 127.0.0.1:0
case $url in https://*) ;; *) fail "the witness says $url" ;; esac
witness_url=$url
is_tls /

# --- a hub that asks it --------------------------------------------------------------------------------------------------
printf '%s\nwitness W1 %s %s\ngroup outside 1 W1\nquorum outside\n' "$(sed -n 's/^log \([^ ]*\).*/log \1/p' reg/policy)" "$vkey" "$url" \
  >outside
{ printf '[hub]\nwitness-policy = "%s"\n' "$work/outside"; tls "$work/key.pem"; } >reg/comity.toml
serve reg.said serve reg --listen 127.0.0.1:0
case $url in https://*) ;; *) fail "the hub says $url" ;; esac
is_tls /checkpoint
expect 2 status "$url"
says "tls-refused"
export SSL_CERT_FILE=$work/chain.pem
expect 0 status "$url" --policy reg/policy
metric() { curl -fsS --cacert chain.pem "$url/metrics" | sed -n "s/^$1 //p"; }
# A line that comes after the next checkpoint does not count there; the witness is asked again.
for _ in $(seq 300); do
  curl -fsS --cacert chain.pem -o checkpoint "$url/checkpoint"
  grep -q '^— witness.example/w1 ' checkpoint && [ "$(metric comity_witnesses_silent)" = 0 ] && break
  sleep 0.2
done
grep -q '^— witness.example/w1 ' checkpoint || { cat checkpoint reg.said >&2; fail "the witness was not asked over TLS"; }
[ "$(metric comity_witness_cosignatures_total)" -ge 1 ] || fail "no cosignature was counted"
[ "$(metric comity_witnesses)" = 1 ] || fail "no count of witnesses"
[ "$(metric comity_witnesses_silent)" = 0 ] || fail "the witness counts as silent"
[ "$(metric comity_http_tls_refused_total)" -ge 3 ] || fail "nobody counts who is refused"

# --- renewed while both run ----------------------------------------------------------------------------------------------
cp chain.pem old.pem
certificate new.pem renewed.pem
mv new.pem key.pem && mv renewed.pem chain.pem
for one in "$url/healthz" "$witness_url/"; do
  for _ in $(seq 300); do curl -fsS --cacert chain.pem -o answer "$one" 2>curl.err && break; sleep 0.1; done
  curl -fsS --cacert chain.pem -o answer "$one" || fail "$one shows no renewed certificate"
  if curl -fsS --cacert old.pem -o answer "$one" 2>curl.err; then fail "$one shows the old certificate"; fi
done
finish
