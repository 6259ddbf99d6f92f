#include "api/events.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace api {
namespace {

constexpr std::size_t kListenersMax = 1'024;
/// Blocks that are sent at once, to one who comes back or after a long advance; the rest is at /api/v1/blocks.
constexpr std::uint64_t kBlocksAtOnceMax = 256;
/// Well below what net/ queues for one stream.
constexpr std::size_t kBytesAtOnceMax = std::size_t{128} << 10;
/// Often enough that proxies keep a quiet connection, and that a reader who has gone is noticed.
constexpr auto kQuietMax = std::chrono::seconds(15);

// The newest blocks of (after, last], as many as fit; before them what is left out.
std::string events_text(const RegistryPaths& paths, base::Height after, base::Height last) {
  const std::uint64_t begin =
      std::max(after.value(), last.value() - std::min(last.value(), kBlocksAtOnceMax));
  const auto blocks = paths.block_texts(base::Height(begin), last);
  if (!blocks) return {};  // the view has stopped; readyz says why
  std::size_t first = blocks->size();
  for (std::size_t bytes = 0; first > 0; --first) {
    bytes += (*blocks)[first - 1].size();
    if (bytes > kBytesAtOnceMax && first < blocks->size()) break;
  }
  std::string text;
  if (begin + first > after.value()) {
    text = "event: gap\ndata: {\"after\":" + std::to_string(after.value()) +
           ",\"last\":" + std::to_string(begin + first) + "}\n\n";
  }
  for (std::size_t i = first; i < blocks->size(); ++i) {
    text.append("event: block\nid: ").append(std::to_string(begin + i + 1));
    text.append("\ndata: ").append((*blocks)[i]).append("\n\n");
  }
  return text;
}

}  // namespace

Events::Events(const replica::View& view, const RegistryPaths& paths)
    : paths_(&paths), thread_([this](const std::stop_token& stop) { run(stop); }) {
  const auto published = view.published();
  const std::scoped_lock guard(mutex_);
  if (published) sent_ = published->height;
}

bool Events::take_place() {
  const std::scoped_lock guard(mutex_);
  if (is_stopped_ || streams_.size() + opening_ >= kListenersMax) return false;
  ++opening_;
  return true;
}

void Events::add(std::shared_ptr<net::EventStream> stream, std::optional<base::Height> last_seen) {
  const std::scoped_lock guard(mutex_);
  --opening_;
  if (is_stopped_) return stream->close();
  std::string first = ": events of new blocks\n\n";
  // Under the lock: no block is missed between what is sent here and what is sent to all.
  if (last_seen && *last_seen < sent_) first += events_text(*paths_, *last_seen, sent_);
  if (stream->send(first)) streams_.push_back(std::move(stream));
}

void Events::publish(const replica::Published* before, const replica::Published& now) {
  const std::scoped_lock guard(mutex_);
  if (before != nullptr && now.height <= before->height) return;  // further cosignatures only
  if (now.height > sent_ && !streams_.empty()) {
    send_to_all(std::make_shared<const std::string>(events_text(*paths_, sent_, now.height)));
  }
  sent_ = std::max(sent_, now.height);
}

void Events::send_to_all(const std::shared_ptr<const std::string>& chunk) {
  std::erase_if(streams_, [&](const auto& stream) { return !stream->send(chunk); });
}

void Events::run(const std::stop_token& stop) {
  const auto quiet = std::make_shared<const std::string>(":\n\n");
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    changed_.wait_for(lock, stop, kQuietMax, [] { return false; });
    if (!stop.stop_requested()) send_to_all(quiet);
  }
}

void Events::stop() {
  std::vector<std::shared_ptr<net::EventStream>> streams;
  {
    const std::scoped_lock guard(mutex_);
    is_stopped_ = true;
    streams.swap(streams_);
  }
  for (const auto& stream : streams) stream->close();
}

}  // namespace api
