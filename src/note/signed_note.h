// Signed notes: a text, an empty line, and signature lines "— NAME BASE64". This header splits and joins that
// text and checks one signature; which signers a text needs is for others (policy.h, the charter). Stricter
// than the standard in two points: the same (name, key id) twice is refused, and key names are bounded.
// Format: docs/formats/notes.md; C2SP signed-note
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "note/key.h"

namespace note {

/// An Ed25519 signature line of type 0x01, taken apart. `name` points into the parsed text.
struct SignatureLine {
  std::string_view name;
  KeyId key_id = 0;
  crypto::Signature signature;
};

/// Parses "— NAME BASE64" without its LF; BASE64 holds exactly 4 + 64 bytes.
/// Errors: kBadSignatureLine (detail: what was expected).
/// Cost:   about 0.1 us, no allocation.   Lifetime: `name` lives as long as `line`.
base::Result<SignatureLine> parse_signature_line(std::string_view line);

/// "— NAME BASE64\n" of the key id and `signature`, whatever its length.
std::string serialize_signature_line(std::string_view name, KeyId id, base::ByteView signature);
void append_signature_line(std::string& text, std::string_view name, KeyId id, base::ByteView signature);

/// A signature line of any type: strict base64 of a key id and at least one byte. Views point into the parsed
/// text.
struct AnySignatureLine {
  std::string_view line;  ///< the whole line without LF
  std::string_view name;
  KeyId key_id = 0;
  std::string_view base64;  ///< of key id and signature
};
base::Result<AnySignatureLine> parse_any_signature_line(std::string_view line);
/// The signature of `line` if it has exactly `out.size()` bytes.   Errors: kBadSignatureLine.
base::Result<void> signature_bytes(const AnySignatureLine& line, std::span<base::Byte> out);

/// Views into the text that was parsed; it must outlive them.
struct NoteView {
  std::string_view text;  ///< with its final LF
  std::vector<AnySignatureLine> signatures;
};

struct NoteLimits {
  std::size_t bytes_max;
  std::size_t signatures_max;
};

/// Splits at the last empty line; at least one signature line; UTF-8 without control characters but LF.
/// Errors: kBadNote, kBadSignatureLine (detail: which line).
/// Cost:   one pass.   Lifetime: views into `note`.
base::Result<NoteView> parse_note(std::string_view note, const NoteLimits& limits);

/// The line (with LF) by which `signer`, of type 0x01, signs `text`.
std::string sign_text(std::string_view text, const Signer& signer);

/// Looks for the line of `key` (type 0x01) and checks its signature over the note's text.
/// Errors: kNoSignature if there is no such line, kBadSignature if it does not verify.   Cost: about 50 us.
base::Result<void> verify_note(const NoteView& note, const VerifierKey& key);

/// The line of `key` by name and id, or null.
const AnySignatureLine* find_signature(const NoteView& note, const VerifierKey& key);

inline constexpr base::ErrorKind kBadSignatureLine{"bad-signature-line", base::Category::kInvalid,
                                                   "C2SP signed-note, signatures"};
inline constexpr base::ErrorKind kBadNote{"bad-note", base::Category::kInvalid, "C2SP signed-note, format"};
inline constexpr base::ErrorKind kNoSignature{"no-signature", base::Category::kDenied,
                                              "docs/formats/notes.md"};
inline constexpr base::ErrorKind kBadSignature{"bad-signature", base::Category::kDenied,
                                               "RFC 8032 section 5.1.7"};

}  // namespace note
