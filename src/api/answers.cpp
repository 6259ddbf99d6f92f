#include "api/answers.h"

#include <nlohmann/json.hpp>

#include "base/check.h"

namespace api {

net::Response answer_with(unsigned status, std::string_view content_type, std::string_view caching,
                          std::shared_ptr<const std::string> body) {
  net::Response response;
  response.status = status;
  response.headers.reserve(5);
  response.headers.push_back({"content-type", std::string(content_type)});
  response.headers.push_back({"cache-control", std::string(caching)});
  // Everything here is public, so pages from elsewhere may read it; no browser may take it for a page.
  response.headers.push_back({"access-control-allow-origin", "*"});
  response.headers.push_back({"x-content-type-options", "nosniff"});
  response.body = std::move(body);
  return response;
}

net::Response text_answer(unsigned status, std::string text) {
  return answer_with(status, kTextType, kNotStored, std::make_shared<const std::string>(std::move(text)));
}

std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

net::Response json_answer(unsigned status, const nlohmann::ordered_json& json) {
  return answer_with(status, kJsonType, kNotStored,
                     std::make_shared<const std::string>(json_text(json) + "\n"));
}

unsigned status_of(const base::Error& error) {
  switch (error.kind().category) {
    case base::Category::kInvalid:
      return 400;
    case base::Category::kDenied:
      return 403;
    case base::Category::kNotFound:
      return 404;
    case base::Category::kConflict:
      return 409;
    case base::Category::kUnavailable:
      return 503;
    case base::Category::kCorrupt:
      return 500;
  }
  CHECK(false);
  return 500;
}

net::Response refusal(const base::Error& error, std::string_view record_id) {
  nlohmann::ordered_json json;
  if (!record_id.empty()) json["id"] = record_id;
  json["rule"] = error.kind().name;
  json["reason"] = error.detail();
  json["spec"] = error.kind().spec;
  net::Response response = json_answer(status_of(error), json);
  if (response.status == 503) response.headers.push_back({"retry-after", "1"});
  return response;
}

net::Response refusal(unsigned status, const base::Error& error) {
  net::Response response = refusal(error);
  response.status = status;
  return response;
}

}  // namespace api
