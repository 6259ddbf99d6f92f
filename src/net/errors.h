// The errors of the room net: what may go wrong between two machines, as far as a caller can tell them apart.
#pragma once

#include "base/result.h"

namespace net {

using base::Category;
using base::ErrorKind;

inline constexpr ErrorKind kBadUrl{"bad-url", Category::kInvalid, "RFC 3986"};
inline constexpr ErrorKind kBadListenAddress{"bad-listen-address", Category::kInvalid,
                                             "docs/operations/limits.md"};
inline constexpr ErrorKind kCannotListen{"cannot-listen", Category::kUnavailable, ""};
inline constexpr ErrorKind kBadTlsMaterial{"bad-tls-material", Category::kInvalid, "RFC 7468"};
inline constexpr ErrorKind kBadServerLimits{"bad-server-limits", Category::kInvalid,
                                            "docs/operations/limits.md"};
inline constexpr ErrorKind kCannotConnect{"cannot-connect", Category::kUnavailable, ""};
inline constexpr ErrorKind kTlsRefused{"tls-refused", Category::kUnavailable, "RFC 8446"};
inline constexpr ErrorKind kTimedOut{"timed-out", Category::kUnavailable, ""};
inline constexpr ErrorKind kConnectionLost{"connection-lost", Category::kUnavailable, ""};
inline constexpr ErrorKind kInterrupted{"interrupted", Category::kUnavailable, ""};
inline constexpr ErrorKind kAnswerTooLarge{"answer-too-large", Category::kUnavailable, ""};
inline constexpr ErrorKind kBadAnswer{"bad-answer", Category::kUnavailable, "RFC 9112"};

}  // namespace net
