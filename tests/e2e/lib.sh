# Shared by the shell tests of this folder. Needs COMITY (the program); gives $work, a folder that goes away.
set -euo pipefail
comity=${COMITY:?COMITY names the program to test}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
data=${COMITY_DATA:-$root/../shared/data}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export XDG_CACHE_HOME=$work/cache
failures=0

fail() { printf 'FAILED: %s\n' "$*" >&2; failures=$((failures + 1)); }
# expect CODE ARGUMENT...: runs the verb; output in $work/out, messages in $work/err.
expect() {
  local wanted=$1 code=0
  shift
  "$comity" "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
  [ "$code" -eq "$wanted" ] && return 0
  fail "comity $* gave $code instead of $wanted"
  sed 's/^/    /' "$work/out" "$work/err" | head -20 >&2
}
# says TEXT: the last verb's output or message holds it.
says() { grep -qF -- "$1" "$work/out" "$work/err" || { fail "missing: $1"; cat "$work/out" "$work/err" >&2; }; }
says_not() { if grep -qF -- "$1" "$work/out" "$work/err"; then fail "should not be there: $1"; fi; }
last_id() { grep -oE '[A-Za-z0-9+/]{43}=' "$work/out" | tail -n 1; }
public_key() { "$comity" key show "$1" | sed -n 's/^key: *//p'; }
found() { expect 0 init "$1" --members "${2:-4}" --origin registry.example/test --time 2026-01-01T00:00:00Z; }
# holder DIR ORG DOMAIN: registers an organisation in the founding period and lets it claim the domain.
holder() {
  expect 0 key new "$2" --role admin --dir "$1"
  expect 0 propose "$1" organisation "$2" --create --by MEMBER-A --add "org-name=Test $2" \
    --add "auth=admin $(public_key "$1/keys/$2.admin.key")"
  local id
  id=$(last_id)
  expect 0 accept "$1" "$id" --by "$2"
  expect 0 vote "$1" "$id" yes --by MEMBER-A,MEMBER-B,MEMBER-C
  expect 0 propose "$1" domain "$3" --by "$2" --remove holder=UNCLAIMED --add "holder=$2" --reason "evidence"
  id=$(last_id)
  expect 0 vote "$1" "$id" yes --by MEMBER-A,MEMBER-B,MEMBER-C
}
close_founding() {
  expect 0 propose "$1" --by MEMBER-A --close-founding names
  expect 0 vote "$1" "$(last_id)" yes --by MEMBER-A,MEMBER-B,MEMBER-C
}
# root_zone FILE: the real root zone, where there is one; else the sample, and says so.
root_zone() {
  local real=$data/root-zone/root-20260822.zone.zst
  if [ -r "$real" ]; then
    zstd -q -dc --long=27 "$real" >"$1"
  else
    echo "NOTE: no real root zone in $data; the sample serves"
    cp "$root/data/sample-root.zone" "$1"
  fi
}
finish() {
  [ "$failures" -eq 0 ] || { echo "$failures failures" >&2; exit 1; }
  echo "all as expected"
}
