#include "publish/dns/zone_sets.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "base/check.h"
#include "codec/decimal.h"
#include "codec/dns_name.h"
#include "codec/hex.h"
#include "codec/ip_address.h"
#include "resource/zone_ttls.h"

namespace publish {
namespace {

using resource::Object;
using resource::ObjectClass;
using resource::ObjectSource;

/// Objects hold canonical decimals only.
std::uint32_t number(std::string_view text) {
  std::uint64_t value = 0;
  CHECK(codec::read_decimal(text, value) && value <= 0xFFFF'FFFF);
  return static_cast<std::uint32_t>(value);
}

/// Cuts `text` behind its first word, which it returns.
std::string_view take_word(std::string_view& text) {
  const std::size_t space = text.find(' ');
  CHECK(space != std::string_view::npos);
  const std::string_view word = text.substr(0, space);
  text.remove_prefix(space + 1);
  return word;
}

base::Bytes ds_data(std::string_view value) {
  base::Bytes data;
  append_u16(data, static_cast<std::uint16_t>(number(take_word(value))));
  data.push_back(static_cast<base::Byte>(number(take_word(value))));
  data.push_back(static_cast<base::Byte>(number(take_word(value))));
  std::string lower(value);  // objects write the digest in upper case
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  const auto digest = codec::parse_hex(lower);
  CHECK(digest.has_value());
  data.insert(data.end(), digest->begin(), digest->end());
  return data;
}

base::Bytes soa_data(const Object& zone, std::uint32_t serial) {
  base::Bytes data = wire_name(zone.value("mname"));
  const base::Bytes rname = wire_name(zone.value("rname"));
  data.insert(data.end(), rname.begin(), rname.end());
  append_u32(data, serial);
  for (const char* field : {"refresh", "retry", "expire", "minimum"})
    append_u32(data, number(zone.value(field)));
  return data;
}

/// Lays out one zone. Views point into the source's objects.
class ZoneLayout {
 public:
  ZoneLayout(const ObjectSource& objects, const Object& zone)
      : objects_(objects), zone_(zone), ttls_(resource::ttls_of(zone)) {}
  ZoneSets lay_out(std::uint32_t serial);

 private:
  /// What stands at one name: a cut (the apex counts as one), a host's addresses, or both.
  struct Owner {
    std::string order_key;
    const Object* cut = nullptr;
    const Object* host = nullptr;
  };

  bool in_this_zone(std::string_view domain) const;
  bool is_hidden(std::string_view domain) const;
  void gather_cuts();
  void gather_hosts();
  void put_cut(const Owner& owner, std::uint32_t serial);
  void put_addresses(const Object& host, codec::IpAddress::Family family);
  void put(std::string_view owner, std::uint16_t type, std::uint32_t ttl, std::vector<base::Bytes> data);

  const ObjectSource& objects_;
  const Object& zone_;
  const resource::ZoneTtls ttls_;
  std::set<std::string_view> apexes_;
  std::set<std::string_view> cut_names_;
  std::vector<std::string_view> apex_hosts_;
  std::vector<Owner> owners_;
  std::vector<RecordSet> sets_;
};

/// Is this zone's apex the nearest one strictly above `domain`?
bool ZoneLayout::in_this_zone(std::string_view domain) const {
  while (domain != ".") {
    domain = codec::parent_of(domain);
    if (apexes_.contains(domain)) return domain == zone_.key();
  }
  return false;
}

/// A delegation of this zone stands above: every resolver follows that one, so this one would never be asked.
bool ZoneLayout::is_hidden(std::string_view domain) const {
  for (domain = codec::parent_of(domain); domain != "." && domain != zone_.key();
       domain = codec::parent_of(domain)) {
    if (cut_names_.contains(domain)) return true;
  }
  return false;
}

void ZoneLayout::gather_cuts() {
  objects_.for_each(ObjectClass::kZone, [this](const Object& zone) {
    if (!zone.is_tombstone()) apexes_.insert(zone.key());
  });
  std::vector<const Object*> domains;
  objects_.for_each(ObjectClass::kDomain, [&](const Object& domain) {
    if (domain.is_tombstone() || domain.value("status") != "active" || !in_this_zone(domain.key())) return;
    domains.push_back(&domain);
    cut_names_.insert(domain.key());
  });
  std::erase_if(domains, [this](const Object* domain) { return is_hidden(domain->key()); });
  owners_.push_back({codec::dns_order_key(zone_.key()), &zone_});
  for (const Object* domain : domains) owners_.push_back({codec::dns_order_key(domain->key()), domain});
}

void ZoneLayout::gather_hosts() {
  apex_hosts_ = zone_.values("nserver");
  std::vector<std::string_view> hosts;
  for (const Owner& owner : owners_) {
    for (const std::string_view host : owner.cut->values("nserver")) {
      if (codec::is_at_or_below(host, zone_.key())) hosts.push_back(host);
    }
  }
  std::ranges::sort(hosts);
  hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
  for (const std::string_view name : hosts) {
    const Object* host = objects_.find({ObjectClass::kHost, std::string(name)});
    CHECK(host != nullptr && !host->is_tombstone());  // objects.md, invariant 1
    owners_.push_back({codec::dns_order_key(name), nullptr, host});
  }
  std::ranges::sort(owners_, {}, [](const Owner& owner) {
    return std::pair(std::string_view(owner.order_key), owner.cut == nullptr);
  });
  // A host at a cut's own name stands at the same owner.
  for (std::size_t i = 1; i < owners_.size(); ++i) {
    if (owners_[i].order_key == owners_[i - 1].order_key) owners_[i - 1].host = owners_[i].host;
  }
  const auto twice = std::ranges::unique(owners_, {}, &Owner::order_key);
  owners_.erase(twice.begin(), twice.end());
}

void ZoneLayout::put(std::string_view owner, std::uint16_t type, std::uint32_t ttl,
                     std::vector<base::Bytes> data) {
  if (data.empty()) return;
  std::ranges::sort(data);
  sets_.push_back({std::string(owner), type, ttl, std::move(data)});
}

void ZoneLayout::put_cut(const Owner& owner, std::uint32_t serial) {
  const bool is_apex = owner.cut == &zone_;
  std::vector<base::Bytes> nservers;
  for (const std::string_view host : owner.cut->values("nserver")) nservers.push_back(wire_name(host));
  put(owner.cut->key(), kTypeNs, is_apex ? ttls_.apex : ttls_.delegation, std::move(nservers));
  if (is_apex) put(zone_.key(), kTypeSoa, ttls_.signed_data, {soa_data(zone_, serial)});
}

void ZoneLayout::put_addresses(const Object& host, codec::IpAddress::Family family) {
  const bool of_apex = std::ranges::binary_search(apex_hosts_, host.key());
  std::vector<base::Bytes> addresses;
  for (const std::string_view value : host.values("address")) {
    const auto address = codec::parse_ip_address(value);
    CHECK(address.has_value());  // objects hold canonical addresses only
    if (address->family == family) addresses.emplace_back(address->view().begin(), address->view().end());
  }
  put(host.key(), family == codec::IpAddress::Family::kIpv4 ? kTypeA : kTypeAaaa,
      of_apex ? ttls_.apex : ttls_.delegation, std::move(addresses));
}

ZoneSets ZoneLayout::lay_out(std::uint32_t serial) {
  gather_cuts();
  gather_hosts();
  sets_.reserve(owners_.size() * 3);
  for (const Owner& owner : owners_) {
    if (owner.host != nullptr) put_addresses(*owner.host, codec::IpAddress::Family::kIpv4);
    if (owner.cut != nullptr) put_cut(owner, serial);
    if (owner.host != nullptr) put_addresses(*owner.host, codec::IpAddress::Family::kIpv6);
    if (owner.cut == nullptr) continue;
    std::vector<base::Bytes> ds;
    for (const std::string_view value : owner.cut->values("ds-rdata")) ds.push_back(ds_data(value));
    put(owner.cut->key(), kTypeDs, ttls_.signed_data, std::move(ds));
  }
  return {std::string(zone_.key()), ttls_.delegation, std::move(sets_)};
}

}  // namespace

base::Result<ZoneSets> zone_sets(const ObjectSource& objects, std::string_view apex, std::uint32_t serial) {
  const Object* zone = objects.find({ObjectClass::kZone, std::string(apex)});
  if (zone == nullptr || zone->is_tombstone()) return base::fail(kNoSuchZone, std::string(apex));
  return ZoneLayout(objects, *zone).lay_out(serial);
}

}  // namespace publish
