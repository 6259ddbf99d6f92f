// The hub behind its HTTP paths. Thin on purpose: it asks, bounds, and tells "has none" from "does not
// answer"; what comes back is checked by the follower. Format: docs/formats/hub.md
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/client.h"
#include "replica/hub_source.h"

namespace replica {

/// Threads: as HubSource; interrupt() from any.
class HttpHubSource final : public HubSource {
 public:
  /// Does not connect yet.   Errors: net::kBadUrl, net::kBadTlsMaterial.
  static base::Result<std::unique_ptr<HttpHubSource>> create(std::string_view base_url,
                                                             const net::ClientOptions& options);

  base::Result<base::Bytes> fetch(const std::string& path, std::size_t bytes_max) override;
  base::Result<std::optional<std::string>> proposed(std::optional<note::Round> after,
                                                    base::Seconds wait) override;
  base::Result<void> post_cosignature(const std::string& note) override;
  base::Result<void> forward(const std::string& leaf, const std::optional<std::string>& annex) override;

  /// The calls under way and all later ones end with kHubUnreachable, at once: the program is closing.
  void interrupt();

 private:
  HttpHubSource(std::unique_ptr<net::Client> asking, std::unique_ptr<net::Client> forwarding)
      : asking_(std::move(asking)), forwarding_(std::move(forwarding)) {}

  std::unique_ptr<net::Client> asking_;
  std::unique_ptr<net::Client> forwarding_;
};

}  // namespace replica
