#include "threshold/signing_messages.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/limits.h"

namespace threshold {
namespace {

using base::Byte;
using base::Bytes;
using base::ByteView;
using base::Hash;

constexpr Byte kCommitments = 0x01;
constexpr Byte kShares = 0x02;
constexpr std::size_t kCommitmentBytes = 2 * crypto::kPointBytes;

void append(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Bytes header(Byte kind, const Hash& session, Identifier signer, std::size_t count) {
  CHECK(count >= 1 && count <= base::kSessionSignaturesMax);
  Bytes out;
  out.reserve(kSigningHeaderBytes);
  out.push_back(kind);
  append(out, session.view());
  append(out, signer.bytes());
  for (unsigned shift = 32; shift > 0; shift -= 8) out.push_back(static_cast<Byte>(count >> (shift - 8)));
  return out;
}

// The items after a header that is exactly the one expected.
base::Result<ByteView> read_header(ByteView message, const Bytes& expected, std::size_t items_bytes) {
  struct Part {
    std::string_view what;
    std::size_t begin;
    std::size_t size;
  };
  constexpr std::array<Part, 4> kParts{{{"another kind of message", 0, 1},
                                        {"another session", 1, 32},
                                        {"another signer", 33, 32},
                                        {"another count", 65, 4}}};
  if (message.size() < kSigningHeaderBytes) {
    return base::fail(kBadSigningMessage, std::to_string(message.size()) + " bytes, shorter than a header");
  }
  for (const Part& part : kParts) {
    if (!std::ranges::equal(message.subspan(part.begin, part.size),
                            ByteView(expected).subspan(part.begin, part.size)))
      return base::fail(kBadSigningMessage, std::string(part.what));
  }
  if (message.size() != kSigningHeaderBytes + items_bytes) {
    return base::fail(kBadSigningMessage, std::to_string(message.size()) + " bytes instead of " +
                                              std::to_string(kSigningHeaderBytes + items_bytes));
  }
  return message.subspan(kSigningHeaderBytes);
}

}  // namespace

Bytes serialize_commitments(const Hash& session, Identifier signer,
                            const std::vector<Commitment>& commitments) {
  Bytes out = header(kCommitments, session, signer, commitments.size());
  out.reserve(out.size() + commitments.size() * kCommitmentBytes);
  for (const Commitment& commitment : commitments) {
    append(out, commitment.hiding.point().bytes());
    append(out, commitment.binding.point().bytes());
  }
  return out;
}

base::Result<std::vector<Commitment>> parse_commitments(ByteView message, const Hash& session,
                                                        Identifier signer, std::size_t count,
                                                        base::Random& random) {
  ASSIGN_OR_RETURN(const ByteView items, read_header(message, header(kCommitments, session, signer, count),
                                                     count * kCommitmentBytes));
  ASSIGN_OR_RETURN(const std::vector<crypto::DecodedPoint> points, crypto::parse_points(items, random));
  std::vector<Commitment> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) out.push_back({points[2 * i], points[2 * i + 1]});
  return out;
}

Bytes serialize_shares(const Hash& session, const SignerShares& shares) {
  Bytes out = header(kShares, session, shares.signer, shares.shares.size());
  out.reserve(out.size() + shares.shares.size() * crypto::kScalarBytes);
  for (const crypto::PublicScalar& share : shares.shares) append(out, share.bytes());
  return out;
}

base::Result<SignerShares> parse_shares(ByteView message, const Hash& session, Identifier signer,
                                        std::size_t count) {
  ASSIGN_OR_RETURN(const ByteView items, read_header(message, header(kShares, session, signer, count),
                                                     count * crypto::kScalarBytes));
  SignerShares out{signer, {}};
  out.shares.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto share =
        crypto::PublicScalar::parse(items.subspan(i * crypto::kScalarBytes, crypto::kScalarBytes));
    if (!share) return std::unexpected(share.error().at("share " + std::to_string(i)));
    out.shares.push_back(*share);
  }
  return out;
}

}  // namespace threshold
