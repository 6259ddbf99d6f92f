#include "api/static_paths.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "api/answers.h"
#include "base/limits.h"
#include "codec/decimal.h"
#include "codec/gzip.h"
#include "merkle/tile.h"
#include "storage/snapshot_file.h"

namespace api {
namespace {

using base::Result;

constexpr std::size_t kCachedBytesMax = std::size_t{64} << 20;
constexpr std::size_t kCommitmentChars = 43;  // 32 bytes in base64url
constexpr std::size_t kAnnexFileBytesMax = base::kAnnexBytesMax + 1'024;

// "gzip" among the codings, and not with a weight of zero.
bool accepts_gzip(std::string_view header) {
  while (!header.empty()) {
    std::string_view coding = header.substr(0, header.find(','));
    header.remove_prefix(std::min(coding.size() + 1, header.size()));
    while (coding.starts_with(' ')) coding.remove_prefix(1);
    if (!coding.starts_with("gzip")) continue;
    coding.remove_prefix(4);
    while (coding.starts_with(' ')) coding.remove_prefix(1);
    if (coding.empty()) return true;
    const auto weight = coding.find("q=");
    return coding.starts_with(';') && weight != std::string_view::npos &&
           coding.substr(weight + 2).find_first_of("123456789") != std::string_view::npos;
  }
  return false;
}

// Does a log of `size` leaves hold everything that this file holds?
bool is_covered(const merkle::TileName& name, base::TreeSize size) {
  const std::uint64_t present = size.value() >> (8 * name.level);
  return name.index.value() * base::kTileWidth + name.width <= present;
}

// A missing file is no fault of ours, and its path on our disk is nobody's business.
net::Response missing(const base::Error& error) {
  if (error.kind() == base::kFileMissing) return refusal(base::Error(kNoSuchPath, "not here"));
  return refusal(base::Error(error.kind(), "the server cannot read the file"));
}

bool is_base64url(std::string_view text) {
  return text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
         std::string_view::npos;
}

}  // namespace

BodyCache::Body BodyCache::find(const std::string& key) {
  const std::scoped_lock guard(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->second;
}

void BodyCache::put(const std::string& key, Body body) {
  const std::scoped_lock guard(mutex_);
  if (by_key_.contains(key) || body->size() > bytes_max_ / 4) return;
  bytes_ += body->size();
  entries_.emplace_front(key, std::move(body));
  by_key_.emplace(key, entries_.begin());
  while (bytes_ > bytes_max_) {
    bytes_ -= entries_.back().second->size();
    by_key_.erase(entries_.back().first);
    entries_.pop_back();
  }
}

StaticPaths::StaticPaths(replica::View& view, const base::Files& files, const Folders& folders)
    : view_(&view), files_(&files), folders_(folders), tiles_(kCachedBytesMax) {}

Result<BodyCache::Body> StaticPaths::read(const std::string& path, std::size_t bytes_max) const {
  ASSIGN_OR_RETURN(const base::Bytes bytes, files_->read(path, bytes_max));
  return std::make_shared<const std::string>(base::as_text(bytes));
}

net::Response StaticPaths::tile(const net::Request& request) {
  const auto name = merkle::parse_tile_path(std::string_view(request.path).substr(1));
  if (!name) return refusal(404, name.error());
  const bool is_bundle = name->kind == merkle::TileKind::kEntries;
  const bool packed = is_bundle && accepts_gzip(request.header("accept-encoding"));
  const std::string key = packed ? request.path + " gzip" : request.path;
  const auto published = view_->published();
  const bool covered = published && is_covered(*name, published->checkpoint.size);
  BodyCache::Body body = covered ? tiles_.find(key) : nullptr;
  if (body == nullptr) {
    auto bytes = read(folders_.log + request.path, is_bundle ? base::kBundleBytesMax : base::kTileBytes);
    if (!bytes) return missing(bytes.error());
    body = packed ? std::make_shared<const std::string>(codec::compress_gzip(**bytes)) : std::move(*bytes);
    if (covered) tiles_.put(key, body);
  }
  net::Response response = answer_with(200, kBytesType, covered ? kForEver : kNotStored, std::move(body));
  if (is_bundle) response.headers.push_back({"vary", "accept-encoding"});
  if (packed) response.headers.push_back({"content-encoding", "gzip"});
  return response;
}

net::Response StaticPaths::annex(std::string_view commitment) const {
  if (commitment.size() != kCommitmentChars || !is_base64url(commitment)) {
    return refusal(404, base::Error(kNoSuchPath, "a commitment is 43 characters of base64url"));
  }
  const auto body = read(folders_.annexes + "/" + std::string(commitment), kAnnexFileBytesMax);
  if (!body) return missing(body.error());
  return answer_with(200, kTextType, kNotStored, *body);
}

net::Response StaticPaths::policy() const {
  const auto body = read(folders_.policy, base::kPolicyBytesMax);
  return body ? answer_with(200, kTextType, kNotStored, *body) : missing(body.error());
}

net::Response StaticPaths::policy_step(std::string_view name) const {
  constexpr std::string_view kSuffix = ".step";
  const std::string_view stem = name.substr(0, name.size() - std::min(name.size(), kSuffix.size()));
  if (!name.ends_with(kSuffix) || !codec::parse_decimal(stem)) {
    return refusal(404, base::Error(kNoSuchPath, "a step is named EPOCH.step"));
  }
  const auto body = read(folders_.policies + "/" + std::string(name), base::kReceiptBytesMax);
  return body ? answer_with(200, kTextType, kNotStored, *body) : missing(body.error());
}

net::Response StaticPaths::genesis() const {
  const auto body = read(folders_.genesis, base::kRecordBytesMax);
  return body ? answer_with(200, kTextType, kNotStored, *body) : missing(body.error());
}

// Large: everybody who reads one at the same time shares its bytes, and they go when the last reader does.
Result<BodyCache::Body> StaticPaths::snapshot_body(base::Height height) {
  const std::scoped_lock guard(snapshot_mutex_);
  std::weak_ptr<const std::string>& known = snapshot_bodies_[height];
  if (auto body = known.lock()) return body;
  auto body = read(folders_.snapshots + "/" + std::to_string(height.value()), base::kSnapshotBytesMax);
  if (body) {
    known = *body;
  } else {
    snapshot_bodies_.erase(height);
  }
  return body;
}

net::Response StaticPaths::snapshot(std::string_view height) {
  const auto number = codec::parse_decimal(height);
  if (!number) return refusal(404, base::Error(kNoSuchPath, "a snapshot is named by its height"));
  const auto body = snapshot_body(base::Height(*number));
  return body ? answer_with(200, kTextType, kForEver, *body) : missing(body.error());
}

Result<StaticPaths::SnapshotFacts> StaticPaths::facts_of(base::Height height) {
  {
    const std::scoped_lock guard(snapshot_mutex_);
    if (const auto known = snapshot_facts_.find(height); known != snapshot_facts_.end()) return known->second;
  }
  ASSIGN_OR_RETURN(const storage::Snapshot snapshot,
                   storage::load_snapshot(*files_, folders_.snapshots, height));
  const SnapshotFacts facts{snapshot.header.size.value(), snapshot.bytes.size()};
  const std::scoped_lock guard(snapshot_mutex_);
  snapshot_facts_.emplace(height, facts);
  return facts;
}

net::Response StaticPaths::snapshots() {
  const auto heights = storage::list_snapshots(*files_, folders_.snapshots);
  if (!heights) return missing(heights.error());
  {
    const std::scoped_lock guard(snapshot_mutex_);
    std::erase_if(snapshot_facts_, [&](const auto& known) {
      return std::ranges::find(*heights, known.first) == heights->end();
    });
  }
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const base::Height height : *heights) {
    const auto facts = facts_of(height);
    if (!facts) continue;  // damaged, or pruned meanwhile: not offered
    list.push_back({{"height", height.value()}, {"size", facts->size}, {"bytes", facts->bytes}});
  }
  return json_answer(200, {{"snapshots", std::move(list)}});
}

}  // namespace api
