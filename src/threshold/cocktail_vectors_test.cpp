// Aim: key generation is COCKTAIL-DKG, byte for byte. Method: the four published vectors of its Ed25519 suite made again
// from their seed, every value on the way compared: contexts, commitments, proofs, ciphertexts, shares, certificates.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "codec/hex.h"
#include "crypto/hash.h"
#include "threshold/framing.h"
#include "threshold/key_generation.h"

namespace threshold {
namespace {

using base::Byte;
using base::Bytes;
using base::ByteView;
using nlohmann::json;

// SHA-512(seed, suite, t, n, label, counter), block by block: the stream from which the vectors' authors drew.
class VectorRandom final : public base::Random {
 public:
  VectorRandom(ByteView seed, std::size_t t, std::size_t n, std::size_t participant) {
    append(prefix_, seed);
    append(prefix_, base::as_bytes(kCiphersuite));
    append(prefix_, little_endian_32(t));
    append(prefix_, little_endian_32(n));
    append(prefix_, base::as_bytes("round1_participant_" + std::to_string(participant)));
  }
  void fill(std::span<Byte> out) override {
    for (Byte& byte : out) {
      if (used_ == block_.bytes.size()) {
        block_ = crypto::sha512({prefix_, little_endian_64(counter_++)});
        used_ = 0;
      }
      byte = block_.bytes[used_++];
    }
  }

 private:
  Bytes prefix_;
  std::uint64_t counter_ = 0;
  crypto::Hash512 block_;
  std::size_t used_ = 64;
};

Bytes unhex(const json& text) {
  return codec::parse_hex(text.get<std::string>()).value();
}
// As JSON, because clang finds no way to compare a text with a JSON value.
json hex(ByteView bytes) {
  return codec::serialize_hex(bytes);
}
json hex(const crypto::Point& point) {
  return hex(point.bytes());
}

// The file's text, or nothing where the data is absent.
std::optional<json> load_vectors() {
  const char* data = std::getenv("COMITY_DATA");
  const auto path = std::filesystem::path(data != nullptr ? data : COMITY_DATA_DEFAULT) /
                    "vectors/cocktail-dkg-ed25519-sha512.json.xz";
  if (!std::filesystem::exists(path)) return std::nullopt;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
      popen(("xz -dc '" + path.string() + "'").c_str(), "r"), pclose);
  std::string text;
  std::array<char, 65536> buffer;
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) {
    text.append(buffer.data(), size);
  }
  return json::parse(text);
}

class Vector {
 public:
  Vector(const json& vector, ByteView seed)
      : vector_(vector), seed_(seed.begin(), seed.end()), n_(vector["n"]), t_(vector["t"]) {
    for (const json& secret : vector["config"]["static_secret_keys"]) {
      keys_.push_back(EncryptionKey::parse(unhex(secret)).value());
    }
    std::vector<crypto::Point> points;
    for (const EncryptionKey& key : keys_) points.push_back(key.public_key());
    session_ = Session::generation_in_order(unhex(vector["session_tag"]), t_, points).value();
  }

  void run() {
    for (std::size_t i = 0; i < n_; ++i) {
      EXPECT_EQ(hex(keys_[i].public_key()), vector_["config"]["static_public_keys"][i]);
    }
    EXPECT_EQ(hex(session_->context().bytes), vector_["context"]);
    for (std::size_t i = 0; i < n_; ++i) deal_one(i);
    certify_all();
    if (vector_.contains("recovery")) recover_one();
  }

 private:
  Identifier identifier(std::size_t index) const { return Identifier(static_cast<std::uint16_t>(index + 1)); }

  void deal_one(std::size_t i) {
    const json& want = vector_["round1"][i];
    VectorRandom random(seed_, t_, n_, i + 1);
    const Dealing dealing = deal(*session_, keys_[i], random).value();
    const PublicPart& part = dealing.public_part;
    EXPECT_EQ(hex(part.ephemeral_key), want["ephemeral_public_key"]);
    for (std::size_t k = 0; k < t_; ++k) EXPECT_EQ(hex(part.commitments[k]), want["vss_commitment"][k]);
    EXPECT_EQ(hex(part.possession.bytes), want["pop"]);
    EXPECT_TRUE(verify_public_part(*session_, identifier(i), part));
    parts_.emplace(identifier(i), part);
    const Bytes payload = vector_.contains("payloads") ? unhex(vector_["payloads"][i]) : Bytes();
    for (std::size_t j = 0; j < n_; ++j)
      check_ciphertext(i, j, dealing, payload, want["encrypted_shares"][j]);
  }

