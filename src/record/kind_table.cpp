#include "record/kind_table.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/limits.h"
#include "base/zone_limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/dns_name.h"
#include "codec/time_text.h"
#include "resource/values.h"

namespace record {
namespace {

using resource::is_handle;
using resource::is_hash;
using resource::is_key;
using resource::is_member_handle;
using resource::is_organisation_handle;

constexpr std::size_t kOriginBytesMax = 255;
/// What a dealer seals for 31 recipients fits.
constexpr std::size_t kPiecesMax = 3;
/// Of a message that a share was given for: a set of thirteen of the longest names is 6.7 kB.
constexpr std::size_t kSignedPiecesMax = 16;
/// From a share to the root over those of the largest session.
constexpr std::size_t kSharePathMax = 14;
static_assert(base::kSessionSignaturesMax == std::size_t{1} << kSharePathMax);
constexpr std::uint64_t kSerialMax = 4'294'967'295;
constexpr std::array<std::string_view, 11> kClassWords{"H1", "H2", "A", "K", "U", "V",
                                                       "M",  "C",  "R", "G", "E"};
constexpr std::array<std::string_view, 11> kEffectWords{"locked",   "executed",  "failed",   "expired",
                                                        "rejected", "cancelled", "extended", "reverted",
                                                        "keyed",    "restarted", "ended"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view text) {
  return std::ranges::find(words, text) != words.end();
}

bool is_number(std::string_view text) {
  std::uint64_t value = 0;
  return codec::read_decimal(text, value);
}
bool is_serial(std::string_view text) {
  std::uint64_t value = 0;
  return codec::read_decimal(text, value) && value <= kSerialMax;
}
bool is_time(std::string_view text) {
  return codec::read_time(text).has_value();
}
bool is_block_time(std::string_view text) {
  const auto time = codec::read_time(text);
  return time && *time <= kBlockTimeMax;
}
bool is_clock(std::string_view text) {
  return text == "real" || text == "virtual";
}
bool is_vote(std::string_view text) {
  return text == "yes" || text == "no" || text == "attest" || text == "abstain";
}
bool is_epoch(std::string_view text) {
  const auto space = text.find(' ');
  return space != std::string_view::npos && is_number(text.substr(0, space)) &&
         is_hash(text.substr(space + 1));
}
bool is_upstream(std::string_view text) {
  const auto space = text.find(' ');
  return space != std::string_view::npos && is_hash(text.substr(0, space)) &&
         is_serial(text.substr(space + 1));
}
/// "APEX SERIAL".
bool is_release(std::string_view text) {
  const auto space = text.find(' ');
  return space != std::string_view::npos && codec::is_dns_name(text.substr(0, space)) &&
         is_serial(text.substr(space + 1));
}
/// "published APEX SERIAL DIGEST": the digest is base64 of the 48 octets of ZONEMD.
bool is_publication(std::string_view text) {
  constexpr std::string_view kWord = "published ";
  constexpr std::size_t kDigestBytes = 48;
  const auto space = text.rfind(' ');
  if (!text.starts_with(kWord) || space < kWord.size()) return false;
  const auto digest = codec::parse_base64(text.substr(space + 1));
  return is_release(text.substr(kWord.size(), space - kWord.size())) && digest &&
         digest->size() == kDigestBytes;
}
bool is_effect(std::string_view text) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return false;
  return is_publication(text) ||
         (is_one_of(kEffectWords, text.substr(0, space)) && is_hash(text.substr(space + 1)));
}
bool is_object(std::string_view text) {
  return resource::parse_object_id(text).has_value();
}
bool is_subject(std::string_view text) {
  return text == resource::kUnclaimed || is_handle(text);
}
bool is_register(std::string_view text) {
  return text == "names";
}
bool is_yes(std::string_view text) {
  return text == "yes";
}

bool is_role(std::string_view text) {
  return text == "log" || text == "zsk" || text == "ksk";
}
bool is_ceremony_order(std::string_view text) {
  const auto space = text.find(' ');
  const std::string_view verb = text.substr(0, space);
  if (space == std::string_view::npos) return false;
  if (verb == "reshare") return is_key(text.substr(space + 1));
  return (verb == "generate" || verb == "roll") && is_role(text.substr(space + 1));
}
bool is_attempt(std::string_view text) {
  std::uint64_t value = 0;
  return codec::read_decimal(text, value) && value > 0;
}
/// Canonical base64 of 1 to 768 octets: what a value can hold.
bool is_message(std::string_view text) {
  if (text.size() > base::kAttributeValueBytesMax) return false;
  const auto bytes = codec::parse_base64(text);
  return bytes && !bytes->empty();
}
/// "N BASE64": the N-th piece of a message that one value cannot hold, at most 765 octets.
bool is_piece(std::string_view text) {
  if (text.size() < 3 || text[0] < '1' || text[0] > '9' || text[1] != ' ') return false;
  return text.size() <= base::kAttributeValueBytesMax && is_message(text.substr(2));
}
bool is_signature(std::string_view text) {
  constexpr std::size_t kSignatureBytes = 64;
  const auto bytes = codec::parse_base64(text);
  return bytes && bytes->size() == kSignatureBytes;
}
/// "NN ...": the number of a line, from 01.
constexpr std::size_t kNumberDigits = 2;
bool is_numbered(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return text.size() > kNumberDigits && is_digit(text[0]) && is_digit(text[1]) && !text.starts_with("00") &&
         text[kNumberDigits] == ' ';
}
bool is_numbered_message(std::string_view text) {
  return is_numbered(text) && is_message(text.substr(kNumberDigits + 1));
}
bool is_numbered_hash(std::string_view text) {
  return is_numbered(text) && is_hash(text.substr(kNumberDigits + 1));
}
/// "NN BASE64": a holder's number and its two commitments.
bool is_signer(std::string_view text) {
  return is_numbered(text) && is_signature(text.substr(kNumberDigits + 1));
}
bool is_fault(std::string_view text) {
  return text == "wrong-share";
}
bool is_share_count(std::string_view text) {
  std::uint64_t count = 0;
  return codec::read_decimal(text, count) && count > 0 && count <= base::kSessionSignaturesMax;
}
constexpr std::size_t kPositionDigits = 6;
bool is_position(std::string_view text) {
  return is_number(text) && text.size() <= kPositionDigits;
}
/// "NNNNNN BASE64": a position in six digits and 64 octets.
bool is_placed_signature(std::string_view text) {
  return text.size() > kPositionDigits && text[kPositionDigits] == ' ' &&
         std::ranges::all_of(text.substr(0, kPositionDigits), [](char c) { return c >= '0' && c <= '9'; }) &&
         is_signature(text.substr(kPositionDigits + 1));
}
constexpr std::array<std::string_view, 6> kCeremonySteps{"announce", "certificate", "complaint",
                                                         "deal",     "missing",     "private-part"};
bool is_ceremony_step(std::string_view text) {
  return is_one_of(kCeremonySteps, text);
}

// Words of kClassWords in that order, each at most once, one space between two.
bool is_class_list(std::string_view text) {
  auto from = kClassWords.begin();
  for (;;) {
    const auto space = text.find(' ');
    const auto found = std::find(from, kClassWords.end(), text.substr(0, space));
    if (found == kClassWords.end()) return false;
    if (space == std::string_view::npos) return true;
    from = found + 1;
    text.remove_prefix(space + 1);
  }
}

// "ORIGIN GENESIS-ID".
bool is_predecessor(std::string_view text) {
  const auto space = text.find(' ');
  return space != std::string_view::npos && is_origin(text.substr(0, space)) &&
         is_hash(text.substr(space + 1));
}
// "SIZE ROOT", of a checkpoint that holds a block.
bool is_checkpoint(std::string_view text) {
  const auto space = text.find(' ');
  std::uint64_t size = 0;
  return space != std::string_view::npos && codec::read_decimal(text.substr(0, space), size) && size > 0 &&
         size <= base::kTreeSizeMax && is_hash(text.substr(space + 1));
}
bool is_five_roots(std::string_view text) {
  for (int left = 4; left > 0; --left) {
    const auto space = text.find(' ');
    if (space == std::string_view::npos || !is_hash(text.substr(0, space))) return false;
    text.remove_prefix(space + 1);
  }
  return is_hash(text);
}
bool is_part(std::string_view text) {
  std::uint64_t part = 0;
  return codec::read_decimal(text, part) && part > 0 && part <= kCarryPartsMax;
}
bool is_consent(std::string_view text) {
  return text == "quorum" || text == "left";
}
bool is_tree(std::string_view text) {
  return text == "objects" || text == "rules";
}

constexpr std::string_view kHashWords = "base64 of 32 octets";
constexpr AttributeForm kBy{"by", 1, 1, is_handle, "a handle"};
constexpr AttributeForm kByMember{"by", 1, 1, is_member_handle, "a member's handle"};
constexpr AttributeForm kByOrganisation{"by", 1, 1, is_organisation_handle, "an organisation's handle"};
constexpr AttributeForm kEpoch{"epoch", 1, 1, is_epoch, "NUMBER and base64 of 32 octets"};
constexpr AttributeForm kProposalId{"proposal", 1, 1, is_hash, kHashWords};
constexpr AttributeForm kExpires{"expires", 1, 1, is_time, "YYYY-MM-DDTHH:MM:SSZ"};
constexpr AttributeForm kAnnex{"annex", 0, 1, is_hash, kHashWords};
constexpr AttributeForm kObject{"object", 1, 1, is_object, "CLASS KEY"};
constexpr AttributeForm kTime{"time", 1, 1, is_block_time,
                              "YYYY-MM-DDTHH:MM:SSZ until the beginning of the year 9000"};

constexpr std::array kGenesis{
    kTime,
    AttributeForm{"clock", 1, 1, is_clock, "`real` or `virtual`"},
    AttributeForm{"log-key", 1, 1, is_key, "a key (base64 of 0x01 and 32 octets)"},
    AttributeForm{"predecessor", 0, 1, is_predecessor, "ORIGIN and base64 of 32 octets"},
    AttributeForm{"checkpoint", 0, 1, is_checkpoint, "a size and base64 of 32 octets"},
    AttributeForm{"policy", 0, 1, is_number, "a number"},
    AttributeForm{"roots", 0, 1, is_five_roots, "five times base64 of 32 octets"},
    AttributeForm{"carried", 0, 1, is_part, "1 to 4095"},
    AttributeForm{"consent", 0, 1, is_consent, "`quorum` or `left`"},
};
constexpr std::array kCarry{
    AttributeForm{"part", 1, 1, is_part, "1 to 4095"},
    AttributeForm{"tree", 1, 1, is_tree, "`objects` or `rules`"},
};
constexpr std::array kProposal{
    kBy,
    kEpoch,
    AttributeForm{"class", 1, 1, is_class_list, "classes in the order H1 H2 A K U V M C R G E"},
    AttributeForm{"subject", 0, 1, is_subject, "a handle or UNCLAIMED"},
    AttributeForm{"upstream", 0, 1, is_upstream, "base64 of 32 octets and a 32-bit serial"},
    AttributeForm{"founding", 0, 1, is_register, "`names`"},
    AttributeForm{"ceremony", 0, 1, is_ceremony_order, "`generate ROLE`, `roll ROLE` or `reshare KEY`"},
    AttributeForm{"publish", 0, 1, is_hash, kHashWords},
    AttributeForm{"override", 0, 1, is_yes, "`yes`"},
    kExpires,
    kAnnex,
};
constexpr std::array kAcceptance{kBy, kEpoch, kProposalId, kExpires};
constexpr std::array kBallot{
    kByMember,   kEpoch,
    kProposalId, AttributeForm{"vote", 1, 1, is_vote, "`yes`, `no`, `attest` or `abstain`"},
    kExpires,    kAnnex};
constexpr std::array kObjection{kBy, kEpoch, kProposalId, kExpires, kAnnex};
constexpr std::array kDispute{
    kByOrganisation, kEpoch, kObject, AttributeForm{"with", 1, 1, is_member_handle, "a member's handle"},
    kExpires,        kAnnex};
constexpr std::array kCheck{kByMember, kEpoch, kObject, AttributeForm{"hash", 1, 1, is_hash, kHashWords},
                            kExpires};
constexpr std::array kRedaction{kByMember, kEpoch, AttributeForm{"commitment", 1, 1, is_hash, kHashWords},
                                kExpires};
constexpr AttributeForm kStep{"step", 1, 1, is_ceremony_step, "a step of the table"};
constexpr AttributeForm kCeremonyId{"ceremony", 1, 1, is_hash, kHashWords};
constexpr AttributeForm kAttempt{"attempt", 1, 1, is_attempt, "a number from 1"};
constexpr AttributeForm kFrom{"from", 1, 1, is_member_handle, "a member's handle"};
constexpr AttributeForm kPieces{"piece", 1, kPiecesMax, is_piece, "N and base64 of at most 765 octets", true};
constexpr std::array kCeremonyHead{kByMember, kEpoch, kStep};
constexpr std::array kAnnounce{
    kByMember,
    kEpoch,
    kStep,
    kCeremonyId,
    AttributeForm{"encryption-key", 1, 1, is_key, "a key (base64 of 0x01 and 32 octets)"},
    AttributeForm{"possession", 1, 1, is_signature, "base64 of 64 octets"},
    kExpires};
constexpr std::array kDeal{kByMember,   kEpoch,   kStep,
                           kCeremonyId, kAttempt, AttributeForm{"message", 1, 1, is_message, "base64"},
                           kExpires};
constexpr std::array kMissing{kByMember, kEpoch, kStep, kCeremonyId, kAttempt, kFrom, kExpires};
constexpr std::array kPrivatePart{kByMember, kEpoch, kStep, kCeremonyId, kAttempt, kFrom, kPieces, kExpires};
constexpr std::array kComplaint{
    kByMember,   kEpoch,   kStep,
    kCeremonyId, kAttempt, AttributeForm{"against", 1, 1, is_member_handle, "a member's handle"},
    kPieces,     kExpires};
constexpr std::array kCertificate{
    kByMember,   kEpoch,   kStep,
    kCeremonyId, kAttempt, AttributeForm{"signature", 1, 1, is_signature, "base64 of 64 octets"},
    kExpires};

std::span<const AttributeForm> ceremony_forms(std::string_view step) {
  if (step == "announce") return kAnnounce;
  if (step == "deal") return kDeal;
  if (step == "missing") return kMissing;
  if (step == "private-part") return kPrivatePart;
  if (step == "complaint") return kComplaint;
  if (step == "certificate") return kCertificate;
  return kCeremonyHead;
}

constexpr std::array kSignatures{
    kByMember,
    kEpoch,
    AttributeForm{"release", 1, 1, is_release, "a zone's apex and a 32-bit serial"},
    AttributeForm{"batch", 1, 1, is_hash, kHashWords},
    AttributeForm{"first", 1, 1, is_position, "a position below 1,000,000"},
    AttributeForm{"signature", 1, base::kBatchPieceMax, is_placed_signature,
                  "a position in six digits and base64 of 64 octets", true},
    kExpires,
};

constexpr std::array kWrongShare{
    kByMember,
    kEpoch,
    AttributeForm{"fault", 1, 1, is_fault, "`wrong-share`"},
    AttributeForm{"against", 1, 1, is_member_handle, "a member's handle"},
    AttributeForm{"key", 1, 1, is_key, "a key (base64 of 0x01 and 32 octets)"},
    AttributeForm{"sharing", 1, 1, is_hash, kHashWords},
    AttributeForm{"time", 1, 1, is_time, "YYYY-MM-DDTHH:MM:SSZ"},
    AttributeForm{"count", 1, 1, is_share_count, "1 to 16384"},
    AttributeForm{"position", 1, 1, is_position, "a position below 1,000,000"},
    AttributeForm{"message", 1, kSignedPiecesMax, is_numbered_message,
                  "two digits and base64 of at most 765 octets", true},
    AttributeForm{"signer", 1, base::kMembersMax, is_signer, "two digits and base64 of 64 octets", true},
    AttributeForm{"share", 1, 1, is_hash, kHashWords},
    AttributeForm{"hash", 0, kSharePathMax, is_numbered_hash, "two digits and base64 of 32 octets", true},
    AttributeForm{"statement", 1, 1, is_signature, "base64 of 64 octets"},
    kExpires,
};

constexpr std::array kBlock{
    AttributeForm{"height", 1, 1, is_number, "a number"},
    kTime,
    AttributeForm{"records", 1, 1, is_number, "a number"},
    AttributeForm{"effect", 0, base::kBlockEffectsMax, is_effect,
                  "a word of the table and what it speaks of"},
    AttributeForm{"state", 1, 1, is_hash, kHashWords},
};

}  // namespace

