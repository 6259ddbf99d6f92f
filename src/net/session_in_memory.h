// The server's session without a socket, for fuzzing and tests: the same flow, reader and answers, over bytes in memory.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "net/reply.h"
#include "net/server.h"

namespace net {

/// What a peer that sends `input` in pieces of at most `piece_bytes`, and then stops sending, gets back.
/// Shapes: the handler answers before it returns, or drops the reply; piece_bytes > 0. The time limits of `limits` hold.
std::string serve_in_memory(std::string_view input, std::size_t piece_bytes, const ServerLimits& limits,
                            const Handler& handler);

}  // namespace net
