// A message from one member to another before it is signed and put into a mailbox. Format: docs/formats/rounds.md
#pragma once

#include <string>

#include "base/bytes.h"
#include "replica/round_message.h"

namespace replica {

/// What all messages have besides is in round_message.h.
struct Parcel {
  std::string to;
  Purpose purpose;
  base::Hash session;
  base::Bytes body;
};

}  // namespace replica
