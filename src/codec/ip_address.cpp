#include "codec/ip_address.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>

#include <arpa/inet.h>

namespace codec {
namespace {

using Text = std::array<char, INET6_ADDRSTRLEN + 1>;

std::optional<IpAddress> read_loosely(std::string_view text) {
  Text terminated{};
  if (text.size() >= terminated.size()) return std::nullopt;
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  std::ranges::copy(text, terminated.begin());
  IpAddress address;
  const bool v6 = text.find(':') != std::string_view::npos;
  address.family = v6 ? IpAddress::Family::kIpv6 : IpAddress::Family::kIpv4;
  if (inet_pton(v6 ? AF_INET6 : AF_INET, terminated.data(), address.octets.data()) != 1) return std::nullopt;
  return address;
}

// Keeps a size, not a pointer into itself, so that it may be copied.
class Writer {
 public:
  void put(std::string_view piece) {
    std::ranges::copy(piece, text_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += piece.size();
  }
  void put_number(unsigned value, int radix) {
    char* const begin = text_.data() + size_;
    size_ +=
        static_cast<std::size_t>(std::to_chars(begin, text_.data() + text_.size(), value, radix).ptr - begin);
  }
  std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, 48> text_{};
  std::size_t size_ = 0;
};

void write_ipv4(Writer& out, base::ByteView octets) {
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) out.put(".");
    out.put_number(octets[i], 10);
  }
}

struct Run {
  std::size_t first = 8;
  std::size_t count = 0;
  std::size_t end() const { return first + count; }
};

// RFC 5952 section 4.2: the longest run, the first of equals, never a single group.
Run longest_zero_run(const std::array<unsigned, 8>& groups) {
  Run best;
  for (std::size_t i = 0; i < groups.size();) {
    std::size_t end = i;
    while (end < groups.size() && groups[end] == 0) ++end;
    if (end - i > std::max<std::size_t>(best.count, 1)) best = {i, end - i};
    i = end + 1;
  }
  return best;
}

void write_ipv6(Writer& out, const IpAddress& address) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i] = (unsigned{address.octets[2 * i]} << 8) | address.octets[2 * i + 1];
  }
  const Run zeros = longest_zero_run(groups);
  const bool mapped = zeros.first == 0 && zeros.count == 5 && groups[5] == 0xffff;
  const std::size_t hex_groups = mapped ? 6 : 8;
  for (std::size_t i = 0; i < hex_groups; ++i) {
    if (i == zeros.first) out.put("::");
    if (i >= zeros.first && i < zeros.end()) continue;
    if (i > 0 && i != zeros.end()) out.put(":");
    out.put_number(groups[i], 16);
  }
  if (mapped) {
    out.put(":");
    write_ipv4(out, base::ByteView(address.octets).subspan(12));
  }
}

Writer write(const IpAddress& address) {
  Writer out;
  if (address.family == IpAddress::Family::kIpv4) {
    write_ipv4(out, address.octets);
  } else {
    write_ipv6(out, address);
  }
  return out;
}

}  // namespace

base::Result<IpAddress> parse_ip_address(std::string_view text) {
  const auto address = read_loosely(text);
  if (!address) return base::fail(kBadAddress, "an IPv4 or IPv6 address is expected");
  if (const Writer canonical = write(*address); canonical.view() != text) {
    return base::fail(kBadAddress, "must be written " + std::string(canonical.view()));
  }
  return *address;
}

bool is_ip_address(std::string_view text) {
  const auto address = read_loosely(text);
  return address && write(*address).view() == text;
}

std::string serialize_ip_address(const IpAddress& address) {
  return std::string(write(address).view());
}

}  // namespace codec
