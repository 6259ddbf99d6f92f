#include "rounds/chaos.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/check.h"
#include "replica/round_jobs.h"
#include "replica/rounds_part.h"
#include "resource/values.h"
#include "rounds/adversary.h"
#include "rounds/fleet.h"
#include "rounds/nonce_watch.h"

namespace rounds {
namespace {

using base::EpochSeconds;
using charter::CeremonyPhase;
using replica::Purpose;

constexpr std::uint64_t kPatience = 4;
constexpr std::uint64_t kStormSeconds = 25;  ///< of a job: mail gets lost and processes die
constexpr unsigned kStormRounds = 12;        ///< the same of a ceremony
constexpr std::uint64_t kJobSecondsMax = 400;
constexpr unsigned kCeremonyRoundsMax = 400;
constexpr std::uint64_t kIdleSeconds = 1'800;

struct Mail {
  std::uint64_t at = 0;
  std::uint64_t order = 0;
  std::string text;
};

class Chaos {
 public:
  Chaos(unsigned members, std::uint64_t seed, std::size_t faulty) : fleet_(members, seed), dice_(seed) {
    const std::string origin = fleet_.stage.state().origin();
    for (const auto& [name, node] : fleet_.nodes) {
      names_.push_back(name);
      start(name);
    }
    for (std::size_t i = 0; i < faulty; ++i) {  // one may be drawn twice: then there are fewer
      const std::string& name = names_[dice_.below(names_.size())];
      const std::uint64_t own_seed = dice_.next();
      faulty_.try_emplace(name, origin, *fleet_.nodes.at(name).signer, own_seed);
    }
  }

  ChaosStory run() {
    if (!make_key("generate zsk")) return std::move(story_);
    const crypto::PublicKey key = fleet_.stage.state().group_keys().front();
    for (int i = 0; i < 3 && story_.complaint.empty(); ++i) sign("job " + std::to_string(i), key);
    if (!story_.complaint.empty() || dice_.below(3) != 0) return std::move(story_);
    if (!make_key("reshare " + resource::serialize_key(key))) return std::move(story_);
    expect(fleet_.stage.state().group_keys() == std::vector{key}, "new shares gave another key");
    sign("with new shares", key);
    return std::move(story_);
  }

  // For TwistedRounds: nobody is faulty, the wire is quiet.
  void be_quiet() { is_quiet_ = true; }
  void make_key_quietly() { CHECK(make_key("generate zsk")); }
  ChaosStory sign_twisted(const Twist& twist) {
    story_ = {};
    const crypto::PublicKey key = fleet_.stage.state().group_keys().front();
    liar_ = fleet_.stage.state().group_key(key)->holders.front();
    twist_ = &twist;
    for (const std::string& name : names_) start(name);
    now_ += 1'000;  // whatever was on its way is too old
    mail_.clear();
    history_.clear();
    sign("twisted", key);
    twist_ = nullptr;
    return std::move(story_);
  }

 private:
  void start(const std::string& name) {
    Node& node = fleet_.nodes.at(name);
    parts_[name] = std::make_unique<replica::RoundsPart>(
        replica::RoundsOptions{node.files.get(), "ceremony", name, node.random.get(), 1, base::Seconds(10),
                               base::Seconds(600), base::Seconds(kPatience)});
  }
  bool is_honest(const std::string& name) const { return !faulty_.contains(name) && name != liar_; }
  void expect(bool holds, const std::string& otherwise) {
    if (!holds && story_.complaint.empty()) story_.complaint = otherwise;
  }
  EpochSeconds now() const { return EpochSeconds(now_); }

  // A process dies: its memory is gone, and sometimes what its disk had not made sure of.
  void kill(const std::string& name) {
    Node& node = fleet_.nodes.at(name);
    if (dice_.chance(50)) {
      node.files->crash();
    } else {
      node.files->restart();
    }
    ++story_.deaths;
    start(name);
  }
  void perhaps_kill(const std::string& name) {
    Node& node = fleet_.nodes.at(name);
    // The more members, the more messages: about as many deaths in every run.
    if (node.files->stopped() || (is_stormy_ && dice_.below(40 * names_.size()) == 0)) kill(name);
    if (is_stormy_ && dice_.below(15 * names_.size()) == 0)
      node.files->fault_at(node.files->steps() + dice_.below(12), sim::Fault::kStop);
    if (!is_stormy_ && !node.files->stopped()) node.files->clear_fault();
  }

