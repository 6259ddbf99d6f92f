// Starts the sessions of a loop. What a session does is in session_flow.h. A private header of the room.
#pragma once

#include <memory>

#include <boost/asio/ssl/context.hpp>

#include "net/loop.h"

namespace net {

/// Serves one connection until it ends, over TLS if `tls` is given.   Threads: the loop's.
void begin_session(Loop& loop, Socket socket, PeerTable::Ticket ticket,
                   const std::shared_ptr<asio::ssl::context>& tls);

/// Answers a connection for which there is no room, without reading what it asks.   Threads: the loop's.
void begin_refusal(Loop& loop, Socket socket, unsigned status);

}  // namespace net
