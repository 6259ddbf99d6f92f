// Aim: checkpoints and cosignatures are those of C2SP, read strictly, and no byte of them may change.
// Method: refused bodies, the body and key ids of the standard's example, round trips with our keys, every
// byte bumped.
#include "note/checkpoint.h"

#include <gtest/gtest.h>

#include "base/check.h"

namespace note {
namespace {

constexpr std::string_view kBody =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

Signer make_signer(std::string name, KeyType type, base::Byte seed) {
  const base::Bytes bytes(32, seed);
  return {std::move(name), type, crypto::SecretKey::from_seed(bytes)};
}

struct Registry {
  Signer log = make_signer("registry.example/root", KeyType::kEd25519, 1);
  Signer a = make_signer("registry.example/root/MEMBER-A", KeyType::kCosignature, 2);
  Signer b = make_signer("registry.example/root/MEMBER-B", KeyType::kCosignature, 3);
  Checkpoint checkpoint{"registry.example/root", base::TreeSize(12), {}};
  std::string body = serialize_checkpoint(checkpoint);
};

AnySignatureLine parsed(const std::string& line) {
  const auto result = parse_any_signature_line(std::string_view(line).substr(0, line.size() - 1));
  CHECK(result.has_value());
  return *result;
}

TEST(Checkpoint, RefusesWhatIsNotThreeLines) {
  const std::string root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  for (const std::string& bad :
       {std::string(), std::string("a\n"), std::string("a\n1\n"), "a\n1\n" + root.substr(0, 44),
        "a\n1\n" + root + "extension\n", "a\n1\n" + root + "\n", "\n1\n" + root, "a b\n1\n" + root,
        "a\n01\n" + root, "a\n-1\n" + root, "a\n\n" + root, "a\n4611686018427387905\n" + root,
        "a\n1\n" + root.substr(4), "a\n1\n " + root, "a\r\n1\n" + root,
        std::string("a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n")}) {
    const auto checkpoint = parse_checkpoint(bad);
    ASSERT_FALSE(checkpoint) << bad;
    EXPECT_EQ(checkpoint.error().kind(), kBadCheckpoint);
  }
}

TEST(Checkpoint, ReadsTheStandardsExampleAndWritesItBack) {
  const auto checkpoint = parse_checkpoint(kBody);
  ASSERT_TRUE(checkpoint) << checkpoint.error().message();
  EXPECT_EQ(checkpoint->origin, "example.com/behind-the-sofa");
  EXPECT_EQ(checkpoint->size, base::TreeSize(20852163));
  EXPECT_EQ(serialize_checkpoint(*checkpoint), kBody);
}

TEST(Checkpoint, ReadsTheSignatureLinesOfTheStandardsExample) {
  const std::string text =
      std::string(kBody) +
      "\n— example.com/behind-the-sofa "
      "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
      "— witness.example.com/w1 "
      "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/"
      "zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
  const auto given = parse_signed_checkpoint(text);
  ASSERT_TRUE(given) << given.error().message();
  ASSERT_EQ(given->note.signatures.size(), 2U);
  EXPECT_EQ(given->note.signatures[0].key_id, 0x033de0aeU);
  EXPECT_EQ(given->note.signatures[1].key_id, 0x8d66cf3fU);
  std::array<base::Byte, 72> cosignature{};
  ASSERT_TRUE(signature_bytes(given->note.signatures[1], cosignature));
  const base::Bytes time_1679315147 = {0,    0,    0,    0,
                                       0x64, 0x18, 0x50, 0xCB};  // the time that the standard prints
  EXPECT_TRUE(std::equal(time_1679315147.begin(), time_1679315147.end(), cosignature.begin()));
}

TEST(Cosignature, RefusesAnotherKeyAnotherBodyAndAnotherTime) {
  const Registry registry;
  const std::string line = cosign_checkpoint(registry.checkpoint, registry.a, base::EpochSeconds(1000));
  EXPECT_EQ(verify_cosignature(registry.body, parsed(line), registry.a.verifier_key()),
            base::EpochSeconds(1000));
  EXPECT_FALSE(verify_cosignature(registry.body, parsed(line), registry.b.verifier_key()));
  EXPECT_FALSE(verify_cosignature(registry.body + "x", parsed(line), registry.a.verifier_key()));
  VerifierKey as_log = registry.a.verifier_key();
  as_log.type = KeyType::kEd25519;
  EXPECT_FALSE(verify_cosignature(registry.body, parsed(line), as_log));
  // A plain signature of the body under the cosigner's name and id must not pass for a cosignature.
  const crypto::Signature plain = registry.a.secret().sign(base::as_bytes(registry.body));
  base::Bytes timed(8, 0);
  timed.insert(timed.end(), plain.bytes.begin(), plain.bytes.end());
  EXPECT_FALSE(verify_cosignature(registry.body,
                                  parsed(serialize_signature_line(registry.a.name(), registry.a.id(), timed)),
                                  registry.a.verifier_key()));
}

TEST(Cosignature, RefusesATimeThatHasNoText) {
  const Registry registry;
  base::Bytes bytes(72, 0);
  bytes[2] = 1;
  const std::string line = serialize_signature_line(registry.a.name(), registry.a.id(), bytes);
  const auto time = verify_cosignature(registry.body, parsed(line), registry.a.verifier_key());
  ASSERT_FALSE(time);
  EXPECT_EQ(time.error().kind(), kBadSignatureLine);
}

TEST(Cosignature, NoByteMayChange) {
  const Registry registry;
  const std::string line = cosign_checkpoint(registry.checkpoint, registry.a, base::EpochSeconds(1000));
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    std::string wrong = line;
    ++wrong[i];
    const auto other = parse_any_signature_line(std::string_view(wrong).substr(0, wrong.size() - 1));
    EXPECT_FALSE(other && verify_cosignature(registry.body, *other, registry.a.verifier_key())) << i;
  }
}

TEST(AssembleCheckpoint, RefusesNoLogLineDoublesAndTooMany) {
  const Registry registry;
  const std::string log = sign_checkpoint(registry.checkpoint, registry.log);
  const std::string a = cosign_checkpoint(registry.checkpoint, registry.a, base::EpochSeconds(1000));
  const std::vector<std::string> no_log = {a};
  EXPECT_EQ(assemble_checkpoint(registry.checkpoint, no_log).error().kind(), kNoSignature);
  EXPECT_FALSE(assemble_checkpoint(registry.checkpoint, {}));
  const std::vector<std::string> twice = {log, a, a};
  EXPECT_FALSE(assemble_checkpoint(registry.checkpoint, twice));
  std::vector<std::string> many = {log};
  for (char c = 'A'; c < 'A' + 16; ++c)
    many.push_back(std::string("— registry.example/root/MEMBER-") + c + " AAAAAAAA\n");
  EXPECT_EQ(assemble_checkpoint(registry.checkpoint, many).error().kind(), kTooManySignatures);
  many.pop_back();
  EXPECT_TRUE(assemble_checkpoint(registry.checkpoint, many));
}

TEST(AssembleCheckpoint, PutsTheLogFirstAndSortsTheRest) {
  const Registry registry;
  const std::string log = sign_checkpoint(registry.checkpoint, registry.log);
  const std::string a = cosign_checkpoint(registry.checkpoint, registry.a, base::EpochSeconds(1000));
  const std::string b = cosign_checkpoint(registry.checkpoint, registry.b, base::EpochSeconds(1001));
  const std::string foreign = "— a.witness AAAAAAAA\n";
  const std::vector<std::string> lines = {b, foreign, a, log};
  EXPECT_EQ(assemble_checkpoint(registry.checkpoint, lines), registry.body + "\n" + log + foreign + a + b);
}

TEST(MergeCosignatures, KeepsTheLaterTimeOfOneKey) {
  const Registry registry;
  const std::string log = sign_checkpoint(registry.checkpoint, registry.log);
  const auto cosign = [&](const Signer& member, std::uint64_t time) {
    return cosign_checkpoint(registry.checkpoint, member, base::EpochSeconds(time));
  };
  const std::vector<std::string> first = {log, cosign(registry.a, 1000)};
  const std::string old = *assemble_checkpoint(registry.checkpoint, first);
  const std::vector<std::string> later = {cosign(registry.a, 2000), cosign(registry.b, 1500)};
  const auto merged = merge_cosignatures(old, later);
  ASSERT_TRUE(merged) << merged.error().message();
  EXPECT_EQ(*merged, registry.body + "\n" + log + cosign(registry.a, 2000) + cosign(registry.b, 1500));
  const std::vector<std::string> earlier = {cosign(registry.a, 1), log};
  EXPECT_EQ(merge_cosignatures(*merged, earlier), *merged);
}

}  // namespace
}  // namespace note
