#include "apps/remote_desk.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>

#include "apps/key_files.h"
#include "apps/reading.h"
#include "base/limits.h"
#include "charter/errors.h"
#include "codec/base64.h"
#include "os/system_clock.h"
#include "record/record.h"
#include "resource/values.h"
#include "storage/annex_store.h"
#include "storage/log_folder.h"

namespace apps {

using base::Result;

namespace {

constexpr std::size_t kAnswerBytesMax = 4 * base::kReceiptBytesMax;
/// How long a record may take from the server's answer to a checkpoint that counts.
constexpr std::chrono::seconds kPatience(60);
constexpr std::chrono::milliseconds kPause(300);
constexpr const char* kRecordsPath = "/api/v1/records";

std::string member_text(const nlohmann::json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<std::uint64_t> member_number(const nlohmann::json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

// What a server says is shown to people: nothing in it may steer a terminal.
std::string plain_text(std::string text) {
  constexpr std::size_t kCharsMax = 1'000;
  if (text.size() > kCharsMax) text.resize(kCharsMax);
  if (resource::is_legal_name(text)) return text;
  std::ranges::replace_if(text, [](unsigned char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

bool is_rule_name(std::string_view text) {
  constexpr std::size_t kCharsMax = 40;
  return !text.empty() && text.size() <= kCharsMax &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

// As "docs/formats/rules.md#h1".
bool is_place_of_rules(std::string_view text) {
  constexpr std::size_t kCharsMax = 100;
  return !text.empty() && text.size() <= kCharsMax && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view(" .,/#-_:").contains(static_cast<char>(c));
  });
}

Handed failed(base::Error error) {
  return {std::nullopt, fate_of(std::unexpected(std::move(error)))};
}

std::optional<base::Hash> annex_of(const std::string& leaf) {
  const auto record = record::Record::parse(std::string_view(leaf));
  if (!record) return std::nullopt;
  const auto commitment = codec::parse_base64_hash(record->value("annex"));
  return commitment ? std::optional(*commitment) : std::nullopt;
}

// The signatures may be others: a record that was handed in twice stands there as it came first.
bool is_same_record(std::string_view mine, std::string_view theirs) {
  const auto left = record::Record::parse(mine);
  const auto right = record::Record::parse(theirs);
  return left && right && left->id() == right->id();
}

class RemoteDesk final : public Desk {
 public:
  RemoteDesk(Place place, Reading reading, registry::Registry registry, const AccessOptions& access,
             Console& console)
      : place_(std::move(place)),
        reading_(std::move(reading)),
        registry_(std::move(registry)),
        layout_(reading_.folder().layout),
        console_(&console) {
    layout_.keys = access.keys;
  }

  const registry::Registry& registry() const override { return registry_; }
  base::TreeSize size() const override { return reading_.checkpoint().size; }
  base::Files& files() override { return place_.files(); }
  const FolderLayout& layout() const override { return layout_; }
  RecordMaker maker() const override {
    return {place_.files(), layout_, registry_.charter(),
            time_for_records(registry_.time(), os::SystemClock().now()), keys};
  }
  std::vector<Fate> submit(std::vector<std::string> leaves) override;
  Result<void> close() override { return {}; }
  std::vector<std::string> remarks() const override { return remarks_; }

  std::vector<note::Signer> keys;

 private:
  std::string unsent_annex(const std::string& leaf) const;
  Fate settle(const std::string& leaf, Handed handed);
  Result<std::optional<base::LeafIndex>> find(const std::string& leaf, base::LeafIndex begin) const;
  Result<void> reread();
  Fate look_up(const std::string& leaf, const registry::Submission& claimed);

  Place place_;
  Reading reading_;
  registry::Registry registry_;
  FolderLayout layout_;
  Console* console_;
  std::vector<std::string> remarks_;
};

std::vector<Fate> RemoteDesk::submit(std::vector<std::string> leaves) {
  std::vector<std::string> annexes;
  for (const std::string& leaf : leaves) annexes.push_back(unsent_annex(leaf));
  std::vector<Fate> fates;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    console_->progress("record " + std::to_string(i + 1) + " of " + std::to_string(leaves.size()) +
                       ": waiting for the members' cosignatures");
    place_.mirror()->pause();  // they may take their time
    Handed handed = hand_in(place_.mirror()->door(), leaves[i], annexes[i]);
    fates.push_back(settle(leaves[i], std::move(handed)));
  }
  console_->progress_done();
  if (std::ranges::none_of(fates, &Fate::accepted)) return fates;
  auto registry = reading_.load(remarks_);
  if (registry) {
    registry_ = std::move(*registry);
  } else {
    remarks_.push_back(registry.error().message());
  }
  return fates;
}

// A server answers before the members have cosigned if they take long, or if it hands records on to a hub: then
// the log is looked at for a while. It answers alike who asks once more; what stood there before we asked is a
// duplicate, as for a folder.
Fate RemoteDesk::settle(const std::string& leaf, Handed handed) {
  if (!handed.place && handed.refusal.error->kind() != kNotCountedYet) return std::move(handed.refusal);
  const base::LeafIndex begin(size().value());
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    if (const auto read = reread(); !read) return fate_of(std::unexpected(read.error()));
    if (handed.place && handed.place->index.value() < size().value()) {
      Fate fate = look_up(leaf, *handed.place);
      if (!fate.accepted || handed.place->index >= begin) return fate;
      return fate_of(base::fail(charter::kDuplicate, "this record stands on the log already"));
    }
    const auto found = find(leaf, begin);
    if (!found) return fate_of(std::unexpected(found.error()));
    if (*found) return look_up(leaf, {**found, size()});
    if (std::chrono::steady_clock::now() >= until) break;
    place_.mirror()->pause();
    std::this_thread::sleep_for(kPause);
  }
  if (!handed.place) return std::move(handed.refusal);
  return fate_of(base::fail(kNotCountedYet, place_.mirror()->door().url() + ": leaf " +
                                                std::to_string(handed.place->index.value()) +
                                                " lies beyond the newest checkpoint that counts"));
}

Result<std::optional<base::LeafIndex>> RemoteDesk::find(const std::string& leaf,
                                                        base::LeafIndex begin) const {
  std::optional<base::LeafIndex> found;
  TRY(reading_.log().read_leaves(begin, base::LeafIndex(size().value()),
                                 [&](base::LeafIndex index, base::ByteView other) -> Result<void> {
                                   if (!found && is_same_record(leaf, base::as_text(other))) found = index;
                                   return {};
                                 }));
  return found;
}

// Annexes of records that were made here and are not on the log yet lie in the cache.
std::string RemoteDesk::unsent_annex(const std::string& leaf) const {
  const auto commitment = annex_of(leaf);
  if (!commitment) return {};
  const auto annex = storage::AnnexStore(place_.files(), layout_.annex_folder()).get(*commitment);
  return annex ? storage::serialize_annex(*annex) : std::string();
}

Result<void> RemoteDesk::reread() {
  TRY(place_.mirror()->refresh(remarks_));
  ASSIGN_OR_RETURN(reading_, Reading::open(place_.files(), place_.dir()));
  return {};
}

Fate RemoteDesk::look_up(const std::string& leaf, const registry::Submission& claimed) {
  const std::string where = place_.mirror()->door().url() + ": leaf " + std::to_string(claimed.index.value());
  const auto found = reading_.log().read_leaf(claimed.index);
  if (!found) return fate_of(std::unexpected(found.error()));
  if (!is_same_record(leaf, base::as_text(*found)))
    return fate_of(base::fail(kHubLies, where + " is another record"));
  if (const auto commitment = annex_of(leaf)) {
    const auto erased = storage::AnnexStore(place_.files(), layout_.annex_folder()).erase(*commitment);
    if (!erased) remarks_.push_back(erased.error().message());
  }
  return fate_of(claimed);
}

}  // namespace

// Virtual time stands still, and a hub may be down: far from the last block this machine's clock says nothing
// about when a record's end is.
base::EpochSeconds time_for_records(base::EpochSeconds block, base::EpochSeconds now) {
  constexpr std::uint64_t kNear = 86'400;
  const bool near = now >= block && now.value() - block.value() <= kNear;
  return near ? now : block;
}

Handed hand_in(HubDoor& door, const std::string& leaf, const std::string& annex_file) {
  nlohmann::json body{{"record", leaf}};
  if (!annex_file.empty()) body["annex"] = annex_file;
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;  // a leaf that is no UTF-8 is refused
  const auto answer = door.post(kRecordsPath, body.dump(-1, ' ', false, kReplace), kAnswerBytesMax);
  if (!answer) return failed(answer.error());
  const std::string url = door.url() + kRecordsPath;
  const auto json = nlohmann::json::parse(answer->body, nullptr, false);
  const std::string status = "status " + std::to_string(answer->status);
  if (answer->status == 200) {
    const auto index = json.is_object() ? member_number(json, "leaf") : std::nullopt;
    const auto size = json.is_object() ? member_number(json, "checkpoint") : std::nullopt;
    if (!index || !size) return failed({kHubFails, url + ": " + status + " without leaf and checkpoint"});
    return {registry::Submission{base::LeafIndex(*index), base::TreeSize(*size)}, {}};
  }
  if (answer->status == 202)
    return failed({kNotCountedYet, url + ": taken, and not yet under a checkpoint that counts"});
  const std::string rule = json.is_object() ? member_text(json, "rule") : std::string();
  const std::string reason = json.is_object() ? plain_text(member_text(json, "reason")) : std::string();
  if (answer->status < 400 || answer->status >= 500 || answer->status == 429 || !is_rule_name(rule)) {
    const std::string why = is_rule_name(rule) ? ", " + rule + ": " + reason : std::string();
    return failed({kHubFails, url + ": " + status + why});
  }
  const std::string spec = member_text(json, "spec");
  Handed refused = failed({kRefused, rule + ": " + reason + " [" +
                                         (is_place_of_rules(spec) ? spec : "docs/formats/rules.md") + "]"});
  refused.refusal.rule = rule;
  refused.refusal.reason = reason;
  return refused;
}

Result<std::unique_ptr<Desk>> open_remote_desk(const std::string& url, const AccessOptions& access,
                                               Console& console) {
  ASSIGN_OR_RETURN(Place place, Place::open(url, access, console));
  ASSIGN_OR_RETURN(std::vector<note::Signer> keys, load_keys(place.files(), access.key_files));
  ASSIGN_OR_RETURN(Reading reading, Reading::open(place.files(), place.dir()));
  std::vector<std::string> warnings;
  ASSIGN_OR_RETURN(registry::Registry registry, reading.load(warnings));
  for (const std::string& warning : warnings) console.warn("passed over " + warning);
  auto desk = std::make_unique<RemoteDesk>(std::move(place), std::move(reading), std::move(registry), access,
                                           console);
  desk->keys = std::move(keys);
  return desk;
}

}  // namespace apps
