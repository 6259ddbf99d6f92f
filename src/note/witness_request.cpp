#include "note/witness_request.h"

#include <optional>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"

namespace note {
namespace {

constexpr std::string_view kOld = "old ";

std::optional<std::string_view> take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

base::Result<base::TreeSize> parse_size(std::string_view text, std::string_view where) {
  const auto size = codec::parse_decimal(text, base::kTreeSizeMax);
  if (!size) return base::fail(kBadWitnessRequest, std::string(where) + ": " + size.error().detail());
  return base::TreeSize(*size);
}

}  // namespace

base::Result<ForeignCheckpoint> parse_foreign_checkpoint(std::string_view text) {
  ForeignCheckpoint checkpoint;
  ASSIGN_OR_RETURN(checkpoint.note, parse_note(text, kWitnessNoteLimits));
  std::string_view rest = checkpoint.note.text;
  const auto origin = take_line(rest);
  const auto size = take_line(rest);
  const auto root = take_line(rest);
  if (!origin || !size || !root)
    return base::fail(kBadWitnessRequest, "checkpoint: origin, size and root are expected");
  if (const auto named = check_key_name(*origin); !named)
    return base::fail(kBadWitnessRequest, "checkpoint line 1: " + named.error().message());
  checkpoint.origin = *origin;
  ASSIGN_OR_RETURN(checkpoint.size, parse_size(*size, "checkpoint line 2"));
  const auto hash = codec::parse_base64_hash(*root);
  if (!hash) return base::fail(kBadWitnessRequest, "checkpoint line 3: " + hash.error().detail());
  checkpoint.root = *hash;
  while (!rest.empty()) {
    const auto extension = take_line(rest);
    if (!extension || extension->empty())
      return base::fail(kBadWitnessRequest, "checkpoint: an extension line that is not empty is expected");
  }
  return checkpoint;
}

base::Result<WitnessRequest> parse_witness_request(std::string_view body) {
  if (body.size() > kWitnessRequestBytesMax)
    return base::fail(kBadWitnessRequest, std::to_string(body.size()) + " bytes");
  WitnessRequest request;
  std::string_view rest = body;
  const auto old = take_line(rest);
  if (!old || !old->starts_with(kOld)) return base::fail(kBadWitnessRequest, "line 1: old SIZE is expected");
  ASSIGN_OR_RETURN(request.old_size, parse_size(old->substr(kOld.size()), "line 1"));
  for (std::size_t number = 2;; ++number) {
    const auto line = take_line(rest);
    const std::string where = "line " + std::to_string(number);
    if (!line) return base::fail(kBadWitnessRequest, where + ": a hash or an empty line is expected");
    if (line->empty()) break;
    if (request.proof.size() == kWitnessProofMax)
      return base::fail(kBadWitnessRequest, where + ": at most 63 hashes are expected");
    const auto hash = codec::parse_base64_hash(*line);
    if (!hash) return base::fail(kBadWitnessRequest, where + ": " + hash.error().detail());
    request.proof.push_back(*hash);
  }
  request.checkpoint = rest;
  return request;
}

std::string serialize_witness_request(const WitnessRequest& request) {
  CHECK(request.proof.size() <= kWitnessProofMax && request.old_size.value() <= base::kTreeSizeMax);
  std::string text(kOld);
  text.append(codec::serialize_decimal(request.old_size.value())).append("\n");
  for (const base::Hash& hash : request.proof) {
    codec::append_base64(text, hash.view());
    text += '\n';
  }
  return text.append("\n").append(request.checkpoint);
}

}  // namespace note
