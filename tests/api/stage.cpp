#include "api/stage.h"

#include <chrono>
#include <utility>

#include <gtest/gtest.h>

#include "support/world.h"

namespace stage {
namespace {

constexpr auto kPatience = std::chrono::seconds(20);

void collect(const base::Files& files, const std::string& folder, std::string& all) {
  const auto names = files.list(folder);
  if (!names) return;
  for (const std::string& name : *names) {
    const std::string path = folder + "/" + name;
    all += path + "\n";
    if (const auto bytes = files.read(path, std::size_t{1} << 30)) {
      all += base::as_text(*bytes);
    } else {
      collect(files, path, all);
    }
  }
}

}  // namespace

std::string everything(const base::Files& files, const std::string& folder) {
  std::string all;
  collect(files, folder, all);
  return all;
}

void Asked::send(net::Response response) {
  const std::scoped_lock guard(mutex_);
  EXPECT_FALSE(response_.has_value()) << "answered twice";
  response_ = std::move(response);
  changed_.notify_all();
}

std::shared_ptr<net::EventStream> Asked::stream(net::Response head) {
  send(std::move(head));
  const std::scoped_lock guard(mutex_);
  open_ = true;
  return shared_from_this();
}

bool Asked::send(std::shared_ptr<const std::string> chunk) {
  const std::scoped_lock guard(mutex_);
  if (!open_) return false;
  streamed_ += *chunk;
  changed_.notify_all();
  return true;
}

bool Asked::is_open() const {
  const std::scoped_lock guard(mutex_);
  return open_;
}

void Asked::close() {
  const std::scoped_lock guard(mutex_);
  open_ = false;
}

net::Response Asked::wait() {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [&] { return response_.has_value(); })) {
    ADD_FAILURE() << "no answer";
    return {.status = 599, .headers = {}, .body = nullptr};
  }
  return *response_;
}

bool Asked::is_answered() const {
  const std::scoped_lock guard(mutex_);
  return response_.has_value();
}

std::string Asked::wait_for(const std::string& part) {
  std::unique_lock lock(mutex_);
  const bool came =
      changed_.wait_for(lock, kPatience, [&] { return streamed_.find(part) != std::string::npos; });
  EXPECT_TRUE(came) << part << " did not come; what came is " << streamed_;
  return streamed_;
}

Stage::Stage() {
  settings.role = api::Role::kHub;
  settings.version = "9.9.9";
  settings.contact = "mailto:security@registry.example";
  settings.folders = {.log = "MEMBER-A/log",
                      .annexes = "MEMBER-A/log/annex",
                      .snapshots = "MEMBER-A/snapshots",
                      .policies = "policies",
                      .policy = "policy",
                      .genesis = "genesis"};
  settings.receipt_wait = std::chrono::seconds(10);
  cast.now = actors::kGenesisTime + base::Seconds(60);
}

Stage::~Stage() {
  if (service) service->stop();
  submitter.reset();  // owes answers that hold nothing of the service but its counters
}

void Stage::open_empty() {
  auto opened = replica::View::open(
      {.files = &files, .log_folder = "MEMBER-A/log", .snapshot_folder = "MEMBER-A/snapshots"});
  ASSERT_TRUE(opened) << opened.error().message();
  view = std::move(*opened);
  service = std::make_unique<api::Service>(*view, files, clock, settings);
}

void Stage::open() {
  ASSERT_TRUE(table.open({"MEMBER-A", "MEMBER-B", "MEMBER-C", "MEMBER-D"}));
  clock.move_to(cast.now);
  submit(actors::standard_world(cast));
  submit(actors::close_founding(cast));
  ASSERT_TRUE(files.write_synced("genesis", base::as_bytes(cast.genesis().leaf()), base::FileMode::kPublic));
  const std::string policy = note::serialize_policy(sim::policy_of(table.registry().charter()));
  ASSERT_TRUE(files.write_synced("policy", base::as_bytes(policy), base::FileMode::kPublic));
  submitter = std::make_unique<api::EngineSubmitter>(table.engine(),
                                                     storage::AnnexStore(files, settings.folders.annexes));
  if (settings.submitter == nullptr) settings.submitter = submitter.get();
  open_empty();
}

void Stage::submit(const std::vector<actors::Draft>& drafts) {
  for (const auto& done : table.submit(drafts)) ASSERT_TRUE(done) << done.error().message();
}

void Stage::advance() {
  const auto advanced = view->advance();
  ASSERT_TRUE(advanced) << advanced.error().message();
}

actors::Draft Stage::routine_change() {
  cast.expires_after = 10 * actors::kDay + changes_;  // else the same record comes again
  const std::string sign = changes_++ % 2 == 0 ? "+" : "-";
  return cast.proposal("ORG-ALFA", "H1",
                       {actors::change("domain", "alfa.", {sign + " nserver: a.nic.beta."})});
}

std::shared_ptr<Asked> Stage::ask(const std::string& method, const std::string& target,
                                  const Headers& headers, const std::string& body) {
  const auto mark = target.find('?');
  net::Request request;
  request.method = method;
  request.path = target.substr(0, mark);
  request.query = mark == std::string::npos ? "" : target.substr(mark + 1);
  request.headers = headers;
  request.body = body;
  auto asked = std::make_shared<Asked>();
  service->answer(request, net::Reply(asked));
  return asked;
}

nlohmann::ordered_json Stage::json(const net::Response& response) {
  EXPECT_EQ(response.header("content-type"), "application/json");
  auto parsed = nlohmann::ordered_json::parse(response.text(), nullptr, false);
  EXPECT_FALSE(parsed.is_discarded()) << response.text();
  return parsed;
}

}  // namespace stage
