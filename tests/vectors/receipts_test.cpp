// Aim: receipts, policies and policy steps keep their bytes: a change of the format shows here and needs a
// new version. Method: the texts of verify/sample_registry.h against the files of tests/vectors/receipts,
// which the independent reader judges too (tests/e2e). COMITY_WRITE_VECTORS=DIR writes them anew.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "verify/sample_registry.h"
#include "verify/walk.h"

namespace verify {
namespace {

std::string prefix_length(std::size_t size) {
  return {static_cast<char>(size >> 8), static_cast<char>(size & 0xFF)};
}

Receipt object_receipt(const SampleRegistry& registry, const SampleMembers& members, std::string_view name,
                       const std::optional<std::string>& text) {
  const auto id = resource::parse_object_id(name);
  CHECK(id.has_value());
  return make_object_receipt(
      registry.origin, *id, text, registry.prove(Trie::kObjects, id->trie_name()), registry.block_record(),
      registry.log_proof(registry.leaves.size(), registry.signed_checkpoint(members.first(4))));
}

// Path below the folder, and content.
std::map<std::string, std::string> expected_files() {
  SampleRegistry registry;
  const SampleMembers members("ABCD", 10, base::Epoch(1), 3);
  const SampleMembers after("ABCE", 10, base::Epoch(2), 3);
  registry.rules = {{"policy:current", after.entry()}, {"epoch:current", "epoch: current\n"}};
  const std::string checkpoint = registry.signed_checkpoint(members.first(4));
  std::map<std::string, std::string> files;
  files["policy"] = note::serialize_policy(members.policy);
  files["value.receipt"] =
      serialize_receipt(object_receipt(registry, members, "domain ru.", resource::sample_domain()));
  files["tombstone.receipt"] =
      serialize_receipt(object_receipt(registry, members, "domain su.", registry.tombstone));
  files["nothing.receipt"] = serialize_receipt(object_receipt(registry, members, "domain xx.", std::nullopt));
  files["record.receipt"] = serialize_receipt(
      make_record_receipt(registry.origin, registry.leaves[1], registry.log_proof(1, checkpoint)));
  PolicyStep step{registry.origin,         base::Epoch(1),
                  base::Epoch(2),          note::serialize_policy(after.policy),
                  after.entry(),           registry.prove(Trie::kRules, "policy:current"),
                  registry.block_record(), {}};
  step.log_proof = registry.log_proof(registry.leaves.size(), registry.signed_checkpoint(members.first(3)));
  files["2.step"] = serialize_policy_step(step);
  files["log/checkpoint"] = checkpoint;
  for (const std::string& leaf : registry.all_leaves())
    files["log/tile/entries/000.p/6"] += prefix_length(leaf.size()) + leaf;
  for (const base::Hash& hash : registry.leaf_hashes())
    files["log/tile/0/000.p/6"] += base::as_text(hash.view());
  return files;
}

TEST(ReceiptVectors, TheFilesHoldTheBytes) {
  const char* const write_to = std::getenv("COMITY_WRITE_VECTORS");
  for (const auto& [path, content] : expected_files()) {
    if (write_to != nullptr) {
      const std::filesystem::path target = std::filesystem::path(write_to) / path;
      std::filesystem::create_directories(target.parent_path());
      std::ofstream(target, std::ios::binary) << content;
    }
    std::ifstream file(std::filesystem::path(COMITY_RECEIPT_VECTORS) / path, std::ios::binary);
    ASSERT_TRUE(file) << path;
    const std::string found{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(found, content) << path;
  }
}

TEST(ReceiptVectors, TheFilesVerify) {
  const auto files = expected_files();
  const auto policy = note::parse_policy(files.at("policy"));
  ASSERT_TRUE(policy);
  for (const char* const name : {"value.receipt", "tombstone.receipt", "nothing.receipt", "record.receipt"}) {
    const auto verdict = verify_receipt(files.at(name), *policy, {});
    EXPECT_TRUE(verdict) << name << ": " << verdict.error().message();
  }
  const std::vector<std::string> steps = {files.at("2.step")};
  const auto present = walk_steps(*policy, steps);
  ASSERT_TRUE(present) << present.error().message();
  EXPECT_EQ(present->present.header->epoch, base::Epoch(2));
}

}  // namespace
}  // namespace verify
