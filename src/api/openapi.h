// The description of the whole interface, docs/openapi.json, as it was when this program was built.
// Spec: OpenAPI 3.1
#pragma once

#include <memory>
#include <string>

namespace api {

std::shared_ptr<const std::string> openapi_document();

}  // namespace api
