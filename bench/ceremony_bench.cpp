// What it costs 4, 7 and 13 members to make a key that none of them holds, and to give it new shares: processor time of
// one member (the one that needs most) and of a replica that checks the records, octets of the records on the log and
// of the messages beside it. Members run the production's part on disks in memory, so syncs are not in it: each member
// writes a file for its key, its dealing, every private part and its share. No arguments, or: ceremony_bench ROUNDS.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/limits.h"
#include "bench/floors.h"
#include "charter/signature_checker.h"
#include "crypto/ed25519.h"
#include "resource/values.h"
#include "tests/rounds/fleet.h"

namespace {

struct Costs {
  double member = 0;   ///< seconds
  double replica = 0;  ///< seconds
  std::size_t records = 0;
  std::size_t log_bytes = 0;
  std::size_t messages = 0;
  std::size_t message_bytes = 0;
};

class Ceremony {
 public:
  Ceremony(rounds::Fleet& fleet, const std::string& order) : fleet_(&fleet), id_(fleet.order(order)) {}

  Costs run() {
    const charter::State& state = fleet_->stage.state();
    for (auto& [name, node] : fleet_->nodes)
      spent_[name] += bench::spend([&] { CHECK(fleet_->announce(id_, name).empty()); }).processor;
    const auto before = fleet_->stage.save();
    now_ = fleet_->stage.time();
    while (fleet_->entry(id_)->phase != charter::CeremonyPhase::kDone) {
      for (auto& [name, node] : fleet_->nodes) {
        replica::Duties duties;
        spent_[name] += bench::spend([&] { duties = node.part->step(state, now(), *node.signer); }).processor;
        CHECK(duties.troubles.empty());
        for (const std::string& leaf : duties.leaves) {
          leaves_.push_back(leaf);
          CHECK(!fleet_->stage.play_leaf(leaf));
        }
        send(name, std::move(duties.parcels));
      }
      deliver();
      now_ += 1;
      CHECK(now_ < fleet_->stage.time() + 1'000);
    }
    return sum_up(before);
  }

 private:
  base::EpochSeconds now() const { return base::EpochSeconds(now_); }

  void send(const std::string& from, std::vector<replica::Parcel> parcels) {
    rounds::Node& node = fleet_->nodes.at(from);
    for (replica::Parcel& parcel : parcels) {
      replica::RoundMessage message{
          fleet_->stage.state().origin(), from, parcel.to, parcel.purpose, parcel.session, now(), {}};
      message.body = std::move(parcel.body);
      spent_[from] += bench::spend([&] {
                        ++costs_.messages;
                        costs_.message_bytes += replica::sign_round_message(message, *node.signer).size();
                      }).processor;
      mail_.push_back(std::move(message));
    }
  }

  void deliver() {
    while (!mail_.empty()) {
      const replica::RoundMessage message = std::move(mail_.front());
      mail_.pop_front();
      std::vector<replica::Parcel> replies;
      spent_[message.to] +=
          bench::spend([&] {
            auto taken = fleet_->nodes.at(message.to).part->take(fleet_->stage.state(), message, now());
            if (taken) replies = std::move(*taken);
          }).processor;
      send(message.to, std::move(replies));
    }
  }

  Costs sum_up(const oracle::Stage::Snapshot& before) {
    for (const auto& [unused, spent] : spent_) costs_.member = std::max(costs_.member, spent);
    auto replica = charter::State::from_texts(before.objects, before.rules);
    CHECK(replica.has_value());
    charter::DirectChecker checker;
    constexpr std::size_t kEffects = base::kBlockEffectsMax;
    replica->begin_block(replica->height().next(), now());
    costs_.replica = bench::spend([&] {
                       for (const std::string& leaf : leaves_) {
                         const auto record = record::Record::parse(std::string_view(leaf));
                         CHECK(record && replica->apply(*record, checker, kEffects));
                       }
                     }).processor;
    for (const std::string& leaf : leaves_) costs_.log_bytes += leaf.size();
    costs_.records = leaves_.size();
    return costs_;
  }

  rounds::Fleet* fleet_;
  std::string id_;
  std::uint64_t now_ = 0;
  std::map<std::string, double> spent_;
  std::vector<std::string> leaves_;
  std::deque<replica::RoundMessage> mail_;
  Costs costs_;
};

void print(const char* what, unsigned members, const std::vector<Costs>& rounds) {
  std::vector<double> member;
  std::vector<double> replica;
  for (const Costs& one : rounds) {
    member.push_back(one.member);
    replica.push_back(one.replica);
  }
  const Costs& last = rounds.back();
  std::printf(
      "  %-9s %2u members   member %7.1f ms   replica %7.1f ms   %3zu records, %7zu octets on the log   "
      "%4zu messages, %8zu octets beside it\n",
      what, members, 1e3 * bench::median(member), 1e3 * bench::median(replica), last.records, last.log_bytes,
      last.messages, last.message_bytes);
}

}  // namespace

int main(int argc, char** argv) {
  CHECK(crypto::start().has_value());
  const std::uint64_t repeats = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 5;
  std::printf(
      "key ceremonies in which nobody fails, processor time, medians of %llu; dealings and certificates\n",
      static_cast<unsigned long long>(repeats));
  for (const unsigned members : {4U, 7U, 13U}) {
    std::vector<Costs> generations;
    std::vector<Costs> resharings;
    for (std::uint64_t seed = 1; seed <= std::max<std::uint64_t>(1, repeats); ++seed) {
      rounds::Fleet fleet(members, seed);
      generations.push_back(Ceremony(fleet, "generate zsk").run());
      const std::string key = resource::serialize_key(fleet.stage.state().group_keys().front());
      resharings.push_back(Ceremony(fleet, "reshare " + key).run());
    }
    print("generate", members, generations);
    print("reshare", members, resharings);
  }
  return 0;
}
