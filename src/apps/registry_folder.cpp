#include "apps/registry_folder.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "codec/time_text.h"
#include "os/system_clock.h"
#include "record/kind_table.h"
#include "resource/values.h"

namespace apps {
namespace {

constexpr std::size_t kSmallFileBytesMax = 4'096;
constexpr std::string_view kHead = "comity/1 registry ";

std::string_view clock_word(ClockKind kind) {
  switch (kind) {
    case ClockKind::kVirtual:
      return "virtual";
    case ClockKind::kReal:
      return "real";
  }
  return "";
}

// Takes "NAME: value\n" off the front of `text`.
base::Result<std::string> take_line(std::string_view& text, std::string_view name) {
  const std::string prefix = std::string(name) + ": ";
  const auto end = text.find('\n');
  if (!text.starts_with(prefix) || end == std::string_view::npos) {
    return base::fail(kNoRegistry, "registry: expected a line \"" + std::string(name) + ": ...\"");
  }
  std::string value(text.substr(prefix.size(), end - prefix.size()));
  text.remove_prefix(end + 1);
  return value;
}

}  // namespace

std::string FolderLayout::key_file(std::string_view name, std::string_view role) const {
  return key_folder() + "/" + std::string(name) + "." + std::string(role) + ".key";
}

std::string serialize_settings(const FolderSettings& settings) {
  std::string text(kHead);
  text.append(settings.origin).append("\nclock: ").append(clock_word(settings.clock));
  text.append("\nsequencer: ").append(settings.sequencer).append("\n");
  if (!settings.self.empty()) text.append("self: ").append(settings.self).append("\n");
  if (!settings.hub.empty()) text.append("hub: ").append(settings.hub).append("\n");
  return text;
}

base::Result<FolderSettings> parse_settings(std::string_view text) {
  if (!text.starts_with(kHead))
    return base::fail(kNoRegistry, "registry: line 1 is not \"comity/1 registry ORIGIN\"");
  FolderSettings settings;
  const auto end = std::min(text.find('\n'), text.size() - 1);
  settings.origin = text.substr(kHead.size(), end - kHead.size());
  text.remove_prefix(end + 1);
  ASSIGN_OR_RETURN(const std::string clock, take_line(text, "clock"));
  if (clock != "virtual" && clock != "real")
    return base::fail(kNoRegistry, "registry: clock is virtual or real");
  settings.clock = clock == "real" ? ClockKind::kReal : ClockKind::kVirtual;
  ASSIGN_OR_RETURN(settings.sequencer, take_line(text, "sequencer"));
  if (text.starts_with("self: ")) {
    ASSIGN_OR_RETURN(settings.self, take_line(text, "self"));
    if (!resource::is_member_handle(settings.self))
      return base::fail(kNoRegistry, "registry: self is a member's handle");
  }
  if (text.starts_with("hub: ")) {
    ASSIGN_OR_RETURN(settings.hub, take_line(text, "hub"));
    if (!is_hub_url(settings.hub))
      return base::fail(kNoRegistry,
                        "registry: hub is http://HOST or https://HOST, without a slash at the end");
  }
  if (!settings.self.empty() && settings.hub.empty() != settings.is_hub())
    return base::fail(kNoRegistry, "registry: a member's folder names its hub, the hub's own does not");
  if (!text.empty()) return base::fail(kNoRegistry, "registry: unexpected line at the end");
  return settings;
}

bool is_hub_url(std::string_view text) {
  constexpr std::size_t kUrlBytesMax = 255;
  if (text.size() > kUrlBytesMax || !resource::is_plain_value(text) || text.contains(' ')) return false;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (text.starts_with(scheme))
      return text.size() > scheme.size() && text[scheme.size()] != '/' && !text.ends_with('/');
  }
  return false;
}

std::string RegistryFolder::own_folder() const {
  if (settings.is_mirror()) return layout.dir + "/members/mirror";
  return layout.member_folder(settings.self.empty() ? settings.sequencer : settings.self);
}

void FolderClock::move_to(base::EpochSeconds time) {
  CHECK(time >= time_);
  time_ = time;
}

base::Result<RegistryFolder> RegistryFolder::open(const base::Files& files, std::string dir) {
  while (dir.size() > 1 && dir.ends_with('/')) dir.pop_back();
  RegistryFolder folder;
  folder.layout.dir = std::move(dir);
  auto text = files.read(folder.layout.registry_file(), kSmallFileBytesMax);
  if (!text) {
    if (!(text.error().kind() == base::kFileMissing)) return std::unexpected(text.error());
    return base::fail(kNoRegistry, folder.layout.dir + " holds no registry; `comity init " +
                                       folder.layout.dir + "` founds one");
  }
  ASSIGN_OR_RETURN(folder.settings, parse_settings(base::as_text(*text)));
  return folder;
}

base::Result<std::unique_ptr<base::Clock>> load_clock(const base::Files& files,
                                                      const RegistryFolder& folder) {
  if (folder.settings.clock == ClockKind::kReal) return std::make_unique<os::SystemClock>();
  ASSIGN_OR_RETURN(const base::Bytes bytes, files.read(folder.layout.clock_file(), kSmallFileBytesMax));
  std::string_view text = base::as_text(bytes);
  if (text.ends_with('\n')) text.remove_suffix(1);
  ASSIGN_OR_RETURN(const base::EpochSeconds time, codec::parse_time(text));
  if (time > record::kBlockTimeMax)
    return base::fail(codec::kBadTime, folder.layout.clock_file() + ": no block stands so late");
  return std::make_unique<FolderClock>(time);
}

}  // namespace apps
