#include "publish/dns/signature_records.h"

#include <algorithm>
#include <functional>

#include "base/check.h"
#include "codec/dns_name.h"
#include "crypto/sha384.h"

namespace publish {
namespace {

constexpr base::Byte kAlgorithmEd25519 = 15;
constexpr base::Byte kSchemeSimple = 1;
constexpr base::Byte kHashSha384 = 1;

base::Byte label_count(std::string_view owner) {
  return static_cast<base::Byte>(owner == "." ? 0 : std::ranges::count(owner, '.'));
}

base::Bytes rrsig_prefix(const RecordSet& set, std::string_view apex, const SignatureTimes& times,
                         std::uint16_t key_tag) {
  base::Bytes data;
  append_u16(data, set.type);
  data.push_back(kAlgorithmEd25519);
  data.push_back(label_count(set.owner));
  append_u32(data, set.ttl_seconds);
  // RFC 4034 section 3.1.5: serial arithmetic, so the low 32 bits.
  append_u32(data, static_cast<std::uint32_t>(times.expiration.value() & 0xFFFF'FFFF));
  append_u32(data, static_cast<std::uint32_t>(times.inception.value() & 0xFFFF'FFFF));
  append_u16(data, key_tag);
  const base::Bytes signer = wire_name(apex);
  data.insert(data.end(), signer.begin(), signer.end());
  return data;
}

struct Line {
  std::string_view owner;
  std::uint16_t type;
  std::uint32_t ttl_seconds;
  base::ByteView data;
};

/// Every record but the digest's own signature, in the order of RFC 8976 section 3.3.3: by owner, then by
/// type, where all RRSIG of an owner are one type.
template <typename Visit>
void for_each_record(const std::vector<SignedSet>& sets, std::string_view apex, const Visit& visit) {
  const auto visit_set = [&](const RecordSet& set) {
    for (const base::Bytes& data : set.data) visit(Line{set.owner, set.type, set.ttl_seconds, data});
  };
  for (std::size_t begin = 0; begin < sets.size();) {
    std::size_t end = begin;
    while (end < sets.size() && sets[end].records.owner == sets[begin].records.owner) ++end;
    std::size_t i = begin;
    for (; i < end && sets[i].records.type < kTypeRrsig; ++i) visit_set(sets[i].records);
    // By type covered first, as their data begin with it.
    for (std::size_t k = begin; k < end; ++k) {
      for (const SetSignature& signature : sets[k].signatures) {
        const RecordSet& set = sets[k].records;
        visit(Line{set.owner, kTypeRrsig, set.ttl_seconds, rrsig_data(set, apex, signature)});
      }
    }
    for (; i < end; ++i) visit_set(sets[i].records);
    begin = end;
  }
}

bool covers_digest(base::ByteView rrsig) {
  return rrsig.size() > 2 && rrsig[0] == 0 && rrsig[1] == kTypeZonemd;
}

}  // namespace

base::Bytes bytes_to_sign(const RecordSet& set, std::string_view apex, const SignatureTimes& times,
                          std::uint16_t key_tag) {
  base::Bytes bytes = rrsig_prefix(set, apex, times, key_tag);
  const base::Bytes owner = wire_name(set.owner);
  for (const base::Bytes& data : set.data) append_wire_record(bytes, owner, set.type, set.ttl_seconds, data);
  return bytes;
}

base::Bytes rrsig_data(const RecordSet& set, std::string_view apex, const SetSignature& signature) {
  base::Bytes data = rrsig_prefix(set, apex, signature.times, signature.key_tag);
  data.insert(data.end(), signature.signature.bytes.begin(), signature.signature.bytes.end());
  return data;
}

void sort_signatures(const RecordSet& set, std::string_view apex, std::vector<SetSignature>& signatures) {
  if (signatures.size() < 2) return;
  std::ranges::sort(signatures, {}, [&](const SetSignature& one) { return rrsig_data(set, apex, one); });
}

base::Bytes zonemd_data(std::uint32_t serial, const ZoneDigest& digest) {
  base::Bytes data;
  append_u32(data, serial);
  data.push_back(kSchemeSimple);
  data.push_back(kHashSha384);
  data.insert(data.end(), digest.begin(), digest.end());
  return data;
}

ZoneDigest zone_digest(const std::vector<SignedSet>& sets, std::string_view apex) {
  base::Bytes bytes;
  base::Bytes owner;
  std::string_view owner_text;
  for_each_record(sets, apex, [&](const Line& line) {
    if (line.owner == apex && line.type == kTypeZonemd) return;
    if (line.owner == apex && line.type == kTypeRrsig && covers_digest(line.data)) return;
    if (line.owner != owner_text) {
      owner = wire_name(line.owner);
      owner_text = line.owner;
    }
    append_wire_record(bytes, owner, line.type, line.ttl_seconds, line.data);
  });
  return crypto::sha384(bytes);
}

std::string signed_zone_text(const std::vector<SignedSet>& sets, std::string_view apex) {
  constexpr std::size_t kSetBytesTypical = 160;
  std::string text;
  text.reserve(sets.size() * kSetBytesTypical);
  std::string rest;
  rest.reserve(sets.size() * kSetBytesTypical);
  for_each_record(sets, apex, [&](const Line& line) {
    std::string& to = line.type == kTypeSoa ? text : rest;
    append_record_line(to, line.owner, line.type, line.ttl_seconds, line.data);
  });
  return text += rest;
}

}  // namespace publish
