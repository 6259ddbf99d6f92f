// The address of a server as people write it: "https://host[:port][/prefix]".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace net {

struct BaseUrl {
  bool is_https = false;
  std::string host;  ///< lower case, without brackets
  std::uint16_t port = 0;
  std::string prefix;  ///< "" or "/a/b": begins with '/', does not end with it
  /// As a Host header wants it: brackets around IPv6, the port only where it is not the scheme's own.
  std::string authority() const;
  /// With the prefix.
  std::string text() const;
};

/// Errors: kBadUrl (detail: the URL and what is wrong).   Spec: RFC 3986, RFC 9110 section 4.2
base::Result<BaseUrl> parse_base_url(std::string_view text);

}  // namespace net
