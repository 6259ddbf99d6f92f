#include "publish/dns/trust_anchor.h"

#include <algorithm>

#include "crypto/hash.h"
#include "publish/dns/record_set.h"

namespace publish {
namespace {

constexpr base::Byte kAlgorithmEd25519 = 15;
constexpr base::Byte kDigestSha256 = 2;

std::vector<ZoneKey> anchors(std::span<const ZoneKey> keys) {
  std::vector<ZoneKey> out;
  std::ranges::copy_if(keys, std::back_inserter(out),
                       [](const ZoneKey& key) { return key.flags == kKskFlags; });
  std::ranges::sort(out, {}, dnskey_data);
  return out;
}

base::Bytes ds_data(base::ByteView owner, const ZoneKey& key) {
  base::Bytes data;
  append_u16(data, key_tag(key));
  data.push_back(kAlgorithmEd25519);
  data.push_back(kDigestSha256);
  const base::Hash digest = crypto::sha256({owner, dnskey_data(key)});
  data.insert(data.end(), digest.bytes.begin(), digest.bytes.end());
  return data;
}

}  // namespace

std::string trust_anchor_keys(std::string_view apex, std::uint32_t ttl_seconds,
                              std::span<const ZoneKey> keys) {
  std::string text;
  for (const ZoneKey& key : anchors(keys))
    append_record_line(text, apex, kTypeDnskey, ttl_seconds, dnskey_data(key));
  return text;
}

std::string trust_anchor_ds(std::string_view apex, std::uint32_t ttl_seconds, std::span<const ZoneKey> keys) {
  const base::Bytes owner = wire_name(apex);
  std::string text;
  for (const ZoneKey& key : anchors(keys))
    append_record_line(text, apex, kTypeDs, ttl_seconds, ds_data(owner, key));
  return text;
}

}  // namespace publish