  // Ours carry no payload; the vectors that do are sealed again with theirs.
  void check_ciphertext(std::size_t i, std::size_t j, const Dealing& dealing, const Bytes& payload,
                        const json& want) {
    const ByteView own =
        find_sealed_share(*session_, dealing.public_part, dealing.private_part, identifier(j)).value();
    if (payload.empty()) {
      EXPECT_EQ(hex(own), want);
    }
    const Session::Dealer& dealer = session_->dealers()[i];
    const crypto::Point& ephemeral = dealing.public_part.ephemeral_key;
    const Agreement agreement = agree_as_recipient(keys_[j], ephemeral, dealer.encryption_key);
    crypto::SecretScalars share(1);
    ASSERT_TRUE(
        open_sealed_share(*session_, dealer, dealing.public_part, identifier(j), agreement, own, share[0]));
    Bytes plain(share[0].secret_bytes().begin(), share[0].secret_bytes().end());
    append(plain, payload);
    const Bytes sealed = seal_share(*session_, dealer, ephemeral, keys_[j].public_key(), agreement, plain);
    EXPECT_EQ(hex(sealed), want);
    crypto::SecretScalars again(1);
    ASSERT_TRUE(open_sealed_share(*session_, dealer, dealing.public_part, identifier(j), agreement,
                                  unhex(want), again[0]));
    EXPECT_TRUE(again[0].equals(share[0]));
    append(private_parts_[identifier(i)], big_endian_64(kSealedShareBytes));
    append(private_parts_[identifier(i)], own);
  }

  void certify_all() {
    transcript_ = Transcript::create_with_extension(*session_, parts_, unhex(vector_["extension"])).value();
    EXPECT_EQ(hex(crypto::sha512({transcript_->bytes()}).bytes), vector_["round3"]["transcript_hash"]);
    EXPECT_EQ(hex(transcript_->keys().group()), vector_["group_public_key"]);
    for (std::size_t i = 0; i < n_; ++i) {
      const Reception got = receive(*transcript_, keys_[i], private_parts_).value();
      ASSERT_TRUE(got.share.has_value());
      EXPECT_EQ(hex(got.share->secret().secret_bytes()), vector_["round2"][i]["secret_share"]);
      EXPECT_EQ(hex(got.share->verification_share()), vector_["round2"][i]["verification_share"]);
      certificate_.push_back(certify(*transcript_, keys_[i], *got.share));
      EXPECT_EQ(hex(certificate_[i].bytes), vector_["round3"]["signatures"][i]["signature"]);
    }
    EXPECT_TRUE(verify_certificate(*transcript_, certificate_));
  }

  void recover_one() {
    const json& want = vector_["recovery"];
    const std::size_t index = want["participant_id"].get<std::size_t>() - 1;
    const auto key = EncryptionKey::parse(unhex(vector_["config"]["static_secret_keys"][index])).value();
    const auto share = recover(*transcript_, certificate_, key, private_parts_);
    ASSERT_TRUE(share.has_value());
    EXPECT_EQ(hex(share->secret().secret_bytes()), want["recovered_secret_share"]);
    EXPECT_EQ(hex(share->verification_share()), want["recovered_verification_share"]);
  }

  const json& vector_;
  Bytes seed_;
  std::size_t n_;
  std::size_t t_;
  std::vector<EncryptionKey> keys_;
  std::optional<Session> session_;
  std::map<Identifier, PublicPart> parts_;
  std::map<Identifier, Bytes> private_parts_;
  std::optional<Transcript> transcript_;
  Certificate certificate_;
};

TEST(CocktailVectors, AreReproduced) {
  const auto file = load_vectors();
  if (!file) GTEST_SKIP() << "SKIPPED: no vectors/cocktail-dkg-ed25519-sha512.json.xz under COMITY_DATA";
  EXPECT_EQ((*file)["ciphersuite"].get<std::string>(), kCiphersuite);
  const Bytes seed = unhex((*file)["seed"]);
  ASSERT_EQ((*file)["vectors"].size(), 4U);
  for (const json& vector : (*file)["vectors"]) Vector(vector, seed).run();
}

}  // namespace
}  // namespace threshold
