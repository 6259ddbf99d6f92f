// Members and organisations for tests: keys that follow from their labels, and every kind of record, written
// and signed as docs/formats/records.md says. The text is put together here, without record/'s own builder,
// so that a mistake in that builder cannot hide in the tests. Every part of a draft may be altered before it
// is signed: a wrong key, a missing or an additional signature, another class, a stale epoch are ordinary
// values here. Nothing here asks whether a record is allowed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/strong.h"
#include "crypto/ed25519.h"

namespace actors {

inline constexpr std::string_view kOrigin = "registry.example/root";
/// 2026-01-01T00:00:00Z: when the genesis of a Cast happens.
inline constexpr base::EpochSeconds kGenesisTime{1'767'225'600};
inline constexpr std::uint64_t kHour = 3'600;
inline constexpr std::uint64_t kDay = 86'400;

/// A key pair whose seed is SHA-256 of its label. Lives as long as the process.   Threads: any.
class Key {
 public:
  static const Key& of(const std::string& label);
  /// The label whose key has this text; empty if no such key was ever asked for.
  static std::string label_of(std::string_view text);

  const std::string& label() const { return label_; }
  /// As records write it: base64 of 0x01 and the public key.
  const std::string& text() const { return text_; }
  std::uint32_t id(std::string_view name) const;
  crypto::Signature sign(std::string_view body) const;

 private:
  explicit Key(const std::string& label);
  std::string label_;
  std::string text_;
  crypto::SecretKey secret_;
};

/// One change paragraph; lines are like "+ nserver: a.example." in any order.
struct Paragraph {
  std::string action;
  std::string object_class;
  std::string key;
  std::vector<std::string> lines;
};
Paragraph create(std::string object_class, std::string key, std::vector<std::string> lines);
Paragraph change(std::string object_class, std::string key, std::vector<std::string> lines);
Paragraph erase(std::string object_class, std::string key);

/// One signature line still to be made.
struct Signing {
  enum class Fault : std::uint8_t {
    kNone,
    kForged,   ///< carries the key id of `key`, but another key signed
    kFlipped,  ///< one bit of the signature is wrong
  };
  std::string name;  ///< the name on the line
  std::string key;   ///< label
  Fault fault = Fault::kNone;
};

/// A record before it is signed. Public on purpose: tests spoil drafts.
struct Draft {
  std::string kind;
  std::string origin{kOrigin};
  std::vector<std::pair<std::string, std::string>> attributes = {};
  std::vector<Paragraph> paragraphs = {};
  std::vector<Signing> signings = {};

  std::string value(std::string_view name) const;
  /// Replaces an attribute's value; an attribute that is not there is put in its kind's order.
  Draft& set(std::string_view name, std::string value);
  Draft& drop(std::string_view name);
  /// Adds the signatures of these keys under `name`.
  Draft& sign(std::string_view name, const std::vector<std::string>& labels);

  /// Canonical: paragraphs and lines sorted.
  std::string body() const;
  /// Canonical: signature lines sorted, duplicates dropped.
  std::string leaf() const;
  /// SHA-256 of the body.
  base::Hash id() const;
  std::string id_text() const;
};

/// A member or an organisation and the labels of its keys by scope. A member's scopes are governance,
/// operator, registrar, engine.
struct Party {
  std::string handle;
  std::map<std::string, std::vector<std::string>> keys;
  std::map<std::string, unsigned> thresholds;  ///< absent: 1

  bool is_member() const { return handle.starts_with("MEMBER-"); }
  /// The first k keys of a scope; dns, ds and rpki without a key fall back on admin.
  std::vector<std::string> quorum_of(const std::string& scope) const;
  std::vector<std::string> all_keys() const;
};
/// A member with one key a scope ("MEMBER-A/governance/1", ...), or an organisation with one admin key.
Party make_member(const std::string& handle);
Party make_organisation(const std::string& handle);
/// The paragraph that creates it. `organisation`: the handle a member belongs to.
Paragraph creation_of_member(const Party& member, const std::string& organisation);
Paragraph creation_of_organisation(const Party& organisation);

/// The charter's default numbers, as lines "lock: A 1d".
std::vector<std::string> default_charter();
std::string time_text(base::EpochSeconds time);
/// `epoch` attribute: number and hash of the charter object's text.
std::string epoch_text(std::uint64_t number, std::string_view charter_text);

/// A registry's parties and the moment they write in.
class Cast {
 public:
  /// n members MEMBER-A, MEMBER-B, ... with their organisations ORG-A, ORG-B, ...
  explicit Cast(unsigned members, std::vector<std::string> charter = default_charter());

  base::EpochSeconds now = kGenesisTime;  ///< records expire `expires_after` later
  std::uint64_t expires_after = 13 * kDay;
  std::string epoch;  ///< of the genesis, until the test says otherwise

  /// Handles of the founding members, in order.
  const std::vector<std::string>& members() const { return members_; }
  static std::string member_handle(unsigned index);
  Party& party(const std::string& handle);
  const Party& party(const std::string& handle) const;
  Party& add(Party party);

  Draft genesis() const;
  /// Signed as records.md asks: the scopes the paragraphs need, and the keys they add to `by`. `attributes`
  /// are those beyond by, epoch, class and expires, as {"subject", "ORG-X"}.
  Draft proposal(const std::string& by, const std::string& classes, std::vector<Paragraph> paragraphs,
                 const std::vector<std::pair<std::string, std::string>>& attributes = {}) const;
  /// What `by` has to sign for its part: a created party all its keys, a party that gets keys from others the
  /// new ones, everybody else admin or governance.
  Draft acceptance(const std::string& by, const Draft& proposal) const;
  Draft ballot(const std::string& member, std::string_view proposal, const std::string& vote) const;
  Draft objection(const std::string& by, std::string_view proposal) const;
  Draft dispute(const std::string& organisation, const std::string& object, const std::string& member) const;
  Draft withdrawal(const std::string& by, std::string_view proposal) const;
  Draft cancellation(const std::string& by, std::string_view proposal) const;
  Draft check(const std::string& member, const std::string& object, std::string_view hash) const;
  Draft redaction(const std::string& member, std::string_view commitment) const;

 private:
  Draft answer(const std::string& kind, const std::string& by, std::string_view proposal) const;
  std::vector<std::string> members_;
  std::vector<std::string> charter_;
  std::map<std::string, Party> parties_;
};

/// A well-formed commitment that commits to nothing anybody knows; rules never look behind it.
std::string some_commitment(std::string_view label);

}  // namespace actors
