// Aim: the charter never refuses what an import proposes, whatever somebody holds, votes on or disputes; and
// what the import leaves alone is listed. Method: random zones over a small tree of names, imported in small
// proposals into a real state in which names are claimed, disputed and named by locked proposals at random.
#include <random>
#include <set>

#include <gmock/gmock.h>

#include "charter/charter_fixture.h"
#include "import/difference.h"
#include "resource/object_source.h"

namespace charter::testing {
namespace {

using resource::Object;
using resource::ObjectClass;
using resource::ObjectId;

class StateSource final : public resource::ObjectSource {
 public:
  explicit StateSource(const State& state) : state_(&state) {}
  const Object* find(const ObjectId& id) const override { return state_->find(id); }
  void for_each(ObjectClass object_class, const std::function<void(const Object&)>& visit) const override {
    state_->for_each_object(object_class, visit);
  }

 private:
  const State* state_;
};

class Upstream : public CharterTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  unsigned below(std::size_t bound) { return static_cast<unsigned>(random_() % bound); }

  std::string random_name() {
    std::string name;
    for (unsigned labels = 1 + below(3); labels > 0; --labels) name += below(2) == 0 ? "a." : "b.";
    return name;
  }

  std::string random_zone(const std::string& apex) {
    const std::string suffix = apex == "." ? "" : apex;
    std::string text = "$TTL 60\n" + apex + " SOA s.far. x. 1 1 1 1 1\n" + apex + " NS s.far.\n";
    if (apex == ".") text += "s.far. A 192.0.2.1\n";
    std::set<std::string> hosts;
    for (unsigned i = below(7); i > 0; --i) {
      const std::string name = random_name() + suffix;
      text += name + " NS s.far.\n";
      hosts.insert("n." + random_name() + suffix);
      text.append(name).append(" NS ").append(*std::next(hosts.begin(), below(hosts.size()))) += '\n';
    }
    for (const std::string& host : hosts) text += host + " A 192.0.2." + std::to_string(2 + below(3)) + "\n";
    return text;
  }
  import::Restraints restraints() const {
    import::Restraints all;
    for (const HeldObject& held : state_->held_objects())
      all.push_back({held.id, !held.by_class.empty(), held.by_class.empty() ? "disputed" : "under vote"});
    return all;
  }

  void import(const std::string& apex) {
    const std::string text = random_zone(apex);
    const auto zone = import::parse_zone(base::as_bytes(text), apex);
    ASSERT_TRUE(zone) << zone.error().message();
    const auto difference = import::difference(*zone, StateSource(*state_), restraints());
    if (!difference) {
      EXPECT_EQ(difference.error().kind(), import::kUnrepresentable);
      const Object* before = state_->find({ObjectClass::kZone, apex});
      EXPECT_TRUE(before == nullptr || before->is_tombstone()) << "a standing zone can always be followed";
      return;
    }
    const auto batches = import::make_batches(difference->changes, 300 + random_() % 600);
    ASSERT_TRUE(batches);
    for (const import::Batch& batch : *batches) {
      const Draft draft = proposal_of(batch);
      ASSERT_EQ(enter(draft), "") << last_error_ << "\n" << draft.body() << "\n" << text;
      ASSERT_EQ(vote_until(draft, "attest"), "executed") << last_error_ << "\n"
                                                         << draft.body() << "\n"
                                                         << text;
    }
    diverged_ += difference->divergences.size();
    expect_followed(*zone, *difference);
    const auto again = import::difference(*zone, StateSource(*state_), restraints());
    ASSERT_TRUE(again);
    EXPECT_THAT(again->changes, ::testing::IsEmpty()) << again->changes.front().paragraph << text;
  }

  Draft proposal_of(const import::Batch& batch) {
    std::vector<actors::Paragraph> paragraphs;
    for (const std::string& one : batch.paragraphs) {
      const std::size_t space = one.find(' ');
      const std::size_t colon = one.find(": ");
      actors::Paragraph paragraph{one.substr(0, space), one.substr(space + 1, colon - space - 1), "", {}};
      std::size_t line = one.find('\n');
      paragraph.key = one.substr(colon + 2, line - colon - 2);
      while (++line < one.size()) {
        const std::size_t end = one.find('\n', line);
        paragraph.lines.push_back(one.substr(line, end - line));
        line = end;
      }
      paragraphs.push_back(std::move(paragraph));
    }
    return cast_->proposal(cast_->members()[below(4)], "U", std::move(paragraphs),
                           {{"upstream", actors::some_commitment("zone") + " " + std::to_string(++serial_)}});
  }

