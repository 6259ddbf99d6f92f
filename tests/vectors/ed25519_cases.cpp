#include "vectors/ed25519_cases.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>
#include <sodium.h>

#include "base/check.h"
#include "codec/hex.h"

namespace vectors {
namespace {

using base::Byte;
using base::ByteView;
using Word = std::array<Byte, 32>;

/// The multiples 0 to 7 of a point of order 8: every point whose order divides 8.
constexpr std::array<std::string_view, 8> kSmallPoints{
    "0100000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"};

struct SecondEncoding {
  std::string_view text;
  unsigned multiple;  // of the point of order 8
};
/// Other strings that a lax decoder takes for small points: y + p, or a sign bit on x = 0.
constexpr std::array<SecondEncoding, 6> kSecondEncodings{
    {{"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", 0},
     {"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 0},
     {"0100000000000000000000000000000000000000000000000000000000000080", 0},
     {"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 4},
     {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 2},
     {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", 6}}};

/// L, little-endian.
constexpr std::string_view kGroupOrder = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

template <typename T>
T from_hex(std::string_view text) {
  T value{};
  CHECK(codec::parse_hex_into(text, value).has_value());
  return value;
}

Word reduce(ByteView bytes) {
  std::array<Byte, 64> digest{};
  CHECK(crypto_hash_sha512(digest.data(), bytes.data(), bytes.size()) == 0);
  Word scalar{};
  crypto_core_ed25519_scalar_reduce(scalar.data(), digest.data());
  return scalar;
}

Word scalar_named(std::string_view name, unsigned number) {
  return reduce(base::as_bytes(std::string(name) + " " + std::to_string(number)));
}

bool is_zero(const Word& scalar) {
  return scalar == Word{};
}

/// scalar B + multiple T.
Word point(const Word& scalar, unsigned multiple) {
  const auto small = from_hex<Word>(kSmallPoints[multiple]);
  if (is_zero(scalar)) return small;
  Word prime{};
  Word sum{};
  CHECK(crypto_scalarmult_ed25519_base_noclamp(prime.data(), scalar.data()) == 0);
  if (multiple == 0) return prime;
  CHECK(crypto_core_ed25519_add(sum.data(), prime.data(), small.data()) == 0);
  return sum;
}

/// A point as its maker knows it: `scalar` B + `multiple` T, written as `encoding`.
struct Known {
  Word scalar{};
  unsigned multiple = 0;
  Word encoding{};
  bool second_encoding = false;
};

Known known(const Word& scalar, unsigned multiple) {
  return {scalar, multiple, point(scalar, multiple), false};
}

Word challenge(const Known& r, const Known& a, ByteView message) {
  base::Bytes hashed(r.encoding.begin(), r.encoding.end());
  hashed.insert(hashed.end(), a.encoding.begin(), a.encoding.end());
  hashed.insert(hashed.end(), message.begin(), message.end());
  return reduce(hashed);
}

/// S = r + k a, which always satisfies the equation with the cofactor; without it, only if the small parts
/// cancel.
Ed25519Case make_case(std::string name, const Known& a, const Known& r, ByteView message) {
  const Word k = challenge(r, a, message);
  Word s{};
  crypto_core_ed25519_scalar_mul(s.data(), k.data(), a.scalar.data());
  crypto_core_ed25519_scalar_add(s.data(), s.data(), r.scalar.data());
  Ed25519Case made{.name = std::move(name),
                   .key = {a.encoding},
                   .message = base::Bytes(message.begin(), message.end()),
                   .signature = {}};
  std::ranges::copy(r.encoding, made.signature.bytes.begin());
  std::ranges::copy(s, made.signature.bytes.begin() + 32);
  const bool residue_zero = ((k.front() & 7U) * a.multiple + r.multiple) % 8 == 0;
  const bool small = is_zero(a.scalar) || is_zero(r.scalar);
  made.accepted = residue_zero && !small && !a.second_encoding && !r.second_encoding;
  made.registrable = !is_zero(a.scalar) && a.multiple == 0;
  return made;
}

/// One case in which the small parts cancel and one in which they do not, where R's free scalar allows it.
void add_both(std::vector<Ed25519Case>& cases, const Known& a, unsigned r_multiple, ByteView message) {
  const std::string name = "A + " + std::to_string(a.multiple) + "T" + (is_zero(a.scalar) ? " small" : "") +
                           ", R + " + std::to_string(r_multiple) + "T";
  bool wanted[2] = {true, true};
  // The challenge's last three bits are as good as random: 64 tries miss one of eight values once in 5,000
  // names, and the test that counts the cases would see it.
  for (unsigned attempt = 0; attempt < 64; ++attempt) {
    const Known r = known(scalar_named("nonce", attempt), r_multiple);
    const Word k = challenge(r, a, message);
    const bool residue_zero = ((k.front() & 7U) * a.multiple + r.multiple) % 8 == 0;
    if (!std::exchange(wanted[residue_zero ? 1 : 0], false)) continue;
    cases.push_back(
        make_case(name + (residue_zero ? ", equal" : ", equal only with the cofactor"), a, r, message));
  }
}

void add_small_and_second(std::vector<Ed25519Case>& cases, const Known& good, ByteView message) {
  const Word zero{};
  for (unsigned multiple = 0; multiple < 8; ++multiple) {
    cases.push_back(make_case("small R " + std::to_string(multiple), good, known(zero, multiple), message));
    cases.push_back(make_case("small A and R " + std::to_string(multiple), known(zero, multiple),
                              known(zero, (8 - multiple) % 8), message));
  }
  for (const SecondEncoding& second : kSecondEncodings) {
    const Known small{zero, second.multiple, from_hex<Word>(second.text), true};
    const std::string text(second.text);
    cases.push_back(make_case("R written " + text, good, small, message));
    for (unsigned attempt = 0; attempt < 8; ++attempt) {
      const Known r = known(scalar_named("nonce", attempt), 0);
      cases.push_back(make_case("A written " + text + " " + std::to_string(attempt), small, r, message));
    }
  }
}

void add_altered(std::vector<Ed25519Case>& cases, const Ed25519Case& good) {
  const auto add = [&](std::string name) -> Ed25519Case& {
    cases.push_back(good);
    cases.back().name = std::move(name);
    cases.back().accepted = false;
    return cases.back();
  };
  // S + L means the same to who does not look, and still fits into 32 bytes (S + L < 2 L < 2^254).
  const auto order = from_hex<Word>(kGroupOrder);
  sodium_add(add("S + L").signature.bytes.data() + 32, order.data(), order.size());
  for (const std::size_t bit : {0U, 255U, 256U, 300U, 508U, 509U, 510U, 511U}) {
    add("bit " + std::to_string(bit)).signature.bytes[bit / 8] ^= static_cast<Byte>(1U << (bit % 8));
  }
  add("all zeros").signature = {};
  add("all ones").signature.bytes.fill(0xff);
  auto& swapped = add("R and S swapped").signature.bytes;
  std::swap_ranges(swapped.begin(), swapped.begin() + 32, swapped.begin() + 32);
  add("another's key").key.bytes = point(scalar_named("secret", 2), 0);
  Ed25519Case& off_curve = add("a key off the curve");
  off_curve.key.bytes = Word{2};
  off_curve.registrable = false;
}

std::string data_folder() {
  const char* const given = std::getenv("COMITY_DATA");
  return given != nullptr ? given : COMITY_DATA_DEFAULT;
}

std::optional<std::string> unpacked(const std::string& path) {
  struct Close {
    void operator()(std::FILE* file) const { ::pclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> pipe(::popen(("xz -dc '" + path + "' 2>/dev/null").c_str(), "r"));
  std::string text;
  std::array<char, 65'536> part{};
  while (pipe != nullptr) {
    const std::size_t count = std::fread(part.data(), 1, part.size(), pipe.get());
    if (count == 0) break;
    text.append(part.data(), count);
  }
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

std::vector<Ed25519Case> ed25519_cases_for(ByteView message) {
  std::vector<Ed25519Case> cases;
  const Word secret = scalar_named("secret", 1);
  const Known good = known(secret, 0);
  cases.push_back(make_case("good", good, known(scalar_named("nonce", 0), 0), message));
  add_altered(cases, Ed25519Case(cases.front()));
  for (unsigned multiple = 0; multiple < 8; ++multiple) {
    for (const unsigned r_multiple : {0U, 1U, 4U}) {
      add_both(cases, known(secret, multiple), r_multiple, message);
      add_both(cases, known(Word{}, multiple), r_multiple, message);
    }
  }
  add_small_and_second(cases, good, message);
  return cases;
}

std::optional<std::vector<Ed25519Case>> cctv_ed25519_cases() {
  const auto text = unpacked(data_folder() + "/vectors/cctv-ed25519vectors.json.xz");
  if (!text) return std::nullopt;
  const nlohmann::json list = nlohmann::json::parse(*text, nullptr, false);
  CHECK(list.is_array());
  std::vector<Ed25519Case> cases;
  for (const nlohmann::json& entry : list) {
    std::set<std::string> flags;
    // The one vector without peculiarities has null here.
    if (entry.at("flags").is_array()) flags = entry.at("flags").get<std::set<std::string>>();
    const std::string message = entry.at("msg").get<std::string>();
    const bool bad_key = flags.contains("low_order_A") || flags.contains("non_canonical_A");
    const bool bad_r = flags.contains("low_order_R") || flags.contains("non_canonical_R");
    Ed25519Case one{.name = "CCTV " + std::to_string(entry.at("number").get<int>()),
                    .key = {},
                    .message = base::Bytes(message.begin(), message.end()),
                    .signature = {},
                    .accepted = !bad_key && !bad_r && !flags.contains("low_order_residue"),
                    .registrable = !bad_key && !flags.contains("low_order_component_A")};
    CHECK(codec::parse_hex_into(entry.at("key").get<std::string>(), one.key.bytes).has_value());
    CHECK(codec::parse_hex_into(entry.at("sig").get<std::string>(), one.signature.bytes).has_value());
    cases.push_back(std::move(one));
  }
  return cases;
}

}  // namespace vectors
