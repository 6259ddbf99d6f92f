// Aim: the server answers what is right, refuses what is not, and holds every limit that it promises.
// Method: raw bytes over real loopback sockets, with limits short enough to be waited for; the ways of refusal first.
#include "net/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/raw_peer_for_test.h"

namespace net {
namespace {

using std::chrono::milliseconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kGet = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

std::string answer_to(const Server& server, std::string_view bytes) {
  RawPeer peer(server.addresses()[0]);
  peer.send(bytes);
  peer.stop_sending();
  return peer.read_to_end();
}

// Starting

TEST(ServerStart, RefusesWhatItCannotListenOn) {
  for (const std::string address : {"", "localhost:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                                    "::1:80", "[::1]", "[127.0.0.1]:80", "127.0.0.1:80x", "127.0.0.1:-1"}) {
    ServerOptions options;
    options.listen = {address};
    const auto server = Server::start(std::move(options), echo);
    ASSERT_FALSE(server.has_value()) << address;
    EXPECT_EQ(server.error().kind(), kBadListenAddress) << address;
  }
  const auto nothing = Server::start({}, echo);
  ASSERT_FALSE(nothing.has_value());
  EXPECT_EQ(nothing.error().kind(), kBadListenAddress);
}

TEST(ServerStart, SaysWhoHoldsThePortAlready) {
  const auto first = start_for_test(test_options(), echo);
  ServerOptions options;
  options.listen = first->addresses();
  const auto second = Server::start(std::move(options), echo);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind(), kCannotListen);
  EXPECT_THAT(second.error().detail(), HasSubstr(first->addresses()[0]));
}

TEST(ServerStart, RefusesLimitsThatAreNone) {
  const auto kind_for = [](auto change) {
    ServerOptions options = test_options();
    change(options.limits);
    const auto server = Server::start(std::move(options), echo);
    return server.has_value() ? std::string_view("none") : server.error().kind().name;
  };
  EXPECT_EQ(kind_for([](ServerLimits&) {}), "none");
  EXPECT_EQ(kind_for([](ServerLimits& l) { l.idle_timeout = milliseconds(0); }), kBadServerLimits.name);
  EXPECT_EQ(kind_for([](ServerLimits& l) { l.connections_max = 0; }), kBadServerLimits.name);
  EXPECT_EQ(kind_for([](ServerLimits& l) { l.header_bytes_max = 1; }), kBadServerLimits.name);
  EXPECT_EQ(kind_for([](ServerLimits& l) { l.requests_burst_per_peer = 0; }), kBadServerLimits.name);
  EXPECT_EQ(kind_for([](ServerLimits& l) { l.bodies_bytes_max = 1; }), kBadServerLimits.name);
}

TEST(ServerStart, TakesASocketThatListensAndClosesOneThatDoesNot) {
  const int plain = ::socket(AF_INET, SOCK_STREAM, 0);
  ServerOptions bad;
  bad.inherited_sockets = {plain};
  const auto refused = Server::start(std::move(bad), echo);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind(), kCannotListen);
  EXPECT_EQ(::close(plain), -1);  // the server owned it

  const int ready = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(ready, reinterpret_cast<sockaddr*>(&any), sizeof any), 0);
  ASSERT_EQ(::listen(ready, 8), 0);
  ServerOptions good;
  good.inherited_sockets = {ready};
  const auto server = start_for_test(std::move(good), echo);
  EXPECT_THAT(answer_to(*server, kGet), HasSubstr("GET /a [] "));
}

TEST(ServerStart, ListensOnIpv6Too) {
  ServerOptions options = test_options();
  options.listen = {"127.0.0.1:0", "[::1]:0"};
  auto server = Server::start(std::move(options), echo);
  if (!server.has_value()) GTEST_SKIP() << "this machine has no IPv6: " << server.error().message();
  EXPECT_THAT((*server)->addresses()[1], StartsWith("[::1]:"));
}

// Malformed

struct Malformed {
  const char* name;
  std::string bytes;
  const char* status;
};

const std::string kHost = "Host: h\r\n";

