// Aim: each path answers what docs/formats/api.md promises, errors first: malformed, unknown, not yet, refused;
// lists page without loss; records come in once, and are answered with receipts that verify. Method: a founded
// registry on a disk in memory, requests as values (stage.h); answers are compared with the state, with the
// files, and judged by verify/.
#include <algorithm>
#include <thread>

#include <gtest/gtest.h>

#include "api/stage.h"
#include "codec/base64.h"
#include "codec/time_text.h"
#include "crypto/hash.h"
#include "engine/cosignatures.h"
#include "record/record.h"
#include "resource/change.h"
#include "support/world.h"
#include "verify/receipt.h"

namespace stage {
namespace {

using actors::Draft;
using nlohmann::ordered_json;

class ServiceTest : public ::testing::Test {
 protected:
  void SetUp() override { stage.open(); }

  void expect_refusal(const net::Response& response, unsigned status, const std::string& rule) {
    EXPECT_EQ(response.status, status) << response.text();
    EXPECT_EQ(Stage::json(response)["rule"], rule) << response.text();
  }
  verify::Found judged(std::string_view receipt) {
    const auto verdict = verify::verify_receipt(receipt, sim::policy_of(stage.table.registry().charter()),
                                                {stage.clock.now(), {}});
    EXPECT_TRUE(verdict) << verdict.error().message();
    return verdict ? verdict->receipt.found : verify::Found::kNothing;
  }
  // All pages of a list, one after the other.
  ordered_json all_pages(const std::string& target, const std::string& list, const std::string& cursor,
                         std::size_t limit) {
    ordered_json all = ordered_json::array();
    std::string next;
    for (int page = 0; page < 200; ++page) {
      const char mark = target.find('?') == std::string::npos ? '?' : '&';
      const auto json = Stage::json(stage.get(target + mark + "limit=" + std::to_string(limit) + next));
      EXPECT_LE(json[list].size(), limit);
      for (const auto& item : json[list]) all.push_back(item);
      if (!json.contains("next")) return all;
      next = "&" + cursor + "=" + std::to_string(json["next"].get<std::uint64_t>());
    }
    ADD_FAILURE() << "pages without end";
    return all;
  }
  static std::string base64url(std::string_view id) {
    std::string text(id.substr(0, 43));
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return text;
  }

