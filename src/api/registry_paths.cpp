#include "api/registry_paths.h"

#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>

#include "api/answers.h"
#include "api/request_parts.h"
#include "api/shapes.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"

namespace api {
namespace {

using base::LeafIndex;
using base::Result;
using nlohmann::ordered_json;
using record::Record;
using registry::Registry;
using replica::LogIndex;
using replica::Published;

/// What a question needs of the view, copied out so that files are read without its lock.
struct Leaves {
  std::vector<LeafIndex> indices;
  std::optional<std::uint64_t> next;  ///< where the following page begins
};

struct BlockPlace {
  LeafIndex leaf;   ///< of the block record
  LeafIndex first;  ///< of its first record, or of the block record itself
};

// The records at these leaves; neighbours share a bundle.
class RecordReader {
 public:
  RecordReader(storage::LogFolder log, const storage::AnnexStore& annexes)
      : log_(std::move(log)), annexes_(&annexes) {}

  Result<Record> read(LeafIndex index) {
    const merkle::TileIndex place(index.value() / base::kTileWidth);
    if (!bundle_ || bundle_->first.value() / base::kTileWidth != place.value()) {
      ASSIGN_OR_RETURN(bundle_, log_.read_bundle(place));
    }
    return Record::parse(base::as_text(bundle_->leaves.at(index.value() % base::kTileWidth)));
  }
  Result<ordered_json> json(LeafIndex index) {
    ASSIGN_OR_RETURN(const Record record, read(index));
    return record_json(record, index, *annexes_);
  }
  // As many of `leaves` as fit into a page; `leaves.next` says where it ends.
  Result<ordered_json> page(Leaves& leaves) {
    ordered_json list = ordered_json::array();
    std::size_t bytes = 0;
    for (const LeafIndex index : leaves.indices) {
      ASSIGN_OR_RETURN(const Record record, read(index));
      bytes += record.leaf().size();
      if (bytes > kPageBytesMax && !list.empty()) {
        leaves.next = index.value();
        break;
      }
      list.push_back(record_json(record, index, *annexes_));
    }
    return list;
  }

