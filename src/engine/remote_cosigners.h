// Cosigners on other machines, as the embedded engine sees them: it offers a checkpoint and waits for lines.
// How they get to it, and when they are asked again, is for whoever stands behind this interface
// (hub/cosign_desk.h; tests have simpler ones). Format: docs/formats/hub.md
#pragma once

#include <string>
#include <vector>

#include "engine/cosignatures.h"
#include "note/checkpoint.h"
#include "registry/ordering.h"

namespace engine {

/// A checkpoint that is to count.
struct CheckpointOffer {
  note::Checkpoint checkpoint;
  std::string log_line;            ///< the log key's signature line
  std::vector<Cosignature> lines;  ///< those made in this process, verified
  std::vector<registry::CosignerQuorum> quorums;
};

/// Threads: collect and published from the engine, one at a time.
class RemoteCosigners {
 public:
  virtual ~RemoteCosigners() = default;
  /// Offers the checkpoint to the members elsewhere and returns what they gave for it so far, each line
  /// verified and the newest of its key: at once if that and `offer.lines` meet the quorums, else after a
  /// while. The offer stands until another one replaces it.
  virtual std::vector<Cosignature> collect(const CheckpointOffer& offer) = 0;
  /// What came in for the checkpoint that was offered last, without waiting.
  virtual std::vector<Cosignature> collected() const = 0;
  /// The checkpoint that was offered last counts, and lies published as this text.
  virtual void published(const std::string& checkpoint) = 0;
};

}  // namespace engine
