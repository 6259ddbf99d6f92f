// Questions about the registry as it is published now: objects and their history, records, blocks, proposals
// under way, receipts. Each answer speaks of one checkpoint, which the header `comity-checkpoint` names; lists
// are bounded and paged. Format: docs/formats/api.md
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "api/service.h"
#include "base/files.h"
#include "net/http.h"
#include "replica/view.h"
#include "storage/annex_store.h"

namespace api {

/// Threads: any.   `segments` are the path's variable parts, as sent.
class RegistryPaths {
 public:
  using Segments = std::vector<std::string_view>;
  RegistryPaths(replica::View& view, const storage::AnnexStore& annexes, Role role)
      : view_(&view), annexes_(&annexes), role_(role) {}

  net::Response object(const Segments& segments) const;
  net::Response history(const Segments& segments, std::string_view query) const;
  net::Response receipt(const Segments& segments) const;
  net::Response record(const Segments& segments) const;
  net::Response pending(std::string_view query) const;
  net::Response blocks(std::string_view query) const;
  net::Response block(const Segments& segments, std::string_view query) const;
  net::Response status() const;
  /// JSON of the block records of heights (after, last], as `blocks` gives them. The caller bounds them.
  base::Result<std::vector<std::string>> block_texts(base::Height after, base::Height last) const;

 private:
  replica::View* view_;
  const storage::AnnexStore* annexes_;
  Role role_;
  mutable std::mutex status_mutex_;  // guards both: status visits every object, once a checkpoint
  mutable std::shared_ptr<const replica::Published> status_of_;
  mutable std::string status_text_;
};

/// The path segments "CLASS", "KEY".   Errors: kBadTarget, kUnknownClass.
base::Result<resource::ObjectId> object_of(std::string_view class_segment, std::string_view key_segment);
/// Adds `comity-checkpoint: SIZE`.
net::Response under(const note::Checkpoint& checkpoint, net::Response response);

inline constexpr std::uint64_t kPageMax = 1'000;
inline constexpr std::uint64_t kPageUsual = 100;
/// A page is cut earlier where its records are long.
inline constexpr std::size_t kPageBytesMax = std::size_t{4} << 20;

inline constexpr base::ErrorKind kNoSuchObject{"no-such-object", base::Category::kNotFound,
                                               "docs/formats/api.md"};
inline constexpr base::ErrorKind kNoSuchRecord{"no-such-record", base::Category::kNotFound,
                                               "docs/formats/api.md"};
inline constexpr base::ErrorKind kNoSuchBlockHeight{"no-such-block", base::Category::kNotFound,
                                                    "docs/formats/api.md"};

}  // namespace api
