// Aim: the client believes no server: every call ends in time, within its bytes, and with an error that says why.
// Method: against servers of raw bytes that lie, stall and vanish; then against our own server, with and without TLS.
#include "net/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/raw_peer_for_test.h"
#include "net/raw_server_for_test.h"
#include "net/tls_for_test.h"
#include "net/url.h"

namespace net {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

std::unique_ptr<Client> client_for(const std::string& url, ClientOptions options = {}) {
  auto client = Client::create(url, std::move(options));
  CHECK(client.has_value());
  return std::move(*client);
}

std::string_view kind_of(const std::string& answer, bool closes = true, CallLimits limits = {}) {
  const RawServer server(answer, closes);
  const auto response = client_for(server.url())->get("/a", limits);
  return response ? std::string_view("none") : response.error().kind().name;
}

std::string url_of(const Server& server, std::string_view scheme = "http") {
  return std::string(scheme) + "://" + server.addresses()[0];
}

TEST(ClientUrl, RefusesWhatIsNoBaseUrl) {
  for (const std::string url :
       {"", "h", "ftp://h", "http://", "http:///a", "http://h:", "http://h:0", "http://h:65536", "http://u@h",
        "http://h/a?b", "http://h/a#b", "http://h/../a", "http://[::1", "http://::1", "http://[h]",
        "http://h /", "http://.h"}) {
    const auto client = Client::create(url, {});
    ASSERT_FALSE(client.has_value()) << url;
    EXPECT_EQ(client.error().kind(), kBadUrl) << url;
  }
}

// RFC 3986 section 3.1: a scheme is the same in capitals. And whoever keeps things by URL finds them again.
TEST(ClientUrl, OneServerHasOneText) {
  for (const char* url : {"HTTPS://Hub.Example:443/a/", "https://hub.example/a", "Https://HUB.example/a//"})
    EXPECT_EQ(parse_base_url(url).value().text(), "https://hub.example/a") << url;
  EXPECT_EQ(parse_base_url("HTTP://[::1]:8480").value().text(), "http://[::1]:8480");
  const auto with_user = parse_base_url("http://u:secret@h");
  ASSERT_FALSE(with_user);
  EXPECT_NE(with_user.error().detail().find("no user"), std::string::npos) << with_user.error().detail();
}

TEST(ClientUrl, RefusesPathsThatAreNone) {
  const auto client = client_for("http://127.0.0.1:1");
  for (const std::string path : {"", "a", "/a b", "/a\r\nb: c", "/\xc3\xa4", "/a#b", "/a/../b"}) {
    const auto response = client->get(path);
    ASSERT_FALSE(response.has_value()) << path;
    EXPECT_EQ(response.error().kind(), kBadUrl) << path;
  }
  const auto response = client->get("/a", {}, {{"last-event-id", "1\r\nx: y"}});
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().kind(), kBadUrl);
}

TEST(ClientRefuses, AnswersThatAreNone) {
  EXPECT_EQ(kind_of(""), kConnectionLost.name);
  EXPECT_EQ(kind_of("hello\r\n\r\n"), kBadAnswer.name);
  EXPECT_EQ(kind_of("HTTP/2.0 200 OK\r\n\r\n"), kBadAnswer.name);
  EXPECT_EQ(kind_of("HTTP/1.1 999 X\r\n\r\n"), kBadAnswer.name);
  EXPECT_EQ(kind_of("HTTP/1.1 101 X\r\n\r\n"), kBadAnswer.name);
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), kBadAnswer.name);
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            kBadAnswer.name);
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), kBadAnswer.name);
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"), kConnectionLost.name);
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
            kConnectionLost.name);
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\nA: " + std::string(100'000, 'x')), kBadAnswer.name);
  std::string interim;
  for (int i = 0; i < 20; ++i) interim += "HTTP/1.1 103 Early Hints\r\n\r\n";
  EXPECT_EQ(kind_of(interim), kBadAnswer.name);
}

TEST(ClientRefuses, AnswersThatAreTooLarge) {
  const CallLimits limits{milliseconds(0), 10};
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", true, limits), "none");
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789a", true, limits),
            kAnswerTooLarge.name);
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\n\r\n0123456789a", true, limits), kAnswerTooLarge.name);
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n",
                    true, limits),
            kAnswerTooLarge.name);
}