  template <typename Call>
  void let(const std::string& name, const Call& call) {
    const bool sees = sees_.contains(name) && sees_.at(name) <= now_;
    const std::span<const replica::SigningJob> jobs(job_ && sees ? &*job_ : nullptr, job_ && sees ? 1 : 0);
    replica::RoundsStep step = call(*parts_.at(name), replica::RoundsWorld{fleet_.stage.state(), jobs, now(),
                                                                           *fleet_.nodes.at(name).signer});
    if (fleet_.nodes.at(name).files->stopped()) {  // it died in the middle: nothing of it leaves
      kill(name);
      return;
    }
    carry_out(name, step);
  }

  void carry_out(const std::string& name, const replica::RoundsStep& step) {
    const bool honest = is_honest(name);
    for (const std::string& text : step.mail) send(name, text);
    for (const std::string& leaf : step.leaves) {
      if (honest || name == liar_) {
        play(name, leaf);
      } else {
        for (const std::string& other : faulty_.at(name).twist_record(leaf)) play(name, other);
      }
    }
    if (!honest) return;
    for (const replica::FalseShare& one : step.false_shares) {
      ++story_.named;
      const std::string& member = one.proof.member;
      expect(!is_honest(member), name + " names " + member + ", who is honest");
      show(name, one);
    }
    for (const replica::JobSignatures& one : step.done) take_signatures(name, one);
  }

  // The log takes it, from whoever comes first, and from then on nobody asks that member.
  void show(const std::string& name, const replica::FalseShare& one) {
    const auto leaf =
        replica::evidence_leaf(fleet_.stage.state(), one.proof, name, *fleet_.nodes.at(name).signer, now());
    CHECK(leaf.has_value());
    const std::string refusal = fleet_.stage.play_leaf(*leaf).value_or("");
    expect(refusal.empty() || refusal.contains("left out already") || refusal.contains("on the log already"),
           name + "'s evidence is refused: " + refusal);
    for (const std::string& left : fleet_.stage.state().left_out())
      expect(!is_honest(left), left + " is left out, who is honest");
  }

  void take_signatures(const std::string& name, const replica::JobSignatures& done) {
    if (!job_ || done.job != job_->name) return;
    expect(done.signatures.size() == job_->messages.size(), name + " signed too little");
    for (std::size_t i = 0; i < std::min(done.signatures.size(), job_->messages.size()); ++i) {
      expect(crypto::verify_signature(job_->key, job_->messages[i], done.signatures[i]),
             name + " has a signature that does not verify");
    }
    is_signed_ = true;
  }

  void play(const std::string& name, const std::string& leaf) {
    const auto record = record::Record::parse(std::string_view(leaf));
    if (!record) return;
    if (is_honest(name) && record->value("step") == "deal") {
      std::string& dealt =
          dealt_[name + std::string(record->value("ceremony")) + std::string(record->value("attempt"))];
      expect(dealt.empty() || dealt == record->value("message"), name + " dealt twice");
      dealt = record->value("message");
    }
    if (fleet_.stage.play_leaf(leaf)) return;
    has_moved_ = true;
    const auto part = replica::private_part_in(*record);
    if (!part) return;
    for (auto& [unused, reader] : parts_) [[maybe_unused]]
      const auto taken = reader->take_part(fleet_.stage.state(), *part);
  }

  void send(const std::string& name, const std::string& text) {
    if (twist_ != nullptr && name == liar_) {
      auto message = replica::parse_round_message(text);
      CHECK(message.has_value());
      if ((*twist_)(*message)) post(replica::sign_round_message(*message, *fleet_.nodes.at(name).signer));
      return;
    }
    if (const auto liar = faulty_.find(name); liar != faulty_.end()) {
      const std::string said = job_ ? liar->second.lie(fleet_.stage.state(), *job_, text) : text;
      for (const std::string& other : liar->second.twist(said)) post(other);
      return;
    }
    const auto message = replica::parse_round_message(text);
    CHECK(message.has_value());
    if (message->purpose == Purpose::kOpen && opened_.insert(message->session).second) ++story_.sessions;
    if (const std::string wrong = nonces_.see(*message); !wrong.empty()) expect(false, wrong);
    post(text);
  }

