#include "rounds/adversary.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "ceremony/players.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "record/builder.h"
#include "spoil/liar.h"

namespace rounds {
namespace {

using replica::Purpose;
using replica::RoundMessage;

constexpr std::size_t kRemembered = 24;
constexpr std::size_t kOpeningBytes = 64;

template <typename T>
void remember(std::deque<T>& from, T one) {
  from.push_back(std::move(one));
  if (from.size() > kRemembered) from.pop_front();
}

/// The record with one attribute changed, signed as if its sender meant it; nothing if that makes no record.
std::optional<std::string> changed(const record::Record& record, std::string_view name,
                                   const std::string& value, const note::Signer& signer) {
  record::Builder builder(record.kind(), record.origin());
  for (const record::Attribute& one : record.attributes())
    builder.add(one.name, one.name == name ? std::string_view(value) : one.value);
  const auto body = builder.body();
  if (!body) return std::nullopt;
  const note::Signer* const signers[] = {&signer};
  auto leaf = record::sign(*body, signers);
  return leaf ? std::optional(std::move(*leaf)) : std::nullopt;
}

}  // namespace

std::uint64_t Dice::next() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t x = state_;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

Habits draw_habits(Dice& dice) {
  Habits habits;
  switch (dice.below(8)) {
    case 0:
      habits.drops = 100;
      break;
    case 1:
      habits.drops = 40;
      break;
    case 2:
      habits.wrong_share = 100;
      break;
    case 3:
      habits.alters = 30;
      habits.spoils_records = 50;
      break;
    case 4:
      habits.repeats = 50;
      habits.two_lists = 100;
      break;
    case 5:
      habits.floods = 30;
      habits.two_lists = 50;
      habits.keeps_parts = true;
      break;
    case 6:
      habits.deals_wrongly = true;
      habits.wrong_share = 30;
      break;
    default:
      habits = {15, 15, 15, 15, 30, 10, 20, dice.chance(50), dice.chance(50)};
  }
  return habits;
}

Adversary::Adversary(std::string origin, const note::Signer& signer, std::uint64_t seed)
    : origin_(std::move(origin)), signer_(&signer), dice_(seed), habits_(draw_habits(dice_)) {}

std::string Adversary::sign(const RoundMessage& message) const {
  return replica::sign_round_message(message, *signer_);
}

void Adversary::alter(base::Bytes& bytes) {
  if (!bytes.empty()) bytes[dice_.below(bytes.size())] ^= static_cast<base::Byte>(1 + dice_.below(255));
}

void Adversary::hear(const RoundMessage& message) {
  if (message.purpose == Purpose::kCommitments) remember(heard_commitments_, message.body);
  if (message.purpose == Purpose::kSigners) asked_[message.session] = message.body;
}

std::string Adversary::lie(const charter::State& state, const replica::SigningJob& job,
                           const std::string& mail) {
  auto message = replica::parse_round_message(mail);
  CHECK(message.has_value());
  if (message->purpose != Purpose::kShares || !dice_.chance(habits_.wrong_share)) return mail;
  const auto asked = asked_.find(message->session);
  if (asked == asked_.end()) return mail;
  ceremony::SeededRandom random(dice_.next());
  auto body =
      spoil::wrong_answer({state, job, message->session, asked->second, signer_->name(), message->time},
                          message->body, dice_.below(job.messages.size()), *signer_, random);
  if (!body) return mail;  // an answer to another job
  message->body = std::move(*body);
  return sign(*message);
}

// Somebody's commitments make room for others: a signer that answered to both would give its share away.
std::optional<std::string> Adversary::second_list(const RoundMessage& message) {
  RoundMessage other = message;
  if (heard_commitments_.empty() || heard_commitments_.back().empty()) return std::nullopt;
  const base::Bytes& heard = heard_commitments_[dice_.below(heard_commitments_.size())];
  if (heard.size() > other.body.size() || other.body.size() % heard.size() != 0) return std::nullopt;
  const std::size_t place = dice_.below(other.body.size() / heard.size()) * heard.size();
  std::ranges::copy(heard, other.body.begin() + static_cast<std::ptrdiff_t>(place));
  return other.body == message.body ? std::nullopt : std::optional(sign(other));
}

std::vector<std::string> Adversary::twist(const std::string& mail) {
  auto message = replica::parse_round_message(mail);
  CHECK(message.has_value());
  if (dice_.chance(habits_.drops)) return {};
  if (message->purpose == Purpose::kPrivatePart && habits_.keeps_parts) return {};
  std::deque<base::Bytes>& said = said_[message->purpose];
  const base::Bytes meant = message->body;
  if (!said.empty() && dice_.chance(habits_.repeats)) message->body = said[dice_.below(said.size())];
  remember(said, meant);
  if (dice_.chance(habits_.alters)) alter(message->body);
  std::vector<std::string> out{message->body == meant ? mail : sign(*message)};
  if (message->purpose == Purpose::kSigners && dice_.chance(habits_.two_lists)) {
    auto second = second_list(*message);
    if (second) out.insert(dice_.chance(50) ? out.begin() : out.end(), std::move(*second));
  }
  return out;
}

std::vector<std::string> Adversary::twist_record(const std::string& leaf) {
  if (dice_.chance(habits_.drops)) return {};
  std::vector<std::string> out;
  if (!records_.empty() && dice_.chance(habits_.repeats))
    out.push_back(records_[dice_.below(records_.size())]);
  remember(records_, leaf);
  if (!dice_.chance(habits_.spoils_records)) {
    out.push_back(leaf);
    return out;
  }
  const auto record = record::Record::parse(std::string_view(leaf));
  CHECK(record.has_value());
  for (const char* const name : {"message", "signature"}) {
    auto bytes = codec::parse_base64(record->value(name));
    if (record->value(name).empty() || !bytes) continue;
    alter(*bytes);
    auto other = changed(*record, name, codec::serialize_base64(*bytes), *signer_);
    if (other) out.push_back(std::move(*other));
  }
  if (dice_.chance(50)) out.push_back(leaf);  // the true one after it
  return out;
}

std::vector<std::string> Adversary::unasked(const base::Hash& job, const std::vector<std::string>& others,
                                            base::EpochSeconds now) {
  std::vector<std::string> out;
  if (!dice_.chance(habits_.floods)) return out;
  for (unsigned i = 0; i < 3; ++i) {
    RoundMessage message{origin_, signer_->name(), {}, Purpose::kOpen, {}, now, {}};
    message.body.assign(job.bytes.begin(), job.bytes.end());
    while (message.body.size() < kOpeningBytes) message.body.push_back(static_cast<base::Byte>(dice_.next()));
    std::string bound = "comity/1 signing-round " + origin_ + " " + signer_->name() + "\n";
    bound.append(base::as_text(message.body));
    message.session = crypto::sha256(base::as_bytes(bound));
    for (const std::string& other : others) {
      if (other == signer_->name()) continue;
      message.to = other;
      out.push_back(sign(message));
    }
  }
  return out;
}

}  // namespace rounds
