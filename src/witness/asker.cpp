#include "witness/asker.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "codec/decimal.h"
#include "net/client.h"
#include "note/checkpoint.h"
#include "note/witness_request.h"

namespace witness {
namespace {

using base::Result;

constexpr std::size_t kAnswerBytesMax = 65'536;
constexpr std::size_t kWordsMax = 200;
constexpr unsigned kConflict = 409;

// A stranger's words, for a message of ours: one line, bounded.
std::string words(std::string_view text) {
  std::string kept(text.substr(0, std::min(text.find('\n'), kWordsMax)));
  std::ranges::replace_if(kept, [](char letter) { return letter < ' ' || letter > '~'; }, '?');
  return kept;
}

Result<base::TreeSize> parse_conflict(const Transport::Reply& reply) {
  std::string_view text = reply.body;
  if (reply.content_type.starts_with("text/x.tlog.size") && text.ends_with('\n')) {
    text.remove_suffix(1);
    const auto size = codec::parse_decimal(text, base::kTreeSizeMax);
    if (size) return base::TreeSize(*size);
  }
  return base::fail(kWitnessRefused, "409 " + words(reply.body));
}

class HttpTransport final : public Transport {
 public:
  explicit HttpTransport(std::unique_ptr<net::Client> client) : client_(std::move(client)) {}
  Result<Reply> post(std::string_view body) override {
    net::CallLimits limits;
    limits.timeout = std::chrono::seconds(30);
    limits.body_bytes_max = kAnswerBytesMax;
    ASSIGN_OR_RETURN(const net::Response response,
                     client_->post("/add-checkpoint", "text/plain; charset=utf-8", body, limits));
    return Reply{response.status, std::string(response.header("content-type")), std::string(response.text())};
  }
  void interrupt() override { client_->interrupt(); }

 private:
  std::unique_ptr<net::Client> client_;
};

}  // namespace

Asker::Asker(note::VerifierKey key, std::unique_ptr<Transport> transport)
    : key_(std::move(key)), transport_(std::move(transport)) {
  CHECK(key_.type == note::KeyType::kCosignature);
}

Result<std::string> Asker::ask(std::string_view checkpoint, const merkle::TileReader& tiles) {
  ASSIGN_OR_RETURN(const note::SignedCheckpoint published, note::parse_signed_checkpoint(checkpoint));
  const base::TreeSize size = published.checkpoint.size;
  // Twice: the first answer may tell where the witness stands. A third time would be its mistake.
  for (int attempt = 0; attempt < 2; ++attempt) {
    note::WitnessRequest request{std::min(stands_at_, size), {}, checkpoint};
    if (request.old_size.value() > 0) {
      ASSIGN_OR_RETURN(request.proof, merkle::prove_consistency(request.old_size, size, tiles));
    }
    ASSIGN_OR_RETURN(const Transport::Reply reply,
                     transport_->post(note::serialize_witness_request(request)));
    if (reply.status == 200) {
      ASSIGN_OR_RETURN(std::string line, take_line(reply.body, published.note.text));
      stands_at_ = size;
      return line;
    }
    if (reply.status != kConflict)
      return base::fail(kWitnessRefused, std::to_string(reply.status) + " " + words(reply.body));
    ASSIGN_OR_RETURN(stands_at_, parse_conflict(reply));
    if (stands_at_ > size) {
      return base::fail(kWitnessAhead, key_.name + " cosigned size " + std::to_string(stands_at_.value()) +
                                           " of this log, which is at " + std::to_string(size.value()));
    }
  }
  return base::fail(kWitnessRefused, "409 twice, with size " + std::to_string(stands_at_.value()));
}

// Lines of other keys are ignored, as the specification asks.
Result<std::string> Asker::take_line(std::string_view answer, std::string_view text) const {
  while (!answer.empty()) {
    const std::string_view line = answer.substr(0, answer.find('\n'));
    answer.remove_prefix(std::min(answer.size(), line.size() + 1));
    const auto parsed = note::parse_any_signature_line(line);
    if (!parsed || parsed->name != key_.name || parsed->key_id != key_.id()) continue;
    TRY(note::verify_cosignature(text, *parsed, key_));
    return std::string(line) + "\n";
  }
  return base::fail(kWitnessRefused, "200 without a cosignature of " + key_.name);
}

struct Askers::Desk {
  std::unique_ptr<Asker> asker;
  AskerStatus status;  // guarded by the askers' mutex
  std::jthread thread;
};

Askers::Askers(AskersOptions options, std::vector<std::unique_ptr<Asker>> askers)
    : options_(std::move(options)) {
  for (std::unique_ptr<Asker>& asker : askers) {
    auto desk = std::make_unique<Desk>();
    desk->status.name = asker->key().name;
    desk->asker = std::move(asker);
    desks_.push_back(std::move(desk));
  }
  for (const std::unique_ptr<Desk>& desk : desks_)
    desk->thread = std::jthread([this, &desk = *desk](const std::stop_token& stop) { run(desk, stop); });
}

Askers::~Askers() {
  for (const std::unique_ptr<Desk>& desk : desks_) {
    desk->thread.request_stop();
    desk->asker->transport().interrupt();
  }
  for (const std::unique_ptr<Desk>& desk : desks_) desk->thread.join();
}

void Askers::wake() {
  const std::lock_guard lock(mutex_);
  ++wakes_;
  changed_.notify_all();
}

std::vector<AskerStatus> Askers::status() const {
  const std::lock_guard lock(mutex_);
  std::vector<AskerStatus> all;
  for (const std::unique_ptr<Desk>& desk : desks_) all.push_back(desk->status);
  return all;
}

void Askers::run(Desk& desk, const std::stop_token& stop) {
  std::chrono::milliseconds pause = options_.pause;
  std::string done;  // the text that it has cosigned
  std::uint64_t seen = 0;
  bool failed = false;
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      if (!failed && !changed_.wait(lock, stop, [&] { return wakes_ != seen; })) return;
      seen = wakes_;
    }
    const Result<void> asked = ask_once(desk, done);
    failed = !asked.has_value();
    if (failed && options_.report) options_.report(desk.asker->key().name, asked.error());
    pause = failed ? std::min(2 * pause, options_.pause_max) : options_.pause;
    std::unique_lock lock(mutex_);
    desk.status.trouble = failed ? asked.error().message() : std::string();
    if (failed) ++desk.status.failed;
    // A witness serves many logs: never more often than this, and less often while it fails.
    changed_.wait_for(lock, stop, pause, [] { return false; });
  }
}

