// The one reading of a request's target: "/path?query" of legal characters only, without dot segments in any spelling.
// Whoever maps paths to files or routes later gets nothing here that two programs could read in two ways.
#pragma once

#include <optional>
#include <string_view>

namespace net {

struct Target {
  std::string_view path;
  std::string_view query;
};

/// Nothing if the target is not in origin form with legal characters, has a segment that means "." or "..", or
/// percent-encodes a control character.   Lifetime: views into `text`.   Spec: RFC 3986 section 3.3, RFC 9112 section 3.2.1
/// DEPARTURE: absolute and authority form are refused: this is an origin server, and proxies do not send them to one.
std::optional<Target> split_target(std::string_view text);

}  // namespace net
