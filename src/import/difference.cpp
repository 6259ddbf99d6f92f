#include "import/difference.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include "base/check.h"
#include "codec/dns_name.h"
#include "import/surroundings.h"

namespace import {
namespace {

using resource::Action;
using resource::Object;
using resource::ObjectClass;
using resource::ObjectId;
using Values = std::vector<std::string>;

constexpr std::string_view kUnclaimed = "UNCLAIMED";

std::string joined(const Values& values) {
  if (values.empty()) return "absent";
  std::string text;
  for (const std::string& value : values) {
    if (!text.empty()) text += ", ";
    text += value;
  }
  return text;
}

Values owned(const std::vector<std::string_view>& views) {
  return {views.begin(), views.end()};
}

void append_lines(std::string& text, std::string_view name, const Values& values) {
  for (const std::string& value : values) text.append(name).append(": ").append(value) += '\n';
}

std::string head_of(const ObjectId& id) {
  return std::string(resource::class_name(id.object_class)) + ": " + id.key + "\nversion: 1\n";
}

std::string heading(std::string_view action, const ObjectId& id) {
  return std::string(action) + " " + std::string(resource::class_name(id.object_class)) + ": " + id.key +
         "\n";
}

std::string zone_object(const ParsedZone& zone, const Values& nservers) {
  std::string text = head_of({ObjectClass::kZone, zone.apex});
  append_lines(text, "mname", {zone.soa.mname});
  append_lines(text, "rname", {zone.soa.rname});
  append_lines(text, "refresh", {std::to_string(zone.soa.refresh)});
  append_lines(text, "retry", {std::to_string(zone.soa.retry)});
  append_lines(text, "expire", {std::to_string(zone.soa.expire)});
  append_lines(text, "minimum", {std::to_string(zone.soa.minimum)});
  append_lines(text, "nserver", nservers);
  append_lines(
      text, "ttl",
      {"apex " + std::to_string(zone.ttls.apex), "delegation " + std::to_string(zone.ttls.delegation),
       "signed " + std::to_string(zone.ttls.signed_data)});
  return text;
}

std::string domain_object(const std::string& name, const Object* before, const Values& nservers,
                          const Values& ds) {
  std::string text = head_of({ObjectClass::kDomain, name});
  append_lines(text, "holder", {std::string(kUnclaimed)});
  append_lines(text, "status", {"active"});
  if (before != nullptr) append_lines(text, "registry-lock", owned(before->values("registry-lock")));
  append_lines(text, "nserver", nservers);
  append_lines(text, "ds-rdata", ds);
  return text;
}

/// One comparison, from start to end. The steps of plan() stand in the order of their needs: what must stay
/// decides which cuts can be made; which domains follow decides which hosts are needed; what is used
/// afterwards decides which hosts go.
class Planner {
 public:
  Planner(const ParsedZone& upstream, const resource::ObjectSource& present, const Restraints& restraints)
      : upstream_(upstream), present_(present), around_(upstream, present, restraints) {}
  base::Result<Difference> plan();

 private:
  std::string obstacle(const Values& nservers) const;
  std::string obstacle_to_cut(const std::string& name) const;
  void diverge(const ObjectId& id, std::string attribute, std::string ours, std::string theirs,
               std::string reason);

  void look_around();
  void find_staying();
  void stay(const Object& domain, std::string reason);
  base::Result<void> plan_domain(const std::string& name, const Delegation* delegation);
  void compare_claimed(const Object& domain, const Delegation* delegation);
  base::Result<void> follow_domain(const std::string& name, const Object* before,
                                   const Delegation& delegation);
  base::Result<void> plan_zone();
  base::Result<void> check_new_apex() const;
  base::Result<void> plan_hosts();
  base::Result<void> plan_host(const std::string& name, const Values& addresses);
  void plan_host_deletions();
  void emit_known_hosts_first();
  void put_in_order();
  base::Result<void> write(const ObjectId& id, const Object* before, std::string after);
  void erase(const ObjectId& id);
  void emit(const ObjectId& id);

