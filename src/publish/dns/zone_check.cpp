#include "publish/dns/zone_check.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

// These headers are C and do not say so.
extern "C" {
#include <libknot/dname.h>
#include <libzscanner/scanner.h>
}

#include "base/check.h"
#include "base/limits.h"
#include "codec/dns_name.h"
#include "publish/dns/nsec_chain.h"
#include "publish/dns/signature_records.h"

namespace publish {

/// Takes a text apart and judges it. One reader reads one text.
class ZoneReader {
 public:
  ZoneReader(std::string_view apex, base::EpochSeconds time) : apex_(apex), time_(time) {}
  base::Result<SignedZone> read(std::string_view text, std::span<const crypto::PublicKey> anchors,
                                VerifiedSignatures& known);
  base::Result<SignedZone> read_trusted(std::string_view text);

 private:
  struct Rrsig {
    std::string order_key;
    std::string owner;
    std::uint32_t ttl_seconds;
    base::Bytes data;
  };
  struct Row {
    std::string order_key;
    RecordSet records;
  };

  base::Result<void> scan(std::string_view text);
  base::Result<void> take_record(const zs_scanner_t& scanner);
  base::Result<void> gather_sets();
  base::Result<void> check_apex();
  base::Result<void> check_chain();
  base::Result<void> attach_signatures();
  base::Result<void> attach(const Rrsig& rrsig, SignedSet& set);
  base::Result<void> read_keys();
  base::Result<void> check_signers(std::span<const crypto::PublicKey> anchors) const;
  base::Result<void> check_key_set_signers(const SignedSet& keys,
                                           std::span<const crypto::PublicKey> anchors) const;
  base::Result<void> verify(VerifiedSignatures& known) const;
  base::Result<void> check_digest() const;

