#include "apps/watch_over.h"

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
  for (const std::string& address : addresses) text += " http://" + address;
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

}  // namespace apps
