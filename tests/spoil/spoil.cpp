// A member that lies, for tests between processes. In a ceremony: puts the dealing of the present attempt into its folder
// with one share spoiled; its process, the real program, finds it there after a restart and deals it. In signing rounds:
// takes the place of its process until it is ended, and answers whoever asks with one wrong share.
// use: comity_spoil DIR HOME MEMBER VICTIM    (DIR: a registry's folder, read at its checkpoint; HOME: the liar's)
//      comity_spoil sign DIR HOME MEMBER URL  (URL: the mailbox)
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "apps/operator_keys.h"
#include "apps/reading.h"
#include "apps/round_seats.h"
#include "base/check.h"
#include "charter/ceremonies.h"
#include "charter/ceremony_math.h"
#include "crypto/hash.h"
#include "net/client.h"
#include "os/posix_files.h"
#include "os/system_clock.h"
#include "os/system_random.h"
#include "replica/ceremony_folder.h"
#include "replica/operator_key.h"
#include "replica/round_jobs.h"
#include "replica/rounds_part.h"
#include "spoil/liar.h"
#include "threshold/key_generation.h"

namespace {

base::Result<bool> spoil_dealing(const std::string& dir, const std::string& home, const std::string& member,
                                 const std::string& victim) {
  os::PosixFiles files;
  os::SystemRandom random;
  ASSIGN_OR_RETURN(const apps::Reading reading, apps::Reading::open(files, dir));
  std::vector<std::string> warnings;
  ASSIGN_OR_RETURN(const registry::Registry registry, reading.load(warnings));
  const charter::State& state = registry.charter();
  replica::CeremonyFolder folder(files, apps::ceremony_folder(apps::FolderLayout{home}, member));
  for (const record::RecordId& id : state.ceremonies()) {
    const charter::CeremonyEntry& entry = *state.ceremony(id);
    if (entry.phase != charter::CeremonyPhase::kDealing) continue;
    ASSIGN_OR_RETURN(const auto key, folder.key(id));
    if (!key) continue;
    ASSIGN_OR_RETURN(auto dealing,
                     threshold::deal(charter::session_of(state.ceremony_attempt(id)), *key, random));
    const auto participants = charter::participants_of(entry);
    for (std::size_t i = 0; i < participants.size(); ++i) {
      if (participants[i].member == victim) dealing.private_part[(i + 1) * threshold::kFrameBytes - 1] ^= 1;
    }
    dealing.public_part.private_part = crypto::sha256(dealing.private_part);
    TRY(folder.store_dealing(id, entry.attempt,
                             {threshold::serialize_public_part(dealing.public_part), dealing.private_part}));
    return true;
  }
  return false;
}

/// Plays a member's part in signing rounds as its process does, but never begins one, and lies in each.
class FalseSigner {
 public:
  static base::Result<std::unique_ptr<FalseSigner>> create(const std::string& dir, const std::string& home,
                                                           const std::string& member,
                                                           const std::string& url) {
    std::unique_ptr<FalseSigner> made(new FalseSigner(dir, member));
    const apps::FolderLayout layout{home};
    ASSIGN_OR_RETURN(auto keys, apps::OperatorKeys::load(made->files_, layout));
    made->keys_.emplace(std::move(keys));
    ASSIGN_OR_RETURN(made->client_, net::Client::create(url, {}));
    made->part_ = std::make_unique<replica::RoundsPart>(
        replica::RoundsOptions{&made->files_, apps::ceremony_folder(layout, member), member, &made->random_});
    return made;
  }

  [[noreturn]] void run() {
    constexpr std::chrono::milliseconds kPause{20};  // shorter than the others': it is to be chosen
    for (;; std::this_thread::sleep_for(kPause)) {
      if (const auto done = turn(); !done) std::fprintf(stderr, "%s\n", done.error().message().c_str());
    }
  }

 private:
  FalseSigner(std::string dir, std::string member) : dir_(std::move(dir)), member_(std::move(member)) {}

  base::Result<void> turn() {
    TRY(look());
    const note::Signer* const signer = signer_in_force();
    if (signer == nullptr) return {};
    const replica::RoundsWorld world{registry_->charter(), jobs_.jobs(), clock_.now(), *signer,
                                     replica::Begins::kElsewhere};
    send(world, part_->step(world));
    ASSIGN_OR_RETURN(const net::Response answer, post(part_->fetch(world, fetched_)));
    ASSIGN_OR_RETURN(const replica::Fetched fetched, replica::parse_fetched(answer.text()));
    fetched_ = fetched.last;
    for (const std::string& text : fetched.messages) {
      remember(text);
      send(world, part_->take(world, text));
    }
    return {};
  }

