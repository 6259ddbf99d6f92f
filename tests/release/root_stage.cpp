#include "release/root_stage.h"

#include <sstream>
#include <utility>

#include "base/check.h"
#include "crypto/sha512.h"
#include "import/difference.h"
#include "registry/state_objects.h"
#include "resource/values.h"
#include "threshold/dealer_for_test.h"

namespace release_tests {
namespace {

/// "create domain: ru.\n+ ...".
actors::Paragraph parse_paragraph(const std::string& text) {
  std::istringstream lines(text);
  actors::Paragraph paragraph;
  std::string line;
  std::getline(lines, line);
  const std::size_t space = line.find(' ');
  const std::size_t colon = line.find(": ");
  CHECK(space != std::string::npos && colon != std::string::npos);
  paragraph.action = line.substr(0, space);
  paragraph.object_class = line.substr(space + 1, colon - space - 1);
  paragraph.key = line.substr(colon + 2);
  while (std::getline(lines, line)) paragraph.lines.push_back(line);
  return paragraph;
}

/// The secret scalar that RFC 8032 section 5.1.5 makes of a seed, modulo L.
crypto::PublicScalar scalar_of(const std::array<base::Byte, 32>& seed) {
  const crypto::Hash512 hash = crypto::sha512({seed});
  crypto::Hash512 wide;
  std::copy(hash.bytes.begin(), hash.bytes.begin() + 32, wide.bytes.begin());
  wide.bytes[0] &= 0xF8;
  wide.bytes[31] = static_cast<base::Byte>((wide.bytes[31] & 0x7F) | 0x40);
  return crypto::PublicScalar::reduce(wide);
}

}  // namespace

RootStage::RootStage(base::Random& random, unsigned threads)
    : stage_(registry_tests::ZoneStage::Empty()),
      signer_(random, threads),
      random_(&random),
      threads_(threads) {}

void RootStage::import(const import::ParsedZone& zone) {
  const registry::StateObjects objects(registry().charter());
  const auto difference = import::difference(zone, objects, {});
  CHECK(difference.has_value());
  const auto batches = import::make_batches(difference->changes);
  CHECK(batches.has_value());
  for (const import::Batch& batch : *batches) {
    std::vector<actors::Paragraph> paragraphs;
    for (const std::string& text : batch.paragraphs) paragraphs.push_back(parse_paragraph(text));
    stage_.play(stage_.import(std::move(paragraphs), "root " + std::to_string(imports_++)));
  }
}

void RootStage::deal_keys() {
  struct Wanted {
    std::uint16_t flags;
    std::string_view use;
    std::string_view standing;
  };
  base::Byte first = 1;
  for (const Wanted& wanted :
       {Wanted{publish::kZskFlags, "zsk", "active"}, Wanted{publish::kKskFlags, "ksk", "active"},
        Wanted{publish::kKskFlags, "ksk", "standby"}}) {
    SeededKey key;
    key.flags = wanted.flags;
    key.seed.fill(first++);
    std::vector<crypto::PublicScalar> coefficients{scalar_of(key.seed)};
    crypto::SecretScalars draw(1);
    for (int i = 0; i < 2; ++i) {
      draw[0].set_random(*random_);
      coefficients.push_back(draw[0].reveal());
    }
    std::vector<threshold::Identifier> identifiers;
    for (std::uint16_t i = 1; i <= 4; ++i) identifiers.emplace_back(i);
    threshold::Dealt dealt = threshold::deal_for_test(coefficients, identifiers);
    key.public_key = dealt.keys.group().key();
    CHECK(key.public_key == crypto::SecretKey::from_seed(key.seed).public_key());
    stage_.put_key(dealt.keys, wanted.use, wanted.standing);
    signer_.add(std::move(dealt.keys), std::move(dealt.shares));
    keys_.push_back(key);
  }
  stage_.registry().set_threads(threads_);
}

std::vector<std::string> RootStage::sign() {
  auto leaves = signer_.leaves(registry(), stage_.submitter());
  CHECK(leaves.has_value());
  return std::move(*leaves);
}

void RootStage::release() {
  signer_.rotate();
  while (registry().releases().batch(".") != nullptr) play(sign());
}

}  // namespace release_tests
