// Aim: no bytes crash the readers of a signing session's messages, and what they take is the only encoding of itself.
// Method: the header is read from the bytes themselves, so that the fuzzer gets behind it; then parse, demand the same
// bytes back, and put what was taken into a session of a known group.
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "threshold/dealer_for_test.h"
#include "threshold/frost.h"
#include "threshold/signing_messages.h"

namespace {

class CountingRandom final : public base::Random {
 public:
  void fill(std::span<base::Byte> out) override {
    for (base::Byte& byte : out) byte = static_cast<base::Byte>(next_ += 7);
  }

 private:
  unsigned next_ = 1;
};

using namespace threshold;

// Two of three; the first signs honestly, the second's commitments and shares are the fuzzer's.
void take_part(const std::vector<Commitment>& foreign, CountingRandom& random) {
  static const Dealt dealt = deal_for_test(2, 3, random);
  Nonces nonces = commit(dealt.shares[0].secret(), foreign.size(), random);
  const std::vector<SignerCommitments> all{{Identifier(1), nonces.commitments()}, {Identifier(2), foreign}};
  std::vector<base::Bytes> messages(foreign.size(), base::Bytes{1});
  const auto session = SigningSession::create(dealt.keys, {}, messages, all);
  CHECK(session.has_value());
  auto own = sign(*session, dealt.shares[0], std::move(nonces));
  CHECK(own.has_value());
  CHECK(wrong_shares(*session, *own, random).empty());
  const std::vector<SignerShares> shares{*own, {Identifier(2), own->shares}};
  const auto result = aggregate(*session, shares, random);
  CHECK(result.has_value() && result->signatures.empty());
  for (const WrongShare& wrong : result->wrong) CHECK(wrong.signer == Identifier(2));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView bytes(data, size);
  CountingRandom random;
  if (size < kSigningHeaderBytes) {
    CHECK(!parse_shares(bytes, {}, Identifier(1), 1));
    return 0;
  }
  base::Hash session;
  std::ranges::copy(bytes.subspan(1, 32), session.bytes.begin());
  const auto signer = Identifier::parse(bytes.subspan(33, 32));
  if (!signer) return 0;
  const std::size_t items = size - kSigningHeaderBytes;
  if (const std::size_t count = items / 64; count >= 1 && count <= base::kSessionSignaturesMax) {
    if (const auto commitments = parse_commitments(bytes, session, *signer, count, random)) {
      CHECK(std::ranges::equal(serialize_commitments(session, *signer, *commitments), bytes));
      if (count <= 4) take_part(*commitments, random);
    }
  }
  if (const std::size_t count = items / 32; count >= 1 && count <= base::kSessionSignaturesMax) {
    if (const auto shares = parse_shares(bytes, session, *signer, count))
      CHECK(std::ranges::equal(serialize_shares(session, *shares), bytes));
  }
  return 0;
}