  base::Result<void> look() {
    ASSIGN_OR_RETURN(const apps::Reading reading, apps::Reading::open(files_, dir_));
    if (registry_ && reading.checkpoint_text() == seen_) return {};
    std::vector<std::string> warnings;
    ASSIGN_OR_RETURN(auto registry, reading.load(warnings));
    registry_.emplace(std::move(registry));
    seen_ = reading.checkpoint_text();
    jobs_.look(*registry_, seen_, replica::Begins::kElsewhere);
    return {};
  }

  const note::Signer* signer_in_force() const {
    const auto in_force = replica::operator_key_of(registry_->charter(), member_);
    for (const note::Signer* const key : keys_->of(member_)) {
      if (key->type() == note::KeyType::kEd25519 && in_force && key->verifier_key().key == *in_force)
        return key;
    }
    return nullptr;
  }

  // What a lie has to be about.
  void remember(const std::string& text) {
    const auto message = replica::parse_round_message(text);
    if (!message) return;
    if (message->purpose == replica::Purpose::kOpen && message->body.size() >= sizeof(base::Hash::bytes)) {
      std::printf("asked\n");
      std::copy_n(message->body.begin(), sizeof(base::Hash::bytes), opened_[message->session].bytes.begin());
    }
    if (message->purpose == replica::Purpose::kSigners) signers_[message->session] = message->body;
    std::fflush(stdout);
  }

  void send(const replica::RoundsWorld& world, const replica::RoundsStep& step) {
    for (const base::Error& error : step.troubles) std::fprintf(stderr, "%s\n", error.message().c_str());
    for (const std::string& text : step.mail) {
      if (const auto sent = post(lie(world, text)); !sent)
        std::fprintf(stderr, "%s\n", sent.error().message().c_str());
    }
  }

  std::string lie(const replica::RoundsWorld& world, const std::string& text) {
    auto message = replica::parse_round_message(text);
    if (!message || message->purpose != replica::Purpose::kShares) return text;
    const auto job = std::ranges::find(world.jobs, opened_[message->session], &replica::SigningJob::name);
    if (job == world.jobs.end()) return text;
    auto body = spoil::wrong_answer(
        {world.state, *job, message->session, signers_[message->session], member_, message->time},
        message->body, job->messages.size() / 2, world.signer, random_);
    if (!body) return text;
    std::printf("lied\n");
    std::fflush(stdout);
    message->body = std::move(*body);
    return replica::sign_round_message(*message, world.signer);
  }

  base::Result<net::Response> post(const std::string& message) {
    return client_->post("/api/v1/rounds", "text/plain", message);
  }

  std::string dir_;
  std::string member_;
  os::PosixFiles files_;
  os::SystemRandom random_;
  os::SystemClock clock_;
  std::optional<apps::OperatorKeys> keys_;
  std::unique_ptr<net::Client> client_;
  std::unique_ptr<replica::RoundsPart> part_;
  std::optional<registry::Registry> registry_;
  std::string seen_;
  replica::RoundJobs jobs_;
  std::uint64_t fetched_ = 0;
  std::map<base::Hash, base::Hash> opened_;  // job, by session
  std::map<base::Hash, base::Bytes> signers_;
};

int sign_wrongly(const std::string& dir, const std::string& home, const std::string& member,
                 const std::string& url) {
  const auto signer = FalseSigner::create(dir, home, member, url);
  if (!signer) {
    std::fprintf(stderr, "%s\n", signer.error().message().c_str());
    return 1;
  }
  (*signer)->run();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5 || !crypto::start()) return 2;
  if (argc == 6 && std::string_view(argv[1]) == "sign")
    return sign_wrongly(argv[2], argv[3], argv[4], argv[5]);
  if (argc != 5) return 2;
  const auto done = spoil_dealing(argv[1], argv[2], argv[3], argv[4]);
  if (!done) std::fprintf(stderr, "%s\n", done.error().message().c_str());
  return done && *done ? 0 : 1;
}
