// Aim: both verifiers of records' signatures (on the spot, and remembered from a try ahead) accept and refuse
// the edge cases of Ed25519 exactly as the bare verifier must. Method: a ballot's body is what the cases
// sign; each case's signature stands in its one signature line.
#include <gtest/gtest.h>

#include "base/check.h"
#include "charter/signature_checker.h"
#include "note/signed_note.h"
#include "registry/verify_ahead.h"
#include "support/actors.h"
#include "vectors/ed25519_cases.h"

namespace vectors {
namespace {

record::Record record_with(const std::string& body, const Ed25519Case& edge) {
  std::string leaf = body + "\n";
  const note::KeyId id = note::key_id("MEMBER-A", note::KeyType::kEd25519, edge.key);
  note::append_signature_line(leaf, "MEMBER-A", id, edge.signature.bytes);
  auto parsed = record::Record::parse(std::string_view(leaf));
  CHECK(parsed.has_value());
  return std::move(*parsed);
}

TEST(RecordSignatures, AreHeldToTheEdgesOfEd25519) {
  ASSERT_TRUE(crypto::start());
  const actors::Cast cast(4);
  const std::string body = cast.ballot("MEMBER-A", std::string(43, 'A') + "=", "yes").body();
  const std::vector<Ed25519Case> cases = ed25519_cases_for(base::as_bytes(body));
  ASSERT_GT(cases.size(), 100U);
  std::size_t accepted = 0;
  for (const Ed25519Case& edge : cases) {
    const record::Record record = record_with(body, edge);
    charter::DirectChecker direct;
    EXPECT_EQ(direct.verifies(record, 0, edge.key), edge.accepted) << edge.name;
    registry::RememberingChecker remembering;
    EXPECT_EQ(remembering.verifies(record, 0, edge.key), edge.accepted) << edge.name;
    accepted += edge.accepted ? 1U : 0U;
  }
  EXPECT_GT(accepted, 0U);
  EXPECT_LT(accepted, cases.size());
}

TEST(RecordSignatures, WhatWasTriedUnderOneKeySaysNothingOfAnother) {
  ASSERT_TRUE(crypto::start());
  const actors::Cast cast(4);
  const std::string body = cast.ballot("MEMBER-A", std::string(43, 'A') + "=", "yes").body();
  const std::vector<Ed25519Case> cases = ed25519_cases_for(base::as_bytes(body));
  const record::Record record = record_with(body, cases.front());
  registry::RememberingChecker remembering;
  remembering.remember(record, {{cases.front().key, true}});
  crypto::PublicKey other = cases.front().key;
  other.bytes[0] ^= 1;
  EXPECT_TRUE(remembering.verifies(record, 0, cases.front().key));
  EXPECT_FALSE(remembering.verifies(record, 0, other));
}

}  // namespace
}  // namespace vectors
