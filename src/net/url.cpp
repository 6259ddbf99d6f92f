#include "net/url.h"

#include <algorithm>
#include <charconv>

#include "net/errors.h"
#include "net/target.h"

namespace net {
namespace {

constexpr std::size_t kUrlBytesMax = 2'048;
constexpr std::size_t kHostBytesMax = 253;
constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Takes `scheme`, which is written in either case, off the front of `text`.
bool take_scheme(std::string_view& text, std::string_view scheme) {
  const std::string_view begin = text.substr(0, scheme.size());
  if (!std::ranges::equal(begin, scheme, {}, lower)) return false;
  text.remove_prefix(scheme.size());
  return true;
}

bool is_name_or_ipv4(std::string_view host) {
  return !host.starts_with('.') && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

/// Only a first look: what it means is decided where it is turned into an address.
bool is_ipv6(std::string_view host) {
  return host.contains(':') && std::ranges::all_of(host, [](char c) {
           return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9') || c == ':' || c == '.';
         });
}

}  // namespace

std::string BaseUrl::authority() const {
  std::string text = host.contains(':') ? "[" + host + "]" : host;
  if (port != (is_https ? kHttpsPort : kHttpPort)) text.append(":").append(std::to_string(port));
  return text;
}

std::string BaseUrl::text() const {
  return (is_https ? "https://" : "http://") + authority() + prefix;
}

base::Result<BaseUrl> parse_base_url(std::string_view text) {
  const auto refuse = [text](std::string_view why) {
    return base::fail(kBadUrl, std::string(text.substr(0, kUrlBytesMax)) + ": " + std::string(why));
  };
  if (text.size() > kUrlBytesMax) return refuse("too long");
  BaseUrl url;
  std::string_view rest = text;
  url.is_https = take_scheme(rest, "https://");
  if (!url.is_https && !take_scheme(rest, "http://")) return refuse("want http:// or https://");
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  std::string_view prefix = rest.substr(slash);
  if (authority.find_first_of("?#@") != std::string_view::npos) {
    return refuse("no user, no query and no fragment can be given here");
  }
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  const auto target = split_target(prefix);
  if (!prefix.empty() && (!target || prefix.contains('?'))) return refuse("the path is malformed");
  url.prefix = prefix;
  url.port = url.is_https ? kHttpsPort : kHttpPort;
  const bool is_bracketed = authority.starts_with('[');
  const std::size_t colon =
      authority.find(':', is_bracketed ? std::min(authority.find(']'), authority.size()) : 0);
  if (colon != std::string_view::npos) {
    const std::string_view digits = authority.substr(colon + 1);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || url.port == 0) {
      return refuse("the port is malformed");
    }
    authority = authority.substr(0, colon);
  }
  url.host = authority;
  std::ranges::transform(url.host, url.host.begin(), lower);
  if (is_bracketed) {
    if (!url.host.ends_with(']')) return refuse("the host is malformed");
    url.host = url.host.substr(1, url.host.size() - 2);
  }
  if (url.host.empty() || url.host.size() > kHostBytesMax) return refuse("the host is malformed");
  if (is_bracketed ? !is_ipv6(url.host) : !is_name_or_ipv4(url.host)) return refuse("the host is malformed");
  return url;
}

}  // namespace net
