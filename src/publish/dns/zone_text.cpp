#include "publish/dns/zone_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include <arpa/inet.h>

#include "base/check.h"
#include "codec/dns_name.h"

namespace publish {
namespace {

using resource::Object;
using resource::ObjectClass;
using resource::ObjectId;
using resource::ObjectSource;

/// The order in which types stand at one owner.
enum class Type : std::uint8_t { kNs, kDs, kA, kAaaa };

std::string_view type_text(Type type) {
  switch (type) {
    case Type::kNs:
      return "NS";
    case Type::kDs:
      return "DS";
    case Type::kA:
      return "A";
    case Type::kAaaa:
      return "AAAA";
  }
  return {};
}

struct Line {
  std::string owner_key;  ///< canonical DNS order
  Type type;
  std::string data_key;  ///< canonical order of data within an RRset
  std::string_view owner;
  std::string_view ttl;
  std::string_view data;
};

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

/// RFC 4034 section 6.3 orders data by its wire octets. A name's wire form begins with the length of its
/// first label.
std::string name_data_key(std::string_view name) {
  std::string key;
  while (name != ".") {
    const std::size_t dot = name.find('.');
    key += static_cast<char>(dot);
    key.append(name.substr(0, dot));
    name = codec::parent_of(name);
  }
  return key + '\0';
}

std::string ds_data_key(std::string_view value) {
  std::string key;
  for (int field = 0; field < 3; ++field) {
    const std::size_t space = value.find(' ');
    CHECK(space != std::string_view::npos);
    unsigned number = 0;
    std::from_chars(value.data(), value.data() + space, number);
    if (field == 0) key += static_cast<char>(number >> 8);
    key += static_cast<char>(number & 0xFF);
    value.remove_prefix(space + 1);
  }
  return key.append(value);  // upper-case hex sorts as its octets do
}

std::string address_data_key(std::string_view value, Type type) {
  std::array<char, 16> octets{};
  const int family = type == Type::kA ? AF_INET : AF_INET6;
  CHECK(inet_pton(family, std::string(value).c_str(), octets.data()) == 1);
  return {octets.data(), type == Type::kA ? 4U : 16U};
}

/// Gathers the lines of one zone. Views point into the source's objects.
class ZoneLines {
 public:
  ZoneLines(const ObjectSource& objects, const Object& zone)
      : objects_(objects), zone_(zone), ttls_(ttls_of(zone)) {
    for (const std::string_view host : zone.values("nserver")) apex_hosts_.insert(host);
  }
  std::vector<Line> gather();

 private:
  bool in_this_zone(std::string_view domain) const;
  void add_domain(const Object& domain);
  void add_nserver(std::string_view owner, const std::string& owner_key, std::string_view ttl,
                   std::string_view host);
  void add_addresses(std::string_view host);

  const ObjectSource& objects_;
  const Object& zone_;
  const Ttls ttls_;
  std::set<std::string_view> apexes_;
  std::set<std::string_view> apex_hosts_;
  std::set<std::string_view> hosts_;
  std::vector<Line> lines_;
};

/// Is this zone's apex the nearest one strictly above `domain`?
bool ZoneLines::in_this_zone(std::string_view domain) const {
  while (domain != ".") {
    domain = codec::parent_of(domain);
    if (apexes_.contains(domain)) return domain == zone_.key();
  }
  return false;
}

void ZoneLines::add_nserver(std::string_view owner, const std::string& owner_key, std::string_view ttl,
                            std::string_view host) {
  lines_.push_back({owner_key, Type::kNs, name_data_key(host), owner, ttl, host});
  if (codec::is_at_or_below(host, zone_.key())) hosts_.insert(host);
}

void ZoneLines::add_domain(const Object& domain) {
  const std::string owner_key = codec::dns_order_key(domain.key());
  for (const std::string_view host : domain.values("nserver")) {
    add_nserver(domain.key(), owner_key, ttls_.delegation, host);
  }
  for (const std::string_view ds : domain.values("ds-rdata")) {
    lines_.push_back({owner_key, Type::kDs, ds_data_key(ds), domain.key(), ttls_.signed_data, ds});
  }
}

void ZoneLines::add_addresses(std::string_view host) {
  const Object* object = objects_.find({ObjectClass::kHost, std::string(host)});
  CHECK(object != nullptr && !object->is_tombstone());  // objects.md, invariant 1
  const std::string owner_key = codec::dns_order_key(host);
  const std::string_view ttl = apex_hosts_.contains(host) ? ttls_.apex : ttls_.delegation;
  for (const std::string_view address : object->values("address")) {
    const Type type = address.find(':') == std::string_view::npos ? Type::kA : Type::kAaaa;
    lines_.push_back({owner_key, type, address_data_key(address, type), object->key(), ttl, address});
  }
}

std::vector<Line> ZoneLines::gather() {
  objects_.for_each(ObjectClass::kZone, [this](const Object& zone) {
    if (!zone.is_tombstone()) apexes_.insert(zone.key());
  });
  const std::string apex_key = codec::dns_order_key(zone_.key());
  for (const std::string_view host : apex_hosts_) add_nserver(zone_.key(), apex_key, ttls_.apex, host);
  objects_.for_each(ObjectClass::kDomain, [this](const Object& domain) {
    if (domain.is_tombstone() || domain.value("status") != "active" || !in_this_zone(domain.key())) return;
    add_domain(domain);
  });
  for (const std::string_view host : hosts_) add_addresses(host);
  std::sort(lines_.begin(), lines_.end(), [](const Line& a, const Line& b) {
    return std::tie(a.owner_key, a.type, a.data_key) < std::tie(b.owner_key, b.type, b.data_key);
  });
  return std::move(lines_);
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
  const std::vector<Line> lines = ZoneLines(objects, *zone).gather();
  const std::string serial_text = std::to_string(serial);
  std::string text;
  text.reserve(512 + lines.size() * 64);
  append_line(text, {apex, ttls_of(*zone).signed_data, "IN SOA", zone->value("mname"), zone->value("rname"),
                     serial_text, zone->value("refresh"), zone->value("retry"), zone->value("expire"),
                     zone->value("minimum")});
  for (const Line& line : lines)
    append_line(text, {line.owner, line.ttl, "IN", type_text(line.type), line.data});
  return text;
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
