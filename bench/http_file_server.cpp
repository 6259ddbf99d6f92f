// One file from memory over net::Server, for bench/http_bench.py: what the server itself costs, beside nginx.
// Usage: http_file_server FILE THREADS. Prints its address, then serves until its input ends.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <unistd.h>

#include "net/server.h"

int main(int argc, char** argv) {
  if (argc != 3) return std::puts("usage: http_file_server FILE THREADS"), 2;
  std::ifstream file(argv[1], std::ios::binary);
  const auto body = std::make_shared<const std::string>(std::istreambuf_iterator<char>(file),
                                                        std::istreambuf_iterator<char>());
  net::ServerOptions options;
  options.listen = {"127.0.0.1:0"};
  options.threads = static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10));
  options.limits.requests_per_connection_max = 1'000'000'000;
  options.limits.connections_per_peer_max = options.limits.connections_max;
  auto server =
      net::Server::start(std::move(options), [&body](const net::Request& request, net::Reply reply) {
        net::Response response;
        if (request.path != "/file") response.status = 404;
        response.headers = {{"content-type", "application/octet-stream"},
                            {"cache-control", "public, max-age=31536000, immutable"}};
        if (response.status == 200) response.body = body;
        reply.send(std::move(response));
      });
  if (!server) return std::puts(server.error().message().c_str()), 1;
  std::printf("%s\n", (*server)->addresses()[0].c_str());
  std::fflush(stdout);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  (*server)->stop(base::Seconds(1));
  return 0;
}
