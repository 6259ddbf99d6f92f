// Aim: whatever a hub answers over HTTP, a follower's questions end in time, within their bytes, and with "has none", "does
// not answer" or bytes that others will judge; nothing leads it elsewhere. Method: servers of raw bytes on loopback that cut
// short, lie about lengths, redirect, drip, fail and stay silent.
#include "replica/http_hub_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/check.h"
#include "base/files.h"
#include "net/raw_server_for_test.h"

namespace replica {
namespace {

using base::Result;
using net::RawServer;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::size_t kBytesMax = 1'000;
constexpr base::Seconds kNoWait{0};

std::string answer(const std::string& status, const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::unique_ptr<HttpHubSource> source_for(const RawServer& server) {
  net::ClientOptions options;
  options.timeout = milliseconds(700);
  auto source = HttpHubSource::create(server.url(), options);
  CHECK(source.has_value());
  return std::move(*source);
}

template <typename T>
std::string_view kind_of(const Result<T>& result) {
  return result ? std::string_view("none") : result.error().kind().name;
}

std::string_view fetch_from(const std::string& bytes, bool closes = true,
                            milliseconds drip = milliseconds(0)) {
  const RawServer server(bytes, closes, drip);
  return kind_of(source_for(server)->fetch("checkpoint", kBytesMax));
}

std::string_view proposed_from(const std::string& bytes, bool closes = true) {
  const RawServer server(bytes, closes);
  return kind_of(source_for(server)->proposed(std::nullopt, kNoWait));
}

std::string_view cosigned_at(const std::string& bytes) {
  const RawServer server(bytes);
  return kind_of(source_for(server)->post_cosignature("a note"));
}

std::string_view forwarded_to(const std::string& bytes) {
  const RawServer server(bytes);
  return kind_of(source_for(server)->forward("a leaf", std::nullopt));
}

TEST(HttpHubSource, WhatIsCutShortOrLiesAboutItsLengthIsNoAnswer) {
  const std::string_view unreachable = kHubUnreachable.name;
  EXPECT_EQ(fetch_from(""), unreachable);
  EXPECT_EQ(fetch_from("HTTP/1.1 200 OK\r\nContent-Le"), unreachable);
  EXPECT_EQ(fetch_from("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"), unreachable);
  EXPECT_EQ(fetch_from("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx"), unreachable);
  EXPECT_EQ(fetch_from("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy"), unreachable);
  EXPECT_EQ(fetch_from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), unreachable);
  EXPECT_EQ(fetch_from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff"), unreachable);
  EXPECT_EQ(proposed_from("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"), unreachable);
  EXPECT_EQ(cosigned_at("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"), unreachable);
  EXPECT_EQ(forwarded_to("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"), unreachable);
}

// What comes after the length that was announced belongs to no answer of ours.
TEST(HttpHubSource, BytesBeyondTheLengthAreNotTaken) {
  const RawServer server(
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
  const auto source = source_for(server);
  for (int i = 0; i < 2; ++i) {
    const auto bytes = source->fetch("checkpoint", kBytesMax);
    ASSERT_TRUE(bytes) << bytes.error().message();
    EXPECT_EQ(base::as_text(*bytes), "ab") << i;
  }
}

TEST(HttpHubSource, TooMuchIsRefusedAndNotKept) {
  EXPECT_EQ(fetch_from(answer("200 OK", std::string(kBytesMax, 'x'))), "none");
  EXPECT_EQ(fetch_from(answer("200 OK", std::string(kBytesMax + 1, 'x'))), base::kFileTooLarge.name);
  EXPECT_EQ(fetch_from("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"), base::kFileTooLarge.name);
  std::string endless = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 30; ++i) endless += "64\r\n" + std::string(100, 'x') + "\r\n";
  EXPECT_EQ(fetch_from(endless, false), base::kFileTooLarge.name);
  EXPECT_EQ(fetch_from("HTTP/1.1 200 OK\r\n\r\n" + std::string(2 * kBytesMax, 'x')), base::kFileTooLarge.name)
      << "a body that lasts until the end of the connection";
  EXPECT_EQ(proposed_from(answer("200 OK", std::string((1U << 20) + 1, 'x'))), kHubUnreachable.name);
  EXPECT_EQ(fetch_from("HTTP/1.1 200 OK\r\nA: " + std::string(200'000, 'x') + "\r\n\r\n"),
            kHubUnreachable.name);
}

TEST(HttpHubSource, NoRedirectIsFollowed) {
  const RawServer elsewhere(answer("200 OK", "from elsewhere"));
  for (const char* status : {"301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"}) {
    const std::string moved = answer(status, "", "Location: " + elsewhere.url() + "/checkpoint\r\n");
    EXPECT_EQ(fetch_from(moved), kHubUnreachable.name) << status;
    EXPECT_EQ(proposed_from(moved), kHubUnreachable.name) << status;
    EXPECT_EQ(cosigned_at(moved), kHubUnreachable.name) << status;
    EXPECT_EQ(forwarded_to(moved), kHubUnreachable.name) << status;
  }
  EXPECT_EQ(elsewhere.requests(), 0);
}

TEST(HttpHubSource, OnlyTheHubItselfSaysThatItHasNone) {
  EXPECT_EQ(fetch_from(answer("404 Not Found", "{}")), base::kFileMissing.name);
  EXPECT_EQ(proposed_from(answer("404 Not Found", "{}")), base::kFileMissing.name);
  for (const char* status :
       {"200.", "204 No Content", "206 Partial", "304 Not Modified", "400 Bad", "401 Who", "403 No",
        "410 Gone", "429 Slow", "500 Oh", "502 Bad Gateway", "503 Later", "504 Late"}) {
    EXPECT_EQ(fetch_from("HTTP/1.1 " + std::string(status) + "\r\nContent-Length: 0\r\n\r\n"),
              kHubUnreachable.name)
        << status;
  }
  for (const char* status : {"206 Partial", "403 No", "500 Oh", "502 Bad Gateway", "503 Later"})
    EXPECT_EQ(proposed_from(answer(status, "")), kHubUnreachable.name) << status;
}

TEST(HttpHubSource, ASilentHubHasNothingNew) {
  const RawServer server("HTTP/1.1 204 No Content\r\n\r\n");
  const auto text = source_for(server)->proposed(note::Round(7), base::Seconds(3));
  ASSERT_TRUE(text) << text.error().message();
  EXPECT_EQ(*text, std::nullopt);
  EXPECT_THAT(server.seen().at(0), StartsWith("GET /api/v1/proposed?wait=3&after=7 HTTP/1.1\r\n"));
}

// The kind of a text is not believed either way: it is parsed strictly, or hashed, by whoever asked.
TEST(HttpHubSource, TheNamedKindOfContentChangesNothing) {
  for (const char* type :
       {"", "Content-Type: text/html\r\n", "Content-Type: \xff\r\n", "Content-Encoding: gzip\r\n"}) {
    const RawServer server(answer("200 OK", "text", type));
    const auto bytes = source_for(server)->fetch("checkpoint", kBytesMax);
    if (bytes) {
      EXPECT_EQ(base::as_text(*bytes), "text") << type;
    } else {
      EXPECT_EQ(bytes.error().kind(), kHubUnreachable) << type;
    }
  }
}

TEST(HttpHubSource, ASlowHubIsGivenUp) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(fetch_from("", false), kHubUnreachable.name);
  EXPECT_EQ(fetch_from("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", false), kHubUnreachable.name);
  // Each byte comes in time; the answer does not.
  EXPECT_EQ(fetch_from(answer("200 OK", std::string(900, 'x')), false, milliseconds(50)),
            kHubUnreachable.name);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(15));
}

TEST(HttpHubSource, AnInterruptEndsEveryQuestionAtOnce) {
  const RawServer server("", false);
  const auto source = source_for(server);
  const auto begin = std::chrono::steady_clock::now();
  std::thread closing([&] {
    while (server.requests() == 0) std::this_thread::sleep_for(milliseconds(5));
    source->interrupt();
  });
  EXPECT_EQ(kind_of(source->proposed(std::nullopt, base::Seconds(55))), kHubUnreachable.name);
  closing.join();
  EXPECT_EQ(kind_of(source->post_cosignature("a note")), kHubUnreachable.name);
  EXPECT_EQ(kind_of(source->forward("a leaf", std::nullopt)), kHubUnreachable.name);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST(HttpHubSource, AHubsRefusalIsQuotedShortAndCannotSteerATerminal) {
  const RawServer server(answer("403 Forbidden", "\x1b[2J\r\nno \xff" + std::string(5'000, 'z')));
  const auto posted = source_for(server)->post_cosignature("a note");
  ASSERT_FALSE(posted);
  const std::string said = posted.error().message();
  EXPECT_THAT(said, HasSubstr("status 403"));
  EXPECT_THAT(said, HasSubstr("no "));
  EXPECT_LT(said.size(), 600U);
  EXPECT_TRUE(std::ranges::all_of(said, [](char c) { return c >= ' ' && c <= '~'; })) << said;
}

// A record may have been taken though its answer was lost: it is handed in once, and again only when the follower says so.
TEST(HttpHubSource, WhatIsPostedIsPostedOnce) {
  const RawServer server("");
  EXPECT_EQ(kind_of(source_for(server)->forward("a \"leaf\"\n", "an\tannex\n")), kHubUnreachable.name);
  ASSERT_EQ(server.requests(), 1);
  const std::string request = server.seen()[0];
  EXPECT_THAT(request, StartsWith("POST /api/v1/records?wait=0 HTTP/1.1\r\n"));
  EXPECT_TRUE(request.ends_with("\r\n\r\n{\"record\":\"a \\\"leaf\\\"\\n\",\"annex\":\"an\\tannex\\n\"}"))
      << request;
}

TEST(HttpHubSource, AnythingOfTheTwoHundredsMeansTaken) {
  EXPECT_EQ(forwarded_to(answer("200 OK", "{}")), "none");
  EXPECT_EQ(forwarded_to(answer("202 Accepted", "{}")), "none");
  EXPECT_EQ(cosigned_at("HTTP/1.1 204 No Content\r\n\r\n"), "none");
  EXPECT_EQ(forwarded_to(answer("409 Conflict", R"({"rule":"duplicate"})")), kHubUnreachable.name);
}

// The quorum met without this line, or the hub's time moved on: that is no failure of the hub.
TEST(HttpHubSource, ACosignatureThatComesTooLateIsNoTrouble) {
  EXPECT_EQ(cosigned_at(answer("409 Conflict", R"({"rule":"not-offered"})")), "none");
  EXPECT_EQ(cosigned_at(answer("403 Forbidden", R"({"rule":"not-seated"})")), kHubUnreachable.name);
}

}  // namespace
}  // namespace replica
