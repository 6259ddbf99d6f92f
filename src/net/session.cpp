#include "net/session.h"

#include <utility>

#include "net/session_flow.h"

namespace net {

bool is_hung_up(int descriptor, bool half) {
  if (descriptor < 0) return false;
  pollfd look{descriptor, static_cast<short>(half ? POLLRDHUP : 0), 0};
  return ::poll(&look, 1, 0) > 0 && (look.revents & (POLLHUP | POLLERR | (half ? POLLRDHUP : 0))) != 0;
}

void begin_session(Loop& loop, Socket socket, PeerTable::Ticket ticket,
                   const std::shared_ptr<asio::ssl::context>& tls) {
  if (tls == nullptr) {
    Session<Socket>::begin(std::make_shared<Session<Socket>>(loop, std::move(ticket), std::move(socket)), 0);
  } else {
    Session<TlsStream>::begin(
        std::make_shared<Session<TlsStream>>(loop, std::move(ticket), std::move(socket), *tls), 0);
  }
}

void begin_refusal(Loop& loop, Socket socket, unsigned status) {
  Session<Socket>::begin(std::make_shared<Session<Socket>>(loop, PeerTable::Ticket(), std::move(socket)),
                         status);
}

}  // namespace net
