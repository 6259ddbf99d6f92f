#include "publish/dns/zone_text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "base/check.h"
#include "codec/decimal.h"
#include "codec/dns_name.h"
#include "codec/ip_address.h"

namespace publish {
namespace {

using resource::Object;
using resource::ObjectClass;
using resource::ObjectSource;

struct Ttls {
  std::string_view apex;
  std::string_view delegation;
  std::string_view signed_data;
};

Ttls ttls_of(const Object& zone) {
  Ttls ttls;
  for (const std::string_view value : zone.values("ttl")) {
    const std::size_t space = value.find(' ');
    CHECK(space != std::string_view::npos);
    const std::string_view which = value.substr(0, space);
    if (which == "apex") ttls.apex = value.substr(space + 1);
    if (which == "delegation") ttls.delegation = value.substr(space + 1);
    if (which == "signed") ttls.signed_data = value.substr(space + 1);
  }
  CHECK(!ttls.apex.empty() && !ttls.delegation.empty() && !ttls.signed_data.empty());
  return ttls;
}

/// RFC 4034 section 6.3 orders data by its wire octets; a name's begin with the length of its first label.
bool wire_less(std::string_view a, std::string_view b) {
  while (a != "." && b != ".") {
    const std::string_view first_a = a.substr(0, a.find('.'));
    const std::string_view first_b = b.substr(0, b.find('.'));
    if (first_a.size() != first_b.size()) return first_a.size() < first_b.size();
    if (first_a != first_b) return first_a < first_b;
    a = codec::parent_of(a);
    b = codec::parent_of(b);
  }
  return a == "." && b != ".";
}

/// Key tag, algorithm, digest type, and the digest, whose upper-case hex sorts as its octets do.
using DsOrder = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::string_view>;

DsOrder ds_order(std::string_view value) {
  std::array<std::uint64_t, 3> numbers{};
  for (std::uint64_t& number : numbers) {
    const std::size_t space = value.find(' ');
    CHECK(space != std::string_view::npos && codec::read_decimal(value.substr(0, space), number));
    value.remove_prefix(space + 1);
  }
  return {numbers[0], numbers[1], numbers[2], value};
}

void append_line(std::string& text, std::initializer_list<std::string_view> words) {
  bool first = true;
  for (const std::string_view word : words) {
    if (!first) text += ' ';
    first = false;
    text.append(word);
  }
  text += '\n';
}

/// Writes one zone. Views point into the source's objects.
class ZoneWriter {
 public:
  ZoneWriter(const ObjectSource& objects, const Object& zone)
      : objects_(objects), zone_(zone), ttls_(ttls_of(zone)) {}
  std::string write(std::uint32_t serial);

 private:
  /// What stands at one name: a cut (the apex counts as one) or a host's addresses.
  struct Owner {
    std::string order_key;
    const Object* object;
  };

  bool in_this_zone(std::string_view domain) const;
  void gather();
  void take_cut(const Object& cut);
  void write_cut(const Object& cut, std::string_view nserver_ttl);
  void write_addresses(const Object& host);

