// What honest members gave away of their nonces: every pair belongs to one session of one member, and to one answer.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "replica/round_message.h"

namespace rounds {

class NonceWatch {
 public:
  /// One message that its sender meant to send. What is wrong with it; empty if nothing.
  std::string see(const replica::RoundMessage& message);

 private:
  using Session = std::pair<std::string, base::Hash>;
  std::string see_commitments(const replica::RoundMessage& message);
  std::string see_shares(const replica::RoundMessage& message);

  std::map<Session, base::Bytes> current_;
  std::set<base::Bytes> pairs_;
  std::map<base::Hash, base::Hash> answered_;  ///< by hash of the commitments
};

}  // namespace rounds
