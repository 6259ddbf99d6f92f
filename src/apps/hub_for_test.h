// A server in memory, for this room's tests: a demo registry's folder, read from a disk that is a map, behind a
// door that counts what it is asked and lies when told to.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "apps/console.h"
#include "apps/hub_door.h"
#include "apps/session.h"
#include "apps/verbs.h"
#include "storage/map_files_for_test.h"
#include "storage/snapshot_file.h"

namespace apps {

/// A map that also locks and has secrets.
class MemoryDisk final : public storage::MapFiles {
 public:
  base::Result<base::SecretBytes> read_secret(const std::string& path, std::size_t bytes_max) const override {
    ASSIGN_OR_RETURN(const base::Bytes bytes, read(path, bytes_max));
    base::SecretBytes secret(bytes.size());
    std::ranges::copy(bytes, secret.writable().begin());
    return secret;
  }
  base::Result<std::unique_ptr<base::FileLock>> lock(const std::string& path) override {
    if (locks_->contains(path)) return base::fail(base::kFileLocked, path);
    locks_->insert(path);
    return std::make_unique<Held>(locks_, path);
  }
  std::string text(const std::string& path) const {
    const auto found = contents.find(path);
    return found == contents.end() ? std::string() : std::string(base::as_text(found->second));
  }

 private:
  struct Held final : base::FileLock {
    Held(std::shared_ptr<std::set<std::string>> all, std::string one)
        : locks(std::move(all)), path(std::move(one)) {}
    ~Held() override { locks->erase(path); }
    std::shared_ptr<std::set<std::string>> locks;
    std::string path;
  };
  std::shared_ptr<std::set<std::string>> locks_ = std::make_shared<std::set<std::string>>();
};

/// Founds a demo registry on the real disk and takes its folder into memory, as "reg".
inline void take_folder(const std::string& dir, MemoryDisk& disk) {
  disk.contents.clear();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const base::ByteView bytes = base::as_bytes(text);
    disk.contents["reg" + entry.path().string().substr(dir.size())] = base::Bytes(bytes.begin(), bytes.end());
  }
}

class HubInMemory final : public HubDoor {
 public:
  MemoryDisk disk;
  std::map<std::string, std::optional<std::string>> lies;  ///< by path; nothing: 404
  std::vector<std::string> asked;
  HubAnswer post_answer;
  std::string posted;

  base::Result<HubAnswer> get(const std::string& path, std::size_t bytes_max) override {
    asked.push_back(path);
    if (const auto lie = lies.find(path); lie != lies.end())
      return lie->second ? HubAnswer{200, *lie->second} : HubAnswer{404, "no"};
    if (path == "/api/v1/snapshots") return HubAnswer{200, snapshot_list()};
    const auto found = disk.contents.find(file_of(path));
    if (found == disk.contents.end()) return HubAnswer{404, "no"};
    EXPECT_LE(found->second.size(), bytes_max) << path;
    return HubAnswer{200, std::string(base::as_text(found->second))};
  }
  base::Result<HubAnswer> post(const std::string&, const std::string& json, std::size_t) override {
    posted = json;
    return post_answer;
  }
  base::Result<void> watch(const std::string&, const std::function<bool()>&) override { return {}; }
  const std::string& url() const override { return url_; }

  static std::string file_of(const std::string& path) {
    const bool in_log = path == "/checkpoint" || path.starts_with("/tile/") || path.starts_with("/annex/");
    return (in_log ? "reg/log" : "reg") + path;
  }

 private:
  std::string snapshot_list() const {
    auto list = nlohmann::json::array();
    for (const auto& [path, bytes] : disk.contents) {
      if (!path.starts_with("reg/snapshots/")) continue;
      const auto snapshot = storage::parse_snapshot(bytes);
      list.push_back({{"height", snapshot->header.height.value()}, {"size", snapshot->header.size.value()}});
    }
    return nlohmann::json{{"snapshots", list}}.dump();
  }
  std::string url_ = "http://hub.test";
};

}  // namespace apps
