// Aim: every request gets exactly one answer, from whatever thread and however late, and neither readers who fall asleep
// nor a stop of the server leaves anybody hanging. Method: handlers that drop, defer and stream, over loopback sockets.
#include "net/reply.h"

#include <atomic>
#include <condition_variable>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/client.h"
#include "net/raw_peer_for_test.h"
#include "net/tls_for_test.h"

namespace net {
namespace {

using std::chrono::milliseconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kGet = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

/// Keeps replies or streams for the test to use.
template <typename Held>
class Shelf {
 public:
  void put(Held held) {
    const std::scoped_lock lock(mutex_);
    held_.push_back(std::move(held));
    arrived_.notify_all();
  }
  Held take() {
    std::unique_lock lock(mutex_);
    CHECK(arrived_.wait_for(lock, std::chrono::seconds(8), [this] { return !held_.empty(); }));
    Held held = std::move(held_.front());
    held_.erase(held_.begin());
    return held;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Held> held_;
};

using Replies = Shelf<Reply>;
using Streams = Shelf<std::shared_ptr<EventStream>>;

Handler keep(Replies& replies) {
  return [&replies](const Request&, Reply reply) { replies.put(std::move(reply)); };
}

Handler open_streams(Streams& streams) {
  return [&streams](const Request&, Reply reply) {
    Response head;
    head.headers = {{"content-type", "text/event-stream"}};
    streams.put(reply.stream(std::move(head)));
  };
}

std::string answer_to(const Server& server, std::string_view bytes) {
  RawPeer peer(server.addresses()[0]);
  peer.send(bytes);
  peer.stop_sending();
  return peer.read_to_end();
}

// Replies

TEST(Reply, DroppedAnswers500) {
  const auto server = start_for_test(ServerLimits{}, [](const Request&, Reply) {});
  EXPECT_THAT(answer_to(*server, kGet), StartsWith("HTTP/1.1 500"));
  const auto later = start_for_test(ServerLimits{}, [](const Request&, Reply reply) {
    std::thread([held = std::move(reply)] { std::this_thread::sleep_for(milliseconds(30)); }).detach();
  });
  EXPECT_THAT(answer_to(*later, kGet), StartsWith("HTTP/1.1 500"));
}

TEST(Reply, OverwrittenCountsAsDropped) {
  Replies replies;
  const auto server = start_for_test(ServerLimits{}, keep(replies));
  RawPeer first(server->addresses()[0]);
  RawPeer second(server->addresses()[0]);
  first.send(kGet);
  Reply held = replies.take();
  second.send(kGet);
  held = replies.take();
  EXPECT_THAT(first.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 500"));
  held.send(text_response(200, "text/plain", "mine"));
  EXPECT_THAT(second.read_until("mine"), StartsWith("HTTP/1.1 200"));
}

TEST(Reply, ManyFromOtherThreadsReachTheirOwnConnections) {
  Shelf<std::pair<std::string, Reply>> work;
  const auto server = start_for_test(ServerLimits{}, [&](const Request& request, Reply reply) {
    work.put({request.path, std::move(reply)});
  });
  constexpr int kPeers = 8;
  constexpr int kRounds = 20;
  std::vector<std::thread> workers;
  workers.reserve(2);
  for (int i = 0; i < 2; ++i) {
    workers.emplace_back([&work] {
      for (int n = 0; n < kPeers * kRounds / 2; ++n) {
        auto [path, reply] = work.take();
        reply.send(text_response(200, "text/plain", path + ";"));
      }
    });
  }
  std::vector<std::thread> askers;
  std::atomic<int> right{0};
  for (int i = 0; i < kPeers; ++i) {
    askers.emplace_back([&, i] {
      const auto client = Client::create("http://" + server->addresses()[0], {});
      for (int n = 0; n < kRounds; ++n) {
        const std::string path = "/" + std::to_string(i) + "/" + std::to_string(n);
        const auto response = (*client)->get(path);
        if (response && response->text() == path + ";") ++right;
      }
    });
  }
  for (std::thread& thread : askers) thread.join();
  for (std::thread& thread : workers) thread.join();
  EXPECT_EQ(right, kPeers * kRounds);
}

TEST(Reply, KnowsThatTheReaderIsGoneButNotOfOneWhoOnlyStoppedSending) {
  Replies replies;
  const auto server = start_for_test(ServerLimits{}, keep(replies));
  RawPeer leaving(server->addresses()[0]);
  leaving.send(kGet);
  const Reply left = replies.take();
  RawPeer waiting(server->addresses()[0]);
  waiting.send(kGet);
  waiting.stop_sending();
  Reply waited_for = replies.take();
  EXPECT_FALSE(left.is_gone());
  leaving.reset();
  EXPECT_TRUE(eventually([&] { return left.is_gone(); }));
  EXPECT_FALSE(waited_for.is_gone());
  waited_for.send(text_response(200, "text/plain", "here"));
  EXPECT_THAT(waiting.read_to_end(), EndsWith("here"));
}

TEST(Reply, OutlivesTheServer) {
  Replies replies;
  auto server = start_for_test(ServerLimits{}, keep(replies));
  RawPeer peer(server->addresses()[0]);
  peer.send(kGet);
  Reply reply = replies.take();
  server.reset();
  EXPECT_TRUE(reply.is_gone());
  const auto stream = reply.stream({});
  EXPECT_FALSE(stream->is_open());
  EXPECT_FALSE(stream->send("a"));
}

// Stopping

TEST(ServerStop, AnAnswerUnderWayIsFinishedAndNobodyNewComesIn) {
  Replies replies;
  const auto server = start_for_test(ServerLimits{}, keep(replies));
  RawPeer idle(server->addresses()[0]);
  RawPeer asking(server->addresses()[0]);
  ASSERT_TRUE(eventually([&] { return server->counters().connections_open == 2; }));
  asking.send(kGet);
  Reply reply = replies.take();
  std::thread stopping([&] { server->stop(base::Seconds(20)); });
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_TRUE(idle.is_ended());
  EXPECT_TRUE(eventually([&] { return !RawPeer(server->addresses()[0]).is_connected(); }));
  EXPECT_FALSE(reply.is_gone());
  reply.send(text_response(200, "text/plain", "at last"));
  const std::string answer = asking.read_to_end();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("at last"));
  stopping.join();
  server->stop(base::Seconds(0));  // again: nothing
}

TEST(ServerStop, GraceHasAnEnd) {
  Replies replies;
  const auto server = start_for_test(ServerLimits{}, keep(replies));
  RawPeer asking(server->addresses()[0]);
  asking.send(kGet);
  Reply reply = replies.take();
  const auto begin = std::chrono::steady_clock::now();
  server->stop(base::Seconds(1));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(6));
  EXPECT_TRUE(reply.is_gone());
  EXPECT_EQ(asking.read_to_end(), "");
  EXPECT_TRUE(asking.is_ended());
}

TEST(ServerStop, EventStreamsEndInOrder) {
  Streams streams;
  const auto server = start_for_test(ServerLimits{}, open_streams(streams));
  RawPeer peer(server->addresses()[0]);
  peer.send(kGet);
  const auto stream = streams.take();
  EXPECT_TRUE(stream->send("data: 1\n\n"));
  EXPECT_THAT(peer.read_until("data: 1\n\n\r\n"), HasSubstr("\r\n9\r\ndata: 1\n\n\r\n"));
  server->stop(base::Seconds(10));
  EXPECT_FALSE(stream->is_open());
  EXPECT_FALSE(stream->send("data: 2\n\n"));
  EXPECT_THAT(peer.read_to_end(), EndsWith("0\r\n\r\n"));
}

// Streams

TEST(Stream, SendsHeadAndEveryChunkInOrder) {
  Streams streams;
  const auto server = start_for_test(ServerLimits{}, open_streams(streams));
  RawPeer peer(server->addresses()[0]);
  peer.send(kGet);
  const auto stream = streams.take();
  const std::string head = peer.read_until("\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("content-type: text/event-stream\r\n"));
  EXPECT_THAT(head, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Content-Length")));
  EXPECT_TRUE(stream->send(""));  // an empty chunk would have ended the body
  EXPECT_TRUE(stream->send("abc"));
  EXPECT_EQ(peer.read_until("abc\r\n"), "3\r\nabc\r\n");
  stream->close();
  EXPECT_FALSE(stream->send("d"));
  EXPECT_EQ(peer.read_to_end(), "0\r\n\r\n");
  EXPECT_TRUE(peer.is_ended());
  EXPECT_TRUE(eventually([&] { return server->counters().streams_open == 0; }));
}

TEST(Stream, IsPlainForHttp10AndEmptyForHead) {
  Streams streams;
  const auto server = start_for_test(ServerLimits{}, open_streams(streams));
  RawPeer old(server->addresses()[0]);
  old.send("GET /a HTTP/1.0\r\n\r\n");
  const auto stream = streams.take();
  EXPECT_TRUE(stream->send("abc"));
  stream->close();
  const std::string answer = old.read_to_end();
  EXPECT_THAT(answer, Not(HasSubstr("chunked")));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nabc"));
  EXPECT_THAT(answer_to(*server, "HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n"), EndsWith("\r\n\r\n"));
  EXPECT_FALSE(streams.take()->send("abc"));
}

TEST(Stream, ASlowReaderIsCutAndOthersAreNot) {
  ServerLimits limits;
  limits.stream_queue_bytes_max = 100'000;
  Streams streams;
  const auto server = start_for_test(limits, open_streams(streams));
  RawPeer slow(server->addresses()[0], 4'096);
  slow.send(kGet);
  const auto to_slow = streams.take();
  RawPeer fast(server->addresses()[0]);
  fast.send(kGet);
  const auto to_fast = streams.take();
  const auto chunk = std::make_shared<const std::string>(50'000, 'x');
  std::size_t fast_bytes = 0;
  bool is_cut = false;
  for (int i = 0; i < 2'000 && !is_cut; ++i) {
    is_cut = !to_slow->send(chunk);
    ASSERT_TRUE(to_fast->send(chunk)) << i;
    while (fast_bytes < static_cast<std::size_t>(i + 1) * chunk->size()) {
      fast_bytes += fast.read_until("\r\n", 1).size();
      ASSERT_FALSE(fast.is_ended());
    }
  }
  EXPECT_TRUE(is_cut);
  EXPECT_FALSE(to_slow->is_open());
  EXPECT_TRUE(to_fast->is_open());
  EXPECT_TRUE(eventually([&] { return server->counters().connections_open == 1; }));
  EXPECT_EQ(server->counters().streams_cut, 1U);
}

TEST(Stream, OneChunkBeyondTheQueueIsACutToo) {
  ServerLimits limits;
  limits.stream_queue_bytes_max = 10;
  Streams streams;
  const auto server = start_for_test(limits, open_streams(streams));
  RawPeer peer(server->addresses()[0]);
  peer.send(kGet);
  EXPECT_FALSE(streams.take()->send("0123456789a"));
  peer.read_to_end();
  EXPECT_TRUE(peer.is_ended());
}

// A cut finds the session now waiting for more, now just back from a write: counted either way, and nobody waits for
// a slow reader's good-bye.
TEST(Stream, ACutIsCountedWhereverItFindsTheSession) {
  ServerLimits limits;
  limits.stream_queue_bytes_max = 10;
  Streams streams;
  const auto server = start_for_test(limits, open_streams(streams));
  constexpr std::uint64_t kRounds = 300;
  for (std::uint64_t i = 1; i <= kRounds; ++i) {
    RawPeer peer(server->addresses()[0]);
    peer.send(kGet);
    const auto stream = streams.take();
    if (i % 2 == 0) peer.read_until("\r\n\r\n");
    EXPECT_FALSE(stream->send("0123456789a"));
    ASSERT_TRUE(eventually([&] { return server->counters().connections_open == 0; }));
    ASSERT_EQ(server->counters().streams_cut, i);
  }
}

TEST(Stream, NoticesAReaderWhoHasGone) {
  Streams streams;
  const auto server = start_for_test(ServerLimits{}, open_streams(streams));
  std::shared_ptr<EventStream> stream;
  {
    RawPeer peer(server->addresses()[0]);
    peer.send(kGet);
    stream = streams.take();
    peer.read_until("\r\n\r\n");
  }
  EXPECT_TRUE(eventually([&] { return !stream->is_open(); }));
}

TEST(Stream, TheClientReadsItPieceByPiece) {
  Streams streams;
  ServerOptions options = test_options();
  options.tls = make_identity("127.0.0.1");
  ClientOptions trusting;
  trusting.trusted_certificates = options.tls->certificate_chain;
  const auto server = start_for_test(std::move(options), open_streams(streams));
  const auto client = Client::create("https://" + server->addresses()[0], trusting);
  std::thread sender([&streams] {
    const auto stream = streams.take();
    for (const char* const chunk : {"one", "two", "three"}) stream->send(chunk);
    stream->close();
  });
  std::string all;
  const auto collect = [&all](std::string_view bytes) {
    all += bytes;
    return true;
  };
  const auto done = (*client)->get_events("/events", {}, {{"last-event-id", "7"}}, collect);
  sender.join();
  ASSERT_TRUE(done.has_value()) << done.error().message();
  EXPECT_EQ(all, "onetwothree");

  const auto enough = (*client)->get_events("/events", {milliseconds(200), 0}, {}, collect);
  ASSERT_FALSE(enough.has_value());  // silence
  EXPECT_EQ(enough.error().kind(), kTimedOut);
}

TEST(Stream, TheClientMayHaveEnough) {
  const auto server = start_for_test(ServerLimits{}, [](const Request& request, Reply reply) {
    if (request.path == "/none") return reply.send(text_response(404, "text/plain", "no"));
    const auto stream = reply.stream({});
    for (int i = 0; i < 100; ++i) stream->send("x");
  });
  const auto client = Client::create("http://" + server->addresses()[0], {});
  int calls = 0;
  const auto enough =
      (*client)->get_events("/events", {}, {}, [&calls](std::string_view) { return ++calls < 1; });
  EXPECT_TRUE(enough.has_value());
  EXPECT_EQ(calls, 1);
  const auto refused = (*client)->get_events("/none", {}, {}, [](std::string_view) { return true; });
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind(), kBadAnswer);
}

}  // namespace
}  // namespace net
