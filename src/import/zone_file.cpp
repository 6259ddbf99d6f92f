#include "import/zone_file.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/check.h"
#include "base/limits.h"
#include "codec/dns_name.h"
#include "codec/ip_address.h"
#include "import/zone_scanner.h"

namespace import {
namespace {

enum : std::uint16_t { kA = 1, kNs = 2, kSoa = 6, kAaaa = 28, kDs = 43 };

/// What a signer adds and another signer makes anew: RRSIG, NSEC, DNSKEY, NSEC3, NSEC3PARAM, CDS, CDNSKEY,
/// ZONEMD.
constexpr std::array<std::uint16_t, 8> kSignerTypes{46, 47, 48, 50, 51, 59, 60, 63};

// The counts of docs/formats/objects.md.
constexpr std::size_t kNserversMax = 13;
constexpr std::size_t kDsMax = 12;
constexpr std::size_t kAddressesMax = 16;
constexpr std::uint32_t kTtlMax = 0x7FFF'FFFF;

/// One record that an object may come to hold.
struct Row {
  std::string owner;
  std::string value;
  std::uint16_t type;
  std::optional<std::uint32_t> ttl;
  std::uint64_t line;
};

/// Any wire name in master file form, for the report only: octets outside the alphabet as \DDD.
std::string shown_name(base::ByteView wire) {
  std::string text;
  std::size_t at = 0;
  while (at < wire.size() && wire[at] != 0) {
    const std::size_t end = std::min(wire.size(), at + 1 + wire[at]);
    for (++at; at < end; ++at) {
      const char c = static_cast<char>(wire[at]);
      if (wire[at] > 0x20 && wire[at] < 0x7F && c != '.' && c != '\\') {
        text += c;
      } else {
        const std::string digits = std::to_string(wire[at]);
        text.append("\\").append(3 - digits.size(), '0').append(digits);
      }
    }
    text += '.';
  }
  return text.empty() ? "." : text;
}

base::Result<std::string> name_in(base::ByteView wire, std::string_view what) {
  auto name = codec::dns_name_from_wire(wire);
  if (!name)
    return base::fail(kBadZoneFile,
                      std::string(what) + " " + shown_name(wire) + ": " + name.error().detail());
  return name;
}

std::uint32_t number_at(base::ByteView wire, std::size_t at) {
  CHECK(at + 4 <= wire.size());
  return std::uint32_t{wire[at]} << 24 | std::uint32_t{wire[at + 1]} << 16 |
         std::uint32_t{wire[at + 2]} << 8 | wire[at + 3];
}

/// The octets of the wire name that `wire` begins with; 0 if there is none.
std::size_t name_octets(base::ByteView wire) {
  std::size_t at = 0;
  while (at < wire.size()) {
    if (wire[at] == 0) return at + 1;
    at += 1 + std::size_t{wire[at]};
  }
  return 0;
}

base::Result<SoaValues> soa_values(base::ByteView rdata) {
  const std::size_t mname = name_octets(rdata);
  const std::size_t rname = name_octets(rdata.subspan(mname));
  const std::size_t numbers = mname + rname;
  if (mname == 0 || rname == 0 || rdata.size() != numbers + 20)
    return base::fail(kBadZoneFile, "a malformed SOA");
  SoaValues soa;
  ASSIGN_OR_RETURN(soa.mname, name_in(rdata.first(mname), "the SOA's primary server"));
  ASSIGN_OR_RETURN(soa.rname, name_in(rdata.subspan(mname, rname), "the SOA's mailbox"));
  soa.serial = number_at(rdata, numbers);
  soa.refresh = number_at(rdata, numbers + 4);
  soa.retry = number_at(rdata, numbers + 8);
  soa.expire = number_at(rdata, numbers + 12);
  soa.minimum = number_at(rdata, numbers + 16);
  return soa;
}

base::Result<std::string> address_text(const ScannedRecord& record) {
  using Family = codec::IpAddress::Family;
  codec::IpAddress address{.family = record.type == kA ? Family::kIpv4 : Family::kIpv6, .octets = {}};
  if (record.rdata.size() != address.view().size()) return base::fail(kBadZoneFile, "a malformed address");
  std::copy(record.rdata.begin(), record.rdata.end(), address.octets.begin());
  return codec::serialize_ip_address(address);
}

/// Octets that the digest of a DS type has; 0 for types we know nothing of.
std::size_t digest_octets(unsigned digest_type) {
  switch (digest_type) {
    case 1:
      return 20;
    case 2:
      return 32;
    case 4:
      return 48;
    default:
      return 0;
  }
}

base::Result<std::string> ds_text(base::ByteView rdata) {
  if (rdata.size() < 5) return base::fail(kBadZoneFile, "a DS without a digest");
  const base::ByteView digest = rdata.subspan(4);
  const unsigned digest_type = rdata[3];
  const std::size_t octets = digest_octets(digest_type);
  if (octets != 0 && octets != digest.size()) {
    return base::fail(kBadZoneFile, "a DS digest of type " + std::to_string(digest_type) + " with " +
                                        std::to_string(digest.size()) + " octets instead of " +
                                        std::to_string(octets));
  }
  std::string text = std::to_string(rdata[0] * 256 + rdata[1]) + " " + std::to_string(unsigned{rdata[2]}) +
                     " " + std::to_string(digest_type) + " ";
  for (const base::Byte octet : digest) {
    text += "0123456789ABCDEF"[octet >> 4];
    text += "0123456789ABCDEF"[octet & 15];
  }
  if (text.size() > base::kAttributeValueBytesMax)
    return base::fail(kBadZoneFile, "a DS digest too long for an object");
  return text;
}

/// Takes the file's records apart: first collect() for each in the file's order, then assemble().
class ZoneBuilder {
 public:
  base::Result<void> collect(const ScannedRecord& record);
  base::Result<ParsedZone> assemble();