  // The wire: late, out of order, sometimes twice, in the storm sometimes never.
  void post(const std::string& text) {
    if (is_quiet_) {
      mail_.push_back({now_, ++posted_, text});
      return;
    }
    if (is_stormy_ && dice_.chance(4)) return;
    const unsigned copies = dice_.chance(4) ? 2 : 1;
    for (unsigned i = 0; i < copies; ++i)
      mail_.push_back({now_ + dice_.below(is_stormy_ ? 3 : 2), dice_.next(), text});
    history_.push_back(text);
    if (history_.size() > 64) history_.pop_front();
    if (dice_.chance(3)) mail_.push_back({now_, dice_.next(), history_[dice_.below(history_.size())]});
  }

  void deliver() {
    for (;;) {
      const auto next =
          std::ranges::min_element(mail_, {}, [](const Mail& one) { return std::pair(one.at, one.order); });
      if (next == mail_.end() || next->at > now_) return;
      const std::string text = std::move(next->text);
      mail_.erase(next);
      const auto message = replica::parse_round_message(text);
      if (!message || !parts_.contains(message->to)) continue;
      const std::string to = message->to;
      if (!is_quiet_) perhaps_kill(to);
      if (const auto liar = faulty_.find(to); liar != faulty_.end()) liar->second.hear(*message);
      let(to, [&](auto& part, const auto& world) { return part.take(world, text); });
      if (is_signed_) return;
    }
  }

  void round() {
    std::vector<std::string> order = names_;
    if (!is_quiet_) {
      for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[dice_.below(i)]);
    }
    for (const std::string& name : order) {
      if (!is_quiet_) perhaps_kill(name);
      let(name, [](auto& part, const auto& world) { return part.step(world); });
      if (const auto liar = faulty_.find(name); job_ && liar != faulty_.end()) {
        for (const std::string& text : liar->second.unasked(job_->name, names_, now())) post(text);
      }
      deliver();
      if (is_signed_) return;
    }
  }

  bool make_key(const std::string& order) {
    now_ = std::max(now_, fleet_.stage.time());
    fleet_.stage.at(now_);
    const std::string id = fleet_.order(order);
    for (const std::string& name : names_) {
      Node& node = fleet_.nodes.at(name);
      if (node.files->stopped()) kill(name);
      node.files->clear_fault();
      const std::string refused = fleet_.announce(id, name);
      expect(refused.empty(), name + " may not announce: " + refused);
    }
    for (const auto& [name, liar] : faulty_) {
      if (order.starts_with("generate") && liar.habits().deals_wrongly)
        fleet_.spoil_dealing(id, name, names_[dice_.below(names_.size())]);
    }
    unsigned idle = 0;
    for (unsigned i = 0; i < kCeremonyRoundsMax && story_.complaint.empty(); ++i) {
      const charter::CeremonyEntry* const entry = fleet_.entry(id);
      if (entry == nullptr) break;
      if (entry->phase == CeremonyPhase::kDone) return finish_key(id);
      is_stormy_ = !is_quiet_ && i < kStormRounds;
      has_moved_ = false;
      const std::uint64_t attempt = entry->attempt;
      round();
      idle = has_moved_ ? 0 : idle + 1;
      const charter::CeremonyEntry* const after = fleet_.entry(id);
      if (after != nullptr && after->attempt == attempt) pass(idle, after->until.value());
    }
    expect(false, order + " gave no key");
    return false;
  }
  // When nobody does anything any more by itself, time has to.
  void pass(unsigned idle, std::uint64_t until) {
    now_ += idle < 3 ? 10 : kIdleSeconds;
    if (idle > 8) now_ = std::max(now_, until);
    fleet_.stage.at(std::max(now_, fleet_.stage.time()));
    if (idle >= 3) mail_.clear();  // too old for anybody
  }

