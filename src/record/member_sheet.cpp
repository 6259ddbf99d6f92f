#include "record/member_sheet.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "note/signed_note.h"
#include "record/kind_table.h"
#include "resource/keys.h"
#include "resource/values.h"

namespace record {
namespace {

using base::Result;
using resource::Action;
using resource::ObjectClass;

constexpr std::string_view kHead = "comity/1 sheet ";
constexpr std::string_view kLogKey = "log-key: ";
constexpr note::NoteLimits kSheetLimits{base::kRecordBytesMax, base::kRecordSignaturesMax};

note::VerifierKey verifier_of(const FoundingKey& key) {
  return {key.name, note::KeyType::kEd25519, key.key};
}

std::string paragraph(ObjectClass object_class, std::string_view key, const std::vector<std::string>& lines) {
  resource::Change change{Action::kCreate, object_class, key, {}};
  for (const std::string& line : lines) {
    const auto colon = line.find(": ");
    const std::string_view view(line);
    change.lines.push_back({resource::Operation::kAdd, view.substr(0, colon),
                            colon == std::string::npos ? "" : view.substr(colon + 2)});
  }
  return "\n" + resource::serialize_change(change);
}

// Any two of the keys, in whichever roles: a founder that uses one twice could not keep them apart later.
Result<void> check_distinct(const std::vector<FoundingKey>& keys) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!crypto::is_prime_order_key(keys[i].key))
      return base::fail(kBadSheet, keys[i].name + " " + keys[i].role + ": a key of prime order is expected");
    for (std::size_t j = 0; j < i; ++j) {
      if (keys[i].key == keys[j].key)
        return base::fail(kBadSheet, "one key is " + keys[j].name + " " + keys[j].role + " and " +
                                         keys[i].name + " " + keys[i].role +
                                         "; keys that differ are expected");
    }
  }
  return {};
}

Result<void> check_signatures(const note::NoteView& note, const std::vector<FoundingKey>& keys) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::string who = keys[i].name + " " + keys[i].role;
    const note::VerifierKey key = verifier_of(keys[i]);
    if (i >= note.signatures.size() || note.signatures[i].name != key.name ||
        note.signatures[i].key_id != key.id()) {
      return base::fail(kBadSheet,
                        "signature " + std::to_string(i + 1) + ": the one of " + who + " is expected");
    }
    if (const auto verified = note::verify_note(note, key); !verified)
      return base::fail(kBadSheet, "the signature of " + who + " does not verify over this text");
  }
  if (note.signatures.size() != keys.size())
    return base::fail(kBadSheet, "no signature of a key that the sheet does not name is expected");
  return {};
}

}  // namespace

void sort_founding_keys(std::vector<FoundingKey>& keys) {
  std::ranges::sort(keys, {}, [](const FoundingKey& key) {
    return std::pair(std::string_view(key.name), resource::key_id(key.name, key.key));
  });
}

std::vector<FoundingKey> keys_named_by(const std::vector<resource::Change>& changes) {
  std::vector<FoundingKey> keys;
  for (const resource::Change& change : changes) {
    if (change.object_class != ObjectClass::kMember && change.object_class != ObjectClass::kOrganisation)
      continue;
    const auto object = resource::apply_change(nullptr, change);
    if (!object) continue;
    for (const resource::PartyKey& key : resource::party_keys(*object))
      keys.push_back({std::string(change.key), std::string(resource::role_name(key.role)), key.key});
  }
  return keys;
}

Result<void> MemberSheet::read_head(std::string_view body) {
  const std::string_view head = body.substr(0, body.find('\n'));
  if (!head.starts_with(kHead) || !is_origin(head.substr(kHead.size())))
    return base::fail(kBadSheet, "line 1: comity/1 sheet ORIGIN is expected");
  origin_ = head.substr(kHead.size());
  paragraphs_ = body.substr(std::min(head.size() + 1, body.size()));
  if (!paragraphs_.starts_with(kLogKey)) return {};
  const std::string_view line = paragraphs_.substr(0, paragraphs_.find('\n'));
  crypto::PublicKey key;
  if (!resource::read_key(line.substr(kLogKey.size()), key))
    return base::fail(kBadSheet, "line 2: log-key: a key is expected");
  log_key_ = key;
  paragraphs_.remove_prefix(std::min(line.size() + 1, paragraphs_.size()));
  return {};
}

Result<void> MemberSheet::read_paragraphs() {
  auto changes = resource::parse_changes(paragraphs_, log_key_ ? 3 : 2);
  if (!changes) return base::fail(kBadSheet, changes.error().detail());
  changes_ = std::move(*changes);
  const auto creates = [&](std::size_t at, ObjectClass object_class) {
    return changes_[at].action == Action::kCreate && changes_[at].object_class == object_class;
  };
  if (changes_.size() != 2 || !creates(0, ObjectClass::kMember) || !creates(1, ObjectClass::kOrganisation))
    return base::fail(kBadSheet, "create member, then create organisation, are expected");
  for (const resource::Change& change : changes_) {
    if (const auto object = resource::apply_change(nullptr, change); !object)
      return base::fail(kBadSheet, std::string(change.key) + ": " + object.error().detail());
  }
  const auto is_own = [&](const resource::LineChange& line) {
    return line.name == "organisation" && line.value == changes_[1].key;
  };
  if (std::ranges::none_of(changes_[0].lines, is_own))
    return base::fail(kBadSheet, "organisation: the one that the sheet creates is expected");
  return {};
}

Result<MemberSheet> MemberSheet::parse(std::string text) {
  // On the heap: views into a short string's own bytes would not move with it.
  if (text.size() < kHead.size()) return base::fail(kBadSheet, "line 1: comity/1 sheet ORIGIN is expected");
  MemberSheet sheet;
  sheet.text_ = std::move(text);
  const auto note = note::parse_note(sheet.text_, kSheetLimits);
  if (!note) return base::fail(kBadSheet, note.error().detail());
  TRY(sheet.read_head(note->text));
  TRY(sheet.read_paragraphs());
  sheet.keys_ = keys_named_by(sheet.changes_);
  if (sheet.log_key_) sheet.keys_.push_back({sheet.origin_, "log", *sheet.log_key_});
  sort_founding_keys(sheet.keys_);
  TRY(check_distinct(sheet.keys_));
  TRY(check_signatures(*note, sheet.keys_));
  return sheet;
}

Result<MemberSheet> make_member_sheet(const SheetWish& wish,
                                      const std::vector<const note::Signer*>& signers) {
  std::string text(kHead);
  text.append(wish.origin).append("\n");
  if (wish.log_key) text.append(kLogKey).append(resource::serialize_key(*wish.log_key)).append("\n");
  text += paragraph(ObjectClass::kMember, wish.member, wish.member_lines);
  text += paragraph(ObjectClass::kOrganisation, wish.organisation, wish.organisation_lines);
  std::vector<const note::Signer*> sorted = signers;
  std::ranges::sort(sorted, {}, [](const note::Signer* signer) {
    return std::pair(std::string_view(signer->name()), signer->id());
  });
  std::string lines = "\n";
  for (const note::Signer* signer : sorted) lines += note::sign_text(text, *signer);
  return MemberSheet::parse(text + lines);
}

}  // namespace record