std::span<const AttributeForm> attribute_forms(Kind kind, const Attribute& third) {
  switch (kind) {
    case Kind::kGenesis:
      return kGenesis;
    case Kind::kCarry:
      return kCarry;
    case Kind::kProposal:
      return kProposal;
    case Kind::kAcceptance:
    case Kind::kWithdrawal:
      return kAcceptance;
    case Kind::kBallot:
      return kBallot;
    case Kind::kObjection:
      if (third.name == "object") return kDispute;
      return kObjection;
    case Kind::kCancellation:
      return kObjection;
    case Kind::kCheck:
      return kCheck;
    case Kind::kRedaction:
      return kRedaction;
    case Kind::kBlock:
      return kBlock;
    case Kind::kCeremony:
      return ceremony_forms(third.name == "step" ? third.value : std::string_view());
    case Kind::kSignatures:
      return kSignatures;
    case Kind::kEvidence:
      return kWrongShare;
  }
  CHECK(false);
}

bool is_unsigned(Kind kind) {
  return kind == Kind::kBlock || kind == Kind::kCarry;
}

bool takes_paragraphs(Kind kind) {
  return kind == Kind::kGenesis || kind == Kind::kProposal;
}

bool is_origin(std::string_view text) {
  return !text.empty() && text.size() <= kOriginBytesMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '/' || c == '_' || c == '-';
  });
}

}  // namespace record
