// A founded registry with a service in front of it, for the tests of api/: requests go in as values and answers
// come out as values, without a socket.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/engine_submitter.h"
#include "api/service.h"
#include "net/reply.h"
#include "replica/view_pump.h"
#include "sim/forgetful_files.h"
#include "sim/table.h"
#include "support/actors.h"

namespace stage {

/// Every path and content below `folder`, one after the other.
std::string everything(const base::Files& files, const std::string& folder);

/// Keeps what one request was answered with.   Threads: any.
class Asked final : public net::ReplySink,
                    public net::EventStream,
                    public std::enable_shared_from_this<Asked> {
 public:
  void send(net::Response response) override;
  std::shared_ptr<net::EventStream> stream(net::Response head) override;
  bool is_gone() const override { return false; }
  using net::EventStream::send;
  bool send(std::shared_ptr<const std::string> chunk) override;
  bool is_open() const override;
  void close() override;

  /// Waits for the answer (of a stream: its head).
  net::Response wait();
  bool is_answered() const;
  /// What was sent on the stream so far, once it holds `part`.
  std::string wait_for(const std::string& part);

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::optional<net::Response> response_;
  std::string streamed_;
  bool open_ = false;
};

using Headers = std::vector<net::Header>;

/// Order: open, then anything.
class Stage {
 public:
  Stage();
  ~Stage();

  /// Four members, the small world, founding closed; the service shows all of it.
  void open();
  /// The service alone, before anything is published.
  void open_empty();
  void submit(const std::vector<actors::Draft>& drafts);
  void advance();
  actors::Draft routine_change();

  std::shared_ptr<Asked> ask(const std::string& method, const std::string& target,
                             const Headers& headers = {}, const std::string& body = {});
  net::Response get(const std::string& target, const Headers& headers = {}) {
    return ask("GET", target, headers)->wait();
  }
  net::Response post(const std::string& target, const std::string& type, const std::string& body) {
    return ask("POST", target, {{"content-type", type}}, body)->wait();
  }
  static nlohmann::ordered_json json(const net::Response& response);

  sim::ForgetfulFiles files{1};
  sim::StandingClock clock{actors::kGenesisTime};
  actors::Cast cast{4};
  sim::Table table{files, clock, cast};
  api::Settings settings;
  std::unique_ptr<replica::View> view;
  std::unique_ptr<api::EngineSubmitter> submitter;
  std::unique_ptr<api::Service> service;

 private:
  std::uint64_t changes_ = 0;
};

}  // namespace stage