TEST(ClientTimes, AServerThatStallsAnywhere) {
  const CallLimits limits{milliseconds(200), 0};
  EXPECT_EQ(kind_of("", false, limits), kTimedOut.name);
  EXPECT_EQ(kind_of("HTTP/1.1 200", false, limits), kTimedOut.name);
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", false, limits), kTimedOut.name);
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\n\r\nabc", false, limits), kTimedOut.name);
}

TEST(ClientTimes, NobodyThere) {
  auto server = start_for_test(ServerLimits{});
  const std::string url = url_of(*server);
  server.reset();
  const auto response = client_for(url)->get("/a");
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().kind(), kCannotConnect);
  EXPECT_THAT(response.error().detail(), HasSubstr(url + "/a"));
}

TEST(ClientTimes, InterruptEndsTheCallUnderWayAndAllLater) {
  const RawServer server("", false);
  const auto client = client_for(server.url());
  std::thread other([&] {
    ASSERT_TRUE(eventually([&] { return server.requests() == 1; }));
    client->interrupt();
  });
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 2; ++i) {
    const auto response = client->get("/a");
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().kind(), kInterrupted);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  other.join();
}

TEST(ClientAnswers, EveryFormOfBodyAndNoRedirect) {
  const auto text_of = [](const std::string& answer) {
    const RawServer server(answer);
    const auto response = client_for(server.url())->get("/a");
    return response ? std::to_string(response->status) + std::string(response->text())
                    : response.error().message();
  };
  EXPECT_EQ(text_of("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), "200abc");
  EXPECT_EQ(text_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n"),
            "200abc");
  EXPECT_EQ(text_of("HTTP/1.0 200 OK\r\n\r\nabc"), "200abc");
  EXPECT_EQ(text_of("HTTP/1.1 204 No Content\r\n\r\n"), "204");
  EXPECT_EQ(text_of("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 X\r\nContent-Length: 2\r\n\r\nno"), "404no");
  EXPECT_EQ(text_of("HTTP/1.1 302 X\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"), "302");
}

TEST(ClientWithServer, KeepsOneConnectionAndOpensAnotherWhenItWasClosed) {
  ServerLimits limits;
  limits.idle_timeout = milliseconds(300);
  const auto server = start_for_test(limits);
  const auto client = client_for(url_of(*server) + "/base/");
  for (int i = 0; i < 3; ++i) {
    const auto response = client->get("/a?b=c");
    ASSERT_TRUE(response.has_value()) << response.error().message();
    EXPECT_EQ(response->text(), "GET /base/a [b=c] ");
    EXPECT_EQ(response->header("content-type"), "text/plain");
  }
  EXPECT_EQ(server->counters().connections, 1U);
  ASSERT_TRUE(eventually([&] { return server->counters().connections_open == 0; }));
  const auto response = client->post("/a", "text/plain", "hello");
  ASSERT_TRUE(response.has_value()) << response.error().message();
  EXPECT_EQ(response->text(), "POST /base/a [] hello");
  EXPECT_EQ(server->counters().connections, 2U);
}

TEST(ClientWithServer, LargeBodiesBothWays) {
  const std::string large(std::size_t{20} << 20, 'x');
  const auto server = start_for_test(ServerLimits{}, [&large](const Request& request, Reply reply) {
    if (request.method == "POST") return echo(request, std::move(reply));
    reply.send(text_response(200, "text/plain", large));
  });
  const auto client = client_for(url_of(*server));
  const auto got = client->get("/");
  ASSERT_TRUE(got.has_value()) << got.error().message();
  EXPECT_EQ(got->text(), large);
  const auto posted =
      client->post("/", "text/plain", std::string_view(large).substr(0, std::size_t{1} << 20));
  ASSERT_TRUE(posted.has_value()) << posted.error().message();
  EXPECT_EQ(posted->text(), "POST / [] 1048576 bytes");
  const auto refused = client->post("/", "text/plain", large);
  ASSERT_TRUE(refused.has_value()) << refused.error().message();
  EXPECT_EQ(refused->status, 413U);
}

// TLS

TEST(ClientTls, SpeaksToAServerThatItTrustsAndToNoOther) {
  ServerOptions options = test_options();
  options.tls = make_identity("127.0.0.1");
  const std::string trusted = options.tls->certificate_chain;
  const auto server = start_for_test(std::move(options), echo);
  ClientOptions trusting;
  trusting.trusted_certificates = trusted;
  const auto client = client_for(url_of(*server, "https"), trusting);
  for (int i = 0; i < 3; ++i) {
    const auto response = client->get("/a");
    ASSERT_TRUE(response.has_value()) << response.error().message();
    EXPECT_EQ(response->text(), "GET /a [] ");
  }
  EXPECT_EQ(server->counters().connections, 1U);

  const auto strangers = client_for(url_of(*server, "https"))->get("/a");
  ASSERT_FALSE(strangers.has_value());
  EXPECT_EQ(strangers.error().kind(), kTlsRefused);
  ClientOptions other;
  other.trusted_certificates = make_identity("127.0.0.1").certificate_chain;
  const auto others = client_for(url_of(*server, "https"), other)->get("/a");
  ASSERT_FALSE(others.has_value());
  EXPECT_EQ(others.error().kind(), kTlsRefused);
}

TEST(ClientTls, RefusesACertificateOfAnotherName) {
  ServerOptions options = test_options();
  options.tls = make_identity("127.0.0.2");
  ClientOptions trusting;
  trusting.trusted_certificates = options.tls->certificate_chain;
  const auto server = start_for_test(std::move(options), echo);
  const auto response = client_for(url_of(*server, "https"), trusting)->get("/a");
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().kind(), kTlsRefused);
}

TEST(ClientTls, ARenewedCertificateIsUsedForNewConnections) {
  ServerOptions options = test_options();
  options.tls = make_identity("127.0.0.1");
  const auto server = start_for_test(std::move(options), echo);
  TlsIdentity renewed = make_identity("127.0.0.1");
  ClientOptions trusting;
  trusting.trusted_certificates = renewed.certificate_chain;
  EXPECT_FALSE(client_for(url_of(*server, "https"), trusting)->get("/a").has_value());
  TlsIdentity broken;
  broken.certificate_chain = "no certificate";
  EXPECT_FALSE(server->replace_certificate(std::move(broken)).has_value());
  ASSERT_TRUE(server->replace_certificate(std::move(renewed)).has_value());
  EXPECT_TRUE(client_for(url_of(*server, "https"), trusting)->get("/a").has_value());
  const auto plain = start_for_test(ServerLimits{});
  EXPECT_FALSE(plain->replace_certificate(make_identity("127.0.0.1")).has_value());
}

TEST(ClientTls, PlainAndSecuredDoNotMix) {
  ServerOptions options = test_options();
  options.tls = make_identity("127.0.0.1");
  options.limits.header_timeout = milliseconds(300);
  const auto secured = start_for_test(std::move(options), echo);
  EXPECT_FALSE(client_for(url_of(*secured))->get("/a").has_value());
  const auto plain = start_for_test(ServerLimits{});
  const auto response = client_for(url_of(*plain, "https"))->get("/a");
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().kind(), kTlsRefused);
  RawPeer mute(secured->addresses()[0]);  // a handshake that never begins
  EXPECT_EQ(mute.read_to_end(), "");
  EXPECT_TRUE(mute.is_ended());
  EXPECT_EQ(secured->counters().tls_refused, 2U);
  EXPECT_EQ(plain->counters().tls_refused, 0U);
}

TEST(ClientTls, AServerDoesNotStartWithAKeyOfAnotherCertificate) {
  ServerOptions options = test_options();
  options.tls = make_identity("127.0.0.1");
  options.tls->private_key = make_identity("127.0.0.1").private_key;
  const auto server = Server::start(std::move(options), echo);
  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(server.error().kind(), kBadTlsMaterial);
  ClientOptions no_certificate;
  no_certificate.trusted_certificates = "hello";
  const auto client = Client::create("https://h", no_certificate);
  ASSERT_FALSE(client.has_value());
  EXPECT_EQ(client.error().kind(), kBadTlsMaterial);
}

}  // namespace
}  // namespace net