 private:
  base::Result<void> collect_soa(const ScannedRecord& record);
  void leave_out(std::string owner, std::uint16_t type, std::uint64_t line, std::string reason);
  void leave_out(const Row& row, std::string reason) {
    leave_out(row.owner, row.type, row.line, std::move(reason));
  }
  std::string cut_above(const std::string& name) const;
  base::Result<void> take_nservers();
  base::Result<void> take_ds();
  base::Result<void> take_addresses();
  void settle_ttls();
  void note_ttls();
  std::uint32_t ttl_of(const Row& row) const { return row.ttl.value_or(zone_.soa.minimum); }
  std::uint32_t commonest_ttl(bool apex, std::uint32_t otherwise) const;
  std::uint32_t published_ttl(const Row& row) const;

  ParsedZone zone_;
  std::optional<Row> soa_;
  std::vector<Row> nservers_;
  std::vector<Row> ds_;
  std::vector<Row> addresses_;
  std::vector<const Row*> taken_;
};

void ZoneBuilder::leave_out(std::string owner, std::uint16_t type, std::uint64_t line, std::string reason) {
  ++zone_.left_out_count;
  if (zone_.left_out.size() < kListedMax) {
    zone_.left_out.push_back({std::move(owner), type_name(type), line, std::move(reason)});
  }
}

base::Result<void> ZoneBuilder::collect_soa(const ScannedRecord& record) {
  ASSIGN_OR_RETURN(SoaValues values, soa_values(record.rdata));
  ASSIGN_OR_RETURN(std::string owner, name_in(record.owner, "the zone's name"));
  // A zone transfer written to a file ends with its SOA again.
  std::string bytes(base::as_text(record.rdata));
  if (soa_ && (soa_->owner != owner || soa_->value != bytes)) {
    return base::fail(kBadZoneFile, "a second SOA, other than the one on line " + std::to_string(soa_->line));
  }
  if (soa_) return {};
  zone_.soa = std::move(values);
  soa_ = Row{std::move(owner), std::move(bytes), record.type, record.ttl_seconds, record.line};
  return {};
}

base::Result<void> ZoneBuilder::collect(const ScannedRecord& record) {
  Row row{.owner = {}, .value = {}, .type = record.type, .ttl = record.ttl_seconds, .line = record.line};
  switch (record.type) {
    case kSoa:
      return collect_soa(record);
    case kNs: {
      ASSIGN_OR_RETURN(row.owner, name_in(record.owner, "the delegation"));
      ASSIGN_OR_RETURN(row.value, name_in(record.rdata, "the name server"));
      nservers_.push_back(std::move(row));
      return {};
    }
    case kDs: {
      ASSIGN_OR_RETURN(row.owner, name_in(record.owner, "the delegation"));
      ASSIGN_OR_RETURN(row.value, ds_text(record.rdata));
      ds_.push_back(std::move(row));
      return {};
    }
    case kA:
    case kAaaa: {
      auto owner = codec::dns_name_from_wire(record.owner);
      if (!owner) break;  // no NS that we accept can name it
      row.owner = std::move(*owner);
      ASSIGN_OR_RETURN(row.value, address_text(record));
      addresses_.push_back(std::move(row));
      return {};
    }
    default:
      break;
  }
  if (std::find(kSignerTypes.begin(), kSignerTypes.end(), record.type) != kSignerTypes.end()) {
    ++zone_.skipped[type_name(record.type)];
  } else {
    leave_out(shown_name(record.owner), record.type, record.line, "no object holds it");
  }
  return {};
}

std::string at_line(std::uint64_t line, const std::string& what) {
  return "line " + std::to_string(line) + ": " + what;
}

/// Adds to a sorted list without duplicates. False if it is full.
bool add_sorted(std::vector<std::string>& list, const std::string& value, std::size_t count_max) {
  const auto at = std::lower_bound(list.begin(), list.end(), value);
  if (at != list.end() && *at == value) return true;
  if (list.size() >= count_max) return false;
  list.insert(at, value);
  return true;
}

/// The delegation strictly above `name` and below the apex that hides it; empty if there is none.
std::string ZoneBuilder::cut_above(const std::string& name) const {
  std::string_view above = name;
  while (above != zone_.apex) {
    above = codec::parent_of(above);
    if (above != zone_.apex && zone_.delegations.contains(std::string(above))) return std::string(above);
  }
  return {};
}

base::Result<void> ZoneBuilder::take_nservers() {
  for (const Row& row : nservers_) {
    if (row.owner != zone_.apex && codec::is_at_or_below(row.owner, zone_.apex)) zone_.delegations[row.owner];
  }
  std::set<std::string> hidden;
  for (const Row& row : nservers_) {
    if (!codec::is_at_or_below(row.owner, zone_.apex)) {
      leave_out(row, "outside the zone");
      continue;
    }
    const bool apex = row.owner == zone_.apex;
    if (const std::string cut = apex ? std::string() : cut_above(row.owner); !cut.empty()) {
      leave_out(row, "below the delegation of " + cut);
      hidden.insert(row.owner);
      continue;
    }
    Delegation* delegation = apex ? nullptr : &zone_.delegations[row.owner];
    if (!add_sorted(apex ? zone_.nservers : delegation->nservers, row.value, kNserversMax)) {
      return base::fail(kBadZoneFile, at_line(row.line, row.owner + " has more than 13 name servers"));
    }
    if (!apex && delegation->line == 0) delegation->line = row.line;
    zone_.hosts[row.value];
    taken_.push_back(&row);
  }
  for (const std::string& name : hidden) zone_.delegations.erase(name);
  if (zone_.nservers.empty())
    return base::fail(kBadZoneFile, at_line(soa_->line, zone_.apex + " has no NS record"));
  return {};
}

base::Result<void> ZoneBuilder::take_ds() {
  for (const Row& row : ds_) {
    const auto delegation = zone_.delegations.find(row.owner);
    if (delegation == zone_.delegations.end()) {
      leave_out(row, "no delegation here");
      continue;
    }
    if (!add_sorted(delegation->second.ds, row.value, kDsMax)) {
      return base::fail(kBadZoneFile, at_line(row.line, row.owner + " has more than 12 DS records"));
    }
    taken_.push_back(&row);
  }
  return {};
}

base::Result<void> ZoneBuilder::take_addresses() {
  for (const Row& row : addresses_) {
    const auto host = zone_.hosts.find(row.owner);
    if (!codec::is_at_or_below(row.owner, zone_.apex)) {
      leave_out(row, "outside the zone");
      continue;
    }
    if (host == zone_.hosts.end()) {
      leave_out(row, "no NS record names this host");
      continue;
    }
    if (!add_sorted(host->second, row.value, kAddressesMax)) {
      return base::fail(kBadZoneFile, at_line(row.line, row.owner + " has more than 16 addresses"));
    }
    taken_.push_back(&row);
  }
  return {};
}

/// Of the NS records at the apex or below it; the smallest of equals.
std::uint32_t ZoneBuilder::commonest_ttl(bool apex, std::uint32_t otherwise) const {
  std::map<std::uint32_t, std::size_t> counts;
  for (const Row* row : taken_) {
    if (row->type == kNs && (row->owner == zone_.apex) == apex) ++counts[ttl_of(*row)];
  }
  const auto most = std::max_element(counts.begin(), counts.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? otherwise : most->first;
}

void ZoneBuilder::settle_ttls() {
  zone_.ttls.apex = commonest_ttl(true, 0);
  zone_.ttls.delegation = commonest_ttl(false, zone_.ttls.apex);
  zone_.ttls.signed_data = ttl_of(*soa_);
}

std::uint32_t ZoneBuilder::published_ttl(const Row& row) const {
  if (row.type == kDs) return zone_.ttls.signed_data;
  const bool of_apex = row.type == kNs
                           ? row.owner == zone_.apex
                           : std::binary_search(zone_.nservers.begin(), zone_.nservers.end(), row.owner);
  return of_apex ? zone_.ttls.apex : zone_.ttls.delegation;
}

void ZoneBuilder::note_ttls() {
  std::map<std::pair<std::string, std::uint16_t>, const Row*>
      noted;  // keyed for the canonical order of owners
  for (const Row* row : taken_) {
    if (ttl_of(*row) != published_ttl(*row))
      noted.emplace(std::pair(codec::dns_order_key(row->owner), row->type), row);
  }
  zone_.ttl_note_count = noted.size();
  for (const auto& [key, row] : noted) {
    if (zone_.ttl_notes.size() == kListedMax) break;
    zone_.ttl_notes.push_back(
        {row->owner, type_name(row->type), row->line, ttl_of(*row), published_ttl(*row)});
  }
}

base::Result<ParsedZone> ZoneBuilder::assemble() {
  if (!soa_) return base::fail(kBadZoneFile, "no SOA record");
  if (!soa_->ttl && zone_.soa.minimum > kTtlMax) {
    return base::fail(kBadZoneFile, at_line(soa_->line, "no TTL, and the SOA's minimum is above 2147483647"));
  }
  zone_.apex = soa_->owner;
  TRY(take_nservers());
  TRY(take_ds());
  TRY(take_addresses());
  settle_ttls();
  note_ttls();
  std::sort(zone_.left_out.begin(), zone_.left_out.end(),
            [](const LeftOut& a, const LeftOut& b) { return a.line < b.line; });
  return std::move(zone_);
}

}  // namespace

base::Result<ParsedZone> parse_zone(base::ByteView text, std::string_view origin) {
  ZoneBuilder builder;
  TRY(scan_zone(text, origin, [&builder](const ScannedRecord& record) { return builder.collect(record); }));
  return builder.assemble();
}

}  // namespace import
