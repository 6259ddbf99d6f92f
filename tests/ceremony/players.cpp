#include "ceremony/players.h"

#include <algorithm>
#include <cstdio>

#include "base/check.h"
#include "charter/ceremonies.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "resource/values.h"
#include "threshold/complaint.h"
#include "threshold/resharing.h"

namespace ceremony {
namespace {

base::Hash hash_of(const std::string& text) {
  base::Hash hash;
  CHECK(resource::read_hash(text, hash));
  return hash;
}

std::string text_of(base::ByteView bytes) {
  return codec::serialize_base64(bytes);
}

void add_pieces(actors::Draft& draft, base::ByteView whole) {
  constexpr std::size_t kPieceBytes = 765;
  for (char number = '1'; !whole.empty(); ++number) {
    const base::ByteView piece = whole.subspan(0, std::min(whole.size(), kPieceBytes));
    draft.attributes.insert(draft.attributes.end() - 1,
                            {"piece", std::string(1, number) + " " + text_of(piece)});
    whole = whole.subspan(piece.size());
  }
}

class StageGround final : public Ground {
 public:
  explicit StageGround(oracle::Stage& stage) : stage_(&stage) {}
  const actors::Cast& cast() const override { return stage_->cast; }
  const charter::State& state() const override { return stage_->state(); }
  std::optional<std::string> play(const actors::Draft& draft) override { return stage_->play(draft); }

