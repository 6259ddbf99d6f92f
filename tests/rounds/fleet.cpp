#include "rounds/fleet.h"

#include <algorithm>

#include "base/check.h"
#include "charter/ceremonies.h"
#include "charter/ceremony_math.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "resource/values.h"
#include "threshold/key_generation.h"
#include "threshold/resharing.h"

namespace rounds {
namespace {

base::Hash hash_of(const std::string& text) {
  base::Hash hash;
  CHECK(resource::read_hash(text, hash));
  return hash;
}

/// The seed of a test party's key is the hash of its label.
note::Signer signer_of(const oracle::Stage& stage, const std::string& member) {
  const auto labels = stage.cast.party(member).quorum_of("operator");
  CHECK(labels.size() == 1);
  return {member, note::KeyType::kEd25519,
          crypto::SecretKey::from_seed(crypto::sha256(base::as_bytes(labels.front())).view())};
}

std::optional<crypto::PublicKey> operator_key(const charter::State& state, const std::string& member) {
  for (const charter::CosignerKey& one : state.cosigners()) {
    if (one.member == member) return one.operator_key;
  }
  return std::nullopt;
}

}  // namespace

Fleet::Fleet(unsigned members, std::uint64_t seed)
    : stage(oracle::Stage::found(actors::Cast(members), {})),
      players_(stage, seed),
      clock_(stage),
      mailbox_(std::string(actors::kOrigin), clock_,
               [this](const std::string& member) { return operator_key(stage.state(), member); }) {
  std::uint64_t number = 0;
  for (const std::string& member : stage.cast.members()) {
    Node& node = nodes[member];
    node.member = member;
    node.files = std::make_unique<sim::ForgetfulFiles>(seed * 64 + ++number);
    node.random = std::make_unique<ceremony::SeededRandom>(seed * 64 + number);
    node.signer = std::make_unique<note::Signer>(signer_of(stage, member));
    start(node);
  }
}

void Fleet::start(Node& node) {
  node.fetched = 0;
  node.part = std::make_unique<replica::CeremonyPart>(replica::CeremonyPartOptions{
      node.files.get(), "ceremony", node.member, node.random.get(), base::Seconds(10), base::Seconds(600)});
}

std::string Fleet::announce(const std::string& ceremony, const std::string& member) {
  Node& node = nodes.at(member);
  replica::CeremonyFolder folder(*node.files, "ceremony");
  const auto key = folder.make_key(hash_of(ceremony), *node.random);
  CHECK(key.has_value());
  const base::Bytes announcement =
      threshold::announce(*key, charter::announcement_binding(actors::kOrigin, hash_of(ceremony), member));
  actors::Draft draft{.kind = "ceremony"};
  draft.set("by", member).set("epoch", stage.cast.epoch).set("step", "announce").set("ceremony", ceremony);
  draft.set("expires", actors::time_text(base::EpochSeconds(stage.time() + actors::kDay)));
  draft.sign(member, stage.cast.party(member).quorum_of("governance"));
  draft.set("encryption-key", resource::serialize_key(key->public_key().key()));
  draft.set("possession", codec::serialize_base64(base::ByteView(announcement).subspan(32)));
  return stage.play(draft).value_or("");
}

void Fleet::spoil_dealing(const std::string& ceremony, const std::string& member, const std::string& victim) {
  const auto participants = charter::participants_of(*entry(ceremony));
  const auto place = std::ranges::find(participants, victim, &charter::Announcement::member);
  CHECK(place != participants.end());
  const auto number = static_cast<std::size_t>(place - participants.begin()) + 1;
  deal_other(ceremony, member,
             [number](base::Bytes& private_part) { private_part[number * threshold::kFrameBytes - 1] ^= 1; });
}

void Fleet::deal_other(const std::string& ceremony, const std::string& member,
                       const std::function<void(base::Bytes& private_part)>& change) {
  Node& node = nodes.at(member);
  replica::CeremonyFolder folder(*node.files, "ceremony");
  const auto id = hash_of(ceremony);
  const auto key = folder.key(id);
  CHECK(key.has_value() && *key);
  const auto session = charter::session_of(stage.state().ceremony_attempt(id));
  auto dealing = threshold::deal(session, **key, *node.random);
  CHECK(dealing.has_value());
  change(dealing->private_part);
  dealing->public_part.private_part = crypto::sha256(dealing->private_part);
  CHECK(folder
            .store_dealing(id, entry(ceremony)->attempt,
                           {threshold::serialize_public_part(dealing->public_part), dealing->private_part})
            .has_value());
}

void Fleet::step(Node& node) {
  if (before_step) before_step(node);
  const replica::Duties duties = node.part->step(stage.state(), clock_.now(), *node.signer);
  for (const base::Error& trouble : duties.troubles) {
    if (node.files->stopped()) break;
    refused.push_back(node.member + ": " + trouble.message());
  }
  if (node.is_silent) return;
  for (const std::string& leaf : duties.leaves) {
    const auto record = record::Record::parse(std::string_view(leaf));
    CHECK(record.has_value());
    if (record->value("step") == "deal") {
      dealt[node.member + std::string(record->value("ceremony")) + std::string(record->value("attempt"))]
          .insert(std::string(record->value("message")));
    }
    if (auto no = stage.play_leaf(leaf)) {
      refused.push_back(node.member + ": " + *no);
    } else if (const auto part = replica::private_part_in(*record)) {
      for (auto& [unused, reader] : nodes) [[maybe_unused]]
        const auto taken = reader.part->take_part(stage.state(), *part);
    }
  }
  asked += static_cast<std::size_t>(
      std::ranges::count(duties.parcels, replica::Purpose::kAskPart, &replica::Parcel::purpose));
  if (node.keeps_back || !has_mail) return;
  for (const replica::Parcel& parcel : duties.parcels) {
    const std::string text =
        replica::sign_round_message({std::string(actors::kOrigin), node.member, parcel.to, parcel.purpose,
                                     parcel.session, clock_.now(), parcel.body},
                                    *node.signer);
    CHECK(mailbox_.take(text).has_value());
  }
}

void Fleet::fetch(Node& node) {
  if (!has_mail || node.is_silent) return;
  const auto answer = mailbox_.take(replica::sign_round_message({std::string(actors::kOrigin),
                                                                 node.member,
                                                                 node.member,
                                                                 replica::Purpose::kFetch,
                                                                 {},
                                                                 clock_.now(),
                                                                 replica::fetch_body(node.fetched)},
                                                                *node.signer));
  CHECK(answer.has_value());
  const auto fetched = replica::parse_fetched(*answer);
  CHECK(fetched.has_value());
  node.fetched = fetched->last;
  for (const std::string& text : fetched->messages) {
    const auto message = replica::parse_round_message(text);
    CHECK(message.has_value());
    const auto replies = node.part->take(stage.state(), *message, clock_.now());
    if (!replies || node.keeps_back) continue;
    for (const replica::Parcel& parcel : *replies) {
      [[maybe_unused]] const auto kept = mailbox_.take(
          replica::sign_round_message({std::string(actors::kOrigin), node.member, parcel.to, parcel.purpose,
                                       parcel.session, clock_.now(), parcel.body},
                                      *node.signer));
    }
  }
}

void Fleet::round(std::uint64_t seconds) {
  for (auto& [unused, node] : nodes) {
    if (node.files->stopped()) crash(node.member);
    step(node);
    fetch(node);
  }
  stage.at(stage.time() + seconds);
}

bool Fleet::run(const std::string& ceremony, unsigned rounds, std::uint64_t seconds) {
  for (unsigned i = 0; i < rounds; ++i) {
    const charter::CeremonyEntry* const now = entry(ceremony);
    if (now == nullptr) return false;
    if (now->phase == charter::CeremonyPhase::kDone) return true;
    round(seconds);
  }
  return false;
}

void Fleet::crash(const std::string& member) {
  Node& node = nodes.at(member);
  node.files->crash();
  start(node);
}

void Fleet::lose_all_but_key(const std::string& member) {
  Node& node = nodes.at(member);
  const auto names = node.files->list("ceremony");
  CHECK(names.has_value());
  for (const std::string& name : *names) {
    if (!name.ends_with(".key")) CHECK(node.files->remove("ceremony/" + name).has_value());
  }
  start(node);
}

std::optional<threshold::StoredShare> Fleet::share(const std::string& member, const crypto::PublicKey& key) {
  auto share = nodes.at(member).part->share(stage.state(), key);
  CHECK(share.has_value());
  return std::move(*share);
}

std::string Fleet::check_shares(const crypto::PublicKey& key) {
  const charter::GroupKeyEntry* const one = stage.state().group_key(key);
  if (one == nullptr) return "no such key";
  for (const std::string& member : one->holders) {
    const auto held = share(member, key);
    if (!held) return member + " has no share";
    if (held->keys.group().bytes() != key.bytes) return member + " has a share of another key";
  }
  return "";
}

}  // namespace rounds
