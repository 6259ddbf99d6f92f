#include "publish/dns/nsec_chain.h"

#include <algorithm>
#include <memory>
#include <span>

// These headers are C and do not say so.
extern "C" {
#include <libdnssec/nsec.h>
}

#include "base/check.h"
#include "codec/dns_name.h"

namespace publish {
namespace {

struct FreeBitmap {
  void operator()(dnssec_nsec_bitmap_t* bitmap) const { dnssec_nsec_bitmap_free(bitmap); }
};

/// The sets of one owner, and how far its authority goes.
struct OwnerGroup {
  std::size_t first = 0;
  std::size_t count = 0;
  bool is_cut = false;   ///< a delegation: NSEC and DS are the zone's, nothing else
  bool is_told = false;  ///< below a delegation: glue
};

std::uint32_t soa_minimum(const RecordSet& soa) {
  CHECK(soa.data.size() == 1 && soa.data[0].size() >= 4);
  const base::Byte* end = soa.data[0].data() + soa.data[0].size();
  return std::uint32_t{end[-4]} << 24 | std::uint32_t{end[-3]} << 16 | std::uint32_t{end[-2]} << 8 | end[-1];
}

/// RFC 9077 section 3: no denial lives longer than a negative answer.
std::uint32_t nsec_ttl(const std::vector<RecordSet>& sets, std::string_view apex) {
  const auto soa = std::ranges::find_if(
      sets, [&](const RecordSet& set) { return set.type == kTypeSoa && set.owner == apex; });
  CHECK(soa != sets.end());
  return std::min(soa->ttl_seconds, soa_minimum(*soa));
}

std::vector<OwnerGroup> group(const std::vector<RecordSet>& sets, std::string_view apex) {
  std::vector<OwnerGroup> groups;
  std::string_view cut;  // the delegation that was met last; what is below it follows at once
  for (std::size_t i = 0; i < sets.size();) {
    OwnerGroup one{.first = i};
    const std::string& owner = sets[i].owner;
    for (; i < sets.size() && sets[i].owner == owner; ++i) {
      CHECK(sets[i].type != kTypeNsec);
      if (sets[i].type == kTypeNs && owner != apex) one.is_cut = true;
    }
    one.count = i - one.first;
    one.is_told = !cut.empty() && codec::is_below(owner, cut);
    if (one.is_told) one.is_cut = false;
    if (one.is_cut) cut = owner;
    groups.push_back(one);
  }
  return groups;
}

base::Bytes nsec_data(std::string_view next, std::span<const SignedSet> present) {
  const std::unique_ptr<dnssec_nsec_bitmap_t, FreeBitmap> types(dnssec_nsec_bitmap_new());
  CHECK(types != nullptr);
  dnssec_nsec_bitmap_add(types.get(), kTypeRrsig);
  dnssec_nsec_bitmap_add(types.get(), kTypeNsec);
  for (const SignedSet& set : present) {
    // Of what is only told, a cut shows its NS; an address there belongs to the zone below.
    if (set.is_authoritative || set.records.type == kTypeNs)
      dnssec_nsec_bitmap_add(types.get(), set.records.type);
  }
  base::Bytes data = wire_name(next);
  const std::size_t name_bytes = data.size();
  data.resize(name_bytes + dnssec_nsec_bitmap_size(types.get()));
  dnssec_nsec_bitmap_write(types.get(), data.data() + name_bytes);
  return data;
}

}  // namespace

std::vector<SignedSet> with_nsec_chain(std::vector<RecordSet> sets, std::string_view apex) {
  const std::uint32_t ttl_seconds = nsec_ttl(sets, apex);
  const std::vector<OwnerGroup> groups = group(sets, apex);
  std::vector<std::string> owners;  // of the chain; copied, as the sets move away
  for (const OwnerGroup& one : groups) {
    if (!one.is_told) owners.push_back(sets[one.first].owner);
  }
  std::vector<SignedSet> out;
  out.reserve(sets.size() + owners.size());
  std::size_t link = 0;
  for (const OwnerGroup& one : groups) {
    const std::size_t begin = out.size();
    for (std::size_t i = one.first; i < one.first + one.count; ++i) {
      const bool own = !one.is_told && (!one.is_cut || sets[i].type == kTypeDs);
      out.push_back({std::move(sets[i]), own, {}});
    }
    if (one.is_told) continue;
    const std::string& next = owners[(link + 1) % owners.size()];
    RecordSet nsec{owners[link++], kTypeNsec, ttl_seconds, {nsec_data(next, std::span(out).subspan(begin))}};
    const auto after =
        std::ranges::find_if(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
                             [](const SignedSet& set) { return set.records.type > kTypeNsec; });
    out.insert(after, {std::move(nsec), true, {}});
  }
  return out;
}

}  // namespace publish
