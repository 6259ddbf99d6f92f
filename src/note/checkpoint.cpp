#include "note/checkpoint.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <vector>

#include "base/check.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/time_text.h"

namespace note {
namespace {

constexpr std::size_t kTimeBytes = 8;
constexpr std::size_t kCosignatureBytes = kTimeBytes + 64;

using CosignatureBytes = std::array<base::Byte, kCosignatureBytes>;

std::uint64_t read_time(const CosignatureBytes& bytes) {
  std::uint64_t time = 0;
  for (std::size_t i = 0; i < kTimeBytes; ++i) time = (time << 8) | bytes[i];
  return time;
}

std::string cosigned_message(std::string_view body, std::uint64_t time) {
  return std::string("cosignature/v1\ntime ").append(std::to_string(time)).append("\n").append(body);
}

// Takes the line up to the next LF; nullopt if there is none.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

base::Result<AnySignatureLine> parse_given_line(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  return parse_any_signature_line(line);
}

std::optional<std::uint64_t> time_of(const AnySignatureLine& line) {
  CosignatureBytes bytes;
  if (!signature_bytes(line, bytes)) return std::nullopt;
  return read_time(bytes);
}

base::Result<std::string> join(const Checkpoint& checkpoint, std::vector<AnySignatureLine> lines) {
  const auto place = [&checkpoint](const AnySignatureLine& line) {
    return std::tuple(line.name != checkpoint.origin, line.name, line.key_id);
  };
  std::ranges::sort(lines, {}, place);
  if (lines.size() > kCheckpointLimits.signatures_max) {
    return base::fail(kTooManySignatures, std::to_string(lines.size()) + " lines");
  }
  if (lines.empty() || lines.front().name != checkpoint.origin)
    return base::fail(kNoSignature, checkpoint.origin);
  std::string text = serialize_checkpoint(checkpoint) + "\n";
  for (const AnySignatureLine& line : lines) text.append(line.line).append("\n");
  TRY(parse_signed_checkpoint(text));  // refuses one key twice, and what is too long
  return text;
}

}  // namespace

base::Result<Checkpoint> parse_checkpoint(std::string_view body) {
  std::string_view rest = body;
  const auto origin = take_line(rest);
  const auto size = take_line(rest);
  const auto root = take_line(rest);
  if (!origin || !size || !root) return base::fail(kBadCheckpoint, "fewer than three lines");
  if (!rest.empty()) return base::fail(kBadCheckpoint, "an extension line");
  if (auto named = check_key_name(*origin); !named)
    return base::fail(kBadCheckpoint, named.error().at("origin").message());
  const auto count = codec::parse_decimal(*size, base::kTreeSizeMax);
  if (!count) return base::fail(kBadCheckpoint, count.error().at("size").message());
  const auto hash = codec::parse_base64_hash(*root);
  if (!hash) return base::fail(kBadCheckpoint, hash.error().at("root").message());
  return Checkpoint{std::string(*origin), base::TreeSize(*count), *hash};
}

std::string serialize_checkpoint(const Checkpoint& checkpoint) {
  CHECK(check_key_name(checkpoint.origin).has_value() && checkpoint.size.value() <= base::kTreeSizeMax);
  std::string text = checkpoint.origin;
  text.append("\n").append(std::to_string(checkpoint.size.value())).append("\n");
  codec::append_base64(text, checkpoint.root.view());
  text += '\n';
  return text;
}

base::Result<SignedCheckpoint> parse_signed_checkpoint(std::string_view text) {
  ASSIGN_OR_RETURN(NoteView note, parse_note(text, kCheckpointLimits));
  ASSIGN_OR_RETURN(Checkpoint checkpoint, parse_checkpoint(note.text));
  return SignedCheckpoint{std::move(checkpoint), std::move(note)};
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const Signer& log) {
  CHECK(log.name() == checkpoint.origin);
  return sign_text(serialize_checkpoint(checkpoint), log);
}

std::string cosign_checkpoint(const Checkpoint& checkpoint, const Signer& member, base::EpochSeconds time) {
  return cosign_text(serialize_checkpoint(checkpoint), member, time);
}

std::string cosign_text(std::string_view text, const Signer& witness, base::EpochSeconds time) {
  CHECK(witness.type() == KeyType::kCosignature && time <= codec::kTimeMax);
  const crypto::Signature signature =
      witness.secret().sign(base::as_bytes(cosigned_message(text, time.value())));
  CosignatureBytes bytes;
  for (std::size_t i = 0; i < kTimeBytes; ++i) {
    bytes[i] = static_cast<base::Byte>((time.value() >> (8 * (kTimeBytes - 1 - i))) & 0xFFU);
  }
  std::ranges::copy(signature.bytes, bytes.begin() + kTimeBytes);
  return serialize_signature_line(witness.name(), witness.id(), bytes);
}

base::Result<base::EpochSeconds> verify_cosignature(std::string_view body, const AnySignatureLine& line,
                                                    const VerifierKey& key) {
  if (key.type != KeyType::kCosignature) return base::fail(kUnknownKeyType, key.name + " does not cosign");
  if (line.name != key.name || line.key_id != key.id()) return base::fail(kNoSignature, key.name);
  CosignatureBytes bytes;
  if (auto read = signature_bytes(line, bytes); !read) return std::unexpected(read.error().at(key.name));
  const std::uint64_t time = read_time(bytes);
  if (base::EpochSeconds(time) > codec::kTimeMax) {
    return base::fail(kBadSignatureLine, key.name + ": a time after the year 9999");
  }
  crypto::Signature signature;
  std::copy(bytes.begin() + kTimeBytes, bytes.end(), signature.bytes.begin());
  if (!crypto::verify_signature(key.key, base::as_bytes(cosigned_message(body, time)), signature)) {
    return base::fail(kBadSignature, key.name);
  }
  return base::EpochSeconds(time);
}

base::Result<std::string> assemble_checkpoint(const Checkpoint& checkpoint,
                                              std::span<const std::string> lines) {
  std::vector<AnySignatureLine> parsed;
  for (const std::string& line : lines) {
    ASSIGN_OR_RETURN(const AnySignatureLine one, parse_given_line(line));
    parsed.push_back(one);
  }
  return join(checkpoint, std::move(parsed));
}

base::Result<std::string> merge_cosignatures(std::string_view text, std::span<const std::string> lines) {
  ASSIGN_OR_RETURN(const SignedCheckpoint old, parse_signed_checkpoint(text));
  std::vector<AnySignatureLine> merged = old.note.signatures;
  for (const std::string& given : lines) {
    ASSIGN_OR_RETURN(const AnySignatureLine line, parse_given_line(given));
    const auto same = std::ranges::find_if(merged, [&line](const AnySignatureLine& other) {
      return other.name == line.name && other.key_id == line.key_id;
    });
    if (same == merged.end()) {
      merged.push_back(line);
    } else if (time_of(line) > time_of(*same)) {  // lines that are no cosignatures have no time and stay
      *same = line;
    }
  }
  return join(old.checkpoint, std::move(merged));
}

}  // namespace note
