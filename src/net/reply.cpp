#include "net/reply.h"

#include <utility>

#include "base/check.h"

namespace net {
namespace {

void drop(std::shared_ptr<ReplySink>& sink) {
  if (sink == nullptr) return;
  sink->send(text_response(500, "text/plain; charset=utf-8", "the server lost this request\n"));
  sink.reset();
}

}  // namespace

Reply::~Reply() {
  drop(sink_);
}

Reply& Reply::operator=(Reply&& other) noexcept {
  if (this != &other) {
    drop(sink_);
    sink_ = std::move(other.sink_);
  }
  return *this;
}

void Reply::send(Response response) {
  CHECK(sink_ != nullptr);  // answered already
  const auto sink = std::exchange(sink_, nullptr);
  sink->send(std::move(response));
}

std::shared_ptr<EventStream> Reply::stream(Response head) {
  CHECK(sink_ != nullptr);
  const auto sink = std::exchange(sink_, nullptr);
  return sink->stream(std::move(head));
}

bool Reply::is_gone() const {
  CHECK(sink_ != nullptr);
  return sink_->is_gone();
}

}  // namespace net
