// What the hub's notice board looks like from here: two calls, bound to engine::CosignDesk where the program
// is put together. Absent on a server that is no hub.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace api {

struct HubDesk {
  using Text = std::shared_ptr<const std::string>;
  /// Answers exactly once, on any thread: what is proposed once its round is another than `after`, or null
  /// when `wait` is over.
  std::function<void(std::optional<std::uint64_t> after, std::chrono::milliseconds wait,
                     std::function<void(Text)> answer)>
      ask;
  /// Takes one cosignature.   Errors: the desk's.
  std::function<base::Result<void>(std::string_view note)> add;
};

}  // namespace api