  bool finish_key(const std::string& id) {
    const charter::CeremonyEntry entry = *fleet_.entry(id);
    ++story_.ceremonies;
    story_.attempts += static_cast<unsigned>(entry.attempt);
    story_.excluded += static_cast<unsigned>(entry.excluded.size());
    for (const std::string& name : entry.excluded)
      expect(!is_honest(name), name + " was left out, who is honest");
    expect(entry.attempt <= faulty_.size() + 1, "more attempts than there are faulty members");
    is_stormy_ = false;
    for (int i = 0; i < 4; ++i) {  // whoever died late has its share again
      round();
      pass(0, 0);
    }
    for (const crypto::PublicKey& key : fleet_.stage.state().group_keys()) {
      for (const std::string& holder : fleet_.stage.state().group_key(key)->holders) {
        if (!is_honest(holder)) continue;
        const auto share = parts_.at(holder)->ceremonies().share(fleet_.stage.state(), key);
        expect(share && *share && (*share)->keys.group().bytes() == key.bytes,
               holder + " has no share of the key");
      }
    }
    return story_.complaint.empty();
  }

  void sign(const std::string& text, const crypto::PublicKey& key) {
    std::vector<base::Bytes> messages(1 + (is_quiet_ ? 0 : dice_.below(3)));
    for (std::size_t i = 0; i < messages.size(); ++i) {
      messages[i].assign(text.begin(), text.end());
      messages[i].push_back(static_cast<base::Byte>(i));
    }
    job_ = replica::make_job(key, std::move(messages));
    is_signed_ = false;
    const std::uint64_t begun = now_;
    for (const std::string& name : names_) sees_[name] = is_quiet_ ? now_ : now_ + dice_.below(5);
    while (!is_signed_ && now_ < begun + kJobSecondsMax && story_.complaint.empty()) {
      is_stormy_ = !is_quiet_ && now_ < begun + kStormSeconds;
      round();
      ++now_;
    }
    expect(is_signed_, "nobody honest has signatures after " + std::to_string(now_ - begun) + " s");
    ++story_.jobs;
    story_.seconds = std::max(story_.seconds, now_ - begun);
    job_.reset();
    is_signed_ = false;
    is_stormy_ = false;
  }

  Fleet fleet_;
  Dice dice_;
  std::vector<std::string> names_;
  std::map<std::string, std::unique_ptr<replica::RoundsPart>> parts_;
  std::map<std::string, Adversary> faulty_;
  std::string liar_;  ///< whose messages twist_ changes
  const Twist* twist_ = nullptr;
  NonceWatch nonces_;
  std::vector<Mail> mail_;
  std::deque<std::string> history_;
  std::map<std::string, std::string> dealt_;
  std::set<base::Hash> opened_;
  std::optional<replica::SigningJob> job_;
  std::map<std::string, std::uint64_t> sees_;  ///< from when a member's state asks for the job
  ChaosStory story_;
  std::uint64_t now_ = 0;
  std::uint64_t posted_ = 0;
  bool is_stormy_ = false;
  bool is_quiet_ = false;
  bool is_signed_ = false;
  bool has_moved_ = false;
};

}  // namespace

void ChaosStory::add(const ChaosStory& other) {
  ceremonies += other.ceremonies;
  attempts += other.attempts;
  excluded += other.excluded;
  jobs += other.jobs;
  sessions += other.sessions;
  named += other.named;
  deaths += other.deaths;
  seconds = std::max(seconds, other.seconds);
}

ChaosStory run_chaos(unsigned members, std::uint64_t seed) {
  return Chaos(members, seed, (members - 1) / 3).run();
}

struct TwistedRounds::State {
  State(unsigned members, std::uint64_t seed) : chaos(members, seed, 0) {}
  Chaos chaos;
};

TwistedRounds::TwistedRounds(unsigned members, std::uint64_t seed)
    : state_(std::make_unique<State>(members, seed)) {
  state_->chaos.be_quiet();
  state_->chaos.make_key_quietly();
}
TwistedRounds::~TwistedRounds() = default;

ChaosStory TwistedRounds::sign(const Twist& twist) {
  return state_->chaos.sign_twisted(twist);
}

}  // namespace rounds