std::vector<Malformed> malformed_heads() {
  return {
      {"no request", "hello\r\n\r\n", "400"},
      {"bare line ends", "GET / HTTP/1.1\nHost: h\n\n", "400"},
      {"no path", "GET HTTP/1.1\r\n" + kHost + "\r\n", "400"},
      {"relative path", "GET a HTTP/1.1\r\n" + kHost + "\r\n", "400"},
      {"absolute form", "GET http://h/a HTTP/1.1\r\n" + kHost + "\r\n", "400"},
      {"authority form", "CONNECT h:80 HTTP/1.1\r\n" + kHost + "\r\n", "400"},
      {"asterisk form", "OPTIONS * HTTP/1.1\r\n" + kHost + "\r\n", "400"},
      {"dot segments", "GET /a/../b HTTP/1.1\r\n" + kHost + "\r\n", "400"},
      {"dot segments in disguise", "GET /a/%2e%2E/b HTTP/1.1\r\n" + kHost + "\r\n", "400"},
      {"a dot in half a disguise", "GET /.%2e HTTP/1.1\r\n" + kHost + "\r\n", "400"},
      {"percent without digits", "GET /a%zz HTTP/1.1\r\n" + kHost + "\r\n", "400"},
      {"control in disguise", "GET /a%0d%0a HTTP/1.1\r\n" + kHost + "\r\n", "400"},
      {"a fragment", "GET /a#b HTTP/1.1\r\n" + kHost + "\r\n", "400"},
      {"a backslash", "GET /a\\..\\b HTTP/1.1\r\n" + kHost + "\r\n", "400"},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
      {"HTTP/2.0 with a path", "GET / HTTP/2.0\r\n" + kHost + "\r\n", "505"},
      {"HTTP/1.2", "GET / HTTP/1.2\r\n" + kHost + "\r\n", "505"},
      {"no host", "GET / HTTP/1.1\r\n\r\n", "400"},
      {"two hosts", "GET / HTTP/1.1\r\n" + kHost + kHost + "\r\n", "400"},
      {"a host with a path", "GET / HTTP/1.1\r\nHost: h/a\r\n\r\n", "400"},
      {"blank before the colon", "GET / HTTP/1.1\r\n" + kHost + "A : b\r\n\r\n", "400"},
      {"folded header", "GET / HTTP/1.1\r\n" + kHost + "A: b\r\n c\r\n\r\n", "400"},
      {"folded first header", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", "400"},
      {"NUL in a header", "GET / HTTP/1.1\r\n" + kHost + "A: b" + std::string(1, '\0') + "\r\n\r\n", "400"},
      {"carriage return in a header", "GET / HTTP/1.1\r\n" + kHost + "A: b\rc\r\n\r\n", "400"},
      {"unknown expectation", "POST / HTTP/1.1\r\n" + kHost + "Expect: more\r\nContent-Length: 1\r\n\r\na",
       "417"},
  };
}

std::vector<Malformed> malformed_bodies() {
  return {
      {"both lengths",
       "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "400"},
      {"both lengths, other way",
       "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
       "400"},
      {"two lengths", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
       "400"},
      {"the same length twice",
       "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", "400"},
      {"a list of lengths", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 1, 1\r\n\r\na", "400"},
      {"negative length", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: -1\r\n\r\na", "400"},
      {"signed length", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: +1\r\n\r\na", "400"},
      {"hexadecimal length", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 0x1\r\n\r\na", "400"},
      {"enormous length", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 18446744073709551617\r\n\r\na",
       "400"},
      {"unknown encoding",
       "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"},
      {"chunked not last",
       "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "501"},
      {"chunked twice",
       "POST / HTTP/1.1\r\n" + kHost +
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "400"},
      {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "400"},
      {"chunk without a number", "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
       "400"},
      {"chunk longer than it says",
       "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n", "400"},
      {"a trailer", "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n",
       "400"},
      {"enormous chunk",
       "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", "413"},
      {"enormous chunk number",
       "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n1ffffffffffffffff\r\n", "400"},
  };
}

TEST(ServerRefuses, EveryMalformedRequestAndClosesTheConnection) {
  const auto server = start_for_test(ServerLimits{});
  std::vector<Malformed> cases = malformed_heads();
  std::ranges::move(malformed_bodies(), std::back_inserter(cases));
  for (const Malformed& given : cases) {
    RawPeer peer(server->addresses()[0]);
    peer.send(given.bytes);
    const std::string answer = peer.read_until("\r\n\r\n");
    EXPECT_THAT(answer, StartsWith(std::string("HTTP/1.1 ") + given.status)) << given.name;
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n")) << given.name;
    peer.stop_sending();
    peer.read_to_end();
    EXPECT_TRUE(peer.is_ended()) << given.name;
  }
  EXPECT_EQ(server->counters().requests, 0U);
  EXPECT_EQ(server->counters().requests_malformed, cases.size());
}

TEST(ServerRefuses, NothingBehindARefusedRequestIsRead) {
  const auto server = start_for_test(ServerLimits{});
  const std::string answer = answer_to(
      *server,
      std::string(
          "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") +
          kGet);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(answer, Not(HasSubstr("200 OK")));
  EXPECT_EQ(server->counters().requests, 0U);
}

// Sizes

TEST(ServerSizes, HeadersUpToTheLimitAndNotBeyond) {
  ServerLimits limits;
  limits.header_bytes_max = 1'000;
  const auto server = start_for_test(limits);
  const std::string frame = "GET /a HTTP/1.1\r\nHost: h\r\nA: \r\n\r\n";
  const auto request_of = [&frame](std::size_t bytes) {
    std::string request = frame;
    return request.insert(request.size() - 4, bytes - frame.size(), 'x');
  };
  EXPECT_THAT(answer_to(*server, request_of(1'000)), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer_to(*server, request_of(1'001)), StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(answer_to(*server, request_of(100'000)), StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(answer_to(*server, "GET /" + std::string(100'000, 'a')), StartsWith("HTTP/1.1 414"));
  EXPECT_THAT(answer_to(*server, std::string(100'000, 'a')), StartsWith("HTTP/1.1 414"));
}

TEST(ServerSizes, CountsHeaders) {
  ServerLimits limits;
  limits.headers_max = 5;
  const auto server = start_for_test(limits);
  const std::string four = "A: b\r\nA: b\r\nA: b\r\nA: b\r\n";
  EXPECT_THAT(answer_to(*server, "GET / HTTP/1.1\r\nHost: h\r\n" + four + "\r\n"),
              StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer_to(*server, "GET / HTTP/1.1\r\nHost: h\r\n" + four + "A: b\r\n\r\n"),
              StartsWith("HTTP/1.1 431"));
}

TEST(ServerSizes, BodiesUpToTheLimitAndNotBeyond) {
  ServerLimits limits;
  limits.body_bytes_max = 200'000;
  const auto server = start_for_test(limits);
  const auto with_length = [](std::size_t bytes) {
    return "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" +
           std::string(bytes, 'x');
  };
  EXPECT_THAT(answer_to(*server, with_length(200'000)), HasSubstr("POST / [] 200000 bytes"));
  EXPECT_THAT(answer_to(*server, with_length(200'001)), StartsWith("HTTP/1.1 413"));
  const auto chunked = [](int count) {
    std::string body = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < count; ++i) body += "3e8;a=b\r\n" + std::string(1'000, 'x') + "\r\n";
    return body + "0\r\n\r\n";
  };
  EXPECT_THAT(answer_to(*server, chunked(200)), HasSubstr("POST / [] 200000 bytes"));
  EXPECT_THAT(answer_to(*server, chunked(201)), StartsWith("HTTP/1.1 413"));
}

TEST(ServerSizes, AllBodiesTogetherHaveALimitToo) {
  ServerLimits limits;
  limits.body_bytes_max = 1'000;
  limits.bodies_bytes_max = 1'500;
  const auto server = start_for_test(limits);
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n";
  RawPeer first(server->addresses()[0]);
  first.send(head);
  ASSERT_TRUE(eventually([&] { return server->counters().bytes_received == head.size(); }));
  EXPECT_THAT(answer_to(*server, head), StartsWith("HTTP/1.1 503"));
  first.send(std::string(1'000, 'x'));
  EXPECT_THAT(first.read_until("bytes"), HasSubstr("1000 bytes"));
  EXPECT_THAT(answer_to(*server, head + std::string(1'000, 'x')), StartsWith("HTTP/1.1 200"));  // room again
}

TEST(ServerSizes, AChunkExtensionWithoutEndIsRefused) {
  ServerLimits limits;
  limits.header_bytes_max = 1'000;
  const auto server = start_for_test(limits);
  EXPECT_THAT(answer_to(*server, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
                                     std::string(50'000, 'x')),
              StartsWith("HTTP/1.1 4"));
}

TEST(ServerSizes, BytesHiddenAroundChunksAreCounted) {
  ServerLimits limits;
  limits.body_bytes_max = 1'000;
  limits.header_bytes_max = 1'000;
  const auto server = start_for_test(limits);
  std::string body = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 100; ++i) body += "1;" + std::string(400, 'x') + "\r\na\r\n";
  EXPECT_THAT(answer_to(*server, body), StartsWith("HTTP/1.1 413"));
}

// Times

TEST(ServerTimes, SlowHeadersGet408HoweverTheyDrip) {
  ServerLimits limits;
  limits.header_timeout = milliseconds(300);
  const auto server = start_for_test(limits);
  RawPeer peer(server->addresses()[0]);
  std::string answer;
  for (int i = 0; i < 100 && answer.empty(); ++i) {
    peer.send(i == 0 ? "GET / HTTP/1.1\r\nA: " : "x");
    answer = peer.read_until("\r\n\r\n", 1, milliseconds(20));
  }
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 408"));
  EXPECT_EQ(server->counters().timeouts, 1U);
}

TEST(ServerTimes, SlowBodiesGet408HoweverTheyDrip) {
  ServerLimits limits;
  limits.body_timeout = milliseconds(300);
  const auto server = start_for_test(limits);
  RawPeer peer(server->addresses()[0]);
  std::string answer;
  for (int i = 0; i < 100 && answer.empty(); ++i) {
    peer.send(i == 0 ? "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n" : "x");
    answer = peer.read_until("\r\n\r\n", 1, milliseconds(20));
  }
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 408"));
  EXPECT_EQ(server->counters().timeouts, 1U);
}

TEST(ServerTimes, IdleConnectionsAreClosedSilently) {
  ServerLimits limits;
  limits.idle_timeout = milliseconds(200);
  const auto server = start_for_test(limits);
  RawPeer mute(server->addresses()[0]);
  EXPECT_EQ(mute.read_to_end(), "");
  EXPECT_TRUE(mute.is_ended());
  RawPeer once(server->addresses()[0]);
  once.send(kGet);
  EXPECT_THAT(once.read_to_end(), EndsWith("GET /a [] "));
  EXPECT_TRUE(once.is_ended());
  EXPECT_EQ(server->counters().timeouts, 0U);
  EXPECT_TRUE(eventually([&] { return server->counters().connections_open == 0; }));
}

TEST(ServerTimes, AnAnswerThatDoesNotComeIs503AndNobodyWaits) {
  ServerLimits limits;
  limits.answer_timeout = milliseconds(200);
  std::vector<Reply> held;
  std::mutex mutex;
  const auto server = start_for_test(limits, [&](const Request&, Reply reply) {
    const std::scoped_lock lock(mutex);
    held.push_back(std::move(reply));
  });
  EXPECT_THAT(answer_to(*server, kGet), StartsWith("HTTP/1.1 503"));
  const std::scoped_lock lock(mutex);
  EXPECT_TRUE(held.at(0).is_gone());
  held.at(0).send({});  // goes nowhere, harms nobody
}

TEST(ServerTimes, AReaderWhoDoesNotReadIsCutOff) {
  ServerLimits limits;
  limits.write_timeout = milliseconds(300);
  const auto server = start_for_test(limits, [](const Request&, Reply reply) {
    reply.send(text_response(200, "text/plain", std::string(std::size_t{32} << 20, 'x')));
  });
  RawPeer peer(server->addresses()[0], 4'096);
  peer.send(kGet);
  EXPECT_TRUE(eventually([&] { return server->counters().timeouts == 1; }));
  EXPECT_TRUE(eventually([&] { return server->counters().connections_open == 0; }));
}

TEST(ServerTimes, ALargeAnswerMayTakeLongerThanOneWrite) {
  ServerLimits limits;
  limits.write_timeout = milliseconds(400);
  static constexpr std::size_t kBytes = std::size_t{3} << 20;
  const auto server = start_for_test(limits, [](const Request&, Reply reply) {
    reply.send(text_response(200, "text/plain", std::string(kBytes, 'x')));
  });
  RawPeer peer(server->addresses()[0], 65'536);
  peer.send(kGet);
  std::size_t received = 0;
  const auto begin = std::chrono::steady_clock::now();
  while (received < kBytes && !peer.is_ended()) {
    received += peer.read_until("\r\n\r\n\r\n", 1, milliseconds(10)).size();
    std::this_thread::sleep_for(milliseconds(received < kBytes / 2 ? 20 : 0));
  }
  EXPECT_GE(received, kBytes);
  EXPECT_EQ(server->counters().timeouts, 0U) << (std::chrono::steady_clock::now() - begin).count();
}

// Numbers

TEST(ServerNumbers, ConnectionsBeyondTheLimitAreTold) {
  ServerLimits limits;
  limits.connections_max = 3;
  const auto server = start_for_test(limits);
  std::vector<RawPeer> peers;
  for (int i = 0; i < 3; ++i) {
    peers.emplace_back(server->addresses()[0]);
    peers.back().send(kGet);
    EXPECT_THAT(peers.back().read_until("[] "), StartsWith("HTTP/1.1 200"));
  }
  EXPECT_THAT(answer_to(*server, kGet), StartsWith("HTTP/1.1 503"));
  peers.pop_back();
  EXPECT_TRUE(eventually([&] { return answer_to(*server, kGet).starts_with("HTTP/1.1 200"); }));
  EXPECT_GE(server->counters().connections_refused, 1U);
}

TEST(ServerNumbers, OnePeerMayNotTakeAllConnections) {
  ServerLimits limits;
  limits.connections_per_peer_max = 2;
  const auto server = start_for_test(limits);
  std::vector<RawPeer> peers;
  for (int i = 0; i < 2; ++i) {
    peers.emplace_back(server->addresses()[0]);
    peers.back().send(kGet);
    EXPECT_THAT(peers.back().read_until("[] "), StartsWith("HTTP/1.1 200"));
  }
  EXPECT_THAT(answer_to(*server, kGet), StartsWith("HTTP/1.1 429"));
  peers.clear();
  EXPECT_TRUE(eventually([&] { return answer_to(*server, kGet).starts_with("HTTP/1.1 200"); }));
}

TEST(ServerNumbers, RequestsOfOnePeerHaveARate) {
  ServerLimits limits;
  limits.requests_per_second_per_peer = 5;
  limits.requests_burst_per_peer = 3;
  const auto server = start_for_test(limits);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(answer_to(*server, kGet), StartsWith("HTTP/1.1 200")) << i;
  const std::string refused = answer_to(*server, kGet);  // a new connection brings no new tokens
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 429"));
  EXPECT_THAT(refused, HasSubstr("retry-after: 1\r\n"));
  EXPECT_TRUE(eventually([&] { return answer_to(*server, kGet).starts_with("HTTP/1.1 200"); }));
  EXPECT_GE(server->counters().requests_limited, 1U);
}

TEST(ServerNumbers, OneConnectionCarriesSoManyRequestsOnly) {
  ServerLimits limits;
  limits.requests_per_connection_max = 3;
  const auto server = start_for_test(limits);
  RawPeer peer(server->addresses()[0]);
  for (int i = 0; i < 5; ++i) peer.send(kGet);
  const std::string answers = peer.read_to_end();
  EXPECT_EQ(server->counters().requests, 3U);
  EXPECT_EQ(answers.find("Connection: close"), answers.rfind("Connection: close"));
  EXPECT_THAT(answers, HasSubstr("Connection: close"));
}

TEST(ServerNumbers, APipelinedFloodIsAnsweredInOrderAndWithoutReadingAhead) {
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  const auto server = start_for_test(ServerLimits{}, [&](const Request& request, Reply reply) {
    most = std::max<int>(most, ++running);
    std::thread([&running, path = request.path, held = std::move(reply)]() mutable {
      --running;
      held.send(text_response(200, "text/plain", path + ";"));
    }).detach();
  });
  RawPeer peer(server->addresses()[0]);
  constexpr int kCount = 500;
  std::string flood;
  std::string expected;
  for (int i = 0; i < kCount; ++i) {
    flood += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
    expected += "/" + std::to_string(i) + ";";
  }
  peer.send(flood);
  const std::string answers = peer.read_until(";", kCount);
  std::string bodies;
  for (std::size_t at = answers.find("\r\n\r\n"); at != std::string::npos;
       at = answers.find("\r\n\r\n", at)) {
    at += 4;
    bodies += answers.substr(at, answers.find(';', at) - at + 1);
  }
  EXPECT_EQ(bodies, expected);
  EXPECT_EQ(most, 1);  // one request of a connection at a time
}

// Ordinary

TEST(ServerAnswers, KeepsAConnectionAndUnderstandsEveryFormOfBody) {
  const auto server = start_for_test(ServerLimits{});
  RawPeer peer(server->addresses()[0]);
  peer.send("\r\nGET /a/b?c=d&e HTTP/1.1\r\nHOST: h:80\r\n\r\n");
  const std::string first = peer.read_until("[c=d&e] ");
  EXPECT_THAT(first, StartsWith("HTTP/1.1 200 OK\r\nServer: comity\r\nDate: "));
  EXPECT_THAT(first, HasSubstr(" GMT\r\nContent-Length: 17\r\n"));
  EXPECT_THAT(first, Not(HasSubstr("Connection:")));
  peer.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_THAT(peer.read_until("[] abc"), EndsWith("POST / [] abc"));
  peer.send(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
      "Chunked\r\n\r\n2\r\nab\r\n1;x=\"y\"\r\nc\r\n0\r\n\r\n");
  EXPECT_THAT(peer.read_until("[] abc"), EndsWith("POST / [] abc"));
  for (const char c : std::string_view(
           "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n")) {
    peer.send(std::string_view(&c, 1));
  }
  EXPECT_THAT(peer.read_until("[] ab"), EndsWith("POST / [] ab"));
  peer.send("DELETE /%41 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string last = peer.read_to_end();
  EXPECT_THAT(last, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(last, EndsWith("DELETE /%41 [] "));
  EXPECT_TRUE(peer.is_ended());
}

TEST(ServerAnswers, HeadLikeGetWithoutABody) {
  const auto server = start_for_test(ServerLimits{});
  const std::string answer = answer_to(*server, "HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 11\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST(ServerAnswers, Http10AndThenCloses) {
  const auto server = start_for_test(ServerLimits{});
  RawPeer peer(server->addresses()[0]);
  peer.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const std::string answer = peer.read_to_end();
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("GET /a [] "));
  EXPECT_TRUE(peer.is_ended());
}

TEST(ServerAnswers, OneWhoHasStoppedSending) {
  const auto server = start_for_test(ServerLimits{}, [](const Request& request, Reply reply) {
    std::thread([request, held = std::move(reply)]() mutable {
      std::this_thread::sleep_for(milliseconds(50));
      echo(request, std::move(held));
    }).detach();
  });
  EXPECT_THAT(answer_to(*server, kGet), EndsWith("GET /a [] "));
}

TEST(ServerAnswers, Says100WhenAskedAndNotWhenTheBodyIsTooLarge) {
  const auto server = start_for_test(ServerLimits{});
  RawPeer peer(server->addresses()[0]);
  peer.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(peer.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  peer.send("abc");
  EXPECT_THAT(peer.read_until("[] abc"), StartsWith("HTTP/1.1 200"));
  peer.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3000000\r\n\r\n");
  EXPECT_THAT(peer.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 413"));
}

TEST(ServerAnswers, StatusesWithoutABodyHaveNoLength) {
  const auto server = start_for_test(ServerLimits{}, [](const Request&, Reply reply) {
    Response response;
    response.status = 304;
    response.headers = {{"etag", "\"a\""}};
    response.body = std::make_shared<const std::string>("dropped");
    reply.send(std::move(response));
  });
  const std::string answer = answer_to(*server, kGet);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 304 Not Modified\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(answer, EndsWith("etag: \"a\"\r\n\r\n"));
}

TEST(ServerAnswers, ItsOwnHeadersAndNoneThatWouldEndALine) {
  const auto server = start_for_test(ServerLimits{}, [](const Request& request, Reply reply) {
    Response response;
    response.headers = {
        {"content-length", "7"}, {"Date", "now"}, {"x", request.path == "/bad" ? "a\r\nb: c" : "a"}};
    reply.send(std::move(response));
  });
  const std::string fine = answer_to(*server, kGet);
  EXPECT_THAT(fine, HasSubstr("Content-Length: 0\r\n"));
  EXPECT_THAT(fine, Not(HasSubstr("content-length: 7")));
  EXPECT_THAT(fine, Not(HasSubstr("now")));
  const std::string bad = answer_to(*server, "GET /bad HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(bad, StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(bad, Not(HasSubstr("b: c")));
}

TEST(ServerAnswers, SaysNothingOfTheSender) {
  // The contract of the whole room: there is no member through which an address could reach a handler.
  static_assert(sizeof(Request) == 4 * sizeof(std::string) + sizeof(std::vector<Header>));
}

}  // namespace
}  // namespace net
