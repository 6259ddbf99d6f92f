// Files that are served as they are: tiles and bundles, annexes, policies, the genesis record, snapshots. What
// a published checkpoint covers never changes, so it may be kept for good, by readers and here; a file beyond it
// may still be written anew after a crash, and an annex may be erased. Format: C2SP tlog-tiles, docs/formats/log.md
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "api/service.h"
#include "base/files.h"
#include "base/result.h"
#include "net/http.h"
#include "replica/view.h"

namespace api {

/// The bodies that were asked for last, up to a number of bytes together.   Threads: any.
class BodyCache {
 public:
  using Body = std::shared_ptr<const std::string>;
  explicit BodyCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  Body find(const std::string& key);
  void put(const std::string& key, Body body);

 private:
  using Entries = std::list<std::pair<std::string, Body>>;
  std::mutex mutex_;
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  Entries entries_;  // the last used one first
  std::unordered_map<std::string, Entries::iterator> by_key_;
};

/// Threads: any.
class StaticPaths {
 public:
  StaticPaths(replica::View& view, const base::Files& files, const Folders& folders);

  /// `path` is the whole request path: "/tile/0/000".
  net::Response tile(const net::Request& request);
  net::Response annex(std::string_view commitment) const;
  net::Response policy() const;
  net::Response policy_step(std::string_view name) const;
  net::Response genesis() const;
  net::Response snapshot(std::string_view height);
  net::Response snapshots();

 private:
  struct SnapshotFacts {
    std::uint64_t size = 0;
    std::uint64_t bytes = 0;
  };
  base::Result<SnapshotFacts> facts_of(base::Height height);
  base::Result<BodyCache::Body> snapshot_body(base::Height height);
  base::Result<BodyCache::Body> read(const std::string& path, std::size_t bytes_max) const;

  replica::View* view_;
  const base::Files* files_;
  Folders folders_;
  BodyCache tiles_;
  std::mutex snapshot_mutex_;  // guards both; also lets one thread at a time read such a large file
  std::map<base::Height, SnapshotFacts> snapshot_facts_;
  std::map<base::Height, std::weak_ptr<const std::string>> snapshot_bodies_;
};

}  // namespace api
