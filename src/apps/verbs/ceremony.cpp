// comity ceremony open, announce, status, recover: what people do for keys that no member holds. The rest a member's
// serving process does by itself. Format: docs/formats/ceremonies.md
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "apps/ceremony_report.h"
#include "apps/place.h"
#include "apps/reading.h"
#include "apps/round_seats.h"
#include "apps/submitting.h"
#include "apps/verbs.h"
#include "charter/ceremony_math.h"
#include "codec/base64.h"
#include "codec/time_text.h"
#include "os/posix_files.h"
#include "os/system_random.h"
#include "replica/ceremony_folder.h"
#include "resource/values.h"
#include "threshold/encryption_key.h"
#include "threshold/key_generation.h"
#include "threshold/secret_files.h"

namespace apps {
namespace {

using base::Result;
using charter::CeremonyEntry;
using charter::CeremonyPhase;

inline constexpr base::ErrorKind kBadOrder{"bad-order", base::Category::kInvalid,
                                           "docs/formats/ceremonies.md"};
inline constexpr base::ErrorKind kNoCeremony{"no-ceremony", base::Category::kNotFound,
                                             "comity ceremony status --help"};

/// A proof of possession follows the key itself.
constexpr std::size_t kKeyBytes = 32;

// "reshare zsk" stands for the key of that use that is in force.
Result<std::string> order_of(const CeremonyOptions& options, const charter::State& state) {
  if (options.order != "reshare") return options.order + " " + options.what;
  const auto use = charter::use_from_word(options.what);
  if (!use) return "reshare " + options.what;
  for (const crypto::PublicKey& key : state.group_keys()) {
    const charter::GroupKeyEntry& entry = *state.group_key(key);
    if (entry.use == *use && entry.standing == charter::KeyStanding::kActive)
      return "reshare " + resource::serialize_key(key);
  }
  return base::fail(kBadOrder, "no key of use " + options.what + " is active");
}

/// Where secrets lie on this machine.
Result<FolderLayout> home_of(const CeremonyOptions& options) {
  const std::string& home = options.home.empty() ? options.dir : options.home;
  if (is_url(home))
    return base::fail(kNeedsFolder,
                      "name the member's own folder, where its process finds the key: --home DIR");
  const os::PosixFiles files;
  ASSIGN_OR_RETURN(const RegistryFolder folder, RegistryFolder::open(files, home));
  return folder.layout;
}

/// Ceremonies that wait for this member's announcement, or the one that was named.
Result<std::vector<record::RecordId>> to_announce(const CeremonyOptions& options,
                                                  const charter::State& state) {
  std::vector<record::RecordId> found;
  for (const record::RecordId& id : state.ceremonies()) {
    const CeremonyEntry& entry = *state.ceremony(id);
    const std::string text = codec::serialize_base64(id.view());
    const bool has_announced = std::ranges::find(entry.announced, options.by,
                                                 &charter::Announcement::member) != entry.announced.end();
    if (entry.phase == CeremonyPhase::kAnnouncing && !has_announced && text.starts_with(options.ceremony))
      found.push_back(id);
  }
  if (found.empty())
    return base::fail(kNoCeremony,
                      "no ceremony" +
                          (options.ceremony.empty() ? "" : " that begins with " + options.ceremony) +
                          " waits for an announcement of " + options.by);
  return found;
}

Result<std::string> announcement(const CeremonyOptions& options, const RecordMaker& maker,
                                 const FolderLayout& home, const record::RecordId& id) {
  os::PosixFiles files;
  os::SystemRandom random;
  replica::CeremonyFolder folder(files, ceremony_folder(home, options.by));
  ASSIGN_OR_RETURN(const threshold::EncryptionKey key, folder.make_key(id, random));
  const base::Bytes proven =
      threshold::announce(key, charter::announcement_binding(maker.state().origin(), id, options.by));
  ASSIGN_OR_RETURN(const base::Seconds expires_in, codec::parse_duration(options.expires_in));
  record::Builder builder = maker.begin(record::Kind::kCeremony, options.by, expires_in);
  builder.set("step", "announce").set("ceremony", id);
  builder.set("encryption-key", resource::serialize_key(key.public_key().key()));
  builder.set("possession", codec::serialize_base64(base::ByteView(proven).subspan(kKeyBytes)));
  return builder.body();
}

}  // namespace

Result<Answer> run_ceremony_open(const CeremonyOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const auto desk, Desk::open(options.dir, options.access, console));
  const RecordMaker maker = desk->maker();
  ASSIGN_OR_RETURN(const std::string order, order_of(options, maker.state()));
  ASSIGN_OR_RETURN(const base::Seconds expires_in, codec::parse_duration(options.expires_in));
  record::Builder builder = maker.begin(record::Kind::kProposal, options.by, expires_in);
  builder.set("class", "G").set("ceremony", order);
  ASSIGN_OR_RETURN(const std::string body, builder.body());
  ASSIGN_OR_RETURN(std::string leaf, maker.sign(body));
  ASSIGN_OR_RETURN(const Answer answer,
                   submit_and_report(*desk, {std::move(leaf)}, console, Annexes::kMadeHere));
  if (answer == Answer::kYes && !console.json())
    console.line("Next: members vote; then each announces itself, `comity ceremony announce`.");
  return answer;
}

