#include "apps/http_door.h"

#include <chrono>
#include <utility>

#include "net/client.h"
#include "net/errors.h"

namespace apps {

using base::Result;

namespace {

/// A record is answered once the members cosigned it, so a post waits longer than a get.
constexpr std::chrono::seconds kGetTimeout(60);
constexpr std::chrono::seconds kPostTimeout(120);
/// Of files beyond this the timeout grows: a snapshot may be large, and lines slow.
constexpr std::size_t kSmallBytes = std::size_t{32} << 20;
constexpr std::chrono::seconds kLargeTimeout(3'600);
/// A server says something at least this often; a connection that is silent for longer is dead.
constexpr std::chrono::seconds kSilenceMax(90);

HubAnswer answer_of(const net::Response& response) {
  return {response.status, std::string(response.text())};
}

class ClientDoor final : public HubDoor {
 public:
  ClientDoor(std::string url, std::unique_ptr<net::Client> client)
      : url_(std::move(url)), client_(std::move(client)) {}

  Result<HubAnswer> get(const std::string& path, std::size_t bytes_max) override {
    const net::CallLimits limits{bytes_max > kSmallBytes ? kLargeTimeout : kGetTimeout, bytes_max};
    const auto response = client_->get(path, limits);
    if (response) return answer_of(*response);
    // Not a matter of trying again.
    if (response.error().kind() == net::kAnswerTooLarge)
      return base::fail(kHubLies, response.error().detail());
    return std::unexpected(response.error());
  }
  Result<HubAnswer> post(const std::string& path, const std::string& json, std::size_t bytes_max) override {
    ASSIGN_OR_RETURN(const net::Response response,
                     client_->post(path, "application/json", json, {kPostTimeout, bytes_max}));
    return answer_of(response);
  }
  // An event ends with an empty line; what it says does not matter to anybody here.
  Result<void> watch(const std::string& path, const std::function<bool()>& more) override {
    bool line_ended = false;
    return client_->get_events(path, {kSilenceMax, 0}, {{"accept", "text/event-stream"}},
                               [&](std::string_view bytes) {
                                 bool event_ended = false;
                                 for (const char c : bytes) {
                                   if (c == '\r') continue;
                                   event_ended = event_ended || (c == '\n' && line_ended);
                                   line_ended = c == '\n';
                                 }
                                 return !event_ended || more();
                               });
  }
  const std::string& url() const override { return url_; }

 private:
  std::string url_;
  std::unique_ptr<net::Client> client_;
};

}  // namespace

Result<std::unique_ptr<HubDoor>> HttpDoor::create(const std::string& url) {
  ASSIGN_OR_RETURN(std::unique_ptr<net::Client> client, net::Client::create(url, {}));
  return std::make_unique<ClientDoor>(url, std::move(client));
}

}  // namespace apps
