#include "replica/mailbox.h"

#include <algorithm>
#include <utility>

#include "crypto/hash.h"

namespace replica {

using base::Result;

namespace {

constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kLengthBytes = 4;

void append_number(std::string& text, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = bytes; i > 0; --i) text.push_back(static_cast<char>(value >> (8 * (i - 1)) & 0xFFU));
}
std::uint64_t read_number(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) value = value << 8U | static_cast<base::Byte>(c);
  return value;
}

}  // namespace

base::Bytes fetch_body(std::uint64_t after) {
  std::string text;
  append_number(text, after, kNumberBytes);
  return {text.begin(), text.end()};
}

Result<Fetched> parse_fetched(std::string_view answer) {
  if (answer.size() < kNumberBytes) return base::fail(kBadRoundMessage, "a mailbox's answer is cut off");
  Fetched fetched;
  fetched.last = read_number(answer.substr(0, kNumberBytes));
  answer.remove_prefix(kNumberBytes);
  while (!answer.empty()) {
    const std::uint64_t length =
        answer.size() < kLengthBytes ? 0 : read_number(answer.substr(0, kLengthBytes));
    if (length == 0 || length > kRoundMessageBytesMax || length > answer.size() - kLengthBytes)
      return base::fail(kBadRoundMessage, "a mailbox's answer has a wrong length");
    fetched.messages.emplace_back(answer.substr(kLengthBytes, length));
    answer.remove_prefix(kLengthBytes + length);
  }
  return fetched;
}

Mailbox::Mailbox(std::string origin, const base::Clock& clock, OperatorKeyOf operator_key_of,
                 MailboxLimits limits)
    : origin_(std::move(origin)),
      clock_(&clock),
      operator_key_of_(std::move(operator_key_of)),
      limits_(limits) {}

Result<std::string> Mailbox::take(std::string_view text) {
  ASSIGN_OR_RETURN(const RoundMessage message, parse_round_message(text));
  const base::EpochSeconds now = clock_->now();
  TRY(check(message, text, now));
  const std::scoped_lock lock(mutex_);
  if (message.purpose == Purpose::kFetch) return fetch(message);
  keep(message, text, now);
  return std::string();
}

Result<void> Mailbox::check(const RoundMessage& message, std::string_view text,
                            base::EpochSeconds now) const {
  if (message.origin != origin_) return base::fail(kNotHeard, "the message is for another registry");
  const std::uint64_t apart = std::max(now, message.time).value() - std::min(now, message.time).value();
  if (apart > limits_.clock_difference.value())
    return base::fail(kNotHeard, "time: too far from the present");
  if ((message.purpose == Purpose::kFetch) != (message.to == message.from))
    return base::fail(kNotHeard, "to: one fetches for oneself and writes to others");
  if (message.purpose == Purpose::kFetch && message.body.size() != kNumberBytes)
    return base::fail(kBadRoundMessage, "body: a fetch carries eight octets");
  const auto key = operator_key_of_(message.from);
  if (!key) return base::fail(kNotHeard, "from: no member with an operator key in force");
  if (!operator_key_of_(message.to)) return base::fail(kNotHeard, "to: no member");
  if (!verify_round_message(text, message, *key))
    return base::fail(kNotHeard, "the sender's operator key has not signed this");
  return {};
}

// A mailbox that was restarted counts from 1 again: a reader who has seen more begins anew.
std::string Mailbox::fetch(const RoundMessage& message) {
  std::uint64_t after = read_number(base::as_text(message.body));
  if (after >= next_) after = 0;
  std::uint64_t last = next_ - 1;
  std::string messages;
  for (const Kept& kept : kept_) {
    if (kept.number <= after || kept.to != message.from) continue;
    if (!messages.empty() && messages.size() + kept.text.size() > limits_.answer_bytes_max) {
      last = kept.number - 1;
      break;
    }
    append_number(messages, kept.text.size(), kLengthBytes);
    messages += kept.text;
  }
  std::string answer;
  append_number(answer, last, kNumberBytes);
  return answer + messages;
}

void Mailbox::keep(const RoundMessage& message, std::string_view text, base::EpochSeconds now) {
  while (!kept_.empty() && kept_.front().until < now) drop(kept_.begin());
  const base::Hash hash = crypto::sha256(base::as_bytes(text));
  if (!seen_.insert(hash).second) return;
  Fill& fill = fills_[message.from];
  while (fill.messages >= limits_.messages_per_member ||
         (fill.messages > 0 && fill.bytes + text.size() > limits_.bytes_per_member)) {
    drop(std::ranges::find(kept_, message.from, &Kept::from));
  }
  ++fill.messages;
  fill.bytes += text.size();
  kept_.push_back({next_++, message.from, message.to, now + limits_.kept, hash, std::string(text)});
}

void Mailbox::drop(const std::deque<Kept>::iterator& place) {
  Fill& fill = fills_[place->from];
  --fill.messages;
  fill.bytes -= place->text.size();
  seen_.erase(place->hash);
  kept_.erase(place);
}

std::size_t Mailbox::size() const {
  const std::scoped_lock lock(mutex_);
  return kept_.size();
}

}  // namespace replica
