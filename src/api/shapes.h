// The JSON that describes objects, records, proposals and the whole registry: one shape each, for the answers
// of the server and for `--json` on the command line. Format: docs/formats/api.md
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "base/strong.h"
#include "charter/pending.h"
#include "note/checkpoint.h"
#include "record/record.h"
#include "registry/registry.h"
#include "resource/object.h"
#include "storage/annex_store.h"

namespace api {

using nlohmann::ordered_json;

/// "domain", "ru" -> the object's id; names get their final dot and lower case.
/// Errors: kUnknownClass.
base::Result<resource::ObjectId> parse_object(std::string_view object_class, std::string_view key);

/// "attribute": "value", or a list where there are several.
ordered_json object_json(const resource::Object& object);

/// What the record's annex says, line by line; lines that could trouble a terminal are left out. Empty
/// without an annex; one line in brackets where it is not there or altered.
std::vector<std::string> reasons_of(const record::Record& record, const storage::AnnexStore& annexes);
/// "leaf", "id", "kind", then the attributes by name, "changes", "reasons". An attribute that a kind may have several of is a
/// list under its plural.
ordered_json record_json(const record::Record& record, base::LeafIndex index,
                         const storage::AnnexStore& annexes);

ordered_json pending_json(const charter::PendingProposal& pending);

/// Where the registry stands and what it holds.   Cost: visits every object.
ordered_json status_json(const note::Checkpoint& checkpoint, const registry::Registry& registry);

inline constexpr base::ErrorKind kUnknownClass{"unknown-class", base::Category::kInvalid,
                                               "docs/formats/objects.md"};

}  // namespace api
