// Aim: notes and cosignatures accept exactly the Ed25519 signatures that the bare verifier should, and no key
// that may not be registered enters by a vkey. Method: the edge cases of tests/vectors made for a note's text
// and for a cosignature's message; accepted ones must pass.
#include <algorithm>

#include <gtest/gtest.h>

#include "crypto/ed25519.h"
#include "note/checkpoint.h"
#include "note/signed_note.h"
#include "vectors/ed25519_cases.h"

namespace note {
namespace {

constexpr NoteLimits kLimits{4096, 16};

// Counts so that a set of cases without one side cannot pass for a test.
struct Tally {
  std::size_t accepted = 0;
  std::size_t refused = 0;
};

TEST(Ed25519Edges, NotesJudgeThemAsTheBareVerifierShould) {
  ASSERT_TRUE(crypto::start());
  const std::string text = "registry.example/root\nsome text\n";
  Tally tally;
  for (const auto& edge : vectors::ed25519_cases_for(base::as_bytes(text))) {
    if (!std::ranges::equal(edge.message, base::as_bytes(text))) continue;
    const VerifierKey key{"signer", KeyType::kEd25519, edge.key};
    const std::string whole =
        text + "\n" + serialize_signature_line(key.name, key.id(), edge.signature.bytes);
    const auto note = parse_note(whole, kLimits);
    ASSERT_TRUE(note) << edge.name;
    EXPECT_EQ(verify_note(*note, key).has_value(), edge.accepted) << edge.name;
    EXPECT_EQ(parse_verifier_key(serialize_verifier_key(key)).has_value(), edge.registrable) << edge.name;
    ++(edge.accepted ? tally.accepted : tally.refused);
  }
  EXPECT_GE(tally.accepted, 1U);
  EXPECT_GE(tally.refused, 50U);
}

TEST(Ed25519Edges, CosignaturesJudgeThemAsTheBareVerifierShould) {
  ASSERT_TRUE(crypto::start());
  const std::string body = serialize_checkpoint({"registry.example/root", base::TreeSize(12), {}});
  const std::string message = "cosignature/v1\ntime 1767225600\n" + body;
  Tally tally;
  for (const auto& edge : vectors::ed25519_cases_for(base::as_bytes(message))) {
    if (!std::ranges::equal(edge.message, base::as_bytes(message))) continue;
    const VerifierKey key{"registry.example/root/MEMBER-A", KeyType::kCosignature, edge.key};
    base::Bytes timed = {0, 0, 0, 0, 0x69, 0x55, 0xB9, 0x00};  // 1767225600
    timed.insert(timed.end(), edge.signature.bytes.begin(), edge.signature.bytes.end());
    const std::string line = serialize_signature_line(key.name, key.id(), timed);
    const auto parsed = parse_any_signature_line(std::string_view(line).substr(0, line.size() - 1));
    ASSERT_TRUE(parsed) << edge.name;
    EXPECT_EQ(verify_cosignature(body, *parsed, key).has_value(), edge.accepted) << edge.name;
    ++(edge.accepted ? tally.accepted : tally.refused);
  }
  EXPECT_GE(tally.accepted, 1U);
  EXPECT_GE(tally.refused, 50U);
}

}  // namespace
}  // namespace note