  const ObjectSource& objects_;
  const Object& zone_;
  const Ttls ttls_;
  std::set<std::string_view> apexes_;
  std::vector<std::string_view> apex_hosts_;
  std::vector<std::string_view> hosts_;
  std::vector<Owner> owners_;
  std::string text_;
};

/// Is this zone's apex the nearest one strictly above `domain`?
bool ZoneWriter::in_this_zone(std::string_view domain) const {
  while (domain != ".") {
    domain = codec::parent_of(domain);
    if (apexes_.contains(domain)) return domain == zone_.key();
  }
  return false;
}

void ZoneWriter::take_cut(const Object& cut) {
  owners_.push_back({codec::dns_order_key(cut.key()), &cut});
  for (const std::string_view host : cut.values("nserver")) {
    if (codec::is_at_or_below(host, zone_.key())) hosts_.push_back(host);
  }
}

void ZoneWriter::gather() {
  objects_.for_each(ObjectClass::kZone, [this](const Object& zone) {
    if (!zone.is_tombstone()) apexes_.insert(zone.key());
  });
  apex_hosts_ = zone_.values("nserver");
  take_cut(zone_);
  objects_.for_each(ObjectClass::kDomain, [this](const Object& domain) {
    if (domain.is_tombstone() || domain.value("status") != "active" || !in_this_zone(domain.key())) return;
    take_cut(domain);
  });
  std::ranges::sort(hosts_);
  hosts_.erase(std::unique(hosts_.begin(), hosts_.end()), hosts_.end());
  for (const std::string_view name : hosts_) {
    const Object* host = objects_.find({ObjectClass::kHost, std::string(name)});
    CHECK(host != nullptr && !host->is_tombstone());  // objects.md, invariant 1
    owners_.push_back({codec::dns_order_key(name), host});
  }
  // NS and DS of a name come before its addresses.
  std::ranges::sort(owners_, {}, [](const Owner& owner) {
    return std::pair(std::string_view(owner.order_key), owner.object->object_class() == ObjectClass::kHost);
  });
}

void ZoneWriter::write_cut(const Object& cut, std::string_view nserver_ttl) {
  std::vector<std::string_view> nservers = cut.values("nserver");
  std::ranges::sort(nservers, wire_less);
  for (const std::string_view host : nservers) append_line(text_, {cut.key(), nserver_ttl, "IN NS", host});
  std::vector<std::string_view> ds = cut.values("ds-rdata");
  std::ranges::sort(ds, {}, ds_order);
  for (const std::string_view value : ds) append_line(text_, {cut.key(), ttls_.signed_data, "IN DS", value});
}

void ZoneWriter::write_addresses(const Object& host) {
  const bool of_apex = std::ranges::binary_search(apex_hosts_, host.key());
  const std::string_view ttl = of_apex ? ttls_.apex : ttls_.delegation;
  std::vector<std::pair<codec::IpAddress, std::string_view>> addresses;
  for (const std::string_view value : host.values("address")) {
    const auto address = codec::parse_ip_address(value);
    CHECK(address.has_value());  // objects hold canonical addresses only
    addresses.emplace_back(*address, value);
  }
  std::ranges::sort(addresses);
  for (const auto& [address, value] : addresses) {
    const bool v4 = address.family == codec::IpAddress::Family::kIpv4;
    append_line(text_, {host.key(), ttl, v4 ? "IN A" : "IN AAAA", value});
  }
}

std::string ZoneWriter::write(std::uint32_t serial) {
  gather();
  text_.reserve(512 + owners_.size() * 256);
  append_line(text_, {zone_.key(), ttls_.signed_data, "IN SOA", zone_.value("mname"), zone_.value("rname"),
                      std::to_string(serial), zone_.value("refresh"), zone_.value("retry"),
                      zone_.value("expire"), zone_.value("minimum")});
  for (const Owner& owner : owners_) {
    if (owner.object->object_class() == ObjectClass::kHost) {
      write_addresses(*owner.object);
    } else {
      write_cut(*owner.object, owner.object == &zone_ ? ttls_.apex : ttls_.delegation);
    }
  }
  return std::move(text_);
}

/// YYYYMMDD00 of a moment, UTC. Years beyond 4294 wrap as serials do; time stops at the end of 9999.
std::uint32_t date_serial(base::EpochSeconds time) {
  constexpr std::uint64_t kLastDay = 2'932'896;
  const auto days = static_cast<int>(std::min(time.value() / 86'400, kLastDay));
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  const auto year = static_cast<std::uint32_t>(static_cast<int>(date.year()));
  return year * 1'000'000 + unsigned{date.month()} * 10'000 + unsigned{date.day()} * 100;
}

}  // namespace

base::Result<std::string> zone_text(const ObjectSource& objects, std::string_view apex,
                                    std::uint32_t serial) {
  const Object* zone = objects.find({ObjectClass::kZone, std::string(apex)});
  if (zone == nullptr || zone->is_tombstone()) return base::fail(kNoSuchZone, std::string(apex));
  return ZoneWriter(objects, *zone).write(serial);
}

std::uint32_t serial_for(std::optional<std::uint32_t> previous, base::EpochSeconds time) {
  const std::uint32_t dated = date_serial(time);
  if (!previous) return dated;
  // RFC 1982 section 3.2: `dated` is later if it lies less than half the circle ahead; at exactly half,
  // neither is.
  const std::uint32_t ahead = dated - *previous;
  return ahead != 0 && ahead < 0x8000'0000U ? dated : *previous + 1;
}

}  // namespace publish
