#include "replica/http_hub_source.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/files.h"
#include "codec/json_text.h"

namespace replica {

using base::Result;

namespace {

/// Beyond what a long poll was asked to wait.
constexpr std::chrono::seconds kAnswerTime{20};
constexpr std::size_t kShortAnswerBytesMax = std::size_t{1} << 20;
/// Of a hub's refusal, for people.
constexpr std::size_t kQuotedBytesMax = 300;

std::unexpected<base::Error> unreachable(const base::Error& error) {
  return base::fail(kHubUnreachable, error.message());
}

std::unexpected<base::Error> unexpected_answer(const net::Response& response, std::string_view path) {
  std::string quoted(response.text().substr(0, kQuotedBytesMax));
  for (char& letter : quoted) letter = letter >= 0x20 && letter <= 0x7E ? letter : ' ';
  return base::fail(kHubUnreachable,
                    std::string(path) + ": status " + std::to_string(response.status) + " " + quoted);
}

bool is_success(const net::Response& response) {
  return response.status >= 200 && response.status < 300;
}

}  // namespace

Result<std::unique_ptr<HttpHubSource>> HttpHubSource::create(std::string_view base_url,
                                                             const net::ClientOptions& options) {
  std::unique_ptr<HttpHubSource> source(new HttpHubSource());
  ASSIGN_OR_RETURN(source->asking_, net::Client::create(base_url, options));
  ASSIGN_OR_RETURN(source->forwarding_, net::Client::create(base_url, options));
  for (unsigned i = 0; i < kLines; ++i) {
    ASSIGN_OR_RETURN(auto line, net::Client::create(base_url, options));
    source->idle_.push_back(line.get());
    source->lines_.push_back(std::move(line));
  }
  return source;
}

// A line that nobody else uses, until the end of the scope.
class HttpHubSource::Borrowed {
 public:
  explicit Borrowed(HttpHubSource& source) : source_(source) {
    std::unique_lock lock(source_.mutex_);
    source_.returned_.wait(lock, [&] { return !source_.idle_.empty(); });
    line_ = source_.idle_.back();
    source_.idle_.pop_back();
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  ~Borrowed() {
    const std::scoped_lock lock(source_.mutex_);
    source_.idle_.push_back(line_);
    source_.returned_.notify_one();
  }
  net::Client& line() { return *line_; }

 private:
  HttpHubSource& source_;
  net::Client* line_ = nullptr;
};

Result<base::Bytes> HttpHubSource::fetch(const std::string& path, std::size_t bytes_max) {
  net::CallLimits limits;
  limits.body_bytes_max = bytes_max;
  Borrowed borrowed(*this);
  const auto response = borrowed.line().get("/" + path, limits);
  if (!response) {
    if (response.error().kind() == net::kAnswerTooLarge) return base::fail(base::kFileTooLarge, path);
    return unreachable(response.error());
  }
  if (response->status == 404) return base::fail(base::kFileMissing, path);
  if (response->status != 200) return unexpected_answer(*response, path);
  const base::ByteView bytes = base::as_bytes(response->text());
  return base::Bytes(bytes.begin(), bytes.end());
}

Result<std::optional<std::string>> HttpHubSource::proposed(std::optional<note::Round> after,
                                                           base::Seconds wait) {
  std::string path = "/api/v1/proposed?wait=" + std::to_string(wait.value());
  if (after) path += "&after=" + std::to_string(after->value());
  net::CallLimits limits;
  limits.timeout = std::chrono::seconds(wait.value()) + kAnswerTime;
  limits.body_bytes_max = kShortAnswerBytesMax;
  const auto response = asking_->get(path, limits);
  if (!response) return unreachable(response.error());
  if (response->status == 204) return std::nullopt;
  if (response->status == 404) return base::fail(base::kFileMissing, path);
  if (response->status != 200) return unexpected_answer(*response, path);
  return std::string(response->text());
}

Result<void> HttpHubSource::post_cosignature(const std::string& note) {
  net::CallLimits limits;
  limits.timeout = kAnswerTime;
  limits.body_bytes_max = kShortAnswerBytesMax;
  const auto response = asking_->post("/api/v1/cosignatures", "text/plain", note, limits);
  if (!response) return unreachable(response.error());
  // Another checkpoint hangs there by now (docs/formats/hub.md): no trouble, the next question shows it.
  constexpr unsigned kReplaced = 409;
  if (response->status == kReplaced) return {};
  if (!is_success(*response)) return unexpected_answer(*response, "/api/v1/cosignatures");
  return {};
}

Result<void> HttpHubSource::forward(const std::string& leaf, const std::optional<std::string>& annex) {
  net::CallLimits limits;
  limits.timeout = kAnswerTime;
  limits.body_bytes_max = kShortAnswerBytesMax;
  ASSIGN_OR_RETURN(const std::string record, codec::serialize_json_string(leaf));
  std::string body = "{\"record\":" + record;
  if (annex) {
    ASSIGN_OR_RETURN(const std::string text, codec::serialize_json_string(*annex));
    body += ",\"annex\":" + text;
  }
  body += "}";
  const auto response = forwarding_->post("/api/v1/records?wait=0", "application/json", body, limits);
  if (!response) return unreachable(response.error());
  if (!is_success(*response)) return unexpected_answer(*response, "/api/v1/records");
  return {};
}

void HttpHubSource::interrupt() {
  asking_->interrupt();
  forwarding_->interrupt();
  for (const auto& line : lines_) line->interrupt();
}

}  // namespace replica
