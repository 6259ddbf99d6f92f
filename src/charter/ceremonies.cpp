#include "charter/ceremonies.h"

#include <algorithm>

#include "base/check.h"
#include "charter/ceremony_math.h"
#include "charter/errors.h"
#include "charter/key_rolls.h"
#include "charter/lifecycle.h"
#include "charter/state.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/time_text.h"
#include "resource/values.h"

namespace charter {
namespace {

constexpr std::string_view kEncryptionRole = "encryption";

struct Order {
  std::string_view verb;
  std::string_view object;
};
Order read_order(std::string_view text) {
  const std::size_t space = text.find(' ');
  CHECK(space != std::string_view::npos);  // the record's parser has seen to it
  return {text.substr(0, space), text.substr(space + 1)};
}

/// The ceremony of this use that is under way, if any.
const base::Hash* ceremony_under_way(const Transaction& tx, KeyUse use) {
  for (const auto& [id, unused] : tx.store().ceremonies.entries()) {
    const CeremonyEntry* entry = tx.ceremonies.find(id);
    if (entry != nullptr && entry->use == use && entry->phase != CeremonyPhase::kDone) return &id;
  }
  return nullptr;
}

base::Result<void> check_idle(const Transaction& tx, KeyUse use) {
  const base::Hash* other = ceremony_under_way(tx, use);
  if (other == nullptr) return {};
  return base::fail(kRefused, "ceremony: one for the " + std::string(use_word(use)) +
                                  " key is under way: " + codec::serialize_base64(other->view()));
}

base::Result<void> check_generate(const Transaction& tx, KeyUse use) {
  const auto standby = key_with(tx, use, KeyStanding::kStandby);
  if (standby && (use == KeyUse::kLog || may_have_been_seen(tx, *standby))) {
    return base::fail(kRefused, "ceremony: a standby " + std::string(use_word(use)) +
                                    " key stands already; roll to it before another one is made");
  }
  return check_idle(tx, use);
}

base::Result<void> check_reshare(const Transaction& tx, const crypto::PublicKey& key) {
  const GroupKeyEntry* entry = tx.group_keys.find(key);
  if (entry == nullptr)
    return base::fail(kRefused, "ceremony: no group key is " + resource::serialize_key(key));
  if (entry->standing == KeyStanding::kRevoked) {
    return base::fail(kRefused,
                      "ceremony: " + resource::serialize_key(key) + " is revoked and gets no new shares");
  }
  return check_idle(tx, entry->use);
}

base::Result<void> check_roll(const Transaction& tx, KeyUse use) {
  ASSIGN_OR_RETURN(const base::EpochSeconds from, roll_from(tx, use));
  if (tx.now() >= from) return check_idle(tx, use);
  return base::fail(kRefused,
                    "ceremony: the standby key has to be known longer before it signs; it may from " +
                        codec::serialize_time(from) + " on");
}

KeyStanding standing_after_roll(KeyUse use) {
  return use == KeyUse::kKsk ? KeyStanding::kRevoked : KeyStanding::kRetiring;
}

void move_on(Transaction& tx, const crypto::PublicKey& key, KeyStanding standing) {
  GroupKeyEntry entry = *tx.group_keys.find(key);
  entry.standing = standing;
  entry.since = tx.now();
  tx.group_keys.put(key, std::move(entry));
}

void roll(Transaction& tx, KeyUse use) {
  const auto active = key_with(tx, use, KeyStanding::kActive);
  const auto standby = key_with(tx, use, KeyStanding::kStandby);
  CHECK(active && standby);
  move_on(tx, *active, standing_after_roll(use));
  move_on(tx, *standby, KeyStanding::kActive);
}

// Attempts.

bool is_excluded(const CeremonyEntry& entry, std::string_view member) {
  return contains_sorted(entry.excluded, member);
}
bool has_message(const std::vector<CeremonyMessage>& messages, std::string_view member) {
  return std::ranges::find(messages, member, &CeremonyMessage::member) != messages.end();
}
const Announcement* find_announced(const CeremonyEntry& entry, std::string_view member) {
  const auto found = std::ranges::find(entry.announced, member, &Announcement::member);
  return found == entry.announced.end() || is_excluded(entry, member) ? nullptr : &*found;
}

/// Keys of shares serve one ceremony and never return.
void retire_encryption_keys(Transaction& tx, const CeremonyEntry& entry) {
  for (const Announcement& one : entry.announced)
    tx.keys.put(one.key, {one.member, std::string(kEncryptionRole), true});
}

void give_up(Transaction& tx, const base::Hash& id, const CeremonyEntry& entry) {
  retire_encryption_keys(tx, entry);
  tx.ceremonies.erase(id);
  tx.effect(EffectKind::kEnded, id);
}

const GroupKeyEntry* reshared_key(const Transaction& tx, const CeremonyEntry& entry) {
  return entry.reshared ? tx.group_keys.find(*entry.reshared) : nullptr;
}

/// Dealers whom an attempt needs: every participant, or, when a key is reshared, as many holders as sign with it.
std::size_t deals_needed(const Transaction& tx, const CeremonyEntry& entry) {
  const GroupKeyEntry* key = reshared_key(tx, entry);
  return key != nullptr ? key->commitments.size() : participants_of(entry).size();
}

bool can_go_on(const Transaction& tx, const CeremonyEntry& entry) {
  const auto participants = participants_of(entry);
  if (participants.size() < supermajority_of(tx.n())) return false;
  const GroupKeyEntry* key = reshared_key(tx, entry);
  if (!entry.reshared) return true;
  if (key == nullptr) return false;
  const auto holders = std::ranges::count_if(participants, [&](const Announcement& one) {
    return std::ranges::find(key->holders, one.member) != key->holders.end();
  });
  return static_cast<std::size_t>(holders) >= key->commitments.size();
}

/// Leaves out who is no member any more, and begins the next attempt, or gives the ceremony up.
void begin_attempt(Transaction& tx, const base::Hash& id, CeremonyEntry entry) {
  for (const Announcement& one : entry.announced) {
    if (!tx.is_member(one.member)) insert_sorted(entry.excluded, one.member);
  }
  if (!can_go_on(tx, entry)) {
    give_up(tx, id, entry);
    return;
  }
  if (entry.attempt > 0) tx.effect(EffectKind::kRestarted, id);
  ++entry.attempt;
  entry.threshold = supermajority_of(tx.n());
  entry.phase = CeremonyPhase::kDealing;
  entry.until = tx.now() + tx.numbers().period("ceremony");
  entry.deals.clear();
  entry.missing.clear();
  entry.answered.clear();
  entry.certificates.clear();
  tx.ceremonies.put(id, std::move(entry));
}

void exclude_and_restart(Transaction& tx, const base::Hash& id, CeremonyEntry entry,
                         std::string_view member) {
  insert_sorted(entry.excluded, member);
  begin_attempt(tx, id, std::move(entry));
}

/// All participants have certified: the key is there.
void complete(Transaction& tx, const base::Hash& id, CeremonyEntry entry) {
  GroupKeyEntry key;
  key.use = entry.use;
  key.ceremony = id;
  key.commitments = group_commitments(attempt_of(tx, id, entry), entry.deals);
  for (const Announcement& one : participants_of(entry)) key.holders.push_back(one.member);
  const crypto::PublicKey name{key.commitments.front()};
  if (const GroupKeyEntry* before = reshared_key(tx, entry)) {
    CHECK(name == *entry.reshared);
    key.standing = before->standing;
    key.since = before->since;
    entry.old_commitments = before->commitments;
    entry.old_holders = before->holders;
    const base::Hash old = before->ceremony;
    if (const CeremonyEntry* old_entry = tx.ceremonies.find(old)) {
      retire_encryption_keys(tx, *old_entry);
      tx.ceremonies.erase(old);
    }
  } else {
    const bool first = !key_with(tx, entry.use, KeyStanding::kActive);
    // One that no zone showed, so that the ceremony was allowed.
    if (const auto replaced = key_with(tx, entry.use, KeyStanding::kStandby))
      move_on(tx, *replaced, KeyStanding::kRetiring);
    key.standing = first ? KeyStanding::kActive : KeyStanding::kStandby;
    key.since = tx.now();
  }
  tx.group_keys.put(name, std::move(key));
  entry.phase = CeremonyPhase::kDone;
  entry.until = tx.now();
  tx.ceremonies.put(id, std::move(entry));
  tx.effect(EffectKind::kKeyed, id);
}

// Steps.

struct Step {
  base::Hash id;
  CeremonyEntry entry;
};

base::Result<Step> find_step(const Transaction& tx, const record::Record& record, CeremonyPhase phase) {
  base::Hash id;
  CHECK(resource::read_hash(record.value("ceremony"), id));
  const CeremonyEntry* entry = tx.ceremonies.find(id);
  if (entry == nullptr || entry->phase == CeremonyPhase::kDone) {
    return base::fail(kUnknownProposal, "ceremony: none with this id is under way");
  }
  if (entry->phase != phase) {
    return base::fail(kRefused, "step: " + std::string(record.value("step")) +
                                    " does not belong to the ceremony's present phase");
  }
  if (phase == CeremonyPhase::kAnnouncing) return Step{id, *entry};
  std::uint64_t attempt = 0;
  CHECK(codec::read_decimal(record.value("attempt"), attempt));
  if (attempt != entry->attempt) {
    return base::fail(kRefused, "attempt: the present one is " + codec::serialize_decimal(entry->attempt));
  }
  if (find_announced(*entry, record.by()) == nullptr) {
    return base::fail(kRefused, "by: " + std::string(record.by()) + " takes no part in this attempt");
  }
  return Step{id, *entry};
}

base::Result<void> announce(Transaction& tx, const record::Record& record, SignatureChecker& checker) {
  ASSIGN_OR_RETURN(Step step, find_step(tx, record, CeremonyPhase::kAnnouncing));
  TRY(verify_role(tx, record, resource::Role::kGovernance, checker));
  Announcement one{std::string(record.by()), {}};
  CHECK(resource::read_key(record.value("encryption-key"), one.key));
  if (find_announced(step.entry, one.member) != nullptr)
    return base::fail(kDuplicate, "by: " + one.member + " has announced its key already");
  if (tx.keys.find(one.key) != nullptr)
    return base::fail(kRefused, "encryption-key: is in use, or was once; a ceremony takes a new one");
  TRY(verify_announcement(tx, step.id, one, record.value("possession")));
  tx.keys.put(one.key, {one.member, std::string(kEncryptionRole), false});
  const auto place = std::ranges::lower_bound(step.entry.announced, one.member, {}, &Announcement::member);
  step.entry.announced.insert(place, std::move(one));
  const bool all = std::ranges::all_of(
      tx.members(), [&](const std::string& member) { return find_announced(step.entry, member) != nullptr; });
  if (all) {
    begin_attempt(tx, step.id, std::move(step.entry));
  } else {
    tx.ceremonies.put(step.id, std::move(step.entry));
  }
  return {};
}

base::Result<void> deal(Transaction& tx, const record::Record& record, SignatureChecker& checker) {
  ASSIGN_OR_RETURN(Step step, find_step(tx, record, CeremonyPhase::kDealing));
  TRY(verify_role(tx, record, resource::Role::kOperator, checker));
  if (has_message(step.entry.deals, record.by()))
    return base::fail(kDuplicate,
                      "by: the first dealing of a member in an attempt counts, and stands already");
  auto message = codec::parse_base64(record.value("message"));
  CHECK(message.has_value());
  CeremonyMessage one{std::string(record.by()), std::move(*message)};
  TRY(verify_deal(attempt_of(tx, step.id, step.entry), step.entry.deals, one));
  step.entry.deals.push_back(std::move(one));
  if (step.entry.deals.size() == deals_needed(tx, step.entry)) {
    step.entry.phase = CeremonyPhase::kCertifying;
    step.entry.until = tx.now() + tx.numbers().period("ceremony");
  }
  tx.ceremonies.put(step.id, std::move(step.entry));
  return {};
}

/// The dealing of the member that an attribute names.
base::Result<const CeremonyMessage*> named_deal(const CeremonyEntry& entry, const record::Record& record,
                                                std::string_view attribute) {
  const auto found = std::ranges::find(entry.deals, record.value(attribute), &CeremonyMessage::member);
  if (found != entry.deals.end()) return &*found;
  return base::fail(kRefused, std::string(attribute) + ": " + std::string(record.value(attribute)) +
                                  " has not dealt in this attempt");
}

base::Result<void> miss(Transaction& tx, const record::Record& record, SignatureChecker& checker) {
  ASSIGN_OR_RETURN(Step step, find_step(tx, record, CeremonyPhase::kCertifying));
  TRY(verify_role(tx, record, resource::Role::kOperator, checker));
  ASSIGN_OR_RETURN(const CeremonyMessage* dealing, named_deal(step.entry, record, "from"));
  if (contains_sorted(step.entry.answered, dealing->member))
    return base::fail(kRefused,
                      "from: the private part of " + dealing->member + " stands on the log already");
  // Whoever is asked has half the phase to answer, else asking at the last moment would exclude the honest.
  const std::uint64_t half = tx.numbers().period("ceremony").value() / 2;
  if (tx.now() + base::Seconds(half) > step.entry.until)
    return base::fail(kRefused, "step: shares are asked for in the first half of the phase only");
  const MissingShare one{dealing->member, std::string(record.by())};
  const auto place = std::ranges::lower_bound(step.entry.missing, one);
  if (place != step.entry.missing.end() && *place == one)
    return base::fail(kDuplicate, "from: " + one.asker + " has asked for these already");
  step.entry.missing.insert(place, one);
  tx.ceremonies.put(step.id, std::move(step.entry));
  return {};
}

base::Result<void> answer(Transaction& tx, const record::Record& record, SignatureChecker& checker) {
  ASSIGN_OR_RETURN(Step step, find_step(tx, record, CeremonyPhase::kCertifying));
  TRY(verify_role(tx, record, resource::Role::kOperator, checker));
  ASSIGN_OR_RETURN(const CeremonyMessage* dealing, named_deal(step.entry, record, "from"));
  const bool asked = std::ranges::find(step.entry.missing, dealing->member, &MissingShare::dealer) !=
                     step.entry.missing.end();
  if (!asked || contains_sorted(step.entry.answered, dealing->member))
    return base::fail(kRefused, "from: nobody asks for the private part of " + dealing->member);
  TRY(verify_private_part(attempt_of(tx, step.id, step.entry), dealing->bytes, record));
  insert_sorted(step.entry.answered, dealing->member);
  tx.ceremonies.put(step.id, std::move(step.entry));
  return {};
}

base::Result<void> complain(Transaction& tx, const record::Record& record, SignatureChecker& checker) {
  ASSIGN_OR_RETURN(Step step, find_step(tx, record, CeremonyPhase::kCertifying));
  TRY(verify_role(tx, record, resource::Role::kOperator, checker));
  ASSIGN_OR_RETURN(const CeremonyMessage* dealing, named_deal(step.entry, record, "against"));
  TRY(verify_complaint(attempt_of(tx, step.id, step.entry), *dealing, record));
  const std::string dealer = dealing->member;
  exclude_and_restart(tx, step.id, std::move(step.entry), dealer);
  return {};
}

base::Result<void> certify(Transaction& tx, const record::Record& record, SignatureChecker& checker) {
  ASSIGN_OR_RETURN(Step step, find_step(tx, record, CeremonyPhase::kCertifying));
  TRY(verify_role(tx, record, resource::Role::kOperator, checker));
  if (has_message(step.entry.certificates, record.by()))
    return base::fail(kDuplicate, "by: " + std::string(record.by()) + " has certified already");
  auto signature = codec::parse_base64(record.value("signature"));
  CHECK(signature.has_value());
  TRY(verify_certificate(attempt_of(tx, step.id, step.entry), step.entry.deals, record.by(), *signature));
  step.entry.certificates.push_back({std::string(record.by()), std::move(*signature)});
  if (step.entry.certificates.size() == participants_of(step.entry).size()) {
    complete(tx, step.id, std::move(step.entry));
  } else {
    tx.ceremonies.put(step.id, std::move(step.entry));
  }
  return {};
}

// Deadlines.

/// Who stood in the way of the phase that is over.
std::vector<std::string> silent_members(const Transaction& tx, const CeremonyEntry& entry) {
  std::vector<std::string> silent;
  const auto is_unanswered = [&](const MissingShare& one) {
    return !contains_sorted(entry.answered, one.dealer);
  };
  const GroupKeyEntry* key = reshared_key(tx, entry);
  for (const Announcement& one : participants_of(entry)) {
    if (entry.phase == CeremonyPhase::kDealing) {
      const bool deals = key == nullptr || std::ranges::find(key->holders, one.member) != key->holders.end();
      if (deals && !has_message(entry.deals, one.member)) silent.push_back(one.member);
      continue;
    }
    const bool owes = std::ranges::any_of(entry.missing, [&](const MissingShare& missing) {
      return missing.dealer == one.member && is_unanswered(missing);
    });
    const bool waits = std::ranges::any_of(entry.missing, [&](const MissingShare& missing) {
      return missing.asker == one.member && is_unanswered(missing);
    });
    if (owes || (!waits && !has_message(entry.certificates, one.member))) silent.push_back(one.member);
  }
  return silent;
}

}  // namespace

std::vector<Announcement> participants_of(const CeremonyEntry& entry) {
  std::vector<Announcement> participants;
  for (const Announcement& one : entry.announced) {
    if (!is_excluded(entry, one.member)) participants.push_back(one);
  }
  std::ranges::sort(participants, {}, &Announcement::key);
  return participants;
}

base::Result<void> check_order(const Transaction& tx, std::string_view text) {
  const Order order = read_order(text);
  if (order.verb == "reshare") {
    crypto::PublicKey key;
    CHECK(resource::read_key(order.object, key));
    return check_reshare(tx, key);
  }
  const auto use = use_from_word(order.object);
  CHECK(use.has_value());
  return order.verb == "roll" ? check_roll(tx, *use) : check_generate(tx, *use);
}

base::Result<void> execute_order(Transaction& tx, const record::Record& proposal) {
  const std::string_view text = proposal.value("ceremony");
  TRY(check_order(tx, text));
  const Order order = read_order(text);
  CeremonyEntry entry;
  entry.until = tx.now() + tx.numbers().period("ceremony");
  if (order.verb == "reshare") {
    CHECK(resource::read_key(order.object, entry.reshared.emplace()));
    entry.use = tx.group_keys.find(*entry.reshared)->use;
  } else {
    entry.use = *use_from_word(order.object);
  }
  if (order.verb == "roll") {
    roll(tx, entry.use);
  } else {
    tx.ceremonies.put(proposal.id(), std::move(entry));
  }
  return {};
}

base::Result<void> enter_ceremony(Transaction& tx, const record::Record& record, SignatureChecker& checker) {
  if (!tx.is_member(record.by()))
    return base::fail(kUnknownParty, "by: " + std::string(record.by()) + " is no member");
  const std::string_view step = record.value("step");
  if (step == "announce") return announce(tx, record, checker);
  if (step == "deal") return deal(tx, record, checker);
  if (step == "missing") return miss(tx, record, checker);
  if (step == "private-part") return answer(tx, record, checker);
  if (step == "complaint") return complain(tx, record, checker);
  CHECK(step == "certificate");
  return certify(tx, record, checker);
}

void run_due_ceremony(Transaction& tx, const base::Hash& id) {
  const CeremonyEntry* current = tx.ceremonies.find(id);
  CHECK(current != nullptr && current->phase != CeremonyPhase::kDone);
  CeremonyEntry entry = *current;
  if (entry.phase != CeremonyPhase::kAnnouncing) {
    for (const std::string& member : silent_members(tx, entry)) insert_sorted(entry.excluded, member);
  }
  begin_attempt(tx, id, std::move(entry));
}

}  // namespace charter
