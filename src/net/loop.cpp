#include "net/loop.h"

#include <ctime>
#include <exception>

#include <boost/asio/co_spawn.hpp>

#include "base/check.h"
#include "net/response_head.h"

namespace net {

void check_ended(const std::exception_ptr& thrown) {
  CHECK(thrown == nullptr);
}

void LoopCounters::add_to(ServerCounters& sum) const {
  sum.connections += connections;
  sum.connections_open += connections_open;
  sum.connections_refused += connections_refused;
  sum.tls_refused += tls_refused;
  sum.requests += requests;
  sum.requests_malformed += requests_malformed;
  sum.requests_limited += requests_limited;
  sum.timeouts += timeouts;
  sum.answers_2xx += answers_2xx;
  sum.answers_3xx += answers_3xx;
  sum.answers_4xx += answers_4xx;
  sum.answers_5xx += answers_5xx;
  sum.streams_open += streams_open;
  sum.streams_cut += streams_cut;
  sum.bytes_received += bytes_received;
  sum.bytes_sent += bytes_sent;
}

void LoopCounters::count_answer(unsigned status) {
  if (status < 300) {
    ++answers_2xx;
  } else if (status < 400) {
    ++answers_3xx;
  } else if (status < 500) {
    ++answers_4xx;
  } else {
    ++answers_5xx;
  }
}

Loop::Loop(Shared& the_shared, std::chrono::milliseconds tick) : shared(the_shared), tick_(tick) {
  asio::co_spawn(io, keep_time(), check_ended);
}

void Loop::run() {
  io.run();  // ends by itself: keep_time() is the last to leave
}

void Loop::join(LoopSession& session) {
  session.seat_ = sessions_.size();
  sessions_.push_back(&session);
  if (is_stopping_) session.stop(true);
}

void Loop::leave(LoopSession& session) {
  CHECK(sessions_[session.seat_] == &session);
  sessions_.back()->seat_ = session.seat_;
  sessions_[session.seat_] = sessions_.back();
  sessions_.pop_back();
  if (is_stopping_ && sessions_.empty()) timer_.cancel();
}

void Loop::stop(bool at_once) {
  is_stopping_ = true;
  // A session may leave at once, and another takes its seat: from the back none is missed.
  for (std::size_t i = sessions_.size(); i-- > 0;) {
    if (i < sessions_.size()) sessions_[i]->stop(at_once);
  }
  if (sessions_.empty()) timer_.cancel();
}

Task<void> Loop::keep_time() {
  while (!is_stopping_ || !sessions_.empty()) {
    timer_.expires_after(tick_);
    co_await timer_.async_wait(kAwait);
    const Time now = std::chrono::steady_clock::now();
    for (std::size_t i = sessions_.size(); i-- > 0;) {
      if (i < sessions_.size()) sessions_[i]->look_at_the_time(now);
    }
  }
}

std::string_view Loop::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_of_) {
    date_of_ = now;
    date_ = date_text(static_cast<std::uint64_t>(now < 0 ? 0 : now));
  }
  return date_;
}

}  // namespace net
