// The invariants of docs/formats/objects.md, checked for what a transaction changed only: each check asks the
// indexes of the store and corrects their answer by the transaction's own edits.
#include <algorithm>
#include <map>

#include "base/limits.h"
#include "charter/classes.h"
#include "charter/errors.h"
#include "charter/execution.h"
#include "codec/dns_name.h"
#include "resource/seats.h"
#include "resource/values.h"

namespace charter {
namespace {

using resource::Object;
using resource::ObjectClass;

bool is_live(const Object* object) {
  return object != nullptr && !object->is_tombstone();
}

std::unexpected<base::Error> broken(const Object& object, std::string_view what, int number) {
  return base::fail(kInvariant, object.id().trie_name() + ": " + std::string(what) + " (invariant " +
                                    std::to_string(number) + ")");
}

// S members and the log sign a checkpoint, each on a line of its own.
static_assert(supermajority_of(resource::kMembersMax) < base::kCheckpointSignaturesMax &&
              supermajority_of(resource::kMembersMax + 1) >= base::kCheckpointSignaturesMax);

class Checker {
 public:
  explicit Checker(const Transaction& tx) : tx_(tx) {}

  base::Result<void> run() {
    for (const ObjectEdit& edit : tx_.edits()) {
      TRY(check(edit));
    }
    return {};
  }

 private:
  base::Result<void> check(const ObjectEdit& edit) {
    switch (edit.after->object_class()) {
      case ObjectClass::kCharter:
        return is_live(edit.after.get()) ? base::Result<void>()
                                         : broken(*edit.after, "a registry has a charter", 5);
      case ObjectClass::kMember:
        return check_member(*edit.after);
      case ObjectClass::kOrganisation:
        return check_organisation(*edit.after);
      case ObjectClass::kZone:
        return check_zone(edit);
      case ObjectClass::kDomain:
        return check_domain(edit);
      case ObjectClass::kHost:
        return check_host(*edit.after);
    }
    return {};
  }

  base::Result<void> check_member(const Object& member) {
    if (tx_.n() > resource::kMembersMax)
      return broken(member, "at most " + std::to_string(resource::kMembersMax) + " members", 5);
    if (member.is_tombstone()) return {};
    const std::string_view organisation = member.value("organisation");
    if (tx_.live(ObjectClass::kOrganisation, organisation) == nullptr) {
      return broken(member, "its organisation does not exist", 5);
    }
    for (const std::string& other : tx_.members()) {
      if (other == member.key()) continue;
      if (tx_.live(ObjectClass::kMember, other)->value("organisation") == organisation) {
        return broken(member, "shares its organisation with " + other, 5);
      }
    }
    return {};
  }

  base::Result<void> check_organisation(const Object& organisation) {
    if (!organisation.is_tombstone()) return {};
    std::int64_t holds = static_cast<std::int64_t>(tx_.store().holdings(organisation.key()).domains);
    for (const ObjectEdit& edit : tx_.edits()) {
      if (edit.after->object_class() != ObjectClass::kDomain) continue;
      if (is_live(edit.before) && edit.before->value("holder") == organisation.key()) --holds;
      if (is_live(edit.after.get()) && edit.after->value("holder") == organisation.key()) ++holds;
    }
    if (holds > 0) return broken(organisation, "it holds a domain", 4);
    for (const std::string& member : tx_.members()) {
      if (tx_.live(ObjectClass::kMember, member)->value("organisation") == organisation.key()) {
        return broken(organisation, "it serves " + member, 4);
      }
    }
    return {};
  }

  base::Result<void> check_nservers(const ObjectEdit& edit) {
    const auto old_hosts =
        is_live(edit.before) ? edit.before->values("nserver") : std::vector<std::string_view>();
    for (const std::string_view host : edit.after->values("nserver")) {
      if (std::binary_search(old_hosts.begin(), old_hosts.end(), host)) continue;
      if (tx_.live(ObjectClass::kHost, host) == nullptr) {
        return broken(*edit.after, "nserver " + std::string(host) + " is no host", 1);
      }
    }
    return {};
  }

  base::Result<void> check_domain(const ObjectEdit& edit) {
    if (edit.after->is_tombstone()) return {};
    TRY(check_nservers(edit));
    const std::string_view holder = edit.after->value("holder");
    const bool same_holder = is_live(edit.before) && edit.before->value("holder") == holder;
    if (!same_holder && holder != resource::kUnclaimed &&
        tx_.live(ObjectClass::kOrganisation, holder) == nullptr) {
      return broken(*edit.after, "its holder does not exist", 4);
    }
    if (!is_live(edit.before) && !has_zone(name_above(edit.after->key()))) {
      return broken(*edit.after, "no zone stands above it", 3);
    }
    return {};
  }

