// The hub behind its HTTP paths. Thin on purpose: it asks, bounds, and tells "has none" from "does not
// answer"; what comes back is checked by the follower. Format: docs/formats/hub.md
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "net/client.h"
#include "replica/hub_source.h"

namespace replica {

/// Threads: as HubSource, fetch() and interrupt() from any.
class HttpHubSource final : public HubSource {
 public:
  /// Does not connect yet.   Errors: net::kBadUrl, net::kBadTlsMaterial.
  static base::Result<std::unique_ptr<HttpHubSource>> create(std::string_view base_url,
                                                             const net::ClientOptions& options);

  unsigned fetches_at_once() const override { return kLines; }
  base::Result<base::Bytes> fetch(const std::string& path, std::size_t bytes_max) override;
  base::Result<std::optional<std::string>> proposed(std::optional<note::Round> after,
                                                    base::Seconds wait) override;
  base::Result<void> post_cosignature(const std::string& note) override;
  base::Result<void> forward(const std::string& leaf, const std::optional<std::string>& annex) override;

  /// The calls under way and all later ones end with kHubUnreachable, at once: the program is closing.
  void interrupt();

 private:
  /// Lines for fetching. Those beyond the first connect only when bundles are fetched ahead.
  static constexpr unsigned kLines = 4;
  class Borrowed;

  HttpHubSource() = default;

  std::vector<std::unique_ptr<net::Client>> lines_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<net::Client*> idle_;  // guarded by mutex_; the one that was used last is the last
  std::unique_ptr<net::Client> asking_;
  std::unique_ptr<net::Client> forwarding_;
};

}  // namespace replica
