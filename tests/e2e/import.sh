#!/usr/bin/env bash
# Aim: importing a newer zone changes what may change, names what stands in its way and why, and a later import
# follows once the obstacle is gone. Method: the real root zone (else the sample) and names of our own in two
# editions; between them names are claimed, frozen, disputed and put to a locked vote.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
root_zone base.zone
delegate() { for name in "$@"; do printf '%s\t172800\tIN\tNS\tns.zzhost.\n' "$name"; done; }
glue() { printf 'ns.zzhost.\t172800\tIN\tA\t192.0.2.%s\n' "$1"; }
tld=$(awk '$4 == "NS" && $1 ~ /^[a-z]+\.$/ { print $1; exit }' base.zone)  # an ordinary name of the file, to be claimed
{ cat base.zone; delegate zzhost. held.zzcut. other.zzcut. zzvote. zzdispute. zzfrozen.; glue 9; } >one.zone
# The claimed name loses all but one name server, and a name above held.zzcut. swallows it and its neighbour.
{ awk -v tld="$tld" '!($1 == tld && $4 == "NS" && seen++)' base.zone
  delegate zzhost. zzcut. sub.zzvote. zznew.; glue 10; } >two.zone

found reg
expect 0 import root-zone reg one.zone
holder reg ORG-TLD "$tld"
holder reg ORG-HELD held.zzcut.
holder reg ORG-ICE zzfrozen.
expect 0 propose reg --by MEMBER-A --subject ORG-ICE
expect 0 vote reg "$(last_id)" yes --by MEMBER-A,MEMBER-B
expect 0 propose reg domain zzvote. --delete --by MEMBER-A --subject UNCLAIMED --reason "not in use"
expect 0 vote reg "$(last_id)" yes --by MEMBER-A,MEMBER-B,MEMBER-C
says "locked"
expect 0 object reg --dispute-class domain --dispute-key zzdispute. --by ORG-HELD --with MEMBER-B --reason "it is ours"
expect 0 propose reg --by MEMBER-C --subject MEMBER-D  # a frozen member attests nevertheless
expect 0 vote reg "$(last_id)" yes --by MEMBER-B,MEMBER-C

expect 0 import root-zone reg two.zone --dry-run
says "diverges: domain:zzcut.: ours absent, upstream active (above held.zzcut., claimed by ORG-HELD)"
expect 0 import root-zone reg two.zone
says "diverges: domain:zzcut.: ours absent, upstream active (above held.zzcut., claimed by ORG-HELD)"
says "diverges: domain:held.zzcut.: ours active, upstream absent (claimed by ORG-HELD)"
says "diverges: domain:other.zzcut.: ours active, upstream absent (upstream has it below zzcut., which is not made here)"
says "diverges: domain:zzvote.: ours active, upstream absent (named by a proposal of class V, locked until "
says "diverges: domain:sub.zzvote.: ours absent, upstream active (below zzvote., named by a proposal of class V, locked until "
says "diverges: domain:zzdispute.: ours active, upstream absent (disputed until "
says "diverges: domain:zzfrozen.: ours active, upstream absent (claimed by ORG-ICE)"
says "diverges: domain:$tld nserver: ours "
says "(claimed by ORG-TLD)"
says "a later import follows"
says "Brought in by "
expect 0 show reg domain zznew.
expect 0 show reg host ns.zzhost.
says "192.0.2.10"
expect 0 import root-zone reg two.zone --json
python3 - "$work/out" <<'PY' || fail "the divergences in JSON"
import json, sys
answer = json.load(open(sys.argv[1]))
listed = {(one["object"], one["attribute"]): one for one in answer["divergences"]}
assert answer["batches"] == 0, answer["batches"]
assert listed[("domain:zzcut.", "")]["reason"] == "above held.zzcut., claimed by ORG-HELD", listed
assert listed[("domain:zzdispute.", "")]["upstream"] == "absent", listed
PY

# The dispute and the vote end; what somebody holds is still his.
expect 0 advance reg 61d
expect 0 import root-zone reg two.zone
says "1 x create domain"
says "1 x delete domain"
says_not "zzvote."
says_not "zzdispute."
says "(above held.zzcut., claimed by ORG-HELD)"
expect 0 show reg domain sub.zzvote.
# Its holder gives it up; then upstream's cut is made, and what it swallows goes.
expect 0 propose reg domain held.zzcut. --delete --by ORG-HELD
expect 0 vote reg "$(last_id)" yes --by MEMBER-A,MEMBER-B,MEMBER-C
expect 0 advance reg 4d
expect 0 import root-zone reg two.zone
says_not "zzcut.:"
expect 0 show reg domain zzcut.
expect 1 show reg domain other.zzcut.

# With one member's keys alone it is asked for, and nobody is told that it is in.
{ cat two.zone; delegate zzlone.; } >three.zone
mkdir lone
cp reg/keys/MEMBER-A.registrar.key lone/
expect 0 import root-zone reg three.zone --keys lone
says "which wait for other members' ballots"
says_not "Brought in"
expect 1 show reg domain zzlone.

# A zone that may not be cut out at all is an error that says why.
printf '%s 60 IN SOA ns.zzhost. x. 1 1 1 1 1\n%s 60 IN NS ns.zzhost.\n' "$tld" "$tld" >inner.zone
expect 2 import root-zone reg inner.zone --apex "$tld"
says "cannot be made: it would stand below $tld, claimed by ORG-TLD"
expect 0 fsck reg
finish