  const std::string apex_;
  const base::EpochSeconds time_;
  std::vector<Row> rows_;
  std::vector<Rrsig> rrsigs_;
  std::vector<SignedSet> sets_;
  std::map<std::uint16_t, ZoneKey> keys_;  ///< by tag
};

namespace {

constexpr std::uint16_t kClassIn = 1;
constexpr std::uint32_t kTtlMax = 0x7FFF'FFFF;
constexpr std::size_t kRrsigNumbers = 18;  ///< octets before the signer's name
constexpr std::size_t kDnskeyBytes = 36;
constexpr std::size_t kSoaNumbers = 20;  ///< octets behind the names

std::string where(const RecordSet& set) {
  return set.owner + " " + type_name(set.type);
}

std::unexpected<base::Error> bad(const RecordSet& set, std::string_view what) {
  return base::fail(kBadZone, where(set) + ": " + std::string(what));
}

bool is_known_type(std::uint16_t type) {
  switch (type) {
    case kTypeA:
    case kTypeNs:
    case kTypeSoa:
    case kTypeAaaa:
    case kTypeDs:
    case kTypeRrsig:
    case kTypeNsec:
    case kTypeDnskey:
    case kTypeZonemd:
      return true;
    default:
      return false;
  }
}

/// How many names the data of this type begins with.
std::size_t names_in(std::uint16_t type) {
  if (type == kTypeSoa) return 2;
  return type == kTypeNs || type == kTypeNsec ? 1 : 0;
}

/// How long the data is behind its names, where the type says so.
std::optional<std::size_t> bytes_behind_names(std::uint16_t type) {
  if (type == kTypeA) return 4;
  if (type == kTypeAaaa) return 16;
  if (type == kTypeSoa) return kSoaNumbers;
  if (type == kTypeNs) return 0;
  return std::nullopt;
}

/// Every name in the data is lower case and of our alphabet (a text written again would not show the case), and nothing
/// is short or left over: with `\#` (RFC 3597) a text gives any octets to any type, and the scanner lets some pass.
base::Result<void> check_data(std::uint16_t type, base::ByteView data) {
  for (std::size_t left = names_in(type); left > 0; --left) {
    const int size = knot_dname_wire_check(data.data(), data.data() + data.size(), nullptr);
    if (size <= 0) return base::fail(kBadZone, "data without the name that belongs there");
    const base::ByteView wire = data.first(static_cast<std::size_t>(size));
    const auto name = codec::dns_name_from_wire(wire);
    if (!name || !std::ranges::equal(wire_name(*name), wire))
      return base::fail(kBadZone, "a name that is not in lower case or not of our alphabet");
    data = data.subspan(wire.size());
  }
  const auto expected = bytes_behind_names(type);
  if (expected && data.size() != *expected)
    return base::fail(kBadZone, "data of another length than " + type_name(type) + " has");
  return {};
}

std::uint32_t read_u32(base::ByteView data, std::size_t at) {
  return std::uint32_t{data[at]} << 24 | std::uint32_t{data[at + 1]} << 16 |
         std::uint32_t{data[at + 2]} << 8 | data[at + 3];
}

std::uint16_t read_u16(base::ByteView data, std::size_t at) {
  return static_cast<std::uint16_t>(data[at] << 8 | data[at + 1]);
}

/// The scanner holds its buffers by value (about 200 KB): never on the stack.
struct EndScanner {
  void operator()(zs_scanner_t* scanner) const {
    zs_deinit(scanner);
    delete scanner;
  }
};

}  // namespace

base::Result<void> ZoneReader::take_record(const zs_scanner_t& scanner) {
  const std::string place = "line " + std::to_string(scanner.line_counter);
  const std::string line = place + ": ";
  if (scanner.r_class != kClassIn) return base::fail(kBadZone, line + "a class other than IN");
  if (scanner.r_ttl > kTtlMax) return base::fail(kBadZone, line + "no TTL, or one above 2147483647");
  auto owner = codec::dns_name_from_wire({scanner.r_owner, scanner.r_owner_length});
  if (!owner) return std::unexpected(owner.error().at(place));
  if (!codec::is_at_or_below(*owner, apex_)) return base::fail(kBadZone, line + "outside the zone");
  if (!is_known_type(scanner.r_type)) {
    return base::fail(kBadZone, line + "no zone of ours holds " + type_name(scanner.r_type));
  }
  const base::ByteView data{scanner.r_data, scanner.r_data_length};
  if (const auto fits = check_data(scanner.r_type, data); !fits)
    return std::unexpected(fits.error().at(place));
  std::string order_key = codec::dns_order_key(*owner);
  if (scanner.r_type == kTypeRrsig) {
    rrsigs_.push_back(
        {std::move(order_key), std::move(*owner), scanner.r_ttl, base::Bytes(data.begin(), data.end())});
    return {};
  }
  const bool joins =
      !rows_.empty() && rows_.back().records.type == scanner.r_type && rows_.back().records.owner == *owner;
  if (!joins) {
    rows_.push_back({std::move(order_key), {std::move(*owner), scanner.r_type, scanner.r_ttl, {}}});
  }
  if (rows_.back().records.ttl_seconds != scanner.r_ttl) {
    return base::fail(kBadZone, line + "two TTLs in one set");
  }
  rows_.back().records.data.emplace_back(data.begin(), data.end());
  return {};
}

base::Result<void> ZoneReader::scan(std::string_view text) {
  if (text.size() > base::kZoneFileBytesMax) return base::fail(kBadZone, "larger than 1 GiB");
  const std::unique_ptr<zs_scanner_t, EndScanner> scanner(new zs_scanner_t{});
  if (zs_init(scanner.get(), apex_.c_str(), kClassIn, kTtlMax + 1) != 0 ||
      zs_set_input_string(scanner.get(), text.data(), text.size()) != 0) {
    return base::fail(kBadZone, "the scanner does not start");
  }
  // Each step consumes input or ends, so the loop is bounded by the text's size.
  while (zs_parse_record(scanner.get()) == 0) {
    if (scanner->state == ZS_STATE_EOF) return {};
    if (scanner->state != ZS_STATE_DATA) break;
    TRY(take_record(*scanner));
  }
  return base::fail(kBadZone,
                    "line " + std::to_string(scanner->line_counter) + ": " +
                        (scanner->state == ZS_STATE_INCLUDE ? "$INCLUDE" : zs_strerror(scanner->error.code)));
}

/// What is not in canonical order in the text is put so here, and shows when the text is written again.
base::Result<void> ZoneReader::gather_sets() {
  const auto place = [](const Row& row) {
    return std::pair(std::string_view(row.order_key), row.records.type);
  };
  std::ranges::sort(rows_, {}, place);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (i > 0 && place(rows_[i - 1]) == place(rows_[i])) return bad(rows_[i].records, "stands in two places");
    std::ranges::sort(rows_[i].records.data);
  }
  return {};
}

base::Result<void> ZoneReader::check_apex() {
  const auto has = [this](std::uint16_t type) {
    return std::ranges::any_of(
        rows_, [&](const Row& row) { return row.records.owner == apex_ && row.records.type == type; });
  };
  for (const std::uint16_t type : {kTypeSoa, kTypeNs, kTypeDnskey, kTypeZonemd}) {
    if (!has(type)) return base::fail(kBadZone, "no " + type_name(type) + " at the apex");
  }
  for (const auto& [order_key, set] : rows_) {
    const bool apex_only = set.type == kTypeSoa || set.type == kTypeDnskey || set.type == kTypeZonemd;
    if (apex_only && set.owner != apex_) return bad(set, "stands only at the apex");
    if (set.type == kTypeDs && set.owner == apex_) return bad(set, "never stands at the apex");
    if ((set.type == kTypeSoa || set.type == kTypeZonemd || set.type == kTypeNsec) && set.data.size() != 1) {
      return bad(set, "more than one record");
    }
  }
  return {};
}

