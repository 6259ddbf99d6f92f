// A strict checker for the part of JSON Schema 2020-12 that docs/openapi.json uses. A keyword that it does not
// know is a finding, never passed over: a schema that is not understood proves nothing.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace schema {

/// What is wrong with `value` by `schema`, each with the place in `value`; empty if nothing is.
/// `document` is where `$ref: #/...` leads.
std::vector<std::string> findings(const nlohmann::ordered_json& value, const nlohmann::ordered_json& schema,
                                  const nlohmann::ordered_json& document);

}  // namespace schema
