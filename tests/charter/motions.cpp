#include "charter/motions.h"

namespace oracle {
namespace {

using actors::Cast;
using actors::change;
using actors::create;
using actors::Draft;
using actors::erase;
using actors::Key;
using actors::some_commitment;

const std::pair<std::string, std::string> kAnnex{"annex", some_commitment("reasons")};

void routine(Case& it, Cast& cast) {
  const Draft edit = cast.proposal("ORG-ALFA", "H1", {change("domain", "alfa.", {"+ nserver: a.nic.free."})});
  const Draft lock = cast.proposal("ORG-ALFA", "H1", {change("domain", "alfa.", {"+ registry-lock: on"})});
  it.object = "domain:alfa.";
  it.line = "nserver: a.nic.free.\n";
  it.canceller = "ORG-ALFA";
  it.proposal = edit;
  if (it.motion.kind == Kind::kH1) return;
  it.setup = {lock};
  it.proposal.sign("ORG-ALFA", cast.party("ORG-ALFA").quorum_of("lock"));
  if (it.motion.kind == Kind::kH1Locked) return;
  it.proposal = cast.proposal("ORG-ALFA", "H1", {change("domain", "alfa.", {"- registry-lock: on"})});
  it.line = "holder: ORG-ALFA\nstatus: active\nnserver";
}

void dependants(Case& it, Cast& cast) {
  it.proposal = cast.proposal(
      "ORG-BETA", "H1", {change("host", "a.nic.beta.", {"- address: 192.0.2.5", "+ address: 198.51.100.5"})});
  it.object = "host:a.nic.beta.";
  it.line = "198.51.100.5";
  it.canceller = "ORG-BETA";
}

void transfer(Case& it, Cast& cast) {
  it.proposal = cast.proposal("ORG-ALFA", "H2",
                              {change("domain", "alfa.", {"- holder: ORG-ALFA", "+ holder: ORG-DELTA"})});
  it.consents = {cast.acceptance("ORG-DELTA", it.proposal)};
  it.canceller = "ORG-ALFA";
  it.object = "domain:alfa.";
  it.line = "holder: ORG-DELTA\n";
}

void own_key(Case& it, Cast& cast) {
  const std::string fresh = Key::of("ORG-ALFA/admin/2").text();
  it.proposal =
      cast.proposal("ORG-ALFA", "H2", {change("organisation", "ORG-ALFA", {"+ auth: admin " + fresh})});
  it.canceller = "ORG-ALFA";
  it.object = "organisation:ORG-ALFA";
  it.line = fresh;
}

void allocation(Case& it, Cast& cast, const std::string& by) {
  it.proposal = cast.proposal(by, "A",
                              {create("domain", "delta.",
                                      {"+ holder: ORG-DELTA", "+ status: active", "+ nserver: a.nic.free.",
                                       "+ nserver: b.nic.free."})});
  it.consents = {cast.acceptance("ORG-DELTA", it.proposal)};
  it.object = "domain:delta.";
  it.line = "holder: ORG-DELTA\n";
}

void new_organisation(Case& it, Cast& cast, const std::string& by) {
  const actors::Party& party = cast.add(actors::make_organisation("ORG-NEW"));
  it.proposal = cast.proposal(by, "A", {creation_of_organisation(party)});
  it.consents = {cast.acceptance("ORG-NEW", it.proposal)};
  it.object = "organisation:ORG-NEW";
  it.line = "org-name: ";
}

void claim(Case& it, Cast& cast) {
  it.proposal =
      cast.proposal("ORG-DELTA", "K",
                    {change("domain", "free.", {"- holder: UNCLAIMED", "+ holder: ORG-DELTA"})}, {kAnnex});
  it.object = "domain:free.";
  it.line = "holder: ORG-DELTA\n";
}

void upstream(Case& it, Cast& cast, const std::string& by) {
  it.proposal = cast.proposal(by, "U", {change("domain", "free.", {"+ nserver: a.root."})},
                              {{"upstream", some_commitment("upstream file 2") + " 2026010200"}});
  it.object = "domain:free.";
  it.line = "nserver: a.root.\n";
}

void involuntary(Case& it, Cast& cast, const std::string& by) {
  const bool deletes = it.motion.kind == Kind::kVDelete;
  it.proposal = cast.proposal(
      by, "V", {deletes ? erase("domain", "alfa.") : change("domain", "alfa.", {"= holder: ORG-DELTA"})},
      {{"subject", "ORG-ALFA"}, kAnnex});
  it.holder = "ORG-ALFA";
  it.object = "domain:alfa.";
  it.line = deletes ? "became: nothing\n" : "holder: ORG-DELTA\n";
}

void membership(Case& it, Cast& cast, const std::string& by, const std::string& target) {
  it.object = "member:" + target;
  it.line = "became: nothing\n";
  if (it.motion.kind == Kind::kMJoin) {
    const actors::Party& joiner = cast.add(actors::make_member("MEMBER-NEW"));
    it.proposal = cast.proposal(by, "M", {creation_of_member(joiner, "ORG-DELTA")});
    it.consents = {cast.acceptance("MEMBER-NEW", it.proposal)};
    it.object = "member:MEMBER-NEW";
    it.line = "organisation: ORG-DELTA\n";
  } else if (it.motion.kind == Kind::kMLeave) {
    it.proposal = cast.proposal(target, "M", {erase("member", target)});
  } else if (it.motion.kind == Kind::kMRemove) {
    it.proposal = cast.proposal(by, "M", {erase("member", target)});
  } else {
    const std::string old = Key::of(cast.party(by).keys["governance"][0]).text();
    const std::string fresh = Key::of(by + "/governance/2").text();
    it.proposal =
        cast.proposal(by, "M", {change("member", by, {"- governance: " + old, "+ governance: " + fresh})});
    it.object = "member:" + by;
    it.line = fresh;
  }
}

void charter_number(Case& it, Cast& cast, const std::string& by) {
  const bool tighten = it.motion.kind == Kind::kCTighten;
  it.line = tighten ? "lock: K 20d\n" : "lock: K 7d\n";
  it.proposal = cast.proposal(
      by, "C",
      {change("charter", "registry", {"- lock: K 14d", "+ " + it.line.substr(0, it.line.size() - 1)})});
  it.object = "charter:registry";
}

void recovery(Case& it, Cast& cast, const std::string& by, const std::string& target) {
  const bool member = it.motion.kind == Kind::kRMember;
  const std::string subject = member ? target : "ORG-ALFA";
  const std::string fresh = Key::of(subject + "/recovered").text();
  it.proposal = cast.proposal(by, "R",
                              {change(member ? "member" : "organisation", subject,
                                      {member ? "= governance: " + fresh : "= auth: admin " + fresh})},
                              {{"subject", subject}});
  it.consents = {cast.acceptance(cast.members()[1], it.proposal), cast.acceptance(subject, it.proposal)};
  it.object = (member ? "member:" : "organisation:") + subject;
  it.line = fresh;
}

}  // namespace

std::vector<Kind> all_kinds() {
  std::vector<Kind> kinds;
  for (auto kind = static_cast<int>(Kind::kH1); kind <= static_cast<int>(Kind::kCloseFounding); ++kind) {
    kinds.push_back(static_cast<Kind>(kind));
  }
  return kinds;
}

Case make_case(Kind kind, bool founding, Cast& cast) {
  const auto last = static_cast<unsigned>(cast.members().size() - 1);
  Case it;
  it.motion = {.members = last + 1, .kind = kind, .founding = founding, .target = last};
  const std::string& by = cast.members()[0];
  const std::string& target = cast.members()[last];
  switch (kind) {
    case Kind::kH1:
    case Kind::kH1Locked:
    case Kind::kH1Unlock:
      routine(it, cast);
      break;
    case Kind::kH1Dependants:
      dependants(it, cast);
      break;
    case Kind::kH2Transfer:
      transfer(it, cast);
      break;
    case Kind::kH2OwnKey:
      own_key(it, cast);
      break;
    case Kind::kADomain:
      allocation(it, cast, by);
      break;
    case Kind::kAOrganisation:
      new_organisation(it, cast, by);
      break;
    case Kind::kK:
      claim(it, cast);
      break;
    case Kind::kU:
      upstream(it, cast, by);
      break;
    case Kind::kVChange:
    case Kind::kVDelete:
      involuntary(it, cast, by);
      break;
    case Kind::kMJoin:
    case Kind::kMLeave:
    case Kind::kMRemove:
    case Kind::kMGovernance:
      membership(it, cast, by, target);
      break;
    case Kind::kCTighten:
    case Kind::kCLoosen:
      charter_number(it, cast, by);
      break;
    case Kind::kRMember:
    case Kind::kRHolder:
      recovery(it, cast, by, target);
      break;
    case Kind::kGGenerate:
      it.proposal = cast.proposal(by, "G", {}, {{"ceremony", "generate zsk"}});
      break;
    case Kind::kEOrganisation:
      it.proposal = cast.proposal(by, "E", {}, {{"subject", "ORG-ALFA"}});
      break;
    case Kind::kEMember:
      it.proposal = cast.proposal(by, "E", {}, {{"subject", target}});
      break;
    case Kind::kCloseFounding:
      it.proposal = cast.proposal(by, "A", {}, {{"founding", "names"}});
      break;
  }
  return it;
}

}  // namespace oracle
