// The door to a server over HTTP, through net::Client.
#pragma once

#include <memory>
#include <string>

#include "apps/hub_door.h"
#include "base/result.h"

namespace apps {

class HttpDoor {
 public:
  /// Errors: those of net::Client::create. Nothing is sent yet.
  static base::Result<std::unique_ptr<HubDoor>> create(const std::string& url);
};

}  // namespace apps