Result<void> Askers::ask_once(Desk& desk, std::string& done) {
  ASSIGN_OR_RETURN(const std::string checkpoint, options_.checkpoint());
  ASSIGN_OR_RETURN(const note::SignedCheckpoint published, note::parse_signed_checkpoint(checkpoint));
  const std::string body(published.note.text);
  if (body == done && note::find_signature(published.note, desk.asker->key()) != nullptr) return {};
  // The witness need not see the members' lines: the log's is what it checks.
  const auto tiles = options_.tiles(published.checkpoint.size);
  ASSIGN_OR_RETURN(const std::string line, desk.asker->ask(checkpoint, *tiles));
  {
    const std::lock_guard lock(mutex_);
    desk.status.size = published.checkpoint.size;
    ++desk.status.cosigned;
  }
  done = body;
  return options_.take(body, {line});
}

Result<std::unique_ptr<Transport>> make_http_transport(std::string_view base_url) {
  while (base_url.ends_with('/')) base_url.remove_suffix(1);
  ASSIGN_OR_RETURN(std::unique_ptr<net::Client> client, net::Client::create(base_url, {}));
  return std::make_unique<HttpTransport>(std::move(client));
}

Result<std::vector<std::unique_ptr<Asker>>> make_askers(const note::Policy& policy) {
  std::vector<std::unique_ptr<Asker>> askers;
  for (const note::PolicyWitness& witness : policy.witnesses) {
    if (witness.url.empty()) continue;
    ASSIGN_OR_RETURN(std::unique_ptr<Transport> transport, make_http_transport(witness.url));
    askers.push_back(std::make_unique<Asker>(witness.key, std::move(transport)));
  }
  if (askers.empty()) return base::fail(note::kBadPolicy, "no witness has a URL");
  return askers;
}

}  // namespace witness
