// Aim: the service behind the real server, over sockets: answers arrive whole, HEAD has no body, events stream
// and end with the server, and a record goes in and its receipt comes out. Method: net::Server on a free port
// of the loopback, net::Client and raw bytes against it, the registry of stage.h behind it.
#include <thread>

#include <gtest/gtest.h>

#include "api/stage.h"
#include "net/client.h"
#include "net/server.h"
#include "replica/view_pump.h"
#include "verify/receipt.h"

namespace stage {
namespace {

class LoopbackTest : public ::testing::Test {
 protected:
  void SetUp() override {
    stage.open();
    pump = std::make_unique<replica::ViewPump>(*stage.view, std::chrono::milliseconds(5));
    net::ServerOptions options;
    options.listen = {"127.0.0.1:0"};
    options.threads = 2;
    auto started = net::Server::start(std::move(options), stage.service->handler());
    ASSERT_TRUE(started) << started.error().message();
    server = std::move(*started);
  }
  void TearDown() override {
    stage.service->stop();
    if (server) server->stop(base::Seconds(5));
    pump.reset();
  }
  std::unique_ptr<net::Client> client() {
    auto made = net::Client::create("http://" + server->addresses().front(), {});
    EXPECT_TRUE(made) << made.error().message();
    return std::move(*made);
  }

  Stage stage;
  std::unique_ptr<replica::ViewPump> pump;
  std::unique_ptr<net::Server> server;
};

TEST_F(LoopbackTest, AnswersArriveWhole) {
  const auto reader = client();
  for (const char* target : {"/checkpoint", "/genesis", "/api/v1/status", "/api/v1/openapi.json",
                             "/api/v1/objects/domain/alfa/history?limit=3"}) {
    const auto response = reader->get(target);
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->status, 200U) << target;
    EXPECT_EQ(response->text(), stage.get(target).text()) << target;
  }
  EXPECT_EQ(reader->get("/api/v1/objects/domain/%ff")->status, 400U);
  EXPECT_EQ(reader->get("/nothing")->status, 404U);
}

TEST_F(LoopbackTest, ARecordGoesInAndItsReceiptComesOut) {
  const auto writer = client();
  const auto response = writer->post("/api/v1/records", "text/plain", stage.routine_change().leaf());
  ASSERT_TRUE(response) << response.error().message();
  ASSERT_EQ(response->status, 200U) << response->text();
  const auto json = Stage::json(*response);
  const auto verdict =
      verify::verify_receipt(json["receipt"].get<std::string>(),
                             sim::policy_of(stage.table.registry().charter()), {stage.clock.now(), {}});
  EXPECT_TRUE(verdict) << verdict.error().message();
}

TEST_F(LoopbackTest, EventsStreamAndEndWithTheService) {
  const auto listener = client();
  std::string heard;
  std::jthread listening([&] {
    const auto ended = listener->get_events("/api/v1/events", {.timeout = std::chrono::seconds(20)},
                                            {{"last-event-id", "0"}}, [&](std::string_view bytes) {
                                              heard += bytes;
                                              return heard.find("a.nic.beta") == std::string::npos;
                                            });
    EXPECT_TRUE(ended) << ended.error().message();
  });
  const auto writer = client();
  ASSERT_EQ(writer->post("/api/v1/records", "text/plain", stage.routine_change().leaf())->status, 200U);
  for (int i = 0; i < 1'000 && server->counters().streams_open == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(server->counters().streams_open, 1U);
  stage.service->stop();
  listening.join();
  EXPECT_NE(heard.find("event: block\nid: 1\n"), std::string::npos) << heard;
}

TEST_F(LoopbackTest, ManyReadersWhileBlocksCome) {
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  std::atomic<int> answers = 0;
  {
    std::vector<std::jthread> readers;
    for (int i = 0; i < 4; ++i) {
      readers.emplace_back([&] {
        const auto reader = client();
        while (!done) {
          const auto response = reader->get("/api/v1/receipts/domain/alfa");
          if (!response || response->status != 200) ++wrong;
          ++answers;
        }
      });
    }
    const auto writer = client();
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(writer->post("/api/v1/records", "text/plain", stage.routine_change().leaf())->status, 200U);
    }
    done = true;
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(answers, 10);
}

}  // namespace
}  // namespace stage
