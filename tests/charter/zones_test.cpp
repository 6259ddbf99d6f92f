// Aim: zones come and go only while every domain has a zone above it and every host inside one has an
// address. Method: random batches of class U over a small tree of names, against a model that looks at
// everything.
#include <map>
#include <random>
#include <set>

#include "charter/charter_fixture.h"

namespace charter::testing {
namespace {

using actors::Paragraph;

std::string above(const std::string& name) {
  const std::string rest = name.substr(name.find('.') + 1);
  return name == "." ? "" : rest.empty() ? "." : rest;
}

struct Model {
  std::set<std::string> zones;
  std::set<std::string> domains;
  std::map<std::string, bool> hosts;  ///< whether it has an address

  bool has_zone(std::string name) const {
    for (; !name.empty(); name = above(name)) {
      if (zones.contains(name)) return true;
    }
    return false;
  }
  bool is_sound() const {
    for (const std::string& domain : domains) {
      if (!has_zone(above(domain))) return false;
    }
    for (const auto& [host, has_address] : hosts) {
      if (!has_address && has_zone(host)) return false;
    }
    return true;
  }
};

class Zones : public CharterTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  /// Creates what is not there and deletes what is.
  Paragraph toggle(Model& model, const std::string& object_class, const std::string& name) {
    if (object_class == "host") {
      if (model.hosts.erase(name) > 0) return actors::erase("host", name);
      const bool has_address = random_() % 2 == 0;
      model.hosts[name] = has_address;
      std::vector<std::string> lines;
      if (has_address) lines.emplace_back("+ address: 192.0.2.9");
      return actors::create("host", name, lines);
    }
    std::set<std::string>& names = object_class == "zone" ? model.zones : model.domains;
    if (names.erase(name) > 0) return actors::erase(object_class, name);
    names.insert(name);
    if (object_class == "domain") {
      return actors::create("domain", name,
                            {"+ holder: UNCLAIMED", "+ status: active", "+ nserver: ns.far."});
    }
    return actors::create("zone", name,
                          {"+ mname: ns.far.", "+ rname: x.far.", "+ refresh: 1800", "+ retry: 900",
                           "+ expire: 604800", "+ minimum: 86400", "+ nserver: ns.far.", "+ ttl: apex 518400",
                           "+ ttl: delegation 172800", "+ ttl: signed 86400"});
  }

  void step() {
    static const std::vector<std::string> kNames{".",    "a.",     "b.",     "a.a.",   "b.a.",
                                                 "a.b.", "a.a.a.", "b.a.a.", "a.b.a.", "b.a.b."};
    static const std::vector<std::string> kClasses{"zone", "domain", "host"};
    Model after = model_;
    std::map<std::string, Paragraph> batch;
    for (auto left = 1 + random_() % 4; left > 0; --left) {
      const std::string& object_class = kClasses[random_() % kClasses.size()];
      const std::string& name = kNames[random_() % kNames.size()];
      if (name == "." && object_class != "zone") continue;
      if (batch.contains(object_class + name)) continue;
      batch.emplace(object_class + name, toggle(after, object_class, name));
    }
    if (batch.empty()) return;
    std::vector<Paragraph> paragraphs;
    for (auto& [key, one] : batch) paragraphs.push_back(one);
    const Draft draft =
        cast_->proposal("MEMBER-A", "U", paragraphs,
                        {{"upstream", actors::some_commitment("zone") + " " + std::to_string(++serial_)}});
    if (!after.is_sound()) {
      ASSERT_EQ(enter(draft), "invariant") << draft.body();
      ++refused_;
      return;
    }
    ASSERT_EQ(enter(draft), "") << last_error_ << "\n" << draft.body();
    ASSERT_EQ(vote_until(draft, "attest"), "executed") << last_error_;
    model_ = after;
    ++accepted_;
  }

  std::mt19937 random_;
  Model model_;
  unsigned serial_ = 0;
  unsigned accepted_ = 0;
  unsigned refused_ = 0;
};

TEST_P(Zones, NeverLeaveADomainOrABareHostAlone) {
  random_.seed(GetParam());
  const Draft far =
      cast_->proposal("MEMBER-A", "U", {actors::create("host", "ns.far.", {"+ address: 192.0.2.1"})},
                      {{"upstream", actors::some_commitment("zone") + " 0"}});
  ASSERT_EQ(enter(far), "") << last_error_;
  ASSERT_EQ(vote_until(far, "attest"), "executed");
  for (int i = 0; i < 120 && !HasFailure(); ++i) {
    step();
    if (i % 50 == 49) advance(actors::kDay);
  }
  EXPECT_GT(accepted_, 20U);
  EXPECT_GT(refused_, 30U);
}
INSTANTIATE_TEST_SUITE_P(Seeds, Zones, ::testing::Range(0U, 3U));

}  // namespace
}  // namespace charter::testing
