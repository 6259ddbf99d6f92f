#include "verify/state_proof.h"

#include <bit>

#include "base/limits.h"
#include "codec/base64.h"
#include "crypto/hash.h"

namespace verify {
namespace {

using Terminal = merkle::TrieProof::Terminal;

base::Result<base::Hash> take_hash(LineReader& lines, std::string_view name) {
  ASSIGN_OR_RETURN(const std::string_view value, lines.take_value(name));
  auto hash = codec::parse_base64_hash(value);
  if (!hash) return lines.refuse(hash.error().message());
  return *hash;
}

// The bitmap; how many hash lines follow is the number of its ones.
base::Result<std::size_t> take_bitmap(LineReader& lines, merkle::TrieProof& path) {
  if (path.depth == 0) return 0;
  ASSIGN_OR_RETURN(const std::string_view value, lines.take_value("siblings"));
  path.bitmap.resize((path.depth + 7U) / 8U);
  if (auto read = codec::parse_base64_into(value, path.bitmap); !read)
    return lines.refuse(read.error().message());
  std::size_t ones = 0;
  for (const base::Byte byte : path.bitmap) ones += static_cast<std::size_t>(std::popcount(byte));
  if (ones > path.depth) return lines.refuse("more siblings than levels");
  return ones;
}

base::Result<void> take_terminal(LineReader& lines, merkle::TrieProof& path) {
  ASSIGN_OR_RETURN(const std::string_view value, lines.take_value("terminal"));
  constexpr std::string_view kOther = "other ";
  constexpr std::size_t kHashLetters = 44;
  if (value == "leaf") {
    path.terminal = Terminal::kLeaf;
    return {};
  }
  if (value == "empty") {
    path.terminal = Terminal::kEmpty;
    return {};
  }
  if (!value.starts_with(kOther) || value.size() != kOther.size() + 2 * kHashLetters + 1 ||
      value[kOther.size() + kHashLetters] != ' ') {
    return lines.refuse("leaf, empty, or other and two hashes expected");
  }
  path.terminal = Terminal::kOther;
  const auto key = codec::parse_base64_hash(value.substr(kOther.size(), kHashLetters));
  const auto text_hash = codec::parse_base64_hash(value.substr(kOther.size() + kHashLetters + 1));
  if (!key || !text_hash) return lines.refuse("other: not two hashes in base64");
  path.other_key = *key;
  path.other_text_hash = *text_hash;
  return {};
}

void append_hash(std::string& text, std::string_view name, const base::Hash& hash) {
  text.append(name).append(": ");
  codec::append_base64(text, hash.view());
  text += '\n';
}

}  // namespace

base::Result<StateProof> take_state_proof(LineReader& lines) {
  StateProof proof;
  ASSIGN_OR_RETURN(const std::uint64_t depth, lines.take_number("depth", base::kTrieDepthMax));
  proof.path.depth = static_cast<std::uint16_t>(depth);
  ASSIGN_OR_RETURN(const std::size_t siblings, take_bitmap(lines, proof.path));
  for (std::size_t i = 0; i < siblings; ++i) {
    ASSIGN_OR_RETURN(const base::Hash sibling, take_hash(lines, "hash"));
    proof.path.siblings.push_back(sibling);
  }
  TRY(take_terminal(lines, proof.path));
  ASSIGN_OR_RETURN(proof.roots.objects, take_hash(lines, "objects"));
  ASSIGN_OR_RETURN(proof.roots.rules, take_hash(lines, "rules"));
  ASSIGN_OR_RETURN(proof.roots.ranges4, take_hash(lines, "ranges4"));
  ASSIGN_OR_RETURN(proof.roots.ranges6, take_hash(lines, "ranges6"));
  ASSIGN_OR_RETURN(proof.roots.asns, take_hash(lines, "asns"));
  return proof;
}

void append_state_proof(std::string& text, const StateProof& proof) {
  text.append("depth: ").append(std::to_string(proof.path.depth)).append("\n");
  if (proof.path.depth > 0) {
    text.append("siblings: ");
    codec::append_base64(text, proof.path.bitmap);
    text += '\n';
  }
  for (const base::Hash& sibling : proof.path.siblings) append_hash(text, "hash", sibling);
  switch (proof.path.terminal) {
    case Terminal::kLeaf:
      text.append("terminal: leaf\n");
      break;
    case Terminal::kEmpty:
      text.append("terminal: empty\n");
      break;
    case Terminal::kOther:
      text.append("terminal: other ").append(codec::serialize_base64(proof.path.other_key.view()));
      text.append(" ").append(codec::serialize_base64(proof.path.other_text_hash.view())).append("\n");
      break;
  }
  append_hash(text, "objects", proof.roots.objects);
  append_hash(text, "rules", proof.roots.rules);
  append_hash(text, "ranges4", proof.roots.ranges4);
  append_hash(text, "ranges6", proof.roots.ranges6);
  append_hash(text, "asns", proof.roots.asns);
}

base::Result<void> verify_state_proof(Trie trie, std::string_view name,
                                      const std::optional<std::string_view>& text, const StateProof& proof,
                                      const base::Hash& state) {
  const base::Hash key = crypto::sha256(base::as_bytes(name));
  std::optional<base::Hash> text_hash;
  if (text) text_hash = crypto::sha256(base::as_bytes(*text));
  ASSIGN_OR_RETURN(const base::Hash root, merkle::root_of_proof(key, text_hash, proof.path));
  const base::Hash& claimed = trie == Trie::kObjects ? proof.roots.objects : proof.roots.rules;
  if (root != claimed) {
    return base::fail(kNotProven, trie == Trie::kObjects ? "the path leads to another root than 'objects'"
                                                         : "the path leads to another root than 'rules'");
  }
  if (merkle::state_root(proof.roots) != state)
    return base::fail(kNotProven, "the five roots do not give 'state'");
  return {};
}

}  // namespace verify
