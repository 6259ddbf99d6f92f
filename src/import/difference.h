// What class U must change so that UNCLAIMED objects equal an upstream zone: the paragraphs, in an order that
// keeps the invariants of objects.md after every single one, and the report of everything that was left as it
// is. Claimed domains and the hosts at or below them are never touched. Who signs and attests the proposals
// is the caller's. Format: docs/formats/records.md (paragraphs), docs/formats/rules.md (class U)
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "import/surroundings.h"
#include "import/zone_file.h"
#include "resource/change.h"
#include "resource/object_source.h"

namespace import {

struct PlannedChange {
  resource::ObjectId id;
  resource::Action action;
  std::string paragraph;  ///< "create domain: ru.\n+ ...", without the leading empty line
};

/// The registry says one thing and upstream another, and the registry's stays. One line an object and
/// attribute; values are joined with
/// ", " and "absent" says that the object or every value is missing.
struct Divergence {
  resource::ObjectId id;
  std::string
      attribute;  ///< "nserver", "ds-rdata", "address", "status"; empty if the object as a whole is meant
  std::string ours;
  std::string upstream;
  std::string reason;  ///< "claimed by ORG-X", "below ru., claimed by ORG-X", "no address for ns1.x. in the
                       ///< file", "disputed until ...", ...
};

struct Difference {
  std::vector<PlannedChange>
      changes;  ///< hosts, zone, then domains each after its hosts, host deletions last
  std::vector<Divergence> divergences;  ///< sorted by object, attribute
  std::vector<std::string>
      unused_hosts;  ///< UNCLAIMED, named by nothing, and not released by this import: kept
};

/// Shapes: `upstream` from parse_zone; `present` may be empty or hold other zones too. A domain belongs to
/// the zone with the nearest apex above it, and only this zone's are looked at. A host changes its addresses
/// only if this zone is the nearest at or above it. What class U may not make or delete, by the objects or
/// by `restraints`, is listed in `divergences`, and what depends on it stays as it is.
/// Errors: kUnrepresentable if the zone object itself cannot be made (an apex name server inside a zone
/// without an address, or below a claimed domain and unknown; a cut above or below a claimed domain).
/// Cost:   O(objects log objects); the whole root in tens of milliseconds.
base::Result<Difference> difference(const ParsedZone& upstream, const resource::ObjectSource& present,
                                    const Restraints& restraints);

/// Paragraphs of one proposal, in canonical order.
struct Batch {
  std::vector<std::string> paragraphs;
  std::size_t bytes = 0;  ///< of the paragraphs with the empty line before each
};

/// What a proposal's paragraphs may take so that head and signatures still fit a record.
inline constexpr std::size_t kBatchBytesMax = base::kRecordBytesMax - 2'048;

/// Packs changes, in their order, into as few proposals as a greedy cut gives. Every prefix of `changes`
/// keeps the invariants, so each batch does after the ones before it. At most base::kRecordParagraphsMax
/// paragraphs a batch. Errors: kUnrepresentable if one paragraph alone is larger than `bytes_max`.
base::Result<std::vector<Batch>> make_batches(const std::vector<PlannedChange>& changes,
                                              std::size_t bytes_max = kBatchBytesMax);

inline constexpr base::ErrorKind kUnrepresentable{"unrepresentable", base::Category::kInvalid,
                                                  "docs/formats/objects.md"};

}  // namespace import
