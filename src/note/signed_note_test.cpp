// Aim: signed notes are split, checked and refused as C2SP signed-note says, and signatures bind text and
// key. Method: the note of golang.org/x/mod/sumdb/note's documentation and the malformed ones of its tests,
// plus our own.
#include "note/signed_note.h"

#include <gtest/gtest.h>

namespace note {
namespace {

constexpr NoteLimits kLimits{4096, 3};
constexpr std::string_view kText =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
constexpr std::string_view kPeter =
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
constexpr std::string_view kEnoch =
    "— EnochRoot "
    "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";
constexpr std::string_view kPeterKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kEnochKey = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
constexpr std::string_view kPeterSecret =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n";

std::string join(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const auto part : parts) text += part;
  return text;
}

TEST(SignedNote, RefusesMalformedNotes) {
  const std::string cut(kPeter.substr(0, kPeter.size() - 1));
  const std::string badly_named =
      "— Bad Name "
      "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
  for (const std::string& bad : {std::string(kText),
                                 join({kText, "\n"}),
                                 join({kText, "\n", cut}),
                                 join({"\x01", kText, "\n", kPeter}),
                                 join({"\xff", kText, "\n", kPeter}),
                                 join({kText, "\n", badly_named}),
                                 join({kText, "\n", kPeter, "more\n"}),
                                 join({kText, "\n", kPeter, "\n"}),
                                 join({kText, kPeter}),
                                 std::string(),
                                 std::string("\n"),
                                 std::string("\n\n"),
                                 join({kText, "\n", kPeter, kPeter}),
                                 join({kText, "\n— a AAAAAA==\n"}),
                                 join({kText, "\n— a AAAAAAB=\n"}),
                                 join({kText, "\n—  AAAAAAAA\n"}),
                                 join({kText, "\n- a AAAAAAAA\n"}),
                                 join({kText, "\n— a AAAAAAAA \n"}),
                                 join({kText, "\r\n", kPeter}),
                                 join({kText, "\n— a+b AAAAAAAA\n"})}) {
    EXPECT_FALSE(parse_note(bad, kLimits)) << bad;
  }
}

TEST(SignedNote, RefusesTooManySignaturesAndTooManyBytes) {
  const std::string four = join({kText, "\n— a AAAAAAAA\n— b AAAAAAAA\n— c AAAAAAAA\n— d AAAAAAAA\n"});
  EXPECT_FALSE(parse_note(four, kLimits));
  EXPECT_TRUE(parse_note(four, {4096, 4}));
  EXPECT_TRUE(parse_note(four, {four.size(), 4}));
  EXPECT_FALSE(parse_note(four, {four.size() - 1, 4}));
}

TEST(SignedNote, VerifiesBothSignersAndNoOther) {
  const std::string text = join({kText, "\n", kPeter, kEnoch});
  const auto note = parse_note(text, kLimits);
  ASSERT_TRUE(note) << note.error().message();
  EXPECT_EQ(note->text, kText);
  EXPECT_TRUE(verify_note(*note, *parse_verifier_key(kPeterKey)));
  EXPECT_TRUE(verify_note(*note, *parse_verifier_key(kEnochKey)));
  const std::string alone = join({kText, "\n", kPeter});
  const auto only_peter = parse_note(alone, kLimits);
  ASSERT_TRUE(only_peter);
  const auto missing = verify_note(*only_peter, *parse_verifier_key(kEnochKey));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind(), kNoSignature);
}

TEST(SignedNote, NoByteOfTextOrSignatureMayChange) {
  const std::string right = join({kText, "\n", kPeter});
  const VerifierKey key = *parse_verifier_key(kPeterKey);
  for (std::size_t i = 0; i < right.size(); ++i) {
    for (const char flip : {'\x01', '\x20'}) {
      std::string wrong = right;
      wrong[i] = static_cast<char>(wrong[i] ^ flip);
      const auto note = parse_note(wrong, kLimits);
      EXPECT_TRUE(!note || !verify_note(*note, key)) << i;
    }
  }
}

TEST(SignedNote, ALongerSignatureUnderAKnownKeyIsRefused) {
  std::string line(kPeter);
  line.insert(60, "ABCD");
  const std::string text = join({kText, "\n", line});
  const auto note = parse_note(text, kLimits);
  ASSERT_TRUE(note);
  EXPECT_FALSE(verify_note(*note, *parse_verifier_key(kPeterKey)));
}

TEST(SignedNote, SplitsAtTheLastEmptyLine) {
  const std::string text = "a\n\n— b AAAAAAAA\n\n— c AAAAAAAA\n";
  const auto note = parse_note(text, kLimits);
  ASSERT_TRUE(note);
  EXPECT_EQ(note->text, "a\n\n— b AAAAAAAA\n");
  ASSERT_EQ(note->signatures.size(), 1U);
  EXPECT_EQ(note->signatures[0].name, "c");
}

TEST(SignedNote, SignsThePublishedNote) {
  const auto signer = parse_secret_key(kPeterSecret);
  ASSERT_TRUE(signer);
  EXPECT_EQ(sign_text(kText, *signer), kPeter);
}

TEST(SignatureLine, RefusesWrongLengthsAndPadding) {
  const std::string line(kPeter.substr(0, kPeter.size() - 1));
  EXPECT_TRUE(parse_signature_line(line));
  EXPECT_FALSE(parse_signature_line(kPeter));  // with its LF
  EXPECT_FALSE(parse_signature_line(line.substr(0, line.size() - 1)));
  EXPECT_FALSE(parse_signature_line(line.substr(0, line.size() - 4)));
  EXPECT_FALSE(parse_signature_line(line + "AAAA"));
  EXPECT_FALSE(parse_signature_line(" " + line));
  std::string loose = line;
  loose[loose.size() - 2] = 'N';  // same bytes, unused bits set
  EXPECT_FALSE(parse_signature_line(loose));
}

TEST(SignatureLine, ParsesAndSerializesToTheSameText) {
  for (const std::string_view full : {kPeter, kEnoch}) {
    const auto line = parse_signature_line(full.substr(0, full.size() - 1));
    ASSERT_TRUE(line) << line.error().message();
    EXPECT_EQ(serialize_signature_line(line->name, line->key_id, line->signature.bytes), full);
  }
}

}  // namespace
}  // namespace note