 private:
  oracle::Stage* stage_;
};

}  // namespace

Players::Players(oracle::Stage& stage, std::uint64_t seed)
    : own_ground_(std::make_unique<StageGround>(stage)), ground_(own_ground_.get()), random_(seed) {}

void Players::play(const actors::Draft& draft) {
  const auto refused = ground_->play(draft);
  if (refused) std::fprintf(stderr, "%s: %s\n", draft.value("step").c_str(), refused->c_str());
  CHECK(!refused);
}

std::string Players::begin(const std::string& order_text) {
  std::string id = order(order_text);
  for (const std::string& member : ground_->cast().members()) play(announce(id, member));
  return id;
}

void Players::deal_all(const std::string& ceremony) {
  for (const charter::Announcement& one : charter::participants_of(*entry(ceremony))) {
    if (entry(ceremony)->phase != charter::CeremonyPhase::kDealing) return;
    if (entry(ceremony)->reshared && !shares_.contains(one.member)) continue;  // holds nothing to deal
    play(deal(ceremony, one.member));
  }
}

void Players::certify_all(const std::string& ceremony) {
  for (const charter::Announcement& one : charter::participants_of(*entry(ceremony))) {
    const auto certificate = answer(ceremony, one.member);
    CHECK(certificate.has_value());
    play(*certificate);
  }
}

std::string Players::complete(const std::string& order_text) {
  std::string id = begin(order_text);
  deal_all(id);
  certify_all(id);
  return id;
}

std::pair<threshold::GroupKeys, std::vector<threshold::KeyShare>> Players::take_shares(
    const std::string& ceremony) {
  std::vector<threshold::KeyShare> shares;
  for (const charter::Announcement& one : charter::participants_of(*entry(ceremony)))
    shares.push_back(std::move(shares_.extract(one.member).mapped()));
  return {group_keys_.at(ceremony), std::move(shares)};
}

void SeededRandom::fill(std::span<base::Byte> out) {
  for (base::Byte& one : out) {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t x = state_;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    one = static_cast<base::Byte>(x >> 56);
  }
}

std::string Players::order(const std::string& text) {
  const auto& members = ground_->cast().members();
  const actors::Draft proposal = ground_->cast().proposal(
      members[0], "G", {},
      {{"ceremony", text}, {"annex", actors::some_commitment("order " + std::to_string(++orders_))}});
  const auto refused = ground_->play(proposal);
  if (refused) return "refused: " + *refused;
  for (const std::string& member : members) {
    if (ground_->state().proposal(hash_of(proposal.id_text())) == nullptr) break;
    if (auto no = ground_->play(ground_->cast().ballot(member, proposal.id_text(), "yes")))
      return "refused: " + *no;
  }
  return proposal.id_text();
}

const charter::CeremonyEntry* Players::entry(const std::string& ceremony) const {
  return ground_->state().ceremony(hash_of(ceremony));
}

actors::Draft Players::step(const std::string& ceremony, const std::string& member, const std::string& word) {
  actors::Draft draft{.kind = "ceremony"};
  draft.set("by", member).set("epoch", ground_->cast().epoch).set("step", word).set("ceremony", ceremony);
  if (word != "announce") draft.set("attempt", std::to_string(entry(ceremony)->attempt));
  draft.set("expires", actors::time_text(ground_->state().time() + base::Seconds(actors::kDay)));
  const actors::Party& party = ground_->cast().party(member);
  return draft.sign(member, party.quorum_of(word == "announce" ? "governance" : "operator"));
}

const threshold::EncryptionKey& Players::encryption_key(const std::string& ceremony,
                                                        const std::string& member) {
  const auto found = keys_.find({ceremony, member});
  if (found != keys_.end()) return found->second;
  return keys_.emplace(std::pair(ceremony, member), threshold::EncryptionKey::generate(random_))
      .first->second;
}

actors::Draft Players::announce(const std::string& ceremony, const std::string& member) {
  const auto& key = encryption_key(ceremony, member);
  const base::Bytes announcement =
      threshold::announce(key, charter::announcement_binding(actors::kOrigin, hash_of(ceremony), member));
  const base::ByteView bytes(announcement);
  actors::Draft draft = step(ceremony, member, "announce");
  return draft.set("encryption-key", resource::serialize_key(key.public_key().key()))
      .set("possession", text_of(bytes.subspan(32)));
}

actors::Draft Players::deal(const std::string& ceremony, const std::string& member) {
  const auto session = charter::session_of(ground_->state().ceremony_attempt(hash_of(ceremony)));
  const auto& key = encryption_key(ceremony, member);
  const bool again = session.group_key().has_value();
  auto dealing = again ? threshold::reshare(session, key, shares_.at(member), random_)
                       : threshold::deal(session, key, random_);
  CHECK(dealing.has_value());
  if (const auto lie = lies_.find(member); lie != lies_.end()) {
    const auto recipient = session.recipient(encryption_key(ceremony, lie->second).public_key());
    CHECK(recipient.has_value());
    const std::size_t frame = recipient->scalar().bytes()[0] - 1U;
    dealing->private_part[(frame + 1) * threshold::kFrameBytes - 1] ^= 1;
    dealing->public_part.private_part = crypto::sha256(dealing->private_part);
  }
  basket_[text_of(dealing->public_part.private_part.view())] = dealing->private_part;
  actors::Draft draft = step(ceremony, member, "deal");
  return draft.set("message", text_of(threshold::serialize_public_part(dealing->public_part)));
}

threshold::Identifier Players::dealer(const std::string& ceremony, const std::string& member) const {
  const auto session = charter::session_of(ground_->state().ceremony_attempt(hash_of(ceremony)));
  const auto* found = session.dealer(keys_.at({ceremony, member}).public_key());
  CHECK(found != nullptr);
  return found->identifier;
}

threshold::Transcript Players::transcript(const std::string& ceremony) const {
  const auto session = charter::session_of(ground_->state().ceremony_attempt(hash_of(ceremony)));
  std::map<threshold::Identifier, threshold::PublicPart> parts;
  for (const charter::CeremonyMessage& one : entry(ceremony)->deals) {
    parts.emplace(dealer(ceremony, one.member),
                  threshold::parse_public_part(one.bytes, session.threshold()).value());
  }
  return threshold::Transcript::create(session, parts).value();
}

std::map<threshold::Identifier, base::Bytes> Players::parts(const std::string& ceremony) const {
  std::map<threshold::Identifier, base::Bytes> parts;
  const auto script = transcript(ceremony);
  for (const charter::CeremonyMessage& one : entry(ceremony)->deals) {
    if (lost_.contains(one.member)) continue;
    const auto identifier = dealer(ceremony, one.member);
    parts.emplace(identifier, basket_.at(text_of(script.parts().at(identifier).private_part.view())));
  }
  return parts;
}

std::optional<actors::Draft> Players::answer(const std::string& ceremony, const std::string& member) {
  const auto script = transcript(ceremony);
  const auto& key = encryption_key(ceremony, member);
  auto reception = threshold::receive(script, key, parts(ceremony));
  CHECK(reception.has_value());
  for (const threshold::Finding& finding : reception->findings) {
    if (!threshold::blames_dealer(finding.error)) return std::nullopt;
    for (const charter::CeremonyMessage& one : entry(ceremony)->deals) {
      if (dealer(ceremony, one.member) == finding.dealer) return complaint(ceremony, member, one.member);
    }
  }
  const threshold::Proof proof = threshold::certify(script, key, *reception->share);
  shares_.insert_or_assign(member, std::move(*reception->share));
  group_keys_.insert_or_assign(ceremony, script.keys());
  actors::Draft draft = step(ceremony, member, "certificate");
  return draft.set("signature", text_of(proof.bytes));
}

actors::Draft Players::missing(const std::string& ceremony, const std::string& member,
                               const std::string& from) {
  actors::Draft draft = step(ceremony, member, "missing");
  return draft.set("from", from);
}

actors::Draft Players::private_part(const std::string& ceremony, const std::string& member,
                                    const std::string& from) {
  actors::Draft draft = step(ceremony, member, "private-part");
  draft.set("from", from);
  const auto script = transcript(ceremony);
  add_pieces(draft, basket_.at(text_of(script.parts().at(dealer(ceremony, from)).private_part.view())));
  return draft;
}

actors::Draft Players::complaint(const std::string& ceremony, const std::string& member,
                                 const std::string& against) {
  const auto script = transcript(ceremony);
  const auto identifier = dealer(ceremony, against);
  const auto& part = script.parts().at(identifier);
  const auto complaint =
      threshold::complain(script.session(), identifier, part, basket_.at(text_of(part.private_part.view())),
                          encryption_key(ceremony, member), random_);
  CHECK(complaint.has_value());
  actors::Draft draft = step(ceremony, member, "complaint");
  draft.set("against", against);
  add_pieces(draft, threshold::serialize_complaint(*complaint));
  return draft;
}

const threshold::KeyShare* Players::share(const std::string& member) const {
  const auto found = shares_.find(member);
  return found == shares_.end() ? nullptr : &found->second;
}

}  // namespace ceremony
