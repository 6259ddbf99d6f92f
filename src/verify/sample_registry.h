// A tiny registry in memory for tests: a log of a few leaves that ends with a block record, two tries, four
// members with fixed keys. Proofs are made by the plain recursive definition, not by the code under test. Not
// for production.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "codec/base64.h"
#include "codec/time_text.h"
#include "crypto/hash.h"
#include "merkle/log_tree.h"
#include "merkle/state_trie.h"
#include "note/checkpoint.h"
#include "note/policy.h"
#include "note/tlog_proof.h"
#include "resource/sample_objects.h"
#include "resource/values.h"
#include "verify/policy_chain.h"
#include "verify/receipt.h"

namespace verify {

inline constexpr std::string_view kSampleOrigin = "registry.example/root";
inline constexpr std::uint64_t kSampleTime = 1'767'225'600;  // 2026-01-01T00:00:00Z

inline note::Signer sample_signer(std::string name, note::KeyType type, base::Byte seed) {
  const base::Bytes bytes(32, seed);
  return {std::move(name), type, crypto::SecretKey::from_seed(bytes)};
}
inline note::Signer sample_member_signer(const std::string& handle, base::Byte seed) {
  return sample_signer(note::cosigner_name(kSampleOrigin, handle), note::KeyType::kCosignature, seed);
}

/// RFC 6962 section 2.1.1, read literally.
inline base::Hash plain_root(std::span<const base::Hash> leaves) {
  if (leaves.size() == 1) return leaves[0];
  std::size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  return merkle::node_hash(plain_root(leaves.first(split)), plain_root(leaves.subspan(split)));
}
inline std::vector<base::Hash> plain_path(std::size_t index, std::span<const base::Hash> leaves) {
  if (leaves.size() == 1) return {};
  std::size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  const bool is_left = index < split;
  auto path =
      is_left ? plain_path(index, leaves.first(split)) : plain_path(index - split, leaves.subspan(split));
  path.push_back(plain_root(is_left ? leaves.subspan(split) : leaves.first(split)));
  return path;
}

inline std::string sample_ballot() {
  const std::string hash = codec::serialize_base64(base::Hash{}.view());
  std::string text = "comity/1 ballot " + std::string(kSampleOrigin) + "\nby: MEMBER-A\nepoch: 1 " + hash +
                     "\nproposal: " + hash + "\nvote: yes\nexpires: 2026-01-02T00:00:00Z\n";
  const note::Signer signer = sample_signer("MEMBER-A", note::KeyType::kEd25519, 50);
  return text + "\n" + note::sign_text(text, signer);
}

struct SampleRegistry {
  std::string origin{kSampleOrigin};
  note::Signer log = sample_signer(std::string(kSampleOrigin), note::KeyType::kEd25519, 1);
  std::map<std::string, std::string> objects;  ///< by "class:key"
  std::map<std::string, std::string> rules;
  std::vector<std::string> leaves;  ///< before the block record
  std::string tombstone = "domain: su.\nversion: 9\nbecame: nothing\n";

  SampleRegistry() {
    objects = {{"domain:ru.", resource::sample_domain()},
               {"domain:su.", tombstone},
               {"host:a.dns.ripn.net.", resource::sample_host()},
               {"member:MEMBER-ALPHA", resource::sample_member()}};
    for (int i = 0; i < 9; ++i) {
      const std::string name = std::string("zone:z") + static_cast<char>('0' + i) + ".";
      objects[name] = name + " text\n";
    }
    leaves = {"first\n", sample_ballot(), "third\n", "fourth\n", "fifth\n"};
  }

  static merkle::StateTrie trie_of(const std::map<std::string, std::string>& texts) {
    std::vector<merkle::TrieUpdate> updates;
    for (const auto& [name, text] : texts) {
      updates.push_back({crypto::sha256(base::as_bytes(name)), crypto::sha256(base::as_bytes(text))});
    }
    merkle::StateTrie trie;
    trie.update(updates);
    return trie;
  }
  merkle::StateRoots roots() const { return {trie_of(objects).root(), trie_of(rules).root(), {}, {}, {}}; }
  StateProof prove(Trie which, const std::string& name) const {
    const base::Hash key = crypto::sha256(base::as_bytes(name));
    return {trie_of(which == Trie::kObjects ? objects : rules).prove(key), roots()};
  }
  std::string block_record() const {
    return "comity/1 block " + origin +
           "\nheight: 7\ntime: " + codec::serialize_time(base::EpochSeconds(kSampleTime)) +
           "\nrecords: 5\nstate: " + codec::serialize_base64(merkle::state_root(roots()).view()) + "\n";
  }
  std::vector<std::string> all_leaves() const {
    auto all = leaves;
    all.push_back(block_record());
    return all;
  }
  std::vector<base::Hash> leaf_hashes() const {
    std::vector<base::Hash> hashes;
    for (const std::string& leaf : all_leaves()) hashes.push_back(merkle::leaf_hash(base::as_bytes(leaf)));
    return hashes;
  }
  note::Checkpoint checkpoint() const {
    const auto hashes = leaf_hashes();
    return {origin, base::TreeSize(hashes.size()), plain_root(hashes)};
  }
  /// The checkpoint with the log's line and those of `cosigners` at kSampleTime + 10, + 20, ...
  std::string signed_checkpoint(std::span<const note::Signer* const> cosigners) const {
    std::vector<std::string> lines = {note::sign_checkpoint(checkpoint(), log)};
    std::uint64_t time = kSampleTime;
    for (const note::Signer* const member : cosigners) {
      lines.push_back(note::cosign_checkpoint(checkpoint(), *member, base::EpochSeconds(time += 10)));
    }
    const auto text = note::assemble_checkpoint(checkpoint(), lines);
    CHECK(text.has_value());
    return *text;
  }
  note::TlogProof log_proof(std::size_t index, std::string checkpoint_text) const {
    return {std::nullopt, base::LeafIndex(index), plain_path(index, leaf_hashes()),
            std::move(checkpoint_text)};
  }
};

/// Members A to D and the policy of `threshold` of them.
struct SampleMembers {
  std::vector<note::Signer> signers;
  note::Policy policy;

  SampleMembers(const std::string& letters, base::Byte first_seed, base::Epoch epoch, std::size_t threshold) {
    std::vector<note::PolicyMember> members;
    for (const char letter : letters) {
      const std::string handle = std::string("MEMBER-") + letter;
      const auto seed = static_cast<base::Byte>(first_seed + (letter - 'A'));
      signers.push_back(sample_member_signer(handle, seed));
      members.push_back({handle, signers.back().verifier_key().key});
    }
    const note::Signer log = sample_signer(std::string(kSampleOrigin), note::KeyType::kEd25519, 1);
    policy = note::make_policy(epoch, {}, log.verifier_key(), members, threshold);
  }
  std::vector<const note::Signer*> first(std::size_t count) const {
    std::vector<const note::Signer*> chosen;
    for (std::size_t i = 0; i < count; ++i) chosen.push_back(&signers[i]);
    return chosen;
  }
  /// The entry of the rules state that names them.
  std::string entry() const {
    std::string text =
        "policy: current\nnumber: " + std::to_string(policy.header->epoch.value()) + "\nheight: 7\n";
    for (const note::PolicyWitness& witness : policy.witnesses) {
      text += "cosigner: " + witness.name + " " + resource::serialize_key(witness.key.key) + "\n";
    }
    return text;
  }
};

}  // namespace verify
