// comity member join, leave, rotate, recover: guided forms of `propose` for the life of a member. They find out what
// has to stand in the change, propose it, and say who has to do what next; the rules judge it as ever.
#include <algorithm>
#include <string>
#include <vector>

#include "apps/key_files.h"
#include "apps/place.h"
#include "apps/reading.h"
#include "apps/submitting.h"
#include "apps/verbs.h"
#include "note/key.h"
#include "os/posix_files.h"
#include "record/member_sheet.h"
#include "resource/values.h"

namespace apps {
namespace {

using base::Result;
using resource::ObjectClass;

constexpr std::size_t kMembersKept = 4;  // docs/charter.md: a removal leaves at least these, pilots exempt

inline constexpr base::ErrorKind kBadMemberWish{"bad-member-wish", base::Category::kInvalid,
                                                "comity member --help"};
inline constexpr base::ErrorKind kForeignSheet{"foreign-sheet", base::Category::kInvalid,
                                               "docs/operations/joining.md"};

/// What is asked of the state before a proposal is made.
struct Standing {
  std::string origin;
  std::size_t members = 0;
  std::vector<std::string> handles;
  std::vector<std::string> operator_keys, registrar_keys, governance_keys;  ///< of the member asked about
  bool is_member = false;
  bool has_organisation = false;
};

Result<Standing> look(const MemberOptions& options, const std::string& member,
                      const std::string& organisation, Console& console) {
  ASSIGN_OR_RETURN(const Place place, Place::open(options.dir, options.access, console));
  ASSIGN_OR_RETURN(const Reading reading, Reading::open(place.files(), place.dir()));
  std::vector<std::string> warnings;
  ASSIGN_OR_RETURN(const registry::Registry registry, reading.load(warnings));
  const charter::State& state = registry.charter();
  Standing standing;
  standing.origin = state.origin();
  for (const charter::CosignerKey& cosigner : state.cosigners()) standing.handles.push_back(cosigner.member);
  standing.members = standing.handles.size();
  const auto is_live = [](const resource::Object* object) {
    return object != nullptr && !object->is_tombstone();
  };
  standing.has_organisation = is_live(state.find({ObjectClass::kOrganisation, organisation}));
  const resource::Object* const object = state.find({ObjectClass::kMember, member});
  standing.is_member = is_live(object);
  if (!standing.is_member) return standing;
  const auto keep = [&](std::string_view role, std::vector<std::string>& keys) {
    for (const std::string_view key : object->values(role)) keys.emplace_back(key);
  };
  keep("operator", standing.operator_keys);
  keep("registrar", standing.registrar_keys);
  keep("governance", standing.governance_keys);
  return standing;
}

Result<void> ask_for_member(const Standing& standing, const std::string& member) {
  if (standing.is_member) return {};
  return base::fail(kBadMemberWish, member + " is no member of " + standing.origin);
}

ChangeOptions start_change(const MemberOptions& options, std::string_view object_class,
                           std::string_view key) {
  ChangeOptions change;
  change.dir = options.dir;
  change.object_class = object_class;
  change.key = key;
  change.by = options.by.empty() ? options.member : options.by;
  change.access = options.access;
  change.expires_in = options.expires_in;
  return change;
}

// "MEMBER-A, MEMBER-B and 2 more" would hide who: the list is at most 22 long.
std::string all_but(const Standing& standing, const std::string& left_out) {
  std::string text;
  for (const std::string& handle : standing.handles) {
    if (handle != left_out) text.append(text.empty() ? "" : ",").append(handle);
  }
  return text;
}

// S of n: docs/charter.md.
std::size_t supermajority(std::size_t n) {
  return n - (n - 1) / 3;
}

void say_next(const Answer answer, Console& console, const std::string& text) {
  if (answer == Answer::kYes && !console.json()) console.line(text);
}

Result<record::MemberSheet> load_sheet(const std::string& path, const std::string& origin) {
  os::PosixFiles files;
  ASSIGN_OR_RETURN(std::string text, read_input(files, path));
  auto sheet = record::MemberSheet::parse(std::move(text));
  if (!sheet) return std::unexpected(sheet.error().at(path));
  if (!origin.empty() && sheet->origin() != origin)
    return base::fail(kForeignSheet, path + " is for " + sheet->origin() + ", not for " + origin);
  return sheet;
}

void add_lines(const resource::Change& change, ChangeOptions& options) {
  options.action = "create";
  for (const resource::LineChange& line : change.lines)
    options.add.push_back(std::string(line.name) + "=" + std::string(line.value));
}

}  // namespace

// Two proposals, one after the other: a member's organisation has to be there (class A) before the member (class M).
Result<Answer> run_member_join(const MemberOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const record::MemberSheet sheet, load_sheet(options.sheet, ""));
  const std::string member(sheet.member());
  const std::string organisation(sheet.organisation());
  ASSIGN_OR_RETURN(const Standing standing, look(options, member, organisation, console));
  if (sheet.origin() != standing.origin)
    return base::fail(kForeignSheet,
                      options.sheet + " is for " + sheet.origin() + ", not for " + standing.origin);
  if (standing.is_member) return base::fail(kBadMemberWish, member + " is a member already");
  const bool organisation_first = !standing.has_organisation;
  const resource::Change& wanted = sheet.changes()[organisation_first ? 1 : 0];
  ChangeOptions change = start_change(options, organisation_first ? "organisation" : "member", wanted.key);
  add_lines(wanted, change);
  ASSIGN_OR_RETURN(const Answer answer, run_propose(change, console));
  const std::string voters = all_but(standing, "");
  if (organisation_first) {
    say_next(answer, console,
             "Next: " + organisation + " accepts, a majority of " + voters +
                 " votes yes; when it is executed, the same command again proposes " + member + " itself.");
  } else {
    say_next(answer, console,
             "Next: " + member + " accepts with every key of its sheet, " +
                 std::to_string(supermajority(standing.members)) + " of " + voters +
                 " vote yes; after the lock it is a member.");
  }
  return answer;
}

