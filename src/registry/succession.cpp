#include "registry/succession.h"

#include <utility>

#include "base/check.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "crypto/hash.h"

namespace registry {
namespace {

using base::Result;

base::Hash root_of(const std::vector<std::string>& texts) {
  std::vector<merkle::TrieUpdate> updates;
  updates.reserve(texts.size());
  for (const std::string& text : texts) {
    updates.push_back(
        {crypto::sha256(base::as_bytes(record::carried_name(text))), crypto::sha256(base::as_bytes(text))});
  }
  merkle::StateTrie trie;
  trie.update(updates, 1);
  return trie.root();
}

Result<void> compare(std::string_view tree, const base::Hash& named, const base::Hash& computed) {
  if (named == computed) return {};
  return base::fail(kWrongCarry, "the carried " + std::string(tree) + " give " +
                                     codec::serialize_base64(computed.view()) + ", the genesis names " +
                                     codec::serialize_base64(named.view()));
}

}  // namespace

bool is_successor(const record::Record& genesis) {
  return genesis.kind() == record::Kind::kGenesis && !genesis.value("predecessor").empty();
}

Result<std::vector<std::string>> carry_state(const charter::State& state, std::string_view origin) {
  record::CarriedTexts texts;
  const auto gather = [&](charter::Tree tree, std::vector<std::string>& into) {
    state.for_each(tree, [&](std::string_view, std::string_view text) { into.emplace_back(text); });
  };
  gather(charter::Tree::kObjects, texts.objects);
  gather(charter::Tree::kRules, texts.rules);
  return record::serialize_carry(origin, texts);
}

std::string roots_text(const merkle::StateRoots& roots) {
  std::string text;
  for (const base::Hash& root : {roots.objects, roots.rules, roots.ranges4, roots.ranges6, roots.asns})
    text.append(text.empty() ? "" : " ").append(codec::serialize_base64(root.view()));
  return text;
}

merkle::StateRoots read_roots(std::string_view text) {
  merkle::StateRoots roots;
  for (base::Hash* const root : {&roots.objects, &roots.rules, &roots.ranges4, &roots.ranges6, &roots.asns}) {
    const auto hash = codec::parse_base64_hash(text.substr(0, text.find(' ')));
    CHECK(hash.has_value());  // the record's parser saw five of them
    *root = *hash;
    text.remove_prefix(std::min(text.size(), text.find(' ')));
    if (!text.empty()) text.remove_prefix(1);
  }
  return roots;
}

Result<record::CarriedTexts> check_carried(const record::Record& genesis,
                                           std::span<const record::Record> carried) {
  CHECK(is_successor(genesis));
  if (genesis.value("carried") != codec::serialize_decimal(carried.size())) {
    return base::fail(record::kBadCarry, std::to_string(carried.size()) +
                                             " carry records follow the genesis, it names " +
                                             std::string(genesis.value("carried")));
  }
  ASSIGN_OR_RETURN(record::CarriedTexts texts, record::parse_carry(genesis.origin(), carried));
  const merkle::StateRoots roots = read_roots(genesis.value("roots"));
  TRY(compare("objects", roots.objects, root_of(texts.objects)));
  TRY(compare("rules", roots.rules, root_of(texts.rules)));
  // Nothing is carried under the other three, which are unused.
  const base::Hash unused;
  for (const base::Hash* const root : {&roots.ranges4, &roots.ranges6, &roots.asns})
    TRY(compare("numbers", *root, unused));
  return texts;
}

}  // namespace registry