  Stage stage;
};

TEST_F(ServiceTest, UnknownPathsAndMethodsAreRefused) {
  for (const char* path : {"/", "/nothing", "/api", "/api/v1", "/api/v1/objects", "/api/v1/objects/domain",
                           "/api/v1/objects/domain/", "/api/v1/objects/domain/ru/history/more", "/tile",
                           "/tile/", "/checkpoint/", "//checkpoint", "/api/v2/status"}) {
    expect_refusal(stage.get(path), 404, "no-such-path");
  }
  const auto wrong = stage.ask("DELETE", "/api/v1/objects/domain/alfa")->wait();
  expect_refusal(wrong, 405, "no-such-method");
  EXPECT_EQ(wrong.header("allow"), "GET, HEAD");
  EXPECT_EQ(stage.get("/api/v1/records").header("allow"), "POST");
  EXPECT_EQ(stage.ask("HEAD", "/checkpoint")->wait().status, 200U);
}

TEST_F(ServiceTest, MalformedQuestionsAreRefused) {
  for (const char* target :
       {"/api/v1/objects/domain/al%zzfa", "/api/v1/objects/domain/al%0", "/api/v1/objects/domain/%00",
        "/api/v1/objects/domain/%ff", "/api/v1/objects/domain/alfa?at=1&at=2",
        "/api/v1/objects/domain/alfa?att=1", "/api/v1/objects/domain/alfa?at",
        "/api/v1/objects/domain/alfa/history?limit=1001", "/api/v1/objects/domain/alfa/history?limit=-1",
        "/api/v1/objects/domain/alfa/history?from=x", "/api/v1/pending?limit=1e3",
        "/api/v1/blocks?limit=", "/api/v1/blocks/x", "/api/v1/records/abc", "/api/v1/receipts/record/abc",
        "/api/v1/diffs", "/api/v1/diffs?from=2", "/api/v1/diffs?from=2&to=3&x=1",
        // Nothing may be asked of these: who asks for a receipt of the past must not get one of today.
        "/api/v1/receipts/domain/alfa?at=2", "/api/v1/status?at=2", "/api/v1/events?after=2",
        "/api/v1/snapshots?from=1", "/api/v1/openapi.json?x=1"}) {
    expect_refusal(stage.get(target), 400, "bad-target");
  }
  expect_refusal(stage.get("/api/v1/objects/nonsense/alfa"), 400, "unknown-class");
  expect_refusal(stage.get("/api/v1/objects/domain/alfa?at=yesterday"), 400, "bad-point");
  expect_refusal(stage.get("/api/v1/objects/domain/alfa?at=999999"), 400, "bad-point");
  expect_refusal(stage.get("/api/v1/objects/domain/alfa?at=1"), 404, "no-such-block");
  expect_refusal(stage.ask("GET", "/api/v1/events", {{"last-event-id", "x"}})->wait(), 400, "bad-target");
  // What somebody sent comes back as text that a JSON reader takes, whatever it was.
  const auto echoed = stage.get("/api/v1/objects/%22%5c/alfa");
  EXPECT_EQ(Stage::json(echoed)["rule"], "unknown-class");
}

TEST(ServiceOfNothing, SaysThatNothingIsPublished) {
  Stage stage;
  stage.open_empty();
  EXPECT_EQ(stage.get("/healthz").status, 200U);
  EXPECT_EQ(stage.get("/checkpoint").status, 404U);
  for (const char* target :
       {"/readyz", "/api/v1/status", "/api/v1/objects/domain/alfa", "/api/v1/pending", "/api/v1/blocks",
        "/api/v1/receipts/domain/alfa", "/api/v1/receipts/record/0", "/api/v1/diffs?from=2&to=3",
        "/api/v1/objects/domain/alfa?at=2", "/api/v1/records/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
    const auto response = stage.get(target);
    EXPECT_EQ(response.status, 503U) << target;
    EXPECT_EQ(Stage::json(response)["rule"], "nothing-published") << target;
    EXPECT_EQ(response.header("retry-after"), "1");
  }
  EXPECT_EQ(stage.get("/metrics").status, 200U);
  EXPECT_EQ(stage.post("/api/v1/records", "text/plain", "x").status, 404U) << "nobody takes records here";
}

TEST_F(ServiceTest, ObjectsAreShownAsTheyAre) {
  const auto response = stage.get("/api/v1/objects/domain/ALFA");
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.header("comity-checkpoint"),
            std::to_string(stage.view->published()->checkpoint.size.value()));
  const auto json = Stage::json(response);
  EXPECT_EQ(json["domain"], "alfa.");
  EXPECT_EQ(json["holder"], "ORG-ALFA");
  EXPECT_EQ(json["nserver"], ordered_json::array({"a.nic.alfa.", "b.nic.alfa."}));
  EXPECT_EQ(stage.get("/api/v1/objects/domain/alfa%2E").text(), response.text());
  expect_refusal(stage.get("/api/v1/objects/domain/never."), 404, "no-such-object");
  EXPECT_EQ(stage.get("/api/v1/objects/zone/.").status, 200U);
  EXPECT_EQ(stage.get("/api/v1/objects/organisation/ORG-ALFA").status, 200U);
  EXPECT_EQ(stage.get("/api/v1/objects/organisation/org-alfa").status, 404U) << "handles have one spelling";
}

TEST_F(ServiceTest, DeletedObjectsAreGone) {
  stage.submit({stage.cast.proposal("ORG-ALFA", "H1",
                                    {actors::create("host", "c.nic.alfa.", {"+ address: 192.0.2.99"})})});
  stage.cast.expires_after -= 1;
  stage.submit({stage.cast.proposal("ORG-ALFA", "H1", {actors::erase("host", "c.nic.alfa.")})});
  stage.advance();
  const auto response = stage.get("/api/v1/objects/host/c.nic.alfa.");
  EXPECT_EQ(response.status, 410U);
  EXPECT_EQ(Stage::json(response)["host"], "c.nic.alfa.");
  EXPECT_EQ(judged(stage.get("/api/v1/receipts/host/c.nic.alfa.").text()), verify::Found::kTombstone);
}

TEST_F(ServiceTest, AnswersSpeakOfThePublishedCheckpointAlone) {
  const auto before = stage.get("/api/v1/objects/domain/alfa");
  stage.submit({stage.routine_change()});
  EXPECT_EQ(stage.get("/api/v1/objects/domain/alfa").text(), before.text());
  stage.advance();
  EXPECT_NE(stage.get("/api/v1/objects/domain/alfa").text(), before.text());
}

TEST_F(ServiceTest, ThePastIsReplayed) {
  const std::string then = std::to_string(stage.view->published()->checkpoint.size.value());
  const std::string time = codec::serialize_time(stage.view->published()->time);
  const auto before = stage.get("/api/v1/objects/domain/alfa");
  stage.clock.move_to(stage.clock.now() + base::Seconds(100));
  stage.submit({stage.routine_change()});
  stage.advance();
  const std::string now = std::to_string(stage.view->published()->checkpoint.size.value());
  EXPECT_EQ(stage.get("/api/v1/objects/domain/alfa?at=" + then).text(), before.text());
  EXPECT_EQ(stage.get("/api/v1/objects/domain/alfa?at=" + time).text(), before.text());
  EXPECT_EQ(stage.get("/api/v1/objects/domain/alfa?at=" + now).text(),
            stage.get("/api/v1/objects/domain/alfa").text());
  expect_refusal(stage.get("/api/v1/objects/domain/alfa?at=2"), 404, "no-such-object");

  for (const std::string& range : {"from=" + then + "&to=" + now, "from=" + time + "&to=" + now}) {
    const auto diffs = Stage::json(stage.get("/api/v1/diffs?" + range));
    ASSERT_EQ(diffs["differences"].size(), 1U) << diffs.dump();
    EXPECT_EQ(diffs["differences"][0]["object"], "domain:alfa.");
    EXPECT_NE(diffs["differences"][0]["difference"].get<std::string>().find("+ nserver: a.nic.beta."),
              std::string::npos);
  }
  const auto whole = Stage::json(stage.get("/api/v1/diffs?from=2&to=" + now));
  EXPECT_EQ(all_pages("/api/v1/diffs?from=2&to=" + now, "differences", "skip", 3), whole["differences"]);
  EXPECT_GT(whole["total"], 10);
  // A moment that has not come means the present, and another one a block later.
  const std::string future = codec::serialize_time(stage.clock.now() + base::Seconds(1'000'000));
  const std::string present(stage.get("/api/v1/objects/domain/alfa?at=" + future).text());
  stage.submit({stage.routine_change()});
  stage.advance();
  EXPECT_NE(std::string(stage.get("/api/v1/objects/domain/alfa?at=" + future).text()), present);
}

TEST(ServiceOfALongLog, RefusesToReplayTooMuch) {
  Stage stage;
  stage.settings.replayed_leaves_max = 10;
  stage.open();
  const auto response = stage.get("/api/v1/objects/domain/alfa?at=20");
  EXPECT_EQ(response.status, 503U);
  EXPECT_EQ(Stage::json(response)["rule"], "too-far-back");
  EXPECT_EQ(stage.get("/api/v1/objects/organisation/ORG-A?at=5").status, 200U);
}

TEST_F(ServiceTest, HistoriesPageWithoutLoss) {
  for (int i = 0; i < 7; ++i) stage.submit({stage.routine_change()});
  stage.advance();
  const std::string target = "/api/v1/objects/domain/alfa/history";
  const auto whole = Stage::json(stage.get(target));
  EXPECT_EQ(whole["object"], "domain:alfa.");
  EXPECT_GE(whole["records"].size(), 10U);
  EXPECT_FALSE(whole.contains("next"));
  for (const std::size_t limit : {1U, 3U, 5U}) {
    EXPECT_EQ(all_pages(target, "records", "from", limit), whole["records"]);
  }
  EXPECT_TRUE(Stage::json(stage.get("/api/v1/objects/domain/never/history"))["records"].empty());
}

TEST_F(ServiceTest, RecordsAreFoundByTheirId) {
  const Draft draft = stage.routine_change();
  stage.submit({draft});
  const std::string target = "/api/v1/records/" + base64url(draft.id_text());
  expect_refusal(stage.get(target), 404, "no-such-record");
  stage.advance();
  const auto json = Stage::json(stage.get(target));
  EXPECT_EQ(json["id"], draft.id_text());
  EXPECT_EQ(json["text"], draft.leaf());
  EXPECT_EQ(json["changes"], ordered_json::array({"change domain alfa."}));
  std::string other = base64url(draft.id_text());
  other[20] = other[20] == 'A' ? 'B' : 'A';  // the same first eight bytes
  expect_refusal(stage.get("/api/v1/records/" + other), 404, "no-such-record");
}

TEST_F(ServiceTest, BlocksAndTheirRecords) {
  stage.submit({stage.routine_change()});
  stage.advance();
  const auto blocks = Stage::json(stage.get("/api/v1/blocks"));
  const std::uint64_t newest = stage.view->published()->height.value();
  EXPECT_EQ(blocks["newest"], newest);
  ASSERT_EQ(blocks["blocks"].size(), newest + 1);
  EXPECT_EQ(Stage::json(stage.get("/api/v1/blocks?limit=1"))["blocks"][0]["height"], std::to_string(newest));
  EXPECT_EQ(Stage::json(stage.get("/api/v1/blocks?after=0&limit=1"))["blocks"][0]["height"], "1");
  EXPECT_TRUE(Stage::json(stage.get("/api/v1/blocks?after=" + std::to_string(newest)))["blocks"].empty());
  EXPECT_TRUE(Stage::json(stage.get("/api/v1/blocks?after=99999999"))["blocks"].empty());
  EXPECT_TRUE(Stage::json(stage.get("/api/v1/blocks?limit=0"))["blocks"].empty());
  std::uint64_t leaf = 0;
  for (const auto& block : blocks["blocks"]) {
    EXPECT_EQ(block["first"], leaf);
    const std::string target = "/api/v1/blocks/" + block["height"].get<std::string>();
    const auto whole = Stage::json(stage.get(target));
    EXPECT_EQ(whole["block"], block);
    EXPECT_EQ(block["records"], std::to_string(whole["records"].size()));
    EXPECT_EQ(all_pages(target, "records", "from", 4), whole["records"]);
    for (const auto& record : whole["records"]) EXPECT_EQ(record["leaf"], leaf++);
    EXPECT_EQ(block["leaf"], leaf++);
  }
  EXPECT_EQ(leaf, stage.view->published()->checkpoint.size.value());
  expect_refusal(stage.get("/api/v1/blocks/" + std::to_string(newest + 1)), 404, "no-such-block");
}

TEST_F(ServiceTest, ReceiptsVerifyUnderThePolicy) {
  EXPECT_EQ(judged(stage.get("/api/v1/receipts/domain/alfa").text()), verify::Found::kValue);
  EXPECT_EQ(judged(stage.get("/api/v1/receipts/domain/never").text()), verify::Found::kNothing);
  EXPECT_EQ(judged(stage.get("/api/v1/receipts/record/0").text()), verify::Found::kRecord);
  expect_refusal(stage.get("/api/v1/receipts/record/99999"), 404, "no-such-record");
}

TEST_F(ServiceTest, PendingProposalsAreListed) {
  EXPECT_EQ(Stage::json(stage.get("/api/v1/pending"))["total"], 0);
  std::vector<Draft> open;
  for (const char* name : {"new.", "newer.", "newest."}) {
    open.push_back(
        stage.cast.proposal("MEMBER-A", "A",
                            {actors::create("domain", name,
                                            {"+ holder: ORG-DELTA", "+ status: active",
                                             "+ nserver: a.nic.beta.", "+ nserver: b.nic.beta."})}));
  }
  stage.submit(open);
  stage.submit({stage.cast.ballot("MEMBER-B", open[0].id_text(), "no")});
  stage.advance();
  const auto whole = Stage::json(stage.get("/api/v1/pending"));
  EXPECT_EQ(whole["total"], 3);
  EXPECT_EQ(all_pages("/api/v1/pending", "pending", "from", 1), whole["pending"]);
  const auto voted = std::ranges::find_if(
      whole["pending"], [&](const ordered_json& one) { return one["id"] == open[0].id_text(); });
  ASSERT_NE(voted, whole["pending"].end());
  EXPECT_EQ((*voted)["ballots"]["MEMBER-B"], "no");
  EXPECT_EQ(Stage::json(stage.get("/api/v1/status"))["pending"], 3);
}

TEST_F(ServiceTest, StatusFollowsTheCheckpoint) {
  const auto before = Stage::json(stage.get("/api/v1/status"));
  EXPECT_EQ(before["origin"], actors::kOrigin);
  EXPECT_EQ(before["domains"], 5);
  EXPECT_EQ(before["role"], "hub");
  stage.submit({stage.routine_change()});
  EXPECT_EQ(Stage::json(stage.get("/api/v1/status")), before);
  stage.advance();
  EXPECT_EQ(Stage::json(stage.get("/api/v1/status"))["size"], before["size"].get<int>() + 2);
}

// Submissions.

// The answer to a submission, with the view advanced as the program's pump would.
net::Response submitted(Stage& stage, const std::string& type, const std::string& body) {
  const auto asked = stage.ask("POST", "/api/v1/records", {{"content-type", type}}, body);
  for (int i = 0; i < 2'000 && !asked->is_answered(); ++i) {
    stage.advance();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return asked->wait();
}

TEST_F(ServiceTest, WhatIsNoRecordIsRefused) {
  const std::string good = stage.routine_change().leaf();
  const std::string target = "/api/v1/records";
  expect_refusal(stage.post(target, "text/plain", ""), 400, "bad-record");
  expect_refusal(stage.post(target, "text/plain", "nonsense"), 400, "bad-record");
  expect_refusal(stage.post(target, "text/plain", good + "\n"), 400, "bad-record");
  expect_refusal(stage.post(target, "application/json", "{"), 400, "bad-submission");
  expect_refusal(stage.post(target, "application/json", "[]"), 400, "bad-submission");
  expect_refusal(stage.post(target, "application/json", R"({"record":1})"), 400, "bad-submission");
  expect_refusal(stage.post(target, "application/json", R"({"record":"x","more":"y"})"), 400,
                 "bad-submission");
  expect_refusal(stage.post(target, "application/json", R"({"record":"x","annex":"y"})"), 400, "bad-annex");
  expect_refusal(stage.post(target, "application/json", std::string(100'000, '[')), 400, "bad-submission");
  expect_refusal(stage.post(target, "application/xml", good), 415, "bad-content-type");
  expect_refusal(stage.post(target, "", good), 415, "bad-content-type");
  // A type is the same one in capitals: it is the text that is no record.
  for (const char* type : {"Text/PLAIN", "text/plain;charset=utf-8", "text/plain ; charset=utf-8"})
    expect_refusal(stage.post(target, type, "nonsense"), 400, "bad-record");
  expect_refusal(stage.post(target, "Application/JSON", "{"), 400, "bad-submission");
  const ordered_json foreign{{"record", good}, {"annex", storage::serialize_annex({{}, "not asked for"})}};
  expect_refusal(stage.post(target, "application/json", foreign.dump()), 400, "bad-annex");
  EXPECT_EQ(stage.table.replica(0).info().size, stage.view->published()->checkpoint.size)
      << "nothing came in";
}

TEST_F(ServiceTest, TheRuleThatRefusesIsNamed) {
  Draft draft = stage.routine_change();
  draft.signings.front().key = "ORG-BETA/admin/1";
  const auto response = submitted(stage, "text/plain", draft.leaf());
  EXPECT_EQ(response.status, 403U) << response.text();
  const auto json = Stage::json(response);
  EXPECT_EQ(json["id"], draft.id_text());
  EXPECT_FALSE(json["rule"].get<std::string>().empty());
  EXPECT_TRUE(json["spec"].get<std::string>().starts_with("docs/formats/"));
}

TEST_F(ServiceTest, AnAcceptedRecordIsAnsweredWithItsReceipt) {
  const Draft draft = stage.routine_change();
  const auto response = submitted(stage, "text/plain; charset=utf-8", draft.leaf());
  ASSERT_EQ(response.status, 200U) << response.text();
  const auto json = Stage::json(response);
  EXPECT_EQ(json["id"], draft.id_text());
  EXPECT_EQ(json["checkpoint"], json["leaf"].get<std::uint64_t>() + 2);
  EXPECT_EQ(judged(json["receipt"].get<std::string>()), verify::Found::kRecord);
  EXPECT_NE(json["receipt"].get<std::string>().find(draft.leaf()), std::string::npos);

  // Asked again: the same leaf, and no second one.
  const auto size = stage.table.replica(0).info().size;
  const auto again = stage.post("/api/v1/records", "text/plain", draft.leaf());
  EXPECT_EQ(again.status, 200U);
  EXPECT_EQ(Stage::json(again)["leaf"], json["leaf"]);
  EXPECT_EQ(stage.table.replica(0).info().size, size);
}

TEST_F(ServiceTest, AnAnnexIsKeptWithItsRecord) {
  const storage::Annex annex{crypto::sha256(base::as_bytes("salt")), "because of the flood"};
  const base::Hash commitment = storage::annex_commitment(annex);
  const std::string path = "/annex/" + codec::serialize_base64url(commitment.view());
  Draft draft =
      stage.cast.proposal("ORG-ALFA", "H1", {actors::change("domain", "alfa.", {"+ nserver: a.nic.beta."})},
                          {{"annex", codec::serialize_base64(commitment.view())}});
  Draft refused = draft;
  refused.signings.front().key = "ORG-BETA/admin/1";
  const auto body = [&](const Draft& one) {
    return ordered_json{{"record", one.leaf()}, {"annex", storage::serialize_annex(annex)}}.dump();
  };
  EXPECT_EQ(submitted(stage, "application/json", body(refused)).status, 403U);
  EXPECT_EQ(stage.get(path).status, 404U) << "of a refused record nothing is kept";
  ASSERT_EQ(submitted(stage, "application/json", body(draft)).status, 200U);
  EXPECT_EQ(stage.get(path).text(), storage::serialize_annex(annex));
  EXPECT_EQ(stage.get(path).header("cache-control"), "no-store") << "it may be erased";
  const auto json = Stage::json(stage.get("/api/v1/records/" + base64url(draft.id_text())));
  EXPECT_EQ(json["reasons"], ordered_json::array({"because of the flood"}));
}

// Answers as it is told.
class PlayedSubmitter final : public api::Submitter {
 public:
  void submit(std::string, std::optional<storage::Annex>, Done done) override {
    if (answer) return done(*answer);
    kept.push_back(std::move(done));
  }
  std::optional<base::Result<registry::Submission>> answer;
  std::vector<Done> kept;
};

TEST(ServiceOfASlowHub, SaysWhatIsOnTheLogAndNotCounted) {
  Stage stage;
  PlayedSubmitter played;
  stage.settings.submitter = &played;
  stage.settings.receipt_wait = std::chrono::milliseconds(50);
  stage.open();
  const std::string leaf = stage.routine_change().leaf();
  played.answer = base::fail(engine::kNotCounted, "2 of 3");
  auto response = stage.post("/api/v1/records", "text/plain", leaf);
  EXPECT_EQ(response.status, 202U);
  EXPECT_TRUE(Stage::json(response).contains("id"));
  // Ordered, but the view does not reach the checkpoint within the wait.
  played.answer = registry::Submission{base::LeafIndex(1'000), base::TreeSize(1'001)};
  response = stage.post("/api/v1/records", "text/plain", leaf);
  EXPECT_EQ(response.status, 202U);
  EXPECT_EQ(Stage::json(response)["leaf"], 1'000);
  played.answer = base::fail(api::kTooBusy, "");
  EXPECT_EQ(stage.post("/api/v1/records", "text/plain", leaf).status, 503U);
  // Still at the submitter when the service stops: answered later, once, and nothing breaks.
  played.answer.reset();
  const auto asked = stage.ask("POST", "/api/v1/records", {{"content-type", "text/plain"}}, leaf);
  stage.service->stop();
  stage.service.reset();
  EXPECT_FALSE(asked->is_answered());
  played.kept.front()(registry::Submission{base::LeafIndex(1), base::TreeSize(2)});
  EXPECT_EQ(asked->wait().status, 202U);
}

TEST(ServiceOfASlowHub, WhoDoesNotWaitIsAnsweredOnceItIsTaken) {
  Stage stage;
  PlayedSubmitter played;
  stage.settings.submitter = &played;
  stage.open();
  const std::string path = "/api/v1/records?wait=0";
  const std::string leaf = stage.routine_change().leaf();
  const auto asked = stage.ask("POST", path, {{"content-type", "text/plain"}}, leaf);
  ASSERT_EQ(played.kept.size(), 1U);
  EXPECT_EQ(asked->wait().status, 202U);
  EXPECT_FALSE(Stage::json(asked->wait()).contains("leaf"));
  played.kept.front()(
      registry::Submission{base::LeafIndex(1), base::TreeSize(2)});  // answers nobody any more
  // What is known at once is the answer.
  played.answer = base::fail(api::kTooBusy, "");
  EXPECT_EQ(stage.post(path, "text/plain", leaf).status, 503U);
  for (const char* query : {"?wait=61", "?wait=", "?wait=x", "?wait=1&wait=1", "?later=1"})
    EXPECT_EQ(stage.post("/api/v1/records" + std::string(query), "text/plain", leaf).status, 400U) << query;
}

TEST_F(ServiceTest, ManySubmittersAtOnceAreAllAnswered) {
  std::vector<std::shared_ptr<Asked>> asked;
  std::vector<Draft> drafts;
  for (int i = 0; i < 40; ++i) drafts.push_back(stage.routine_change());
  for (const Draft& draft : drafts)
    asked.push_back(stage.ask("POST", "/api/v1/records", {{"content-type", "text/plain"}}, draft.leaf()));
  replica::ViewPump pump(*stage.view, std::chrono::milliseconds(5));
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto response = asked[i]->wait();
    ASSERT_EQ(response.status, 200U) << response.text();
    EXPECT_EQ(Stage::json(response)["id"], drafts[i].id_text());
  }
}

// Static paths.

TEST_F(ServiceTest, TilesAreTheFilesOfTheLog) {
  const std::uint64_t size = stage.view->published()->checkpoint.size.value();
  const std::string tile = "/tile/0/000.p/" + std::to_string(size);
  const std::string bundle = "/tile/entries/000.p/" + std::to_string(size);
  for (const std::string& path : {tile, bundle}) {
    const auto response = stage.get(path);
    ASSERT_EQ(response.status, 200U) << path;
    EXPECT_EQ(response.text(), base::as_text(*stage.files.read("MEMBER-A/log" + path, 1 << 24)));
    EXPECT_NE(response.header("cache-control").find("immutable"), std::string::npos);
  }
  // What is covered is kept here, so that it is served from memory.
  const std::string kept(stage.get(bundle).text());
  ASSERT_TRUE(stage.files.remove("MEMBER-A/log" + bundle));
  EXPECT_EQ(stage.get(bundle).text(), kept);

  // Beyond the published checkpoint: readable, but nobody may keep it.
  stage.submit({stage.routine_change()});
  const std::string beyond = "/tile/entries/000.p/" + std::to_string(size + 2);
  EXPECT_EQ(stage.get(beyond).header("cache-control"), "no-store");
  EXPECT_EQ(stage.get("/tile/entries/000.p/" + std::to_string(size + 3)).status, 404U);
  stage.advance();
  EXPECT_NE(stage.get(beyond).header("cache-control").find("immutable"), std::string::npos);
  for (const char* path :
       {"/tile/0/000", "/tile/0/0", "/tile/9/000", "/tile/0/000.p/0", "/tile/0/000.p/256",
        "/tile/../checkpoint", "/tile/0/..%2f..", "/tile/entries/", "/tile/entries/000.p/1/2",
        "/annex/..%2fcheckpoint", "/annex/x", "/policies/x.step", "/policies/..%2fx.step", "/policies/.step",
        "/snapshots/x", "/snapshots/01", "/snapshots/7"}) {
    EXPECT_EQ(stage.get(path).status, 404U) << path;
  }
}

TEST_F(ServiceTest, BundlesArePackedForWhoAcceptsIt) {
  const std::string path =
      "/tile/entries/000.p/" + std::to_string(stage.view->published()->checkpoint.size.value());
  const auto plain = stage.get(path);
  EXPECT_EQ(plain.header("content-encoding"), "");
  EXPECT_EQ(plain.header("vary"), "accept-encoding");
  for (const char* accepted : {"gzip", "br, gzip", "deflate,gzip;q=0.5", "gzip ; q=1"}) {
    const auto packed = stage.get(path, {{"accept-encoding", accepted}});
    EXPECT_EQ(packed.header("content-encoding"), "gzip") << accepted;
    EXPECT_LT(packed.text().size(), plain.text().size() / 2);
    EXPECT_TRUE(packed.text().starts_with("\x1f\x8b"));
  }
  for (const char* not_accepted : {"", "br", "gzip;q=0", "gzip;q=0.0", "gzipped", "x-gzip"}) {
    EXPECT_EQ(stage.get(path, {{"accept-encoding", not_accepted}}).text(), plain.text()) << not_accepted;
  }
}

TEST_F(ServiceTest, OtherFilesAreServedAsTheyAre) {
  EXPECT_EQ(stage.get("/checkpoint").text(), stage.view->published()->text);
  EXPECT_EQ(stage.get("/genesis").text(), stage.cast.genesis().leaf());
  EXPECT_EQ(stage.get("/policy").status, 200U);
  EXPECT_EQ(stage.get("/policies/2.step").status, 404U);
  ASSERT_TRUE(stage.files.make_folders("policies"));
  ASSERT_TRUE(
      stage.files.write_synced("policies/2.step", base::as_bytes("a step\n"), base::FileMode::kPublic));
  EXPECT_EQ(stage.get("/policies/2.step").text(), "a step\n");
  EXPECT_EQ(Stage::json(stage.get("/api/v1/snapshots"))["snapshots"], ordered_json::array());
  ASSERT_TRUE(stage.table.store_snapshots());
  const auto list = Stage::json(stage.get("/api/v1/snapshots"))["snapshots"];
  ASSERT_EQ(list.size(), 1U);
  const std::string height = std::to_string(list[0]["height"].get<std::uint64_t>());
  const auto file = stage.get("/snapshots/" + height);
  EXPECT_EQ(file.text().size(), list[0]["bytes"]);
  EXPECT_EQ(file.text(), base::as_text(*stage.files.read("MEMBER-A/snapshots/" + height, 1 << 24)));
}

// Events.

TEST_F(ServiceTest, EachBlockIsAnEvent) {
  const auto early = stage.ask("GET", "/api/v1/events");
  EXPECT_EQ(early->wait().header("content-type"), "text/event-stream");
  const std::uint64_t height = stage.view->published()->height.value();
  stage.submit({stage.routine_change()});
  stage.submit({stage.routine_change()});
  stage.advance();
  const std::string seen = early->wait_for("id: " + std::to_string(height + 2) + "\n");
  EXPECT_NE(seen.find("event: block\nid: " + std::to_string(height + 1) + "\ndata: {"), std::string::npos);
  EXPECT_EQ(seen.find("id: " + std::to_string(height) + "\n"), std::string::npos) << "from now on";

  const auto back = stage.ask("GET", "/api/v1/events", {{"last-event-id", std::to_string(height)}});
  const std::string missed = back->wait_for("id: " + std::to_string(height + 2) + "\n");
  EXPECT_NE(missed.find("id: " + std::to_string(height + 1) + "\n"), std::string::npos);
  EXPECT_EQ(missed.find("event: gap"), std::string::npos);
  const auto ahead = stage.ask("GET", "/api/v1/events", {{"last-event-id", "18446744073709551615"}});
  ahead->wait();
  stage.service->stop();
  for (const auto& asked : {early, back, ahead}) EXPECT_FALSE(asked->is_open());
  EXPECT_EQ(stage.get("/api/v1/events").status, 503U);
}

TEST_F(ServiceTest, WhoMissedTooMuchIsToldSo) {
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(stage.table.engine().tick(stage.clock.now()));
  }
  stage.advance();
  const auto back = stage.ask("GET", "/api/v1/events", {{"last-event-id", "1"}});
  const std::uint64_t newest = stage.view->published()->height.value();
  const std::string missed = back->wait_for("id: " + std::to_string(newest) + "\n");
  EXPECT_NE(missed.find("event: gap\ndata: {\"after\":1,\"last\":"), std::string::npos);
  EXPECT_LT(missed.size(), 200'000U);
}

// The hub's board, and the rest.

TEST(ServiceOfAHub, RoutesToTheDesk) {
  Stage stage;
  std::optional<std::uint64_t> after;
  std::chrono::milliseconds wait{};
  std::function<void(api::HubDesk::Text)> waiting;
  std::string taken;
  stage.settings.desk.ask = [&](std::optional<std::uint64_t> round, std::chrono::milliseconds how_long,
                                std::function<void(api::HubDesk::Text)> answer) {
    after = round;
    wait = how_long;
    waiting = std::move(answer);
  };
  stage.settings.desk.add = [&](std::string_view note) -> base::Result<void> {
    if (note == "wrong") return base::fail(note::kBadSignature, "of nobody");
    taken = note;
    return {};
  };
  stage.open_empty();
  const auto first = stage.ask("GET", "/api/v1/proposed");
  EXPECT_EQ(after, std::nullopt);
  EXPECT_EQ(wait.count(), 0);
  EXPECT_FALSE(first->is_answered());
  waiting(std::make_shared<const std::string>("proposed"));
  EXPECT_EQ(first->wait().text(), "proposed");
  const auto second = stage.ask("GET", "/api/v1/proposed?after=7&wait=30");
  EXPECT_EQ(after, 7U);
  EXPECT_EQ(wait, std::chrono::seconds(30));
  waiting(nullptr);
  EXPECT_EQ(second->wait().status, 204U);
  EXPECT_EQ(stage.get("/api/v1/proposed?wait=61").status, 400U);
  EXPECT_EQ(stage.post("/api/v1/cosignatures", "text/plain", "a note").status, 204U);
  EXPECT_EQ(taken, "a note");
  const auto refused = stage.post("/api/v1/cosignatures", "text/plain", "wrong");
  EXPECT_EQ(Stage::json(refused)["rule"], "bad-signature");
  EXPECT_EQ(stage.post("/api/v1/cosignatures", "text/plain", std::string(40'000, 'x')).status, 413U);
}

TEST_F(ServiceTest, WhoIsNoHubSaysSo) {
  EXPECT_EQ(stage.get("/api/v1/proposed").status, 404U);
  EXPECT_EQ(stage.post("/api/v1/cosignatures", "text/plain", "a note").status, 404U);
}

TEST_F(ServiceTest, ReadinessAsksFurther) {
  EXPECT_EQ(stage.get("/readyz").text(), "ready\n");
  Stage other;
  other.settings.check_ready = [] { return base::Result<void>(base::fail(api::kTooBusy, "it stopped")); };
  other.open();
  expect_refusal(other.get("/readyz"), 503, "too-busy");
}

TEST_F(ServiceTest, SecurityTextNeedsAContact) {
  const std::string text(stage.get("/.well-known/security.txt").text());
  EXPECT_EQ(text, "Contact: mailto:security@registry.example\nExpires: " +
                      codec::serialize_time(stage.clock.now() + base::Seconds(2'592'000)) + "\n");
  Stage silent;
  silent.settings.contact.clear();
  silent.open_empty();
  EXPECT_EQ(silent.get("/.well-known/security.txt").status, 404U);
}

TEST_F(ServiceTest, MetricsCountByPath) {
  for (int i = 0; i < 3; ++i) stage.get("/api/v1/objects/domain/alfa");
  stage.get("/api/v1/objects/domain/never");
  stage.get("/no/such/path");
  const std::string text(stage.get("/metrics").text());
  const auto has = [&](const std::string& line) {
    EXPECT_NE(text.find(line + "\n"), std::string::npos) << line << "\n" << text;
  };
  has(R"(comity_answers_total{path="/api/v1/objects/{class}/{key}",status="2xx"} 3)");
  has(R"(comity_answers_total{path="/api/v1/objects/{class}/{key}",status="4xx"} 1)");
  has(R"(comity_answers_total{path="other",status="4xx"} 1)");
  has("comity_log_leaves " + std::to_string(stage.view->published()->checkpoint.size.value()));
  has("# TYPE comity_log_leaves gauge");
  has("comity_view_sound 1");
}

// Nothing of a request stays: no file, no line on the terminal, no label.
TEST_F(ServiceTest, NoTraceOfWhoAskedWhat) {
  const std::string token = "zq7tracetoken";
  const std::string disk = everything(stage.files, ".") + everything(stage.files, "MEMBER-A");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const Headers headers{{"user-agent", token},      {"cookie", token},  {"authorization", token},
                        {"x-forwarded-for", token}, {"referer", token}, {"accept-encoding", token}};
  std::vector<std::shared_ptr<Asked>> asked;
  for (const std::string& target :
       {"/api/v1/objects/domain/" + token, "/api/v1/objects/" + token + "/x",
        "/api/v1/receipts/domain/" + token, "/api/v1/objects/domain/" + token + "/history?from=3",
        "/api/v1/objects/domain/" + token + "?at=20", "/api/v1/diffs?from=2&to=" + token, "/" + token,
        "/tile/" + token, "/annex/" + token, "/api/v1/records/" + token, "/api/v1/blocks?" + token + "=1",
        "/checkpoint?" + token, std::string("/policy"), std::string("/api/v1/events"),
        std::string("/api/v1/status")}) {
    asked.push_back(stage.ask("GET", target, headers));
    asked.back()->wait();
  }
  asked.push_back(stage.ask("POST", "/api/v1/records", {{"content-type", "text/plain"}}, token));
  asked.push_back(stage.ask(token, "/api/v1/records"));
  asked.push_back(stage.ask("POST", "/api/v1/cosignatures", headers, token));
  for (const auto& one : asked) one->wait();
  const std::string metrics(stage.get("/metrics").text());
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(metrics.find(token), std::string::npos);
  EXPECT_EQ(everything(stage.files, ".") + everything(stage.files, "MEMBER-A"), disk);
}

}  // namespace
}  // namespace stage
