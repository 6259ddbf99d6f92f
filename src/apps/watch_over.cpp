#include "apps/watch_over.h"

#include "codec/time_text.h"

namespace apps {

void Reporter::ready(const RegistryFolder& folder, const std::vector<std::string>& addresses) {
  const FolderSettings& settings = folder.settings;
  std::string text = settings.origin + ": ";
  text += settings.is_shared()   ? "all members"
          : settings.is_hub()    ? "hub"
          : settings.is_mirror() ? "mirror"
                                 : "member";
  if (!settings.self.empty()) text += " " + settings.self;
  text += ", serving on";
  for (const std::string& address : addresses) text += " " + address;
  say(text);
  notify(service_.status(text));
  notify(service_.ready());
}

void Reporter::alive() {
  if (service_.alive_every()) notify(service_.alive());
}

void Reporter::stopping() {
  say("stopping");
  notify(service_.stopping());
}

void Reporter::notify(const base::Result<void>& told) {
  if (!told) trouble("systemd", told.error());
}

void Reporter::say(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  console_->warn(text);
}

void Reporter::trouble(std::string_view where, const base::Error& error) {
  constexpr std::chrono::seconds kSameAgain{60};
  const std::string text = std::string(where) + ": " + error.message();
  const std::scoped_lock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (text == last_trouble_ && now < last_said_ + kSameAgain) return;
  last_trouble_ = text;
  last_said_ = now;
  console_->warn(text);
}

void Reporter::certificate(const base::Result<bool>& renewed) {
  if (!renewed) return trouble("certificate", renewed.error());
  if (*renewed) say("new connections get the certificate that lies there now");
}

std::optional<std::string> AgeWatch::look(std::optional<base::EpochSeconds> as_of, base::EpochSeconds now) {
  constexpr std::uint64_t kOldSeconds = 900;  // three times the hub's own pace
  constexpr std::uint64_t kAgainSeconds = 3'600;
  if (!as_of || now.value() < as_of->value() + kOldSeconds) {
    said_ = base::EpochSeconds(0);
    return std::nullopt;
  }
  if (said_.value() != 0 && now.value() < said_.value() + kAgainSeconds) return std::nullopt;
  said_ = now;
  return "the hub answers, and its newest checkpoint that counts speaks for " +
         codec::serialize_time(*as_of) + ": too few members cosign, or it keeps what is newer from us";
}

}  // namespace apps