  /// What is not equal to the file is listed, and the list names nothing that is equal.
  void expect_followed(const import::ParsedZone& zone, const import::Difference& difference) {
    std::set<std::string> listed;
    for (const import::Divergence& one : difference.divergences) {
      EXPECT_FALSE(one.reason.empty());
      if (one.id.object_class == kDomain) listed.insert(one.id.key);
    }
    std::set<std::string> names;
    for (const auto& [name, delegation] : zone.delegations) {
      names.insert(name);
      if (zone.apex == "." && is_below_inner_zone(name)) continue;  // listed as the inner zone's
      const Object* domain = state_->find({kDomain, name});
      const bool same = domain != nullptr && !domain->is_tombstone() &&
                        std::ranges::equal(domain->values("nserver"), delegation.nservers);
      EXPECT_NE(same, listed.contains(name)) << name;
    }
    state_->for_each_object(kDomain, [&](const Object& domain) {
      const std::string name(domain.key());
      if (domain.is_tombstone() || names.contains(name) || zone.apex != ".") return;
      if (!is_below_inner_zone(name)) {
        EXPECT_TRUE(listed.contains(name)) << name << " stays unlisted";
      }
    });
  }
  bool is_below_inner_zone(const std::string& name) const {
    for (std::size_t dot = name.find('.'); dot + 1 < name.size(); dot = name.find('.', dot + 1)) {
      const Object* zone = state_->find({ObjectClass::kZone, name.substr(dot + 1)});
      if (zone != nullptr && !zone->is_tombstone()) return true;
    }
    return false;
  }

  std::optional<std::string> some_domain(bool unclaimed) {
    std::vector<std::string> names;
    state_->for_each_object(kDomain, [&](const Object& domain) {
      if (!domain.is_tombstone() && (domain.value("holder") == "UNCLAIMED") == unclaimed)
        names.emplace_back(domain.key());
    });
    if (names.empty()) return std::nullopt;
    return names[below(names.size())];
  }

  /// Somebody claims, disputes or proposes to remove something; whether the charter lets him is not asked.
  void interfere() {
    const auto name = some_domain(true);
    if (!name) return;
    switch (below(4)) {
      case 0: {
        const Draft claim = cast_->proposal(
            "ORG-X", "K", {actors::change("domain", *name, {"- holder: UNCLAIMED", "+ holder: ORG-X"})},
            {{"annex", actors::some_commitment("evidence")}});
        if (enter(claim).empty()) vote_until(claim);
        break;
      }
      case 1:
        enter(cast_->dispute("ORG-X", "domain " + *name, cast_->members()[below(4)]));
        break;
      case 2: {
        const Draft draft =
            cast_->proposal("MEMBER-A", "V", {actors::erase("domain", *name)},
                            {{"subject", "UNCLAIMED"}, {"annex", actors::some_commitment("reason")}});
        if (enter(draft).empty()) vote_until(draft);
        break;
      }
      default: {
        const Object* domain = state_->find({kDomain, *name});
        const auto hosts = domain->values("nserver");
        enter(cast_->dispute("ORG-X", "host " + std::string(hosts[below(hosts.size())]), "MEMBER-B"));
      }
    }
  }

  std::mt19937 random_;
  unsigned serial_ = 0;
  std::size_t diverged_ = 0;
};

TEST_P(Upstream, TheCharterTakesWhatAnImportProposes) {
  random_.seed(GetParam());
  add_organisation("ORG-X");
  for (int step = 0; step < 40 && !HasFatalFailure() && !HasFailure(); ++step) {
    SCOPED_TRACE("seed " + std::to_string(GetParam()) + " step " + std::to_string(step));
    import(step > 0 && below(8) == 0 ? "a." : ".");
    if (below(3) != 0) interfere();
    advance(actors::kDay * (below(6) == 0 ? 20 : 1));
  }
  EXPECT_GT(diverged_, 10U);
}
INSTANTIATE_TEST_SUITE_P(Seeds, Upstream, ::testing::Range(0U, 8U));

}  // namespace
}  // namespace charter::testing
