#include "publish/dns/record_set.h"

#include <algorithm>
#include <array>

// These headers are C and do not say so.
extern "C" {
#include <libknot/descriptor.h>
#include <libknot/dname.h>
#include <libknot/rrset-dump.h>
#include <libknot/rrset.h>
}

#include "base/check.h"
#include "codec/ip_address.h"

namespace publish {
namespace {

constexpr std::uint16_t kClassIn = 1;
constexpr std::size_t kDataBytesMax = 65'535;

/// libknot holds one record's data behind its length, padded to an even size.
class KnotData {
 public:
  explicit KnotData(base::ByteView data) {
    CHECK(data.size() <= kDataBytesMax);
    const auto size = static_cast<std::uint16_t>(data.size());
    room_.resize((knot_rdata_size(size) + 1) / 2);
    auto* record = reinterpret_cast<knot_rdata_t*>(room_.data());
    record->len = size;
    if (!data.empty()) std::memcpy(record->data, data.data(), data.size());
    set_.count = 1;
    set_.size = static_cast<std::uint32_t>(knot_rdata_size(size));
    set_.rdata = record;
  }
  knot_rdataset_t& get() { return set_; }

 private:
  std::vector<std::uint16_t> room_;
  knot_rdataset_t set_{};
};

knot_dump_style_t one_line() {
  knot_dump_style_t style = KNOT_DUMP_STYLE_DEFAULT;
  style.wrap = false;
  style.human_timestamp = true;
  return style;
}

/// Addresses as objects write them (RFC 5952); libknot's text has a dotted end for all of ::/96.
bool append_address(std::string& text, std::uint16_t type, base::ByteView data) {
  codec::IpAddress address;
  if (type != kTypeA && type != kTypeAaaa) return false;
  address.family = type == kTypeA ? codec::IpAddress::Family::kIpv4 : codec::IpAddress::Family::kIpv6;
  CHECK(data.size() == address.view().size());
  std::ranges::copy(data, address.octets.begin());
  text.append(codec::serialize_ip_address(address)).append("\n");
  return true;
}

}  // namespace

base::Bytes wire_name(std::string_view name) {
  base::Bytes wire(KNOT_DNAME_MAXLEN);
  const std::string ended(name);
  CHECK(knot_dname_from_str(wire.data(), ended.c_str(), wire.size()) != nullptr);
  wire.resize(knot_dname_size(wire.data()));
  return wire;
}

void append_u16(base::Bytes& out, std::uint16_t value) {
  out.push_back(static_cast<base::Byte>(value >> 8));
  out.push_back(static_cast<base::Byte>(value & 0xFF));
}

void append_u32(base::Bytes& out, std::uint32_t value) {
  append_u16(out, static_cast<std::uint16_t>(value >> 16));
  append_u16(out, static_cast<std::uint16_t>(value & 0xFFFF));
}

void append_wire_record(base::Bytes& out, base::ByteView owner, std::uint16_t type, std::uint32_t ttl_seconds,
                        base::ByteView data) {
  CHECK(data.size() <= kDataBytesMax);
  out.insert(out.end(), owner.begin(), owner.end());
  append_u16(out, type);
  append_u16(out, kClassIn);
  append_u32(out, ttl_seconds);
  append_u16(out, static_cast<std::uint16_t>(data.size()));
  out.insert(out.end(), data.begin(), data.end());
}

void append_record_line(std::string& text, std::string_view owner, std::uint16_t type,
                        std::uint32_t ttl_seconds, base::ByteView data) {
  static const knot_dump_style_t style = one_line();
  text.append(owner).append(" ").append(std::to_string(ttl_seconds)).append(" IN ");
  text.append(type_name(type)).append(" ");
  if (append_address(text, type, data)) return;
  KnotData one(data);
  knot_rrset_t set;
  knot_rrset_init(&set, nullptr, type, kClassIn, ttl_seconds);
  set.rrs = one.get();
  // Four characters for an octet is the most that any presentation takes.
  std::array<char, 1024> small{};
  int length = knot_rrset_txt_dump_data(&set, 0, small.data(), small.size(), &style);
  if (length >= 0) {
    text.append(small.data(), static_cast<std::size_t>(length));
  } else {
    std::string large(data.size() * 4 + 1024, '\0');
    length = knot_rrset_txt_dump_data(&set, 0, large.data(), large.size(), &style);
    CHECK(length >= 0);
    text.append(large.data(), static_cast<std::size_t>(length));
  }
  text += '\n';
}

std::string type_name(std::uint16_t type) {
  std::array<char, 32> text{};
  if (knot_rrtype_to_string(type, text.data(), text.size()) < 0) return "TYPE" + std::to_string(type);
  return text.data();
}

}  // namespace publish
