#include "witness/service.h"

#include <utility>

#include "note/key.h"

namespace witness {
namespace {

constexpr std::string_view kPlain = "text/plain; charset=utf-8";
constexpr std::string_view kAddCheckpoint = "/add-checkpoint";

net::Response not_allowed(std::string_view allowed) {
  net::Response response = net::text_response(405, kPlain, "only " + std::string(allowed) + " here\n");
  response.headers.push_back({"allow", std::string(allowed)});
  return response;
}

}  // namespace

Service::Service(Witness& witness)
    : witness_(&witness), worker_([this](const std::stop_token& stop) { run(stop); }) {}

Service::~Service() {
  worker_.request_stop();
  worker_.join();
  for (Waiting& left : waiting_)
    left.reply.send(net::text_response(503, kPlain, "this witness is stopping\n"));
}

net::Handler Service::handler() {
  return [this](net::Request request, net::Reply reply) { route(std::move(request), std::move(reply)); };
}

void Service::route(net::Request request, net::Reply reply) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (request.path == "/") {
    if (!reads) return reply.send(not_allowed("GET, HEAD"));
    return reply.send(net::text_response(200, kPlain, note::serialize_verifier_key(witness_->key()) + "\n"));
  }
  if (request.path != kAddCheckpoint) return reply.send(net::text_response(404, kPlain, "not found\n"));
  if (request.method != "POST") return reply.send(not_allowed("POST"));
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < kWaitingMax) {
      waiting_.push_back({std::move(request.body), std::move(reply)});
      changed_.notify_one();
      return;
    }
  }
  reply.send(net::text_response(503, kPlain, "too many requests wait; try again\n"));
}

void Service::run(const std::stop_token& stop) {
  while (true) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [&] { return !waiting_.empty(); })) return;
    if (stop.stop_requested()) return;
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    Answer answer = witness_->add_checkpoint(next.body);
    lock.lock();
    ++answers_[answer.status];
    lock.unlock();
    next.reply.send(net::text_response(answer.status, answer.content_type, std::move(answer.body)));
  }
}

std::map<unsigned, std::uint64_t> Service::answers() const {
  const std::lock_guard lock(mutex_);
  return answers_;
}

}  // namespace witness