 private:
  storage::LogFolder log_;
  const storage::AnnexStore* annexes_;
  std::optional<storage::Bundle> bundle_;
};

template <typename Value>
net::Response answer_of(const Result<Value>& answer) {
  return answer ? *answer : refusal(answer.error());
}

Result<base::Hash> parse_id(std::string_view segment) {
  std::string text(segment);
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  auto id = codec::parse_base64_hash(text + "=");
  if (!id || text.size() != 43) return base::fail(kBadTarget, "a record id is 43 characters of base64url");
  return id;
}

ordered_json block_json(const Record& block, LeafIndex index, LeafIndex first,
                        const storage::AnnexStore& annexes) {
  ordered_json json = record_json(block, index, annexes);
  json["first"] = first.value();
  return json;
}

LeafIndex first_leaf(const LogIndex& index, base::Height height) {
  if (height.value() == 0) return LeafIndex(0);
  return LeafIndex(index.block(base::Height(height.value() - 1))->value() + 1);
}

void set_next(ordered_json& json, const std::optional<std::uint64_t>& next) {
  if (next) json["next"] = *next;
}

}  // namespace

net::Response under(const note::Checkpoint& checkpoint, net::Response response) {
  response.headers.push_back({"comity-checkpoint", std::to_string(checkpoint.size.value())});
  return response;
}

Result<resource::ObjectId> object_of(std::string_view class_segment, std::string_view key_segment) {
  ASSIGN_OR_RETURN(const std::string object_class, percent_decode(class_segment));
  ASSIGN_OR_RETURN(const std::string key, percent_decode(key_segment));
  return parse_object(object_class, key);
}

net::Response RegistryPaths::object(const Segments& segments) const {
  return answer_of([&]() -> Result<net::Response> {
    ASSIGN_OR_RETURN(const resource::ObjectId id, object_of(segments[0], segments[1]));
    return view_->read(
        [&](const Registry& registry, const LogIndex&, const Published& published) -> Result<net::Response> {
          const resource::Object* const object = registry.charter().find(id);
          if (object == nullptr) {
            return under(published.checkpoint,
                         refusal(base::Error(kNoSuchObject, id.trie_name() + " does not exist")));
          }
          return under(published.checkpoint,
                       json_answer(object->is_tombstone() ? 410 : 200, object_json(*object)));
        });
  }());
}

net::Response RegistryPaths::history(const Segments& segments, std::string_view query_text) const {
  return answer_of([&]() -> Result<net::Response> {
    ASSIGN_OR_RETURN(const resource::ObjectId id, object_of(segments[0], segments[1]));
    ASSIGN_OR_RETURN(const Query query, Query::parse(query_text, {"from", "limit"}));
    ASSIGN_OR_RETURN(const std::uint64_t from, query.number("from", 0, base::kTreeSizeMax));
    ASSIGN_OR_RETURN(const std::uint64_t limit, query.number("limit", kPageUsual, kPageMax));
    note::Checkpoint checkpoint;
    ASSIGN_OR_RETURN(Leaves leaves, view_->read([&](const Registry&, const LogIndex& index,
                                                    const Published& now) -> Result<Leaves> {
      checkpoint = now.checkpoint;
      Leaves found;
      for (const std::uint64_t leaf : index.history(id, LeafIndex(from), limit + 1)) {
        if (found.indices.size() == limit) {
          found.next = leaf;
          break;
        }
        found.indices.emplace_back(leaf);
      }
      return found;
    }));
    ASSIGN_OR_RETURN(const storage::LogFolder log, view_->log());
    RecordReader reader(log, *annexes_);
    ordered_json json{{"object", id.trie_name()}};
    ASSIGN_OR_RETURN(json["records"], reader.page(leaves));
    set_next(json, leaves.next);
    return under(checkpoint, json_answer(200, json));
  }());
}

net::Response RegistryPaths::receipt(const Segments& segments) const {
  return answer_of([&]() -> Result<net::Response> {
    const auto as_answer = [](std::string text) { return text_answer(200, std::move(text)); };
    if (segments[0] != "record") {
      ASSIGN_OR_RETURN(const resource::ObjectId id, object_of(segments[0], segments[1]));
      ASSIGN_OR_RETURN(std::string text, view_->receipt(id));
      return as_answer(std::move(text));
    }
    const auto leaf = codec::parse_decimal(segments[1]);
    if (!leaf) return base::fail(kBadTarget, "a record's receipt is asked for by its leaf number");
    auto text = view_->record_receipt(LeafIndex(*leaf));
    if (!text && text.error().kind() == merkle::kLeafBeyondTree) {
      return base::fail(kNoSuchRecord, text.error().detail());
    }
    if (!text) return std::unexpected(std::move(text).error());
    return as_answer(std::move(*text));
  }());
}

net::Response RegistryPaths::record(const Segments& segments) const {
  return answer_of([&]() -> Result<net::Response> {
    ASSIGN_OR_RETURN(const base::Hash id, parse_id(segments[0]));
    std::optional<LeafIndex> leaf;
    TRY(view_->read([&](const Registry&, const LogIndex& index, const Published&) -> Result<void> {
      leaf = index.find(id);
      return {};
    }));
    if (!leaf) return base::fail(kNoSuchRecord, "no published record has this id");
    ASSIGN_OR_RETURN(const storage::LogFolder log, view_->log());
    RecordReader reader(log, *annexes_);
    ASSIGN_OR_RETURN(const Record record, reader.read(*leaf));
    if (record.id() != id) return base::fail(kNoSuchRecord, "no published record has this id");
    ordered_json json = record_json(record, *leaf, *annexes_);
    json["text"] = record.leaf();
    return json_answer(200, json);
  }());
}

net::Response RegistryPaths::pending(std::string_view query_text) const {
  return answer_of([&]() -> Result<net::Response> {
    ASSIGN_OR_RETURN(const Query query, Query::parse(query_text, {"from", "limit"}));
    ASSIGN_OR_RETURN(const std::uint64_t from, query.number("from", 0, base::kTreeSizeMax));
    ASSIGN_OR_RETURN(const std::uint64_t limit, query.number("limit", kPageUsual, kPageMax));
    return view_->read(
        [&](const Registry& registry, const LogIndex&, const Published& published) -> Result<net::Response> {
          const std::vector<charter::PendingProposal> all = charter::list_pending(registry.charter());
          ordered_json json{{"pending", ordered_json::array()}, {"total", all.size()}};
          const std::uint64_t begin = std::min<std::uint64_t>(from, all.size());
          const std::uint64_t end = begin + std::min<std::uint64_t>(limit, all.size() - begin);
          for (std::uint64_t i = begin; i < end; ++i) json["pending"].push_back(pending_json(all[i]));
          if (end < all.size()) json["next"] = end;
          return under(published.checkpoint, json_answer(200, json));
        });
  }());
}

net::Response RegistryPaths::blocks(std::string_view query_text) const {
  return answer_of([&]() -> Result<net::Response> {
    ASSIGN_OR_RETURN(const Query query, Query::parse(query_text, {"after", "limit"}));
    ASSIGN_OR_RETURN(const std::uint64_t limit, query.number("limit", kPageUsual, kPageMax));
    ASSIGN_OR_RETURN(const std::uint64_t after, query.number("after", 0, base::kTreeSizeMax));
    std::vector<BlockPlace> places;
    std::uint64_t newest = 0;
    TRY(view_->read([&](const Registry& registry, const LogIndex& index, const Published&) -> Result<void> {
      newest = registry.height().value();
      // Without `after`: the newest ones.
      std::uint64_t height = newest + 1 - std::min(newest + 1, limit);
      if (query.value("after")) height = std::min(after, newest) + 1;
      for (; height <= newest && places.size() < limit; ++height) {
        const base::Height at(height);
        places.push_back({*index.block(at), first_leaf(index, at)});
      }
      return {};
    }));
    ASSIGN_OR_RETURN(const storage::LogFolder log, view_->log());
    RecordReader reader(log, *annexes_);
    ordered_json list = ordered_json::array();
    for (const BlockPlace& place : places) {
      ASSIGN_OR_RETURN(const Record block, reader.read(place.leaf));
      list.push_back(block_json(block, place.leaf, place.first, *annexes_));
    }
    return json_answer(200, {{"blocks", std::move(list)}, {"newest", newest}});
  }());
}

net::Response RegistryPaths::block(const Segments& segments, std::string_view query_text) const {
  return answer_of([&]() -> Result<net::Response> {
    const auto height = codec::parse_decimal(segments[0]);
    if (!height) return base::fail(kBadTarget, "a block is asked for by its height");
    ASSIGN_OR_RETURN(const Query query, Query::parse(query_text, {"from", "limit"}));
    ASSIGN_OR_RETURN(const std::uint64_t limit, query.number("limit", kPageUsual, kPageMax));
    ASSIGN_OR_RETURN(const std::uint64_t from, query.number("from", 0, base::kTreeSizeMax));
    std::optional<LeafIndex> end;
    LeafIndex first;
    TRY(view_->read([&](const Registry&, const LogIndex& index, const Published&) -> Result<void> {
      end = index.block(base::Height(*height));
      if (end) first = first_leaf(index, base::Height(*height));
      return {};
    }));
    if (!end) return base::fail(kNoSuchBlockHeight, "no published block has this height");
    ASSIGN_OR_RETURN(const storage::LogFolder log, view_->log());
    RecordReader reader(log, *annexes_);
    Leaves leaves;
    std::uint64_t leaf = std::max(from, first.value());
    for (; leaf < end->value() && leaves.indices.size() < limit; ++leaf) leaves.indices.emplace_back(leaf);
    if (leaf < end->value()) leaves.next = leaf;
    ASSIGN_OR_RETURN(const Record block, reader.read(*end));
    ordered_json json{{"block", block_json(block, *end, first, *annexes_)}};
    ASSIGN_OR_RETURN(json["records"], reader.page(leaves));
    set_next(json, leaves.next);
    return json_answer(200, json);
  }());
}

net::Response RegistryPaths::status() const {
  return answer_of([&]() -> Result<net::Response> {
    const std::scoped_lock guard(status_mutex_);
    const auto published = view_->published();
    if (published != status_of_ || !published) {
      TRY(view_->read([&](const Registry& registry, const LogIndex&, const Published& now) -> Result<void> {
        ordered_json json = status_json(now.checkpoint, registry);
        json["role"] = role_ == Role::kHub ? "hub" : "replica";
        status_text_ = json_text(json) + "\n";
        return {};
      }));
      status_of_ = published;
    }
    return under(published->checkpoint,
                 answer_with(200, kJsonType, kNotStored, std::make_shared<const std::string>(status_text_)));
  }());
}

Result<std::vector<std::string>> RegistryPaths::block_texts(base::Height after, base::Height last) const {
  std::vector<BlockPlace> places;
  TRY(view_->read([&](const Registry&, const LogIndex& index, const Published&) -> Result<void> {
    for (base::Height at = after.next(); at <= last && index.block(at); at = at.next()) {
      places.push_back({*index.block(at), first_leaf(index, at)});
    }
    return {};
  }));
  ASSIGN_OR_RETURN(const storage::LogFolder log, view_->log());
  RecordReader reader(log, *annexes_);
  std::vector<std::string> texts;
  for (const BlockPlace& place : places) {
    ASSIGN_OR_RETURN(const Record block, reader.read(place.leaf));
    texts.push_back(json_text(block_json(block, place.leaf, place.first, *annexes_)));
  }
  return texts;
}

}  // namespace api