/// The chain is a function of the other sets, so it is made again and compared.
base::Result<void> ZoneReader::check_chain() {
  std::vector<RecordSet> told;
  std::vector<RecordSet> others;
  for (Row& row : rows_) (row.records.type == kTypeNsec ? told : others).push_back(std::move(row.records));
  sets_ = with_nsec_chain(std::move(others), apex_);
  auto next = told.begin();
  for (const SignedSet& set : sets_) {
    if (set.records.type != kTypeNsec) continue;
    if (next == told.end() || *next != set.records)
      return bad(set.records, "missing or not what it should be");
    ++next;
  }
  if (next != told.end()) return bad(*next, "has no place in the chain");
  return {};
}

base::Result<void> ZoneReader::read_keys() {
  const auto set =
      std::ranges::find(sets_, kTypeDnskey, [](const SignedSet& one) { return one.records.type; });
  CHECK(set != sets_.end());
  if (set->records.data.size() > kZoneKeysMax) return bad(set->records, "over 16 keys");
  for (const base::Bytes& data : set->records.data) {
    if (data.size() != kDnskeyBytes) return bad(set->records, "a key that is not Ed25519");
    ZoneKey key{.flags = read_u16(data, 0), .public_key = {}};
    std::copy(data.begin() + 4, data.end(), key.public_key.bytes.begin());
    if (dnskey_data(key) != data) return bad(set->records, "a key that is not Ed25519");
    if (key.flags != kZskFlags && key.flags != kKskFlags && key.flags != kRevokedKskFlags) {
      return bad(set->records, "flags other than 256, 257 and 385");
    }
    if (!crypto::is_prime_order_key(key.public_key)) return bad(set->records, "a key not of prime order");
    if (!keys_.emplace(key_tag(key), key).second) return bad(set->records, "two keys have one tag");
  }
  return {};
}

base::Result<void> ZoneReader::attach(const Rrsig& rrsig, SignedSet& set) {
  const base::Bytes signer = wire_name(apex_);
  SetSignature one;
  const std::size_t signature_at = kRrsigNumbers + signer.size();
  if (rrsig.data.size() != signature_at + one.signature.bytes.size() ||
      rrsig.ttl_seconds != set.records.ttl_seconds) {
    return bad(set.records, "a signature of another shape, signer or TTL");
  }
  one.times = {base::EpochSeconds(read_u32(rrsig.data, 12)), base::EpochSeconds(read_u32(rrsig.data, 8))};
  one.key_tag = read_u16(rrsig.data, 16);
  std::copy(rrsig.data.begin() + static_cast<std::ptrdiff_t>(signature_at), rrsig.data.end(),
            one.signature.bytes.begin());
  // Algorithm, labels, original TTL and signer are what they must be exactly if the same data comes out.
  if (rrsig_data(set.records, apex_, one) != rrsig.data) {
    return bad(set.records, "a signature with another algorithm, label count, TTL or signer");
  }
  if (time_ < one.times.inception || one.times.expiration < time_) {
    return bad(set.records, "a signature that is not good at this time");
  }
  set.signatures.push_back(one);
  return {};
}

base::Result<void> ZoneReader::attach_signatures() {
  std::map<std::pair<std::string_view, std::uint16_t>, SignedSet*> places;
  for (SignedSet& set : sets_)
    places.emplace(std::pair(std::string_view(set.records.owner), set.records.type), &set);
  for (const Rrsig& rrsig : rrsigs_) {
    if (rrsig.data.size() < kRrsigNumbers) return base::fail(kBadZone, rrsig.owner + " RRSIG: too short");
    const auto at = places.find({rrsig.owner, read_u16(rrsig.data, 0)});
    if (at == places.end()) return base::fail(kBadZone, rrsig.owner + " RRSIG: covers nothing");
    TRY(attach(rrsig, *at->second));
  }
  for (SignedSet& set : sets_) sort_signatures(set.records, apex_, set.signatures);
  return {};
}

