// Aim: the bare verifier accepts and refuses exactly the signatures that docs/formats/notes.md says.
// Method: every case of tests/vectors/ed25519_cases.h, made for several messages, and the whole public CCTV
// set with the number of accepted cases fixed, so that neither side can quietly become empty.
#include <algorithm>

#include <gtest/gtest.h>

#include "vectors/ed25519_cases.h"

namespace vectors {
namespace {

void run(const std::vector<Ed25519Case>& cases) {
  for (const Ed25519Case& one : cases) {
    EXPECT_EQ(crypto::verify_signature(one.key, one.message, one.signature), one.accepted) << one.name;
    EXPECT_EQ(crypto::is_prime_order_key(one.key), one.registrable) << one.name;
  }
}

std::ptrdiff_t count(const std::vector<Ed25519Case>& cases, bool Ed25519Case::* property) {
  return std::ranges::count(cases, true, property);
}

TEST(Ed25519Vectors, MadeForAnyMessage) {
  ASSERT_TRUE(crypto::start().has_value());
  for (const std::string_view message : {"", "text\n", "cosignature/v1\ntime 1\norigin\n0\n"}) {
    const auto cases = ed25519_cases_for(base::as_bytes(message));
    run(cases);
    // One good, one plain R + 0T for the good key, and the mixed keys whose small parts cancel.
    EXPECT_GE(count(cases, &Ed25519Case::accepted), 10) << message;
    EXPECT_GE(std::ssize(cases), 140) << message;
    const auto mixed = [](const Ed25519Case& one) { return one.accepted && !one.registrable; };
    EXPECT_GE(std::ranges::count_if(cases, mixed), 8) << message;
  }
}

TEST(Ed25519Vectors, Cctv) {
  ASSERT_TRUE(crypto::start().has_value());
  const auto cases = cctv_ed25519_cases();
  if (!cases) GTEST_SKIP() << "SKIPPED: no vectors/cctv-ed25519vectors.json.xz under COMITY_DATA";
  run(*cases);
  EXPECT_EQ(cases->size(), 914U);
  EXPECT_EQ(count(*cases, &Ed25519Case::accepted), 43);
}

}  // namespace
}  // namespace vectors