  bool has_zone(std::string_view name) const {
    for (; !name.empty(); name = name_above(name)) {
      if (tx_.live(ObjectClass::kZone, name) != nullptr) return true;
    }
    return false;
  }

  base::Result<void> check_host(const Object& host) {
    if (host.is_tombstone()) {
      if (uses(host.key()) > 0) return broken(host, "it is in use", 1);
      return {};
    }
    if (host.values("address").empty() && has_zone(host.key())) {
      return broken(host, "a host inside a zone has an address", 2);
    }
    return {};
  }

  /// How many domains and zones name the host after this transaction.
  std::int64_t uses(std::string_view host) {
    if (!use_edits_) count_use_edits();
    const auto found = use_edits_->find(host);
    return static_cast<std::int64_t>(tx_.store().use_of(host).all) +
           (found == use_edits_->end() ? 0 : found->second);
  }
  void count_use_edits() {
    use_edits_.emplace();
    for (const ObjectEdit& edit : tx_.edits()) {
      const ObjectClass object_class = edit.after->object_class();
      if (object_class != ObjectClass::kDomain && object_class != ObjectClass::kZone) continue;
      if (is_live(edit.before)) {
        for (const auto host : edit.before->values("nserver")) --(*use_edits_)[std::string(host)];
      }
      if (!edit.after->is_tombstone()) {
        for (const auto host : edit.after->values("nserver")) ++(*use_edits_)[std::string(host)];
      }
    }
  }

  base::Result<void> check_zone(const ObjectEdit& edit) {
    const std::string_view apex = edit.after->key();
    if (edit.after->is_tombstone()) {
      if (has_zone(name_above(apex)) || domains_without_zone(apex) == 0) return {};
      return broken(*edit.after, "domains stand below it", 3);
    }
    TRY(check_nservers(edit));
    if (is_live(edit.before)) return {};
    const bool is_bare = is_bare_host(tx_.live(ObjectClass::kHost, apex));
    if (!is_bare && below(apex).bare_hosts == 0) return {};
    return broken(*edit.after, "hosts without an address stand below it", 2);
  }

  /// Live domains below `name` that no zone below it covers; `name` itself and what is above it have none.
  std::uint64_t domains_without_zone(std::string_view name) {
    std::uint64_t found = below(name).domains;
    for (const std::string& zone : live_zones()) {
      if (zone == name || !codec::is_at_or_below(zone, name)) continue;
      if (!has_zone(name_above(zone))) found -= below(zone).domains;  // else counted with the zone above it
    }
    return found;
  }
  const std::vector<std::string>& live_zones() {
    if (live_zones_) return *live_zones_;
    live_zones_ = tx_.store().zones();
    for (const ObjectEdit& edit : tx_.edits()) {
      if (edit.after->object_class() != ObjectClass::kZone) continue;
      if (edit.after->is_tombstone()) {
        std::erase(*live_zones_, edit.after->key());
      } else {
        insert_sorted(*live_zones_, edit.after->key());
      }
    }
    return *live_zones_;
  }

  /// What stands below the name after this transaction.
  Below below(std::string_view name) {
    if (!below_edits_) count_below_edits();
    Below below = tx_.store().below(name);
    const auto found = below_edits_->find(name);
    if (found == below_edits_->end()) return below;
    below.domains += found->second.domains;  // counts down by wrapping round
    below.bare_hosts += found->second.bare_hosts;
    return below;
  }
  void count_below_edits() {
    below_edits_.emplace();
    for (const ObjectEdit& edit : tx_.edits()) {
      if (edit.after->object_class() == ObjectClass::kDomain) {
        count_below(*edit.after, &Below::domains, is_live(edit.before), is_live(edit.after.get()));
      } else if (edit.after->object_class() == ObjectClass::kHost) {
        count_below(*edit.after, &Below::bare_hosts, is_bare_host(edit.before),
                    is_bare_host(edit.after.get()));
      }
    }
  }
  void count_below(const Object& object, std::uint64_t Below::* counter, bool was, bool is) {
    if (was == is) return;
    for (auto name = name_above(object.key()); !name.empty(); name = name_above(name)) {
      (*below_edits_)[std::string(name)].*counter += is ? 1 : std::uint64_t(-1);
    }
  }

  const Transaction& tx_;
  // What the edits add to the store's counts; made when first asked for.
  std::optional<std::map<std::string, std::int64_t, std::less<>>> use_edits_;
  std::optional<std::map<std::string, Below, std::less<>>> below_edits_;
  std::optional<std::vector<std::string>> live_zones_;
};

}  // namespace

base::Result<void> check_invariants(const Transaction& tx) {
  return Checker(tx).run();
}

}  // namespace charter