base::Result<void> ZoneReader::check_key_set_signers(const SignedSet& keys,
                                                     std::span<const crypto::PublicKey> anchors) const {
  bool has_good = false;
  bool has_anchor = anchors.empty();
  for (const SetSignature& signature : keys.signatures) {
    const auto key = keys_.find(signature.key_tag);
    if (key == keys_.end() || key->second.flags == kZskFlags) return bad(keys.records, "signed by no KSK");
    if (key->second.flags != kKskFlags) continue;
    has_good = true;
    has_anchor = has_anchor || std::ranges::find(anchors, key->second.public_key) != anchors.end();
  }
  for (const auto& [tag, key] : keys_) {
    const auto count = std::ranges::count(keys.signatures, tag, &SetSignature::key_tag);
    if (count > 1) return bad(keys.records, "signed twice by one key");
    if (key.flags == kRevokedKskFlags && count == 0)
      return bad(keys.records, "a revoked key does not sign it");
  }
  if (!has_good) return bad(keys.records, "not signed by a KSK");
  if (!has_anchor) return bad(keys.records, "not signed by a trust anchor");
  return {};
}

base::Result<void> ZoneReader::check_signers(std::span<const crypto::PublicKey> anchors) const {
  for (const SignedSet& set : sets_) {
    if (set.records.type == kTypeDnskey) {
      TRY(check_key_set_signers(set, anchors));
      continue;
    }
    if (set.signatures.size() != (set.is_authoritative ? 1U : 0U)) {
      return bad(set.records,
                 set.is_authoritative ? "not signed exactly once" : "signed, but not the zone's own");
    }
    if (!set.is_authoritative) continue;
    const auto key = keys_.find(set.signatures[0].key_tag);
    if (key == keys_.end() || key->second.flags != kZskFlags) return bad(set.records, "signed by no ZSK");
  }
  return {};
}

base::Result<void> ZoneReader::verify(VerifiedSignatures& known) const {
  std::vector<base::Bytes> bytes;
  std::vector<SignatureClaim> claims;
  std::vector<const RecordSet*> covered;
  bytes.reserve(rrsigs_.size());
  for (const SignedSet& set : sets_) {
    for (const SetSignature& signature : set.signatures) {
      bytes.push_back(bytes_to_sign(set.records, apex_, signature.times, signature.key_tag));
      claims.push_back({&keys_.at(signature.key_tag).public_key, bytes.back(), &signature.signature});
      covered.push_back(&set.records);
    }
  }
  if (const auto wrong = known.first_bad(claims))
    return bad(*covered[*wrong], "the signature does not verify");
  return {};
}

base::Result<void> ZoneReader::check_digest() const {
  const auto find = [this](std::uint16_t type) -> const RecordSet& {
    return std::ranges::find(sets_, type, [](const SignedSet& one) { return one.records.type; })->records;
  };
  const base::Bytes& soa = find(kTypeSoa).data[0];
  const std::uint32_t serial = read_u32(soa, soa.size() - 20);
  if (find(kTypeZonemd).data[0] != zonemd_data(serial, zone_digest(sets_, apex_))) {
    return bad(find(kTypeZonemd), "not the digest of this zone");
  }
  return {};
}

base::Result<SignedZone> ZoneReader::read(std::string_view text, std::span<const crypto::PublicKey> anchors,
                                          VerifiedSignatures& known) {
  TRY(scan(text));
  TRY(gather_sets());
  TRY(check_apex());
  TRY(check_chain());
  TRY(attach_signatures());
  TRY(read_keys());
  TRY(check_signers(anchors));
  TRY(check_digest());
  TRY(verify(known));
  if (signed_zone_text(sets_, apex_) != text) {
    return base::fail(kZoneNotCanonical, "right, but not written as it has to be");
  }
  return SignedZone(apex_, std::move(sets_));
}

base::Result<SignedZone> ZoneReader::read_trusted(std::string_view text) {
  TRY(scan(text));
  TRY(gather_sets());
  TRY(check_apex());
  TRY(check_chain());  // which lays the sets out, too
  TRY(attach_signatures());
  return SignedZone(apex_, std::move(sets_));
}

base::Result<SignedZone> read_zone(std::string_view text, std::string_view apex, base::EpochSeconds time) {
  if (!codec::is_dns_name(apex)) return base::fail(kBadZone, "the apex is no canonical name");
  if (text.empty()) return base::fail(kBadZone, "empty");
  return ZoneReader(apex, time).read_trusted(text);
}

base::Result<SignedZone> check_zone(std::string_view text, std::string_view apex, base::EpochSeconds time,
                                    std::span<const crypto::PublicKey> anchors, VerifiedSignatures& known) {
  if (!codec::is_dns_name(apex)) return base::fail(kBadZone, "the apex is no canonical name");
  if (text.empty()) return base::fail(kBadZone, "empty");
  return ZoneReader(apex, time).read(text, anchors, known);
}

}  // namespace publish