Result<Answer> run_member_leave(const MemberOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const Standing standing, look(options, options.member, "", console));
  TRY(ask_for_member(standing, options.member));
  if (standing.members == kMembersKept && !console.json())
    console.warn(
        "four members are the least; the rules refuse this unless another joins in the same proposal");
  ChangeOptions change = start_change(options, "member", options.member);
  change.action = "delete";
  ASSIGN_OR_RETURN(const Answer answer, run_propose(change, console));
  const bool removed = change.by != options.member;
  const std::size_t quorum = removed ? std::min(supermajority(standing.members), standing.members - 1)
                                     : supermajority(standing.members);
  say_next(answer, console,
           "Next: " + std::to_string(quorum) + " of " + all_but(standing, removed ? options.member : "") +
               " vote yes; after the lock " + options.member + " is a member no more.");
  return answer;
}

Result<Answer> run_member_rotate(const MemberOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const Standing standing, look(options, options.member, "", console));
  TRY(ask_for_member(standing, options.member));
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const note::Signer fresh, load_key(files, options.new_key));
  if (fresh.name() != options.member)
    return base::fail(kBadMemberWish, options.new_key + " holds a key of " + fresh.name());
  const std::vector<std::string>& held = options.role == "operator"    ? standing.operator_keys
                                         : options.role == "registrar" ? standing.registrar_keys
                                                                       : standing.governance_keys;
  std::string old_key = options.old_key;
  if (old_key.empty()) {
    if (held.size() != 1)
      return base::fail(kBadMemberWish, options.member + " has " + std::to_string(held.size()) + " " +
                                            options.role + " keys; say which one goes: --old KEY");
    old_key = held.front();
  }
  const std::string new_key = resource::serialize_key(fresh.verifier_key().key);
  ChangeOptions change = start_change(options, "member", options.member);
  change.remove = {options.role + "=" + old_key};
  change.add = {options.role + "=" + new_key};
  change.access.key_files.push_back(options.new_key);
  ASSIGN_OR_RETURN(const Answer answer, run_propose(change, console));
  if (options.role == "governance") {
    say_next(answer, console,
             "Next: " + std::to_string(supermajority(standing.members)) + " of " + all_but(standing, "") +
                 " vote yes; after the lock the new key signs.");
  } else {
    say_next(
        answer, console,
        "Next: nobody votes; after the lock the new key takes over. Until then the old one stays in use.");
  }
  return answer;
}

Result<Answer> run_member_recover(const MemberOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const Standing standing, look(options, options.member, "", console));
  TRY(ask_for_member(standing, options.member));
  if (options.governance.empty())
    return base::fail(kBadMemberWish, "name the new public governance keys: --governance KEY, once for each");
  ChangeOptions change = start_change(options, "member", options.member);
  if (options.by == options.member)
    return base::fail(kBadMemberWish, "another member proposes this and vouches: --by MEMBER-...");
  change.subject = options.member;
  for (const std::string& key : options.governance) change.set.push_back("governance=" + key);
  if (!options.threshold.empty()) change.set.push_back("governance-threshold=" + options.threshold);
  for (const auto& [name, key] :
       {std::pair("operator=", &options.operator_key), {"registrar=", &options.registrar_key}}) {
    if (!key->empty()) change.set.push_back(name + *key);
  }
  ASSIGN_OR_RETURN(const Answer answer, run_propose(change, console));
  const std::size_t quorum = std::min(supermajority(standing.members), standing.members - 1);
  say_next(answer, console,
           "Next: a second member vouches (accept), " + options.member + " accepts with its new keys, " +
               std::to_string(quorum) + " of " + all_but(standing, options.member) + " vote yes.");
  return answer;
}

}  // namespace apps
