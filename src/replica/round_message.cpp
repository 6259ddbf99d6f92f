#include "replica/round_message.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "codec/base64.h"
#include "codec/time_text.h"
#include "note/signed_note.h"
#include "resource/values.h"

namespace replica {

using base::Result;

namespace {

constexpr std::string_view kHead = "comity/1 round ";
constexpr std::size_t kOriginBytesMax = 255;
constexpr std::array<std::string_view, 7> kPurposeWords{"fetch",       "private-part", "ask-part", "open",
                                                        "commitments", "signers",      "shares"};

std::string text_of(const RoundMessage& message) {
  std::string text(kHead);
  text.append(message.origin).append("\nfrom: ").append(message.from);
  text.append("\nto: ").append(message.to);
  text.append("\npurpose: ").append(purpose_word(message.purpose));
  text.append("\nsession: ").append(codec::serialize_base64(message.session.view()));
  text.append("\ntime: ").append(codec::serialize_time(message.time));
  text.append("\nbody: ");
  if (message.body.empty()) {
    text.append("none");
  } else {
    codec::append_base64(text, message.body);
  }
  return text.append("\n");
}

class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  /// The value of the next line, which must begin with `name`.
  Result<std::string_view> take(std::string_view name) {
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos || !rest_.starts_with(name))
      return base::fail(kBadRoundMessage, "no line \"" + std::string(name) + "\" where it belongs");
    const std::string_view value = rest_.substr(name.size(), end - name.size());
    rest_.remove_prefix(end + 1);
    return value;
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

Result<std::string> member(Lines& lines, std::string_view name) {
  ASSIGN_OR_RETURN(const std::string_view value, lines.take(name));
  if (!resource::is_member_handle(value))
    return base::fail(kBadRoundMessage, std::string(name) + "no member's handle");
  return std::string(value);
}

Result<Purpose> purpose(Lines& lines) {
  ASSIGN_OR_RETURN(const std::string_view word, lines.take("purpose: "));
  const auto found = std::ranges::find(kPurposeWords, word);
  if (found == kPurposeWords.end()) return base::fail(kBadRoundMessage, "purpose: not known here");
  return static_cast<Purpose>(found - kPurposeWords.begin());
}

Result<base::Bytes> body(Lines& lines) {
  ASSIGN_OR_RETURN(const std::string_view text, lines.take("body: "));
  if (text == "none") return base::Bytes();
  auto bytes = codec::parse_base64(text);
  if (!bytes || bytes->empty() || bytes->size() > kRoundBodyBytesMax)
    return base::fail(kBadRoundMessage, "body: neither `none` nor base64 of as many octets as are allowed");
  return std::move(*bytes);
}

note::NoteLimits limits() {
  return {kRoundMessageBytesMax, 1};
}

}  // namespace

std::string_view purpose_word(Purpose purpose) {
  return kPurposeWords[static_cast<std::size_t>(purpose)];
}

std::string sign_round_message(const RoundMessage& message, const note::Signer& signer) {
  CHECK(signer.type() == note::KeyType::kEd25519 && signer.name() == message.from);
  CHECK(message.body.size() <= kRoundBodyBytesMax);
  const std::string text = text_of(message);
  return text + "\n" + note::sign_text(text, signer);
}

Result<RoundMessage> parse_round_message(std::string_view text) {
  const auto split = note::parse_note(text, limits());
  if (!split) return base::fail(kBadRoundMessage, split.error().message());
  Lines lines(split->text);
  RoundMessage message;
  ASSIGN_OR_RETURN(const std::string_view origin, lines.take(kHead));
  if (origin.empty() || origin.size() > kOriginBytesMax) return base::fail(kBadRoundMessage, "the origin");
  message.origin = origin;
  ASSIGN_OR_RETURN(message.from, member(lines, "from: "));
  ASSIGN_OR_RETURN(message.to, member(lines, "to: "));
  ASSIGN_OR_RETURN(message.purpose, purpose(lines));
  ASSIGN_OR_RETURN(const std::string_view session, lines.take("session: "));
  if (!resource::read_hash(session, message.session))
    return base::fail(kBadRoundMessage, "session: not base64 of 32 octets");
  ASSIGN_OR_RETURN(const std::string_view time, lines.take("time: "));
  const auto moment = codec::read_time(time);
  if (!moment) return base::fail(kBadRoundMessage, "time: not YYYY-MM-DDTHH:MM:SSZ");
  message.time = *moment;
  ASSIGN_OR_RETURN(message.body, body(lines));
  if (!lines.at_end()) return base::fail(kBadRoundMessage, "more after the body");
  return message;
}

Result<void> verify_round_message(std::string_view text, const RoundMessage& message,
                                  const crypto::PublicKey& operator_key) {
  ASSIGN_OR_RETURN(const note::NoteView split, note::parse_note(text, limits()));
  return note::verify_note(split, {message.from, note::KeyType::kEd25519, operator_key});
}

}  // namespace replica
