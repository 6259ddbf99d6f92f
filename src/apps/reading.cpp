#include "apps/reading.h"

#include <algorithm>
#include <cctype>
#include <thread>
#include <utility>

#include "codec/decimal.h"
#include "codec/time_text.h"
#include "replica/load.h"
#include "storage/checkpoint_file.h"

namespace apps {

using base::Result;

Result<Reading> Reading::open(base::Files& files, std::string dir) {
  Reading reading;
  reading.files_ = &files;
  ASSIGN_OR_RETURN(reading.folder_, RegistryFolder::open(files, std::move(dir)));
  const std::string log_folder = reading.folder_.layout.log_folder();
  ASSIGN_OR_RETURN(const base::Bytes text, storage::load_checkpoint(files, log_folder));
  reading.checkpoint_text_ = base::as_text(text);
  auto parsed = note::parse_signed_checkpoint(reading.checkpoint_text_);
  if (!parsed) return std::unexpected(parsed.error().at(log_folder + "/checkpoint"));
  reading.checkpoint_ = parsed->checkpoint;
  return reading;
}

storage::LogFolder Reading::log() const {
  return storage::LogFolder(*files_, folder_.layout.log_folder(), checkpoint_.size);
}

Result<registry::Registry> Reading::load(std::vector<std::string>& warnings) const {
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  ASSIGN_OR_RETURN(
      replica::LoadedRegistry loaded,
      replica::load_registry(*files_, log(), checkpoint_.root, folder_.layout.snapshot_folder(), threads));
  warnings.insert(warnings.end(), loaded.passed_over.begin(), loaded.passed_over.end());
  return std::move(loaded.registry);
}

Result<registry::Registry> Reading::load_at(std::string_view at, std::vector<std::string>& warnings) const {
  if (at.empty()) return load(warnings);
  replica::PointInTime until;
  if (const auto size = codec::parse_decimal(at)) {
    if (*size > checkpoint_.size.value()) {
      return base::fail(kBadPoint, "the log has " + std::to_string(checkpoint_.size.value()) + " leaves");
    }
    until.size = base::TreeSize(*size);
  } else if (const auto time = codec::parse_time(at)) {
    until.time = *time;
  } else {
    return base::fail(kBadPoint,
                      "\"" + std::string(at) + "\" is neither a tree size nor YYYY-MM-DDTHH:MM:SSZ");
  }
  return replica::replay_until(log(), until);
}

Result<resource::ObjectId> parse_object(std::string_view object_class, std::string_view key) {
  const auto known = resource::class_from_name(object_class);
  if (!known) {
    return base::fail(kUnknownClass, "\"" + std::string(object_class) +
                                         "\": one of charter, member, organisation, zone, domain, host");
  }
  resource::ObjectId id{*known, std::string(key)};
  switch (id.object_class) {
    case resource::ObjectClass::kZone:
    case resource::ObjectClass::kDomain:
    case resource::ObjectClass::kHost:
      std::ranges::transform(id.key, id.key.begin(),
                             [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      if (!id.key.ends_with('.')) id.key += '.';
      break;
    case resource::ObjectClass::kCharter:
    case resource::ObjectClass::kMember:
    case resource::ObjectClass::kOrganisation:
      break;
  }
  return id;
}

}  // namespace apps
