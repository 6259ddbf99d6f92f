// Where members leave messages for each other, on any member's server: those behind firewalls put and fetch, nobody has
// to be reached. Only members in force may; each has a bounded place, whose oldest messages go first, and nothing is
// written to disk. Who fetched is not remembered. A mailbox is not believed: it can hold messages back, and there are
// others. Format: docs/formats/rounds.md
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "replica/round_message.h"

namespace replica {

/// The operator key that is in force for a member of the registry; nothing for anybody else.
using OperatorKeyOf = std::function<std::optional<crypto::PublicKey>(const std::string& member)>;

struct MailboxLimits {
  std::size_t messages_per_member = 2'000;  ///< sent by it, and not yet old
  std::size_t bytes_per_member = std::size_t{24} << 20;
  std::size_t answer_bytes_max = std::size_t{8} << 20;
  base::Seconds kept{600};
  base::Seconds clock_difference{300};  ///< a message of another time is refused
};

/// Threads: any.
class Mailbox {
 public:
  Mailbox(std::string origin, const base::Clock& clock, OperatorKeyOf operator_key_of,
          MailboxLimits limits = {});

  /// One message: `fetch` is answered with what lies here for its sender (parse_fetched), any other is kept and
  /// answered with nothing. The same message twice is kept once.
  /// Errors: kBadRoundMessage, kNotHeard.   Cost: one signature, 50 us.
  base::Result<std::string> take(std::string_view text);

  /// For metrics.
  std::size_t size() const;

 private:
  struct Kept {
    std::uint64_t number;
    std::string from, to;
    base::EpochSeconds until;
    base::Hash hash;
    std::string text;
  };
  struct Fill {
    std::size_t messages = 0;
    std::size_t bytes = 0;
  };
  base::Result<void> check(const RoundMessage& message, std::string_view text, base::EpochSeconds now) const;
  std::string fetch(const RoundMessage& message);
  void keep(const RoundMessage& message, std::string_view text, base::EpochSeconds now);
  void drop(const std::deque<Kept>::iterator& place);

  std::string origin_;
  const base::Clock* clock_;
  OperatorKeyOf operator_key_of_;
  MailboxLimits limits_;
  mutable std::mutex mutex_;
  std::uint64_t next_ = 1;  // guarded by mutex_, as all below
  std::deque<Kept> kept_;   // by rising number
  std::map<std::string, Fill> fills_;
  std::set<base::Hash> seen_;
};

/// The body of a `fetch`: messages up to this number were seen already.
base::Bytes fetch_body(std::uint64_t after);

/// The answer to a `fetch`: the number to ask from next, and messages.
struct Fetched {
  std::uint64_t last = 0;
  std::vector<std::string> messages;
};
/// Errors: kBadRoundMessage.
base::Result<Fetched> parse_fetched(std::string_view answer);

}  // namespace replica
