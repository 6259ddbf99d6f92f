// Records as `log` and `watch` show them to people; what programs get is in api/shapes.h.
#pragma once

#include <optional>

#include "apps/console.h"
#include "base/strong.h"
#include "record/record.h"
#include "resource/object.h"
#include "storage/annex_store.h"

namespace apps {

/// Place, kind, who, changes (the one about `id` first), reasons.
void print_record(const record::Record& record, base::LeafIndex index,
                  const std::optional<resource::ObjectId>& id, const storage::AnnexStore& annexes,
                  Console& console);

}  // namespace apps
