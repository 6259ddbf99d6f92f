#include "support/world.h"

#include <algorithm>

namespace actors {
namespace {

void append(std::vector<Draft>& all, std::vector<Draft> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::vector<Draft> organisation(Cast& cast, const std::string& handle) {
  Party& party = cast.add(make_organisation(handle));
  if (handle == "ORG-ALFA") party.keys["lock"] = {handle + "/lock/1"};
  const Draft proposal = cast.proposal(cast.members()[0], "A", {creation_of_organisation(party)});
  std::vector<Draft> drafts = with_votes(cast, proposal, majority_of(cast));
  drafts.push_back(cast.acceptance(handle, proposal));
  return drafts;
}

Paragraph root_zone() {
  return create("zone", ".",
                {"+ mname: a.root.", "+ rname: hostmaster.root.", "+ refresh: 1800", "+ retry: 900",
                 "+ expire: 604800", "+ minimum: 86400", "+ nserver: a.root.", "+ nserver: b.root.",
                 "+ ttl: apex 518400", "+ ttl: delegation 172800", "+ ttl: signed 86400"});
}

Paragraph unclaimed(const std::string& name, const std::string& served_under) {
  return create("domain", name,
                {"+ holder: UNCLAIMED", "+ status: active", "+ nserver: a.nic." + served_under,
                 "+ nserver: b.nic." + served_under});
}

Draft upstream_import(const Cast& cast) {
  std::vector<Paragraph> paragraphs{root_zone()};
  for (const char* name : {"alfa.", "beta.", "free.", "open."}) {
    paragraphs.push_back(unclaimed(name, std::string(name) == "open." ? "free." : name));
  }
  paragraphs.push_back(unclaimed("gamma.", "beta."));
  unsigned address = 1;
  for (const char* name : {"a.root.", "b.root.", "a.nic.alfa.", "b.nic.alfa.", "a.nic.beta.", "b.nic.beta.",
                           "a.nic.free.", "b.nic.free."}) {
    paragraphs.push_back(create("host", name, {"+ address: 192.0.2." + std::to_string(address++)}));
  }
  return cast.proposal(cast.members()[0], "U", std::move(paragraphs),
                       {{"upstream", some_commitment("upstream file 1") + " 2026010100"}});
}

}  // namespace

unsigned majority_of(const Cast& cast) {
  return static_cast<unsigned>(cast.members().size() / 2 + 1);
}

std::vector<Draft> with_votes(const Cast& cast, const Draft& proposal, unsigned yes) {
  const std::string vote = proposal.value("class") == "U" ? "attest" : "yes";
  std::vector<Draft> drafts{proposal};
  for (unsigned i = 0; i < yes; ++i)
    drafts.push_back(cast.ballot(cast.members()[i], proposal.id_text(), vote));
  return drafts;
}

std::vector<Draft> standard_world(Cast& cast) {
  std::vector<Draft> drafts;
  for (const char* handle : {"ORG-ALFA", "ORG-BETA", "ORG-GAMMA", "ORG-DELTA"}) {
    append(drafts, organisation(cast, handle));
  }
  append(drafts, with_votes(cast, upstream_import(cast), majority_of(cast)));
  for (const auto& [name, holder] :
       {std::pair{"alfa.", "ORG-ALFA"}, {"beta.", "ORG-BETA"}, {"gamma.", "ORG-GAMMA"}}) {
    const Draft claim = cast.proposal(
        holder, "K", {change("domain", name, {"- holder: UNCLAIMED", "+ holder: " + std::string(holder)})},
        {{"annex", some_commitment(std::string("evidence for ") + name)}});
    append(drafts, with_votes(cast, claim, majority_of(cast)));
  }
  return drafts;
}

std::vector<Draft> close_founding(const Cast& cast) {
  return with_votes(cast, cast.proposal(cast.members()[0], "A", {}, {{"founding", "names"}}),
                    majority_of(cast));
}

}  // namespace actors
