// Aim: over HTTP the witness says the same as without it, nothing else, and loses no request when it stops.
// Method: requests handed to the handler with a sink that keeps the answer; no socket.
#include "witness/service.h"

#include <condition_variable>

#include <gtest/gtest.h>

#include "witness/stage.h"

namespace witness {
namespace {

/// Keeps one answer.
class KeptAnswer final : public net::ReplySink {
 public:
  void send(net::Response response) override {
    const std::lock_guard lock(mutex_);
    response_ = std::move(response);
    changed_.notify_all();
  }
  std::shared_ptr<net::EventStream> stream(net::Response /*head*/) override { return nullptr; }
  bool is_gone() const override { return false; }
  net::Response wait() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20), [&] { return response_.has_value(); })) return {};
    return *response_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<net::Response> response_;
};

net::Response ask(Service& service, std::string method, std::string path, std::string body = {}) {
  const auto sink = std::make_shared<KeptAnswer>();
  net::Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.body = std::move(body);
  service.handler()(std::move(request), net::Reply(sink));
  return sink->wait();
}

TEST(WitnessService, SaysWhatTheWitnessSays) {
  WitnessStage stage;
  Service service(*stage.witness);
  const TestLog log;
  const net::Response cosigned = ask(service, "POST", "/add-checkpoint", log.request(0, 5));
  EXPECT_EQ(cosigned.status, 200U);
  EXPECT_TRUE(stage.cosigned({cosigned.status, "", std::string(cosigned.text())}, log.body(5)));
  const net::Response conflict = ask(service, "POST", "/add-checkpoint", log.request(0, 6));
  EXPECT_EQ(conflict.status, 409U);
  EXPECT_EQ(conflict.header("content-type"), "text/x.tlog.size");
  EXPECT_EQ(conflict.text(), "5\n");
  EXPECT_EQ(ask(service, "POST", "/add-checkpoint", "nonsense").status, 400U);
  EXPECT_EQ(service.answers().at(200), 1U);
  EXPECT_EQ(service.answers().at(409), 1U);
}

TEST(WitnessService, OtherPathsAndMethods) {
  WitnessStage stage;
  Service service(*stage.witness);
  const net::Response wrong = ask(service, "GET", "/add-checkpoint");
  EXPECT_EQ(wrong.status, 405U);
  EXPECT_EQ(wrong.header("allow"), "POST");
  EXPECT_EQ(ask(service, "POST", "/").status, 405U);
  EXPECT_EQ(ask(service, "GET", "/witness.key").status, 404U);
  EXPECT_EQ(ask(service, "POST", "/add-checkpoint/").status, 404U);
  EXPECT_EQ(ask(service, "GET", "/").text(), note::serialize_verifier_key(stage.key()) + "\n");
}

TEST(WitnessService, EverybodyIsAnsweredWhenItStops) {
  WitnessStage stage;
  const TestLog log;
  std::vector<std::shared_ptr<KeptAnswer>> sinks;
  {
    Service service(*stage.witness);
    for (int i = 0; i < 200; ++i) {
      sinks.push_back(std::make_shared<KeptAnswer>());
      net::Request request;
      request.method = "POST";
      request.path = "/add-checkpoint";
      request.body = log.request(0, 5);
      service.handler()(std::move(request), net::Reply(sinks.back()));
    }
  }
  for (const auto& sink : sinks) {
    const unsigned status = sink->wait().status;
    EXPECT_TRUE(status == 200 || status == 409 || status == 503) << status;
  }
}

}  // namespace
}  // namespace witness
