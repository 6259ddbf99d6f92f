// A log in memory, its checkpoints and proofs, and a witness on the disk that forgets. For tests only.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "merkle/log_tree.h"
#include "note/checkpoint.h"
#include "note/witness_request.h"
#include "sim/forgetful_files.h"
#include "witness/witness.h"

namespace witness {

inline note::Signer test_signer(const std::string& name, note::KeyType type, base::Byte number) {
  std::array<base::Byte, 32> seed{};
  seed[0] = number;
  return {name, type, crypto::SecretKey::from_seed(seed)};
}

class TestClock final : public base::Clock {
 public:
  base::EpochSeconds now() const override { return time; }
  base::EpochSeconds time{1'800'000'000};
};

/// A log of `history` + number as leaves: two logs with different histories share nothing. Any size up to 700.
class TestLog final : public merkle::TileReader {
 public:
  explicit TestLog(const std::string& history = "a", std::size_t shared = 0) {
    for (std::size_t i = 0; i < 700; ++i) {
      const std::string leaf = (i < shared ? "a" : history) + std::to_string(i);
      leaves_.push_back(merkle::leaf_hash(base::as_bytes(leaf)));
    }
  }
  base::Result<base::Bytes> read_tile(const merkle::TileName& name) const override {
    const std::size_t span = name.level == 0 ? 1 : 256;
    if (name.level > 1) return base::fail(merkle::kTileMissing, merkle::tile_path(name));
    base::Bytes bytes;
    for (std::size_t i = 0; i < name.width; ++i) {
      const std::size_t first = (name.index.value() * 256 + i) * span;
      if (first + span > leaves_.size()) return base::fail(merkle::kTileMissing, merkle::tile_path(name));
      const base::Hash hash = merkle::root_of(std::span(leaves_).subspan(first, span));
      bytes.insert(bytes.end(), hash.bytes.begin(), hash.bytes.end());
    }
    return bytes;
  }
  base::Hash root(std::uint64_t size) const {
    if (size == 0) return merkle::empty_log_root();
    return merkle::root_of(std::span(leaves_).first(size));
  }
  std::vector<base::Hash> proof(std::uint64_t from, std::uint64_t to) const {
    if (from == 0) return {};
    return merkle::prove_consistency(base::TreeSize(from), base::TreeSize(to), *this).value();
  }
  std::string body(std::uint64_t size) const {
    return note::serialize_checkpoint({origin, base::TreeSize(size), root(size)});
  }
  std::string checkpoint(std::uint64_t size) const { return sign(body(size)); }
  std::string sign(const std::string& text) const { return text + "\n" + note::sign_text(text, *key); }
  std::string request(std::uint64_t from, std::uint64_t to) const {
    const std::string note = checkpoint(to);
    return note::serialize_witness_request({base::TreeSize(from), proof(from, to), note});
  }

  std::string origin = "log.example/one";
  std::shared_ptr<note::Signer> key =
      std::make_shared<note::Signer>(test_signer("log.example/one", note::KeyType::kEd25519, 1));

 private:
  std::vector<base::Hash> leaves_;
};

/// A witness that knows the key of TestLog.
struct WitnessStage {
  explicit WitnessStage(std::uint64_t seed = 1) : files(seed) {
    const note::Signer key = test_signer("witness.example/w", note::KeyType::kCosignature, 2);
    made = create_witness(files, "w", key).has_value() &&
           add_log(files, "w", {TestLog().key->verifier_key()}, clock.now()).has_value() && open();
  }
  bool open() {
    auto opened = Witness::open(files, "w", clock);
    if (!opened) {
      trouble = opened.error().message();
      witness.reset();
      return false;
    }
    witness = std::move(*opened);
    return true;
  }
  note::VerifierKey key() const {
    return test_signer("witness.example/w", note::KeyType::kCosignature, 2).verifier_key();
  }
  /// When the witness cosigned this text, if `answer` is one line of its own that verifies.
  std::optional<base::EpochSeconds> cosigned(const Answer& answer, std::string_view text) const {
    if (answer.status != 200 || !answer.body.ends_with('\n')) return std::nullopt;
    const auto line =
        note::parse_any_signature_line(std::string_view(answer.body).substr(0, answer.body.size() - 1));
    if (!line) return std::nullopt;
    const auto time = note::verify_cosignature(text, *line, key());
    return time ? std::optional(*time) : std::nullopt;
  }

  sim::ForgetfulFiles files;
  TestClock clock;
  std::unique_ptr<Witness> witness;
  std::string trouble;
  bool made = false;
};

}  // namespace witness
