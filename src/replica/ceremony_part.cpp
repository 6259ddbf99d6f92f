#include "replica/ceremony_part.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "charter/ceremonies.h"
#include "charter/ceremony_math.h"
#include "charter/epoch_claim.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "crypto/hash.h"
#include "record/builder.h"
#include "record/pieces.h"
#include "resource/charter_numbers.h"
#include "threshold/key_generation.h"
#include "threshold/resharing.h"

namespace replica {

using base::Result;
using charter::CeremonyEntry;
using charter::CeremonyMessage;
using charter::CeremonyPhase;
using threshold::Identifier;
using threshold::PublicPart;

namespace {

constexpr base::Seconds kStepExpires{86'400};
/// So long a private part that was dealt may be under way.
constexpr base::Seconds kComesByItself{3};
/// Notes about what was done last; ceremonies that are over leave some behind.
constexpr std::size_t kRememberedMax = 4'096;

using Attributes = std::vector<std::pair<std::string, std::string>>;

Attributes pieces_of(base::ByteView whole) {
  Attributes pieces;
  for (char number = '1'; !whole.empty(); ++number) {
    const base::ByteView piece = whole.first(std::min(whole.size(), record::kPieceBytes));
    pieces.emplace_back("piece", std::string(1, number) + " " + codec::serialize_base64(piece));
    whole = whole.subspan(piece.size());
  }
  return pieces;
}

bool has_message(const std::vector<CeremonyMessage>& messages, std::string_view member) {
  return std::ranges::find(messages, member, &CeremonyMessage::member) != messages.end();
}

bool takes_part(const CeremonyEntry& entry, std::string_view member) {
  const auto participants = charter::participants_of(entry);
  return std::ranges::find(participants, member, &charter::Announcement::member) != participants.end();
}

const resource::Object& charter_of(const charter::State& state) {
  const resource::Object* const object = state.find({resource::ObjectClass::kCharter, "registry"});
  CHECK(object != nullptr);
  return *object;
}

base::Seconds phase_of(const charter::State& state) {
  return resource::CharterNumbers::parse(charter_of(state)).period("ceremony");
}

/// How far the phase has come, by the later of the two clocks.
base::Seconds into_phase(const charter::State& state, const CeremonyEntry& entry, base::EpochSeconds now) {
  const std::uint64_t begun = entry.until.value() - phase_of(state).value();
  const std::uint64_t time = std::max(now, state.time()).value();
  return base::Seconds(time > begun ? time - begun : 0);
}

// What was dealt, as the log has it. The deals were accepted, so they parse.
struct Dealt {
  std::string member;
  Identifier identifier;
  PublicPart part;
};

crypto::Point point_of(const crypto::PublicKey& key) {
  auto point = crypto::Point::parse(key.bytes);
  CHECK(point.has_value());
  return *point;
}

Result<std::vector<Dealt>> deals_of(const threshold::Session& session, const CeremonyEntry& entry) {
  std::vector<Dealt> deals;
  for (const CeremonyMessage& one : entry.deals) {
    const auto announced = std::ranges::find(entry.announced, one.member, &charter::Announcement::member);
    CHECK(announced != entry.announced.end());
    const threshold::Session::Dealer* const dealer = session.dealer(point_of(announced->key));
    if (dealer == nullptr) return base::fail(threshold::kNoParticipant, one.member);
    ASSIGN_OR_RETURN(PublicPart part, threshold::parse_public_part(one.bytes, session.threshold()));
    deals.push_back({one.member, dealer->identifier, std::move(part)});
  }
  return deals;
}

Result<threshold::Transcript> transcript_of(const threshold::Session& session,
                                            const std::vector<Dealt>& deals) {
  std::map<Identifier, PublicPart> parts;
  for (const Dealt& one : deals) parts.emplace(one.identifier, one.part);
  return threshold::Transcript::create(session, parts);
}

/// The commitments are those of the key that the state has.
bool is_share_of(const threshold::StoredShare& share, const charter::GroupKeyEntry& entry) {
  return std::ranges::equal(share.commitments, entry.commitments, {},
                            [](const crypto::Point& point) { return point.bytes(); });
}

/// Where a private part belongs: a ceremony in which `member` takes part and a dealing has this hash.
std::optional<record::RecordId> ceremony_with(const charter::State& state, std::string_view member,
                                              const base::Hash& hash) {
  for (const record::RecordId& id : state.ceremonies()) {
    const CeremonyEntry& entry = *state.ceremony(id);
    if (entry.phase == CeremonyPhase::kAnnouncing || !takes_part(entry, member)) continue;
    for (const CeremonyMessage& one : entry.deals) {
      // The hash ends the public part (threshold.md): no need to parse points for a look.
      if (one.bytes.size() >= hash.bytes.size() &&
          std::ranges::equal(hash.bytes, base::ByteView(one.bytes).last(hash.bytes.size())))
        return id;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<base::Bytes> private_part_in(const record::Record& record) {
  if (record.kind() != record::Kind::kCeremony || record.value("step") != "private-part") return std::nullopt;
  base::Bytes whole;
  for (const record::Attribute& attribute : record.attributes()) {
    if (attribute.name != "piece") continue;
    const auto piece = codec::parse_base64(attribute.value.substr(attribute.value.find(' ') + 1));
    if (!piece) return std::nullopt;
    whole.insert(whole.end(), piece->begin(), piece->end());
  }
  return whole;
}

void Duties::append(Duties more) {
  std::ranges::move(more.leaves, std::back_inserter(leaves));
  std::ranges::move(more.parcels, std::back_inserter(parcels));
  std::ranges::move(more.wanted, std::back_inserter(wanted));
  std::ranges::move(more.troubles, std::back_inserter(troubles));
}

struct CeremonyPart::Work {
  const charter::State& state;
  base::EpochSeconds now;
  const note::Signer& signer;
  const record::RecordId& id;
  const CeremonyEntry& entry;
  const threshold::EncryptionKey* key;
  Duties& duties;

  std::string name(std::string_view what) const {
    return codec::serialize_base64(id.view()) + " " + codec::serialize_decimal(entry.attempt) + " " +
           std::string(what);
  }
};

CeremonyPart::CeremonyPart(CeremonyPartOptions options)
    : options_(std::move(options)), folder_(*options_.files, options_.folder) {}

Duties CeremonyPart::step(const charter::State& state, base::EpochSeconds now, const note::Signer& signer) {
  Duties duties;
  std::set<record::RecordId> standing;
  for (const record::RecordId& id : state.ceremonies()) {
    standing.insert(id);
    const auto key = folder_.key(id);
    if (!key) duties.troubles.push_back(key.error());
    if (!key || !*key) continue;
    Work work{state, now, signer, id, *state.ceremony(id), &**key, duties};
    if (auto done = step_one(work); !done)
      duties.troubles.push_back(done.error().at("ceremony " + codec::serialize_base64(id.view())));
  }
  if (auto erased = folder_.erase_all_but(standing, state.time()); !erased)
    duties.troubles.push_back(erased.error());
  return duties;
}

Result<void> CeremonyPart::step_one(Work& work) {
  TRY(folder_.mark_known(work.id, work.state.time()));
  const auto announced =
      std::ranges::find(work.entry.announced, options_.member, &charter::Announcement::member);
  if (announced == work.entry.announced.end() || !takes_part(work.entry, options_.member)) return {};
  // Another key than the one that lies here was announced: nothing can be opened.
  if (announced->key.bytes != work.key->public_key().bytes()) return {};
  switch (work.entry.phase) {
    case CeremonyPhase::kAnnouncing:
      return {};
    case CeremonyPhase::kDealing:
      return deal(work);
    case CeremonyPhase::kCertifying:
      TRY(push_own_part(work));
      TRY(answer_missing(work));
      return certify(work);
    case CeremonyPhase::kDone:
      return recover(work);
  }
  CHECK(false);
  return {};
}

// The dealing is durable before the public part leaves; after a crash in between the same one is repeated.
Result<void> CeremonyPart::deal(Work& work) {
  if (has_message(work.entry.deals, options_.member)) return {};
  const threshold::Session session = charter::session_of(work.state.ceremony_attempt(work.id));
  if (session.dealer(work.key->public_key()) == nullptr) return {};
  if (!is_due(work.name("deal"), work.now, options_.repeat)) return {};
  ASSIGN_OR_RETURN(auto own, folder_.dealing(work.id, work.entry.attempt));
  if (!own) {
    std::optional<Result<threshold::Dealing>> dealt;
    if (work.entry.reshared) {
      ASSIGN_OR_RETURN(const auto old, share(work.state, *work.entry.reshared));
      if (!old) return {};  // a holder by the log, but its share is lost: the others have to do
      dealt = threshold::reshare(session, *work.key, old->share, *options_.random);
    } else {
      dealt = threshold::deal(session, *work.key, *options_.random);
    }
    if (!*dealt) return std::unexpected(dealt->error());
    own = CeremonyFolder::OwnDealing{threshold::serialize_public_part((*dealt)->public_part),
                                     (*dealt)->private_part};
    TRY(folder_.store_dealing(work.id, work.entry.attempt, *own));
  }
  TRY(folder_.store_part(work.id, own->private_part));
  add_leaf(work, "deal", {{"message", codec::serialize_base64(own->public_part)}});
  return {};
}

// The dealer sends its private part to all who have not certified: they may have lost it.
Result<void> CeremonyPart::push_own_part(Work& work) {
  const auto mine = std::ranges::find(work.entry.deals, options_.member, &CeremonyMessage::member);
  if (mine == work.entry.deals.end()) return {};
  if (!is_due(work.name("push"), work.now, options_.repeat)) return {};
  ASSIGN_OR_RETURN(const auto own, folder_.dealing(work.id, work.entry.attempt));
  if (!own || own->public_part != mine->bytes) return {};
  for (const charter::Announcement& one : charter::participants_of(work.entry)) {
    if (one.member == options_.member || has_message(work.entry.certificates, one.member)) continue;
    work.duties.parcels.push_back(
        {one.member, Purpose::kPrivatePart, crypto::sha256(own->private_part), own->private_part});
  }
  return {};
}

void CeremonyPart::ask_for(Work& work, const base::Hash& hash) {
  work.duties.wanted.push_back(hash);
  if (!is_due(work.name("ask " + codec::serialize_base64(hash.view())), work.now, options_.repeat)) return;
  for (const charter::Announcement& one : charter::participants_of(work.entry)) {
    if (one.member != options_.member)
      work.duties.parcels.push_back({one.member, Purpose::kAskPart, hash, {}});
  }
}

// The dealer answers at once; others who have its private part only when it has let some time pass.
Result<void> CeremonyPart::answer_missing(Work& work) {
  std::set<std::string> asked;
  for (const charter::MissingShare& one : work.entry.missing) {
    if (!std::ranges::binary_search(work.entry.answered, one.dealer)) asked.insert(one.dealer);
  }
  if (asked.empty()) return {};
  const threshold::Session session = charter::session_of(work.state.ceremony_attempt(work.id));
  ASSIGN_OR_RETURN(const auto deals, deals_of(session, work.entry));
  for (const Dealt& one : deals) {
    if (!asked.contains(one.member)) continue;
    const std::string what = work.name("answer " + one.member);
    if (one.member != options_.member && !done_.contains(what)) {
      done_[what] = work.now;  // the dealer first
      continue;
    }
    if (!is_due(what, work.now, options_.repeat)) continue;
    ASSIGN_OR_RETURN(const auto part, folder_.part(work.id, one.part.private_part));
    if (!part) continue;
    Attributes attributes{{"from", one.member}};
    std::ranges::move(pieces_of(*part), std::back_inserter(attributes));
    add_leaf(work, "private-part", attributes);
  }
  return {};
}

Result<void> CeremonyPart::certify(Work& work) {
  if (has_message(work.entry.certificates, options_.member)) return {};
  const threshold::Session session = charter::session_of(work.state.ceremony_attempt(work.id));
  ASSIGN_OR_RETURN(const auto deals, deals_of(session, work.entry));
  std::map<Identifier, base::Bytes> parts;
  const base::Seconds phase = phase_of(work.state);
  const base::Seconds gone = into_phase(work.state, work.entry, work.now);
  const base::Seconds patience = std::min(options_.missing_after, base::Seconds(phase.value() / 4));
  for (const Dealt& one : deals) {
    ASSIGN_OR_RETURN(auto part, folder_.part(work.id, one.part.private_part));
    if (part) {
      parts.emplace(one.identifier, std::move(*part));
      continue;
    }
    // The dealer sends it once the dealing stands on the log, and sees that no earlier than this member does.
    const auto missed = done_.try_emplace(work.name("missed " + one.member), work.now).first;
    if (work.now < missed->second + kComesByItself) {
      work.duties.wanted.push_back(one.part.private_part);
    } else {
      ask_for(work, one.part.private_part);
    }
    const bool is_asked =
        std::ranges::binary_search(work.entry.missing, charter::MissingShare{one.member, options_.member}) ||
        std::ranges::binary_search(work.entry.answered, one.member);
    const bool may_ask = gone >= patience && gone.value() <= phase.value() / 2;
    if (!is_asked && may_ask && is_due(work.name("missing " + one.member), work.now, options_.repeat))
      add_leaf(work, "missing", {{"from", one.member}});
  }
  // Opening costs a third of a millisecond a dealing: only when there is something new, or a step got lost.
  const std::pair now_there(work.entry.attempt, parts.size());
  const bool is_new = !tried_.contains(work.id) || tried_.at(work.id) != now_there;
  if (!is_due(work.name("certify"), work.now, is_new ? base::Seconds(0) : options_.repeat)) return {};
  tried_[work.id] = now_there;
  ASSIGN_OR_RETURN(const threshold::Transcript transcript, transcript_of(session, deals));
  ASSIGN_OR_RETURN(threshold::Reception got, threshold::receive(transcript, *work.key, parts));
  for (const threshold::Finding& finding : got.findings) {
    if (!threshold::blames_dealer(finding.error)) continue;
    const auto dealt = std::ranges::find(deals, finding.dealer, &Dealt::identifier);
    CHECK(dealt != deals.end());
    ASSIGN_OR_RETURN(const threshold::Complaint complaint,
                     threshold::complain(session, finding.dealer, dealt->part, parts.at(finding.dealer),
                                         *work.key, *options_.random));
    Attributes attributes{{"against", dealt->member}};
    std::ranges::move(pieces_of(threshold::serialize_complaint(complaint)), std::back_inserter(attributes));
    add_leaf(work, "complaint", attributes);
    return {};
  }
  if (!got.share) return {};
  const threshold::Proof proof = threshold::certify(transcript, *work.key, *got.share);
  TRY(folder_.store_share(work.id, threshold::serialize_share(codec::serialize_base64(work.id.view()),
                                                              work.state.epoch(), transcript.commitments(),
                                                              session.recipients().size(), *got.share)));
  add_leaf(work, "certificate", {{"signature", codec::serialize_base64(proof.bytes)}});
  return {};
}

// The share is gone, the encryption key is not: what the others archived opens it again.
Result<void> CeremonyPart::recover(Work& work) {
  const auto commitments_stand = [&]() -> Result<bool> {
    ASSIGN_OR_RETURN(const auto stored, folder_.share(work.id));
    return stored.has_value();
  };
  const auto stands = commitments_stand();
  if (stands && *stands) return {};
  if (!stands && stands.error().kind().category == base::Category::kUnavailable)
    return std::unexpected(stands.error());
  const threshold::Session session = charter::session_of(work.state.ceremony_attempt(work.id));
  ASSIGN_OR_RETURN(const auto deals, deals_of(session, work.entry));
  std::map<Identifier, base::Bytes> parts;
  for (const Dealt& one : deals) {
    ASSIGN_OR_RETURN(auto part, folder_.part(work.id, one.part.private_part));
    if (part) {
      parts.emplace(one.identifier, std::move(*part));
    } else {
      ask_for(work, one.part.private_part);
    }
  }
  if (parts.size() < deals.size()) return {};
  ASSIGN_OR_RETURN(const threshold::Transcript transcript, transcript_of(session, deals));
  threshold::Certificate certificate(session.recipients().size());
  for (const CeremonyMessage& one : work.entry.certificates) {
    const auto announced =
        std::ranges::find(work.entry.announced, one.member, &charter::Announcement::member);
    CHECK(announced != work.entry.announced.end());
    const auto recipient = session.recipient(point_of(announced->key));
    CHECK(recipient && one.bytes.size() == threshold::kProofBytes);
    std::ranges::copy(one.bytes, certificate.at(threshold::number_of(*recipient) - 1U).bytes.begin());
  }
  ASSIGN_OR_RETURN(const threshold::KeyShare share,
                   threshold::recover(transcript, certificate, *work.key, parts));
  return folder_.store_share(
      work.id, threshold::serialize_share(codec::serialize_base64(work.id.view()), work.state.epoch(),
                                          transcript.commitments(), session.recipients().size(), share));
}

Result<std::vector<Parcel>> CeremonyPart::take(const charter::State& state, const RoundMessage& message,
                                               base::EpochSeconds now) {
  if (message.purpose == Purpose::kPrivatePart) {
    if (crypto::sha256(message.body) != message.session)
      return base::fail(threshold::kOtherPrivatePart, "from " + message.from);
    TRY(take_part(state, message.body));
    return std::vector<Parcel>();
  }
  CHECK(message.purpose == Purpose::kAskPart);
  const auto id = ceremony_with(state, message.from, message.session);
  if (!id || !takes_part(*state.ceremony(*id), options_.member))
    return base::fail(kNotHeard, message.from + " asks for a private part that is none of its own");
  ASSIGN_OR_RETURN(const auto part, folder_.part(*id, message.session));
  const std::string what = "tell " + message.from + codec::serialize_base64(message.session.view());
  if (!part || !is_due(what, now, base::Seconds(2))) return std::vector<Parcel>();
  return std::vector<Parcel>{{message.from, Purpose::kPrivatePart, message.session, *part}};
}

Result<void> CeremonyPart::take_part(const charter::State& state, base::ByteView part) {
  const base::Hash hash = crypto::sha256(part);
  const auto id = ceremony_with(state, options_.member, hash);
  if (!id) return base::fail(threshold::kOtherPrivatePart, "no dealing has its hash");
  // One that no record has room for could not be complained about, and whoever kept it would seem the one who is silent:
  // so it is missed, and its dealer, who cannot answer with it, goes.
  if (part.size() != charter::participants_of(*state.ceremony(*id)).size() * threshold::kFrameBytes)
    return base::fail(threshold::kOtherPrivatePart, std::to_string(part.size()) + " octets long");
  ASSIGN_OR_RETURN(const auto there, folder_.part(*id, hash));
  return there ? Result<void>() : folder_.store_part(*id, part);
}

Result<std::optional<threshold::StoredShare>> CeremonyPart::share(const charter::State& state,
                                                                  const crypto::PublicKey& key) const {
  const charter::GroupKeyEntry* const entry = state.group_key(key);
  if (entry == nullptr) return std::nullopt;
  ASSIGN_OR_RETURN(auto stored, folder_.share(entry->ceremony));
  if (!stored || !is_share_of(*stored, *entry)) return std::nullopt;
  return stored;
}

bool CeremonyPart::is_due(const std::string& what, base::EpochSeconds now, base::Seconds every) {
  if (done_.size() > kRememberedMax) done_.clear();
  const auto [place, is_first] = done_.try_emplace(what, now);
  if (!is_first && now < place->second + every) return false;
  place->second = now;
  return true;
}

void CeremonyPart::add_leaf(Work& work, const std::string& word, const Attributes& attributes) {
  const charter::State& state = work.state;
  record::Builder builder(record::Kind::kCeremony, state.origin());
  builder.set("by", options_.member).set("step", word);
  builder.set_epoch(charter::epoch_claim(state));
  builder.set("ceremony", work.id).set("attempt", codec::serialize_decimal(work.entry.attempt));
  builder.set("expires", std::max(work.now, state.time()) + kStepExpires);
  for (const auto& [name, value] : attributes) builder.add(name, value);
  const auto body = builder.body();
  const note::Signer* const signers[] = {&work.signer};
  auto leaf = body ? record::sign(*body, signers) : Result<std::string>(std::unexpected(body.error()));
  if (!leaf) {
    work.duties.troubles.push_back(leaf.error().at(word));
    return;
  }
  work.duties.leaves.push_back(std::move(*leaf));
}

}  // namespace replica