Result<Answer> run_ceremony_announce(const CeremonyOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const FolderLayout home, home_of(options));
  ASSIGN_OR_RETURN(const auto desk, Desk::open(options.dir, options.access, console));
  const RecordMaker maker = desk->maker();
  ASSIGN_OR_RETURN(const auto ids, to_announce(options, maker.state()));
  if (!options.output.empty() && ids.size() > 1)
    return base::fail(kBadOrder, "several ceremonies wait: name one with --ceremony, or leave -o out");
  std::vector<std::string> leaves;
  for (const record::RecordId& id : ids) {
    ASSIGN_OR_RETURN(const std::string body, announcement(options, maker, home, id));
    if (!options.output.empty()) {
      os::PosixFiles files;
      TRY(base::replace_file(files, options.output, base::as_bytes(body), base::FileMode::kPublic));
      TRY(desk->close());
      if (!console.json())
        console.line("Next: comity sign " + options.output + " --key GOVERNANCE-KEY, then comity submit.");
      return Answer::kYes;
    }
    ASSIGN_OR_RETURN(std::string leaf, maker.sign(body));
    leaves.push_back(std::move(leaf));
  }
  return submit_and_report(*desk, std::move(leaves), console, Annexes::kMadeHere);
}

Result<Answer> run_ceremony_status(const CeremonyOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const Place place, Place::open(options.dir, options.access, console));
  ASSIGN_OR_RETURN(const Reading reading, Reading::open(place.files(), place.dir()));
  std::vector<std::string> warnings;
  ASSIGN_OR_RETURN(const registry::Registry registry, reading.load(warnings));
  ASSIGN_OR_RETURN(const std::vector<Sharing> sharings, sharings_on(reading.log()));
  const nlohmann::ordered_json json = ceremony_json(registry.charter(), sharings);
  if (console.json()) {
    console.line(json.dump(2));
  } else {
    print_ceremonies(json, console);
  }
  return Answer::kYes;
}

// What the member's process does not find: the key. With it there, it asks the others for what they keep, opens it, and
// believes it only if it is what the log has commitments to.
Result<Answer> run_ceremony_recover(const CeremonyOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const FolderLayout home, home_of(options));
  ASSIGN_OR_RETURN(const Place place, Place::open(options.dir, options.access, console));
  ASSIGN_OR_RETURN(const Reading reading, Reading::open(place.files(), place.dir()));
  std::vector<std::string> warnings;
  ASSIGN_OR_RETURN(const registry::Registry registry, reading.load(warnings));
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const base::SecretBytes text,
                   files.read_secret(options.key, threshold::kSecretFileBytesMax));
  const auto stored = threshold::parse_encryption_key(base::as_text(text.view()));
  if (!stored) return std::unexpected(stored.error().at(options.key));
  for (const record::RecordId& id : registry.charter().ceremonies()) {
    if (codec::serialize_base64(id.view()) != stored->ceremony) continue;
    const CeremonyEntry& entry = *registry.charter().ceremony(id);
    const auto announced = std::ranges::find_if(entry.announced, [&](const charter::Announcement& one) {
      return one.key.bytes == stored->key.public_key().bytes();
    });
    if (announced == entry.announced.end()) break;
    if (!options.by.empty() && announced->member != options.by)
      return base::fail(kNoCeremony, options.key + " is the key of " + announced->member);
    replica::CeremonyFolder folder(files, ceremony_folder(home, announced->member));
    TRY(folder.store_key(id, text));
    if (!console.json())
      console.line(
          "The key is in place. `comity serve` gets the rest from the other members and checks it against "
          "the log.");
    return Answer::kYes;
  }
  return base::fail(kNoCeremony, options.key + ": no sharing in use was made with this key");
}

}  // namespace apps
