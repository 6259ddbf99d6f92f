// What the planner asks of one change paragraph: which lines it has, which keys it brings; and how a refusal
// names it. Knows no state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/ed25519.h"
#include "resource/change.h"
#include "resource/object.h"

namespace charter {

using KeyList = std::vector<crypto::PublicKey>;

/// "change domain: ru."
std::string paragraph(const resource::Change& change);
/// kWrongClass, with the paragraph and the line before the reason.
std::unexpected<base::Error> wrong(const resource::Change& change, std::string_view why);
std::unexpected<base::Error> wrong(const resource::Change& change, const resource::LineChange& line,
                                   std::string_view why);

bool has_line(const resource::Change& change, std::string_view name);
/// The value that a `+` or `=` line of this name gives; empty if none.
std::string_view new_value(const resource::Change& change, std::string_view name);
bool only_sets(const resource::Change& change);
bool any_sets(const resource::Change& change);

bool is_key_attribute(std::string_view name);
bool is_threshold_attribute(std::string_view name);
/// Keys that the paragraph gives to its party and that `before` (null: nothing) does not have.
KeyList new_keys(const resource::Change& change, const resource::Object* before);

/// Errors: kRefused if the line adds a DS of a digest type that is none of 1, 2, 4.
base::Result<void> check_digest(const resource::Change& change, const resource::LineChange& line);

}  // namespace charter
