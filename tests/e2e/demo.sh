#!/usr/bin/env bash
# Aim: the story of ./demo happens, with every refusal demanded, on the real root zone where there is one.
# Method: runs tools/demo-story.sh with the built program; no installation, no build, no network.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
root_zone "$work/zone"
COMITY=$comity "$root/tools/demo-story.sh" "$work/registry" "$work/zone" >"$work/story" || { tail -20 "$work/story"; exit 1; }
for beat in "found a registry" "take over the root zone" "claims its domain" "founding period ends" "changes its name servers" \
  "Attacks" "involuntary change" "Proof" "Where to look"; do
  grep -q "$beat" "$work/story" || fail "the story has no chapter about: $beat"
done
[ "$(grep -c 'Refused: ' "$work/story")" -eq 7 ] || fail "not seven refusals"
expect 0 fsck "$work/registry"
# Named like a demo's folder, so that the next demo may replace it.
[ -e "$work/registry/.comity-demo" ] || fail "the mark of a demo's folder is missing"

COMITY=$comity "$root/tools/demo-hub.sh" "$work/hub" >"$work/hub-story" 2>&1 || { tail -20 "$work/hub-story"; exit 1; }
for beat in "each at home" "Four processes" "One of them is killed" "The hub lies" "kept the evidence" "Where to look"; do
  grep -q "$beat" "$work/hub-story" || fail "the hub's story does not tell: $beat"
done

# A step that fails ends a story with exit code 1 and is named, whatever it failed with.
mkdir bin
cat >failing <<END
#!/usr/bin/env bash
if [ "\$1" = "\$FAILS" ]; then echo "made to fail" >&2; exit 7; fi
exec "$comity" "\$@"
END
printf '#!/usr/bin/env bash\ncase "$*" in *checkpoint*) exit 22 ;; *) exec %s "$@" ;; esac\n' "$(command -v curl)" >bin/curl
chmod +x failing bin/curl
ends_with_1() {  # WHAT COMMAND...
  local what=$1 code=0
  shift
  timeout 60 "$@" >"$work/failed-story" 2>&1 </dev/null || code=$?
  [ "$code" -eq 1 ] || { fail "a story whose $what fails ended with $code"; tail -5 "$work/failed-story" >&2; }
  grep -q "The story went wrong" "$work/failed-story" || fail "a story whose $what fails does not say so"
  rm -rf "$work/failed"
}
for verb in found key serve status; do
  ends_with_1 "$verb" env FAILS=$verb COMITY="$work/failing" "$root/tools/demo-hub.sh" "$work/failed"
done
for verb in init import advance zone; do
  ends_with_1 "$verb" env FAILS=$verb COMITY="$work/failing" "$root/tools/demo-story.sh" "$work/failed" "$root/data/sample-root.zone"
done
ends_with_1 "awk" env COMITY="$comity" "$root/tools/demo-story.sh" "$work/failed" "$work/no-zone"
ends_with_1 "curl" env PATH="$work/bin:$PATH" COMITY="$comity" "$root/tools/demo-hub.sh" "$work/failed"
finish
