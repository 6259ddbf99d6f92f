#include "apps/zone_output.h"

#include <optional>
#include <utility>

#include "base/check.h"
#include "base/zone_limits.h"
#include "charter/release_entries.h"
#include "crypto/hash.h"
#include "publish/dns/record_set.h"
#include "publish/dns/trust_anchor.h"
#include "publish/dns/zone_check.h"
#include "registry/zone_keys.h"

namespace apps {
namespace {

using base::Result;

/// "" for the root, "example-" for "example.".
std::string name_of(std::string_view apex) {
  return std::string(apex.substr(0, apex.size() - 1));
}

Result<void> replace(base::Files& files, const std::string& path, const std::string& text) {
  auto written = base::replace_file(files, path, base::as_bytes(text), base::FileMode::kPublic);
  if (!written) return std::unexpected(written.error().at(path));
  return written;
}

}  // namespace

std::string zone_file_name(std::string_view apex) {
  return (apex == "." ? "root" : name_of(apex)) + ".zone";
}

std::string anchor_file_name(std::string_view apex, std::string_view ending) {
  return (apex == "." ? "" : name_of(apex) + "-") + "trust-anchor." + std::string(ending);
}

std::optional<ZoneFiles> published_files(const registry::Registry& registry, std::string_view apex) {
  const charter::ReleaseEntry* const entry = registry.charter().release(apex);
  if (entry == nullptr || !entry->published) return std::nullopt;
  const auto zone = registry.releases().published(apex);
  const auto keys = registry::keys_of_lines(entry->published->keys);
  const publish::SignedSet* const set = zone->find(apex, publish::kTypeDnskey);
  CHECK(keys.has_value() && set != nullptr);
  const std::uint32_t ttl = set->records.ttl_seconds;
  return ZoneFiles{zone->text(), publish::trust_anchor_keys(apex, ttl, *keys),
                   publish::trust_anchor_ds(apex, ttl, *keys)};
}

Result<void> ZoneOutput::write(const registry::Registry& registry) {
  std::optional<base::Error> first;
  for (const std::string& apex : registry.charter().releases()) {
    const auto written = write_zone(registry, apex);
    if (!written && !first) first = written.error().at("zone " + apex);
  }
  if (first) return std::unexpected(std::move(*first));
  return {};
}

Result<void> ZoneOutput::write_zone(const registry::Registry& registry, const std::string& apex) {
  const charter::ReleaseEntry& entry = *registry.charter().release(apex);
  if (!entry.published) return {};
  const base::Hash& hash = entry.published->text;
  const auto there = written_.find(apex);
  if (there != written_.end() && there->second == hash) return {};
  const ZoneFiles texts = *published_files(registry, apex);
  if (there == written_.end()) {
    ASSIGN_OR_RETURN(const bool lies, lie_there(apex, texts));
    if (lies) {
      note(registry, apex, hash);
      return {};
    }
  }
  TRY(publish::check_zone(texts.zone, apex, registry.time(), {}, registry.releases().verified()));
  const auto left = guards_[apex].unexplained(registry, *registry.releases().published(apex));
  if (!left.empty())
    return base::fail(kUnexplained, left[0].owner + " " + publish::type_name(left[0].type) +
                                        " changed though nothing behind it did; " +
                                        std::to_string(left.size()) + " such sets");
  TRY(files_->make_folders(folder_));
  TRY(replace(*files_, folder_ + "/" + anchor_file_name(apex, "key"), texts.anchor_keys));
  TRY(replace(*files_, folder_ + "/" + anchor_file_name(apex, "ds"), texts.anchor_ds));
  TRY(replace(*files_, folder_ + "/" + zone_file_name(apex), texts.zone));
  note(registry, apex, hash);
  return {};
}

void ZoneOutput::note(const registry::Registry& registry, const std::string& apex, const base::Hash& hash) {
  written_.insert_or_assign(apex, hash);
  guards_[apex].note(registry, registry.releases().published(apex));
}

// All three: somebody may have lost an anchor while the zone is as it should be.
Result<bool> ZoneOutput::lie_there(const std::string& apex, const ZoneFiles& texts) const {
  const std::pair<std::string, const std::string*> all[] = {
      {anchor_file_name(apex, "key"), &texts.anchor_keys},
      {anchor_file_name(apex, "ds"), &texts.anchor_ds},
      {zone_file_name(apex), &texts.zone}};
  for (const auto& [name, text] : all) {
    const auto bytes = files_->read(folder_ + "/" + name, base::kZoneTextBytesMax);
    if (!bytes) {
      if (bytes.error().kind() == base::kFileMissing || bytes.error().kind() == base::kFileTooLarge)
        return false;
      return std::unexpected(bytes.error());
    }
    if (base::as_text(*bytes) != *text) return false;
  }
  return true;
}

}  // namespace apps
