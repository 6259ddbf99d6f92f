#include "engine/cosignatures.h"

#include <algorithm>
#include <utility>

#include "note/checkpoint.h"
#include "note/signed_note.h"

namespace engine {
namespace {

using base::Result;

std::size_t quorums_of(const Cosignature& cosignature) {
  return static_cast<std::size_t>(std::ranges::count(cosignature.counts_in, true));
}

std::size_t count_in(std::span<const Cosignature> cosignatures, std::size_t quorum) {
  return static_cast<std::size_t>(std::ranges::count_if(
      cosignatures, [&](const Cosignature& cosignature) { return cosignature.counts_in[quorum]; }));
}

// Is there a quorum that still needs this line, given what was taken?
bool is_needed(const Cosignature& cosignature, std::span<const Cosignature> taken,
               std::span<const registry::CosignerQuorum> quorums) {
  for (std::size_t i = 0; i < quorums.size(); ++i) {
    if (cosignature.counts_in[i] && count_in(taken, i) < quorums[i].needed) return true;
  }
  return false;
}

}  // namespace

bool Cosignature::counts() const {
  return std::ranges::find(counts_in, true) != counts_in.end();
}

void merge_newer(std::vector<Cosignature>& lines, const std::vector<Cosignature>& added) {
  for (const Cosignature& line : added) {
    const auto same = std::ranges::find_if(lines, [&line](const Cosignature& other) {
      return other.signer == line.signer && other.key_id == line.key_id;
    });
    if (same == lines.end()) {
      lines.push_back(line);
    } else if (line.time > same->time) {
      *same = line;
    }
  }
}

Result<void> check_quorums(std::span<const Cosignature> taken,
                           std::span<const registry::CosignerQuorum> quorums) {
  for (std::size_t i = 0; i < quorums.size(); ++i) {
    const std::size_t there = count_in(taken, i);
    if (there >= quorums[i].needed) continue;
    return base::fail(kNotCounted, std::to_string(there) + " of the " + std::to_string(quorums[i].needed) +
                                       " cosignatures that are needed of the " +
                                       (i == 0 ? "present" : "former") + " members");
  }
  return {};
}

Result<Cosignature> verify_line(std::string_view body, std::string line,
                                std::span<const registry::CosignerQuorum> quorums) {
  Cosignature cosignature{std::move(line), std::vector<bool>(quorums.size()), {}, 0, {}};
  std::string_view text = cosignature.line;
  if (text.ends_with('\n')) text.remove_suffix(1);
  ASSIGN_OR_RETURN(const note::AnySignatureLine parsed, note::parse_any_signature_line(text));
  cosignature.signer = parsed.name;
  cosignature.key_id = parsed.key_id;
  const note::VerifierKey* verified = nullptr;
  for (std::size_t i = 0; i < quorums.size(); ++i) {
    for (const note::VerifierKey& key : quorums[i].cosigners) {
      if (key.name != parsed.name || key.id() != parsed.key_id) continue;
      if (verified == nullptr || !(*verified == key)) {
        ASSIGN_OR_RETURN(cosignature.time, note::verify_cosignature(body, parsed, key));
      }
      verified = &key;
      cosignature.counts_in[i] = true;
    }
  }
  return cosignature;
}

Result<std::vector<std::string>> choose_cosignatures(const std::vector<Cosignature>& offered,
                                                     std::span<const registry::CosignerQuorum> quorums) {
  std::vector<Cosignature> taken;
  std::vector<Cosignature> spare;
  // A line that counts in more quorums is never a worse choice; equals keep their order.
  for (std::size_t quorum_count = quorums.size(); quorum_count > 0; --quorum_count) {
    for (const Cosignature& cosignature : offered) {
      if (quorums_of(cosignature) != quorum_count) continue;
      (is_needed(cosignature, taken, quorums) ? taken : spare).push_back(cosignature);
    }
  }
  if (taken.size() > kCosignaturesMax) taken.resize(kCosignaturesMax);
  TRY(check_quorums(taken, quorums));
  for (Cosignature& cosignature : spare) {
    if (taken.size() < kCosignaturesMax) taken.push_back(std::move(cosignature));
  }
  std::vector<std::string> lines;
  for (Cosignature& cosignature : taken) lines.push_back(std::move(cosignature.line));
  return lines;
}

}  // namespace engine
