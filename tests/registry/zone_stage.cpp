#include "registry/zone_stage.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <gtest/gtest.h>

#include "base/check.h"
#include "base/zone_limits.h"
#include "charter/release_entries.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "resource/values.h"

namespace registry_tests {

using actors::Draft;

Texts texts_of(const registry::Registry& registry) {
  Texts texts;
  const auto collect = [&](charter::Tree tree, std::vector<std::string>& into) {
    registry.charter().for_each(tree,
                                [&](std::string_view, std::string_view text) { into.emplace_back(text); });
  };
  collect(charter::Tree::kObjects, texts.objects);
  collect(charter::Tree::kRules, texts.rules);
  texts.zones = registry.releases().texts();
  return texts;
}

registry::Registry registry_of(const Texts& texts) {
  auto made = registry::Registry::from_texts(texts.objects, texts.rules, 1);
  CHECK(made.has_value());
  const std::vector<std::string_view> zones(texts.zones.begin(), texts.zones.end());
  const auto restored = made->restore_zones(zones);
  EXPECT_TRUE(restored) << restored.error().message();
  CHECK(restored.has_value());
  return std::move(*made);
}

std::string more_domain(int number) {
  return "d" + std::string(number < 10 ? "0" : "") + std::to_string(number) + ".";
}

namespace {
constexpr std::size_t kDomainsARecord = 300;
}  // namespace

ZoneStage::ZoneStage(Empty) : cast(4) {
  const auto genesis = record::Record::parse(cast.genesis().leaf());
  std::string block_record;
  auto founded = registry::Registry::found(*genesis, checker_, block_record);
  CHECK(founded.has_value());
  registry_.emplace(std::move(*founded));
  pass(actors::kHour);
}

ZoneStage::ZoneStage(int more_domains) : ZoneStage(Empty()) {
  play(actors::standard_world(cast));
  std::vector<actors::Paragraph> more;
  for (int i = 0; i < more_domains; ++i) {
    more.push_back(actors::create(
        "domain", more_domain(i),
        {"+ holder: UNCLAIMED", "+ status: active", "+ nserver: a.nic.free.", "+ nserver: b.nic.free."}));
    if (more.size() < kDomainsARecord && i + 1 < more_domains) continue;
    play(import(std::exchange(more, {}), "more " + std::to_string(i)));
  }
}

void ZoneStage::put_key(const std::string& label, std::string_view use, std::string_view standing) {
  const std::string& text = actors::Key::of(label).text();
  crypto::PublicKey key;
  CHECK(resource::read_key(text, key));
  labels_[key] = label;
  std::string lines = "use: ";
  lines.append(use).append("\nstanding: ").append(standing);
  lines += "\nsince: " + actors::time_text(now) + "\nceremony: " + actors::some_commitment(label);
  put_entry(text, lines + "\ncommitment: " + codec::serialize_base64(key.bytes) + "\nholder: MEMBER-A\n");
}

void ZoneStage::put_key(const threshold::GroupKeys& keys, std::string_view use, std::string_view standing) {
  std::string lines = "use: ";
  lines.append(use).append("\nstanding: ").append(standing);
  const std::string text = resource::serialize_key(keys.group().key());
  lines += "\nsince: " + actors::time_text(now) + "\nceremony: " + actors::some_commitment(text);
  // The charter reads no more of the commitments than that there are as many as the threshold.
  for (std::size_t i = 0; i < keys.threshold(); ++i)
    lines += "\ncommitment: " + codec::serialize_base64(keys.group().bytes());
  for (const std::string& member : cast.members()) lines += "\nholder: " + member;
  put_entry(text, lines + "\n");
}

void ZoneStage::put_entry(const std::string& key_text, std::string_view lines) {
  Texts texts = texts_of(*registry_);
  const std::string head = "group-key: " + key_text + "\n";
  std::erase_if(texts.rules, [&](const std::string& one) { return one.starts_with(head); });
  texts.rules.push_back(head + std::string(lines));
  std::ranges::sort(texts.rules);
  registry_.emplace(registry_of(texts));
  blocks.clear();
  before_blocks = texts_of(*registry_);
}

void ZoneStage::reload() {
  const base::Hash state = registry_->state();
  registry_.emplace(registry_of(texts_of(*registry_)));
  EXPECT_EQ(registry_->state(), state);
}

const PlayedBlock& ZoneStage::play(const std::vector<Draft>& drafts) {
  std::vector<std::string> leaves;
  for (const Draft& draft : drafts) leaves.push_back(draft.leaf());
  return play_leaves(leaves);
}

const PlayedBlock& ZoneStage::play_leaves(const std::vector<std::string>& leaves) {
  if (reloads) reload();
  PlayedBlock block{now, {}, {}};
  registry_->begin_block(now);
  for (const std::string& leaf : leaves) {
    const auto record = record::Record::parse(leaf);
    EXPECT_TRUE(record) << record.error().message() << "\n" << leaf;
    if (!record) continue;
    const auto applied = registry_->apply(*record, checker_);
    EXPECT_TRUE(applied) << applied.error().message() << "\n" << leaf.substr(0, 2'000);
    if (applied) block.leaves.push_back(leaf);
  }
  block.block_record = registry_->end_block();
  return blocks.emplace_back(std::move(block));
}

std::string ZoneStage::refusal(const Draft& draft) {
  auto record = record::Record::parse(draft.leaf());
  if (!record) return record.error().message();
  const auto checked = registry_->charter().check(*record, checker_);
  return checked ? "" : checked.error().message();
}

const charter::ReleaseEntry& ZoneStage::entry() const {
  const charter::ReleaseEntry* entry = registry_->charter().release(".");
  CHECK(entry != nullptr);
  return *entry;
}

Draft ZoneStage::piece(std::size_t first, const std::string& member) const {
  const publish::Batch* batch = registry_->releases().batch(".");
  CHECK(batch != nullptr);
  const std::size_t end = std::min(first + base::kBatchPieceMax, batch->items.size());
  Draft draft{.kind = "signatures"};
  draft.attributes = {{"by", member},
                      {"epoch", cast.epoch},
                      {"release", ". " + std::to_string(entry().serial)},
                      {"batch", codec::serialize_base64(batch->hash.view())},
                      {"first", std::to_string(first)}};
  for (std::size_t i = first; i < end; ++i) {
    const publish::BatchItem& item = batch->items[i];
    const auto signature = actors::Key::of(labels_.at(item.key)).sign(base::as_text(item.bytes));
    std::array<char, 8> position{};
    std::snprintf(position.data(), position.size(), "%06u", static_cast<unsigned>(i));
    draft.attributes.emplace_back(
        "signature", std::string(position.data()) + " " + codec::serialize_base64(signature.bytes));
  }
  draft.attributes.emplace_back("expires", actors::time_text(now + base::Seconds(actors::kDay)));
  return draft.sign(member, cast.party(member).quorum_of("operator"));
}

registry::Submitter ZoneStage::submitter(const std::string& member) {
  const std::string label = cast.party(member).quorum_of("operator").front();
  const auto made =
      operators_.try_emplace(member, member, note::KeyType::kEd25519,
                             crypto::SecretKey::from_seed(crypto::sha256(base::as_bytes(label)).view()));
  return {member, &made.first->second, now + base::Seconds(actors::kDay)};
}

void ZoneStage::sign_all(int batches) {
  for (int i = 0; i < batches && registry_->releases().batch(".") != nullptr; ++i) {
    std::vector<Draft> pieces;
    const std::size_t positions = registry_->releases().batch(".")->items.size();
    for (std::size_t first = 0; first < positions; first += base::kBatchPieceMax)
      pieces.push_back(piece(first));
    play(pieces);
  }
}

std::vector<Draft> ZoneStage::voted(const Draft& proposal) const {
  return actors::with_votes(cast, proposal, actors::majority_of(cast));
}

std::vector<Draft> ZoneStage::import(std::vector<actors::Paragraph> paragraphs,
                                     const std::string& label) const {
  actors::Cast writer = cast;
  writer.now = now;
  return actors::with_votes(
      writer,
      writer.proposal("MEMBER-A", "U", std::move(paragraphs),
                      {{"upstream", actors::some_commitment("upstream " + label) + " 2026010100"}}),
      actors::majority_of(cast));
}

}  // namespace registry_tests
