#include "record/kind_table.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/limits.h"
#include "codec/decimal.h"
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
constexpr std::uint64_t kSerialMax = 4'294'967'295;
constexpr std::array<std::string_view, 10> kClassWords{"H1", "H2", "A", "K", "U", "V", "M", "C", "R", "E"};
constexpr std::array<std::string_view, 8> kEffectWords{"locked",   "executed",  "failed",   "expired",
                                                       "rejected", "cancelled", "extended", "reverted"};

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
bool is_effect(std::string_view text) {
  const auto space = text.find(' ');
  return space != std::string_view::npos && is_one_of(kEffectWords, text.substr(0, space)) &&
         is_hash(text.substr(space + 1));
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
};
constexpr std::array kProposal{
    kBy,
    kEpoch,
    AttributeForm{"class", 1, 1, is_class_list, "classes in the order H1 H2 A K U V M C R E"},
    AttributeForm{"subject", 0, 1, is_subject, "a handle or UNCLAIMED"},
    AttributeForm{"upstream", 0, 1, is_upstream, "base64 of 32 octets and a 32-bit serial"},
    AttributeForm{"founding", 0, 1, is_register, "`names`"},
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
constexpr std::array kBlock{
    AttributeForm{"height", 1, 1, is_number, "a number"},
    kTime,
    AttributeForm{"records", 1, 1, is_number, "a number"},
    AttributeForm{"effect", 0, base::kBlockEffectsMax, is_effect, "a word of the table and a proposal's id"},
    AttributeForm{"state", 1, 1, is_hash, kHashWords},
};

}  // namespace

std::span<const AttributeForm> attribute_forms(Kind kind, bool dispute) {
  CHECK(!dispute || kind == Kind::kObjection);
  switch (kind) {
    case Kind::kGenesis:
      return kGenesis;
    case Kind::kProposal:
      return kProposal;
    case Kind::kAcceptance:
    case Kind::kWithdrawal:
      return kAcceptance;
    case Kind::kBallot:
      return kBallot;
    case Kind::kObjection:
      if (dispute) return kDispute;
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
    case Kind::kSignatures:
    case Kind::kEvidence:
      return {};
  }
  CHECK(false);
}

bool is_reserved(Kind kind) {
  return kind == Kind::kCeremony || kind == Kind::kSignatures || kind == Kind::kEvidence;
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
