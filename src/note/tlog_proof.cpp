#include "note/tlog_proof.h"

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"

namespace note {
namespace {

constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
constexpr std::size_t kExtraLettersMax = 65'536;

// Lines with their number, for the reasons.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  base::Result<std::string_view> take() {
    ++number_;
    const auto end = rest_.find('\n');
    if (end == std::string_view::npos) return refuse("a line that ends with a line feed expected");
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return line;
  }
  std::unexpected<base::Error> refuse(const std::string& why) const {
    return base::fail(kBadTlogProof, "line " + std::to_string(number_) + ": " + why);
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

base::Result<void> parse_hashes(Lines& lines, TlogProof& proof) {
  while (true) {
    ASSIGN_OR_RETURN(const std::string_view line, lines.take());
    if (line.empty()) return {};
    if (proof.hashes.size() == kProofHashesMax) return lines.refuse("more than 63 hashes");
    const auto hash = codec::parse_base64_hash(line);
    if (!hash) return lines.refuse(hash.error().message());
    proof.hashes.push_back(*hash);
  }
}

}  // namespace

base::Result<TlogProof> parse_tlog_proof(std::string_view text) {
  Lines lines(text);
  TlogProof proof;
  ASSIGN_OR_RETURN(const std::string_view first, lines.take());
  if (first != kFirstLine) return lines.refuse("c2sp.org/tlog-proof@v1 expected");
  ASSIGN_OR_RETURN(std::string_view line, lines.take());
  if (line.starts_with(kExtra)) {
    if (line.size() > kExtra.size() + kExtraLettersMax) return lines.refuse("extra is too long");
    auto extra = codec::parse_base64(line.substr(kExtra.size()));
    if (!extra) return lines.refuse(extra.error().message());
    proof.extra = std::move(*extra);
    ASSIGN_OR_RETURN(line, lines.take());
  }
  if (!line.starts_with(kIndex)) return lines.refuse("index expected");
  const auto index = codec::parse_decimal(line.substr(kIndex.size()), base::kTreeSizeMax);
  if (!index) return lines.refuse(index.error().message());
  proof.index = base::LeafIndex(*index);
  TRY(parse_hashes(lines, proof));
  if (lines.rest().empty()) return lines.refuse("no checkpoint");
  if (lines.rest().size() > base::kCheckpointBytesMax) return lines.refuse("the checkpoint is too long");
  proof.checkpoint = lines.rest();
  return proof;
}

std::string serialize_tlog_proof(const TlogProof& proof) {
  std::string text(kFirstLine);
  text += '\n';
  if (proof.extra) {
    text.append(kExtra);
    codec::append_base64(text, *proof.extra);
    text += '\n';
  }
  text.append(kIndex).append(std::to_string(proof.index.value())).append("\n");
  for (const base::Hash& hash : proof.hashes) {
    codec::append_base64(text, hash.view());
    text += '\n';
  }
  text.append("\n").append(proof.checkpoint);
  return text;
}

}  // namespace note