  const ParsedZone& upstream_;
  const resource::ObjectSource& present_;
  const Surroundings around_;
  std::map<std::string, std::string, std::less<>> staying_;  ///< domains upstream lacks, and why they stay
  std::map<std::string, std::string, std::less<>> staying_below_;  ///< names above them -> the first of them
  std::set<std::string, std::less<>> used_before_;  ///< hosts that this zone and its UNCLAIMED domains named
  std::set<std::string, std::less<>> used_after_;   ///< hosts that anything in the registry will name
  std::set<std::string, std::less<>> needed_;       ///< hosts that the following part of this zone will name
  std::map<ObjectId, PlannedChange> planned_;
  Difference out_;
};

/// Why these name servers cannot all have their host objects; empty if they can.
std::string Planner::obstacle(const Values& nservers) const {
  for (const std::string& name : nservers) {
    if (around_.live(ObjectClass::kHost, name) != nullptr) continue;
    const std::string reason = around_.why_no_creation({ObjectClass::kHost, name});
    if (!reason.empty()) return "no host " + name + ", which is " + reason;
    const auto host = upstream_.hosts.find(name);
    CHECK(host != upstream_.hosts.end());
    if (host->second.empty() && !around_.nearest_apex(name).empty())
      return "no address for " + name + " in the file";
  }
  return {};
}

/// Why a domain of this name cannot be made, whatever its name servers; empty if it can.
std::string Planner::obstacle_to_cut(const std::string& name) const {
  if (std::string reason = around_.why_no_creation({ObjectClass::kDomain, name}); !reason.empty())
    return reason;
  for (std::string_view above = codec::parent_of(name); above != upstream_.apex;
       above = codec::parent_of(above)) {
    if (const auto found = staying_.find(above); found != staying_.end())
      return "below " + found->first + ", which stays: " + found->second;
  }
  if (const auto below = staying_below_.find(name); below != staying_below_.end())
    return "above " + below->second + ", which stays: " + staying_.at(below->second);
  return {};
}

void Planner::diverge(const ObjectId& id, std::string attribute, std::string ours, std::string theirs,
                      std::string reason) {
  out_.divergences.push_back(
      {id, std::move(attribute), std::move(ours), std::move(theirs), std::move(reason)});
}

/// Plans the paragraph that turns `before` into the object of text `after`, if there is a difference.
base::Result<void> Planner::write(const ObjectId& id, const Object* before, std::string after) {
  auto object = Object::parse(std::move(after));
  if (!object) return base::fail(kUnrepresentable, id.trie_name() + ": " + object.error().detail());
  std::string paragraph = resource::serialize_difference(before, *object);
  // A host outside every zone may have no attribute at all.
  if (before == nullptr && paragraph.empty()) paragraph = heading("create", id);
  if (!paragraph.empty()) {
    planned_.emplace(
        id, PlannedChange{id, before == nullptr ? Action::kCreate : Action::kChange, std::move(paragraph)});
  }
  return {};
}

void Planner::erase(const ObjectId& id) {
  std::string paragraph =
      "delete " + std::string(resource::class_name(id.object_class)) + ": " + id.key + "\n";
  planned_.emplace(id, PlannedChange{id, Action::kDelete, std::move(paragraph)});
}

/// Gathers what will be in use apart from what plan_domain decides.
void Planner::look_around() {
  present_.for_each(ObjectClass::kZone, [this](const Object& zone) {
    if (zone.is_tombstone()) return;
    auto& used = zone.key() == upstream_.apex ? used_before_ : used_after_;
    for (const std::string_view host : zone.values("nserver")) used.emplace(host);
  });
  present_.for_each(ObjectClass::kDomain, [this](const Object& domain) {
    if (domain.is_tombstone()) return;
    const bool ours = around_.domains().contains(std::string(domain.key()));
    const bool follows = ours && domain.value("holder") == kUnclaimed;
    for (const std::string_view host : domain.values("nserver"))
      (follows ? used_before_ : used_after_).emplace(host);
  });
}

void Planner::stay(const Object& domain, std::string reason) {
  const std::string name(domain.key());
  staying_.emplace(name, std::move(reason));
  for (std::string_view above = codec::parent_of(name); above != upstream_.apex;
       above = codec::parent_of(above)) {
    staying_below_.emplace(above, name);
  }
  for (const std::string_view host : domain.values("nserver")) used_after_.emplace(host);
}

/// Domains that upstream lacks and that stay nevertheless: claimed ones, those that the rules hold fast, and,
/// since no name may go dark by halves, those below a cut of upstream's that cannot be made.
void Planner::find_staying() {
  std::vector<const Object*> going;
  for (const auto& [name, domain] : around_.domains()) {
    if (upstream_.delegations.contains(name)) continue;
    std::string reason = around_.why_no_deletion(domain->id());
    if (domain->value("holder") != kUnclaimed) {
      stay(*domain, "claimed by " + std::string(domain->value("holder")));
    } else if (!reason.empty()) {
      stay(*domain, std::move(reason));
    } else {
      going.push_back(domain);
    }
  }
  // Nothing stands in the file below a delegation, so these stand in no other cut's way.
  for (const Object* domain : going) {
    for (std::string_view above = codec::parent_of(domain->key()); above != upstream_.apex;
         above = codec::parent_of(above)) {
      const auto cut = upstream_.delegations.find(std::string(above));
      if (cut == upstream_.delegations.end() || around_.domains().contains(cut->first)) continue;
      if (obstacle_to_cut(cut->first).empty() && obstacle(cut->second.nservers).empty()) continue;
      stay(*domain, "upstream has it below " + cut->first + ", which is not made here");
      break;
    }
  }
}

void Planner::compare_claimed(const Object& domain, const Delegation* delegation) {
  const ObjectId id = domain.id();
  const std::string reason = "claimed by " + std::string(domain.value("holder"));
  const std::string status(domain.value("status"));
  if (delegation == nullptr) {
    if (status == "active") diverge(id, "", "active", "absent", reason);
    return;
  }
  if (status != "active") diverge(id, "status", status, "active", reason);
  const Values nservers = owned(domain.values("nserver"));
  const Values ds = owned(domain.values("ds-rdata"));
  if (nservers != delegation->nservers)
    diverge(id, "nserver", joined(nservers), joined(delegation->nservers), reason);
  if (ds != delegation->ds) diverge(id, "ds-rdata", joined(ds), joined(delegation->ds), reason);
}

/// What cannot follow stays: an unknown domain is not made, a known one keeps its name servers but follows in
/// the rest.
base::Result<void> Planner::follow_domain(const std::string& name, const Object* before,
                                          const Delegation& delegation) {
  const ObjectId id{ObjectClass::kDomain, name};
  const Values ours = before == nullptr ? Values() : owned(before->values("nserver"));
  const std::string reason = obstacle(delegation.nservers);
  if (!reason.empty()) diverge(id, "nserver", joined(ours), joined(delegation.nservers), reason);
  if (!reason.empty() && before == nullptr) return {};
  const Values& nservers = reason.empty() ? delegation.nservers : ours;
  needed_.insert(nservers.begin(), nservers.end());
  return write(id, before, domain_object(name, before, nservers, delegation.ds));
}

base::Result<void> Planner::plan_domain(const std::string& name, const Delegation* delegation) {
  const ObjectId id{ObjectClass::kDomain, name};
  const auto known = around_.domains().find(name);
  const Object* before = known == around_.domains().end() ? nullptr : known->second;
  if (before != nullptr && before->value("holder") != kUnclaimed) {
    compare_claimed(*before, delegation);
    return {};
  }
  if (delegation == nullptr) {
    const auto stays = staying_.find(name);
    if (stays == staying_.end()) {
      erase(id);
    } else if (before->value("status") == "active") {
      diverge(id, "", "active", "absent", stays->second);
    }
    return {};
  }
  if (before != nullptr) return follow_domain(name, before, *delegation);
  std::string reason;
  if (const std::string_view apex = around_.nearest_apex(codec::parent_of(name)); apex != upstream_.apex) {
    reason = "belongs to the zone " + std::string(apex);
  } else {
    reason = obstacle_to_cut(name);
  }
  if (reason.empty()) return follow_domain(name, nullptr, *delegation);
  diverge(id, "", "absent", "active", reason);
  return {};
}

/// A new zone makes no cut that class U may not make, and swallows no host without an address (invariant 2),
/// except those that this file gives one. Without the zone there is nothing to follow.
base::Result<void> Planner::check_new_apex() const {
  const std::string reason = around_.why_no_creation({ObjectClass::kZone, upstream_.apex});
  if (!reason.empty()) {
    return base::fail(kUnrepresentable,
                      "the zone " + upstream_.apex + " cannot be made: it would stand " + reason);
  }
  std::string stranded;
  present_.for_each(ObjectClass::kHost, [&](const Object& host) {
    if (host.is_tombstone() || !host.values("address").empty() ||
        around_.nearest_apex(host.key()) != upstream_.apex)
      return;
    const auto named = upstream_.hosts.find(std::string(host.key()));
    if (named == upstream_.hosts.end() || named->second.empty() ||
        around_.claimed_above(host.key()) != nullptr) {
      stranded = host.key();
    }
  });
  if (stranded.empty()) return {};
  return base::fail(
      kUnrepresentable,
      "the host " + stranded + " has no address and would come to lie in the new zone " + upstream_.apex);
}

base::Result<void> Planner::plan_zone() {
  const ObjectId id{ObjectClass::kZone, upstream_.apex};
  const Object* before = around_.live(ObjectClass::kZone, upstream_.apex);
  const std::string reason = obstacle(upstream_.nservers);
  if (before == nullptr) {
    TRY(check_new_apex());
    if (!reason.empty()) return base::fail(kUnrepresentable, "the zone " + upstream_.apex + ": " + reason);
  }
  const Values nservers = reason.empty() ? upstream_.nservers : owned(before->values("nserver"));
  if (!reason.empty()) diverge(id, "nserver", joined(nservers), joined(upstream_.nservers), reason);
  needed_.insert(nservers.begin(), nservers.end());
  return write(id, before, zone_object(upstream_, nservers));
}

base::Result<void> Planner::plan_host(const std::string& name, const Values& addresses) {
  const ObjectId id{ObjectClass::kHost, name};
  const Object* before = around_.live(ObjectClass::kHost, name);
  std::string text = head_of(id);
  append_lines(text, "address", addresses);
  if (before == nullptr)
    return needed_.contains(name) ? write(id, nullptr, std::move(text)) : base::Result<void>();
  const Values ours = owned(before->values("address"));
  const std::string_view apex = around_.nearest_apex(name);
  // A file says nothing of addresses outside its zone.
  if (ours == addresses || (addresses.empty() && apex != upstream_.apex)) return {};
  std::string reason;
  if (const Object* domain = around_.claimed_above(name)) {
    reason = claim_of(*domain);
  } else if (apex != upstream_.apex) {
    reason = "the zone " + std::string(apex) + " is nearer";
  } else if (addresses.empty()) {
    reason = "no address for it in the file";
  }
  if (reason.empty()) return write(id, before, std::move(text));
  diverge(id, "address", joined(ours), joined(addresses), reason);
  return {};
}

base::Result<void> Planner::plan_hosts() {
  for (const auto& [name, addresses] : upstream_.hosts) TRY(plan_host(name, addresses));
  return {};
}

/// Hosts that this import releases go, unless a holder's. Others that nothing names stay: somebody may have
/// made them for what comes next.
void Planner::plan_host_deletions() {
  used_after_.insert(needed_.begin(), needed_.end());
  present_.for_each(ObjectClass::kHost, [this](const Object& host) {
    if (host.is_tombstone() || used_after_.contains(host.key()) ||
        around_.claimed_above(host.key()) != nullptr)
      return;
    if (used_before_.contains(host.key())) {
      const std::string reason = around_.why_no_deletion(host.id());
      if (!reason.empty()) return diverge(host.id(), "", "present", "absent", reason);
      planned_.erase(host.id());  // a new address, if the file names it for a claimed domain only
      erase(host.id());
    } else if (around_.nearest_apex(host.key()) == upstream_.apex) {
      out_.unused_hosts.emplace_back(host.key());
    }
  });
}

void Planner::emit(const ObjectId& id) {
  const auto at = planned_.find(id);
  if (at == planned_.end()) return;
  out_.changes.push_back(std::move(at->second));
  planned_.erase(at);
}

/// Hosts that lie in a zone have addresses from its first moment (invariant 2), so known ones get theirs
/// before a new zone.
void Planner::emit_known_hosts_first() {
  if (around_.live(ObjectClass::kZone, upstream_.apex) != nullptr) return;
  std::vector<ObjectId> known;
  for (const auto& [id, change] : planned_) {
    if (id.object_class == ObjectClass::kHost && change.action == Action::kChange) known.push_back(id);
  }
  for (const ObjectId& id : known) emit(id);
}

/// Every prefix keeps the invariants: hosts before those that name them, the zone before its domains,
/// deletions of hosts last.
void Planner::put_in_order() {
  std::map<ObjectId, PlannedChange> deletions;
  std::vector<ObjectId> domains;
  for (auto at = planned_.begin(); at != planned_.end();) {
    if (at->first.object_class == ObjectClass::kDomain) domains.push_back(at->first);
    const bool last = at->first.object_class == ObjectClass::kHost && at->second.action == Action::kDelete;
    at = last ? (deletions.insert(planned_.extract(at++)), at) : std::next(at);
  }
  for (const std::string& host : upstream_.nservers) emit({ObjectClass::kHost, host});
  emit_known_hosts_first();
  emit({ObjectClass::kZone, upstream_.apex});
  for (const ObjectId& id : domains) {
    if (const auto delegation = upstream_.delegations.find(id.key);
        delegation != upstream_.delegations.end()) {
      for (const std::string& host : delegation->second.nservers) emit({ObjectClass::kHost, host});
    }
    emit(id);
  }
  while (!planned_.empty()) emit(ObjectId(planned_.begin()->first));
  for (auto& [id, change] : deletions) out_.changes.push_back(std::move(change));
}

base::Result<Difference> Planner::plan() {
  look_around();
  find_staying();
  for (const auto& [name, delegation] : upstream_.delegations) TRY(plan_domain(name, &delegation));
  for (const auto& [name, domain] : around_.domains()) {
    if (!upstream_.delegations.contains(name)) TRY(plan_domain(name, nullptr));
  }
  TRY(plan_zone());
  TRY(plan_hosts());
  plan_host_deletions();
  put_in_order();
  std::sort(out_.divergences.begin(), out_.divergences.end(), [](const Divergence& a, const Divergence& b) {
    return std::tie(a.id, a.attribute) < std::tie(b.id, b.attribute);
  });
  return std::move(out_);
}

}  // namespace

base::Result<Difference> difference(const ParsedZone& upstream, const resource::ObjectSource& present,
                                    const Restraints& restraints) {
  return Planner(upstream, present, restraints).plan();
}

base::Result<std::vector<Batch>> make_batches(const std::vector<PlannedChange>& changes,
                                              std::size_t bytes_max) {
  std::vector<Batch> batches;
  std::vector<const PlannedChange*> current;
  std::size_t bytes = 0;
  const auto close = [&] {
    if (current.empty()) return;
    std::sort(current.begin(), current.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
    Batch& batch = batches.emplace_back(Batch{{}, bytes});
    for (const PlannedChange* change : current) batch.paragraphs.push_back(change->paragraph);
    current.clear();
    bytes = 0;
  };
  for (const PlannedChange& change : changes) {
    const std::size_t size = change.paragraph.size() + 1;
    if (size > bytes_max) {
      return base::fail(kUnrepresentable,
                        change.id.trie_name() + ": a paragraph of " + std::to_string(size) + " bytes");
    }
    if (bytes + size > bytes_max || current.size() == base::kRecordParagraphsMax) close();
    current.push_back(&change);
    bytes += size;
  }
  close();
  return batches;
}

}  // namespace import
