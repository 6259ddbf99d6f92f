#include "sim/ceremony_run.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "crypto/ed25519.h"
#include "threshold/ceremony_for_test.h"
#include "threshold/frost.h"

namespace sim {
namespace {

using base::Byte;
using base::Bytes;
using threshold::AttemptForTest;
using threshold::EncryptionKey;
using threshold::GroupKeys;
using threshold::Identifier;
using threshold::KeyShare;
using threshold::PublicPart;
using threshold::Session;
using threshold::Transcript;

using Member = std::size_t;

// What a liar does with its dealing, and later when it should certify. Drawn anew for each attempt.
enum class DealLie : std::uint8_t {
  kNone,
  kSilent,
  kAlteredPart,
  kOldPart,
  kCopiedPart,
  kWithheld,
  kBadShare,
  kNoShare,
  kGarbled,
  kCount
};
enum class EndLie : std::uint8_t { kNone, kSilent, kAlteredCertificate, kFalseComplaint, kCount };

class Run {
 public:
  Run(const CeremonyShape& shape, std::uint64_t seed) : shape_(shape), random_(seed) {
    const std::size_t liars = random_.below(shape.members - shape.threshold + 1);
    while (liars_.size() < liars) liars_.insert(random_.below(shape.members));
  }

  CeremonyStory play() {
    if (ceremony() && ceremony()) sign();
    return story_;
  }

 private:
  bool complain(const std::string& what) {
    if (story_.complaint.empty()) story_.complaint = what;
    return false;
  }
  bool is_liar(Member member) const { return liars_.contains(member); }
  // True with one chance in `of`.
  bool chance(std::uint64_t of) { return random_.below(of) == 0; }

  // The first ceremony generates, the second reshares what the first made.
  bool ceremony() {
    keys_.clear();
    for (Member m = 0; m < shape_.members; ++m) keys_.push_back(EncryptionKey::generate(random_));
    excluded_.clear();
    const std::size_t attempts_max = liars_.size() + 1;
    for (std::size_t number = 1; number <= attempts_max; ++number) {
      ++story_.attempts;
      const std::size_t before = excluded_.size();
      if (attempt(number)) return true;
      if (!story_.complaint.empty()) return false;
      if (excluded_.size() == before) return complain("an attempt failed and nobody was left out");
      for (const Member m : excluded_) {
        if (!is_liar(m)) return complain("honest member " + std::to_string(m) + " was left out");
      }
    }
    return complain("more attempts than liars");
  }

  Session session(std::size_t number) {
    std::vector<crypto::Point> points;
    for (const Member m : participants_) points.push_back(keys_[m].public_key());
    const Bytes id{static_cast<Byte>(number), static_cast<Byte>(group_.has_value())};
    if (!group_) return Session::generation(id, shape_.threshold, points).value();
    std::vector<threshold::Holder> holders;
    for (const auto& [member, share] : shares_) {
      if (!excluded_.contains(member)) holders.push_back({share.identifier(), keys_[member].public_key()});
    }
    return Session::resharing(id, *group_, holders, shape_.threshold, points).value();
  }

  // One attempt as the judge sees it. False: somebody was left out, or story_ has a complaint.
  bool attempt(std::size_t number) {
    participants_.clear();
    for (Member m = 0; m < shape_.members; ++m) {
      if (!excluded_.contains(m)) participants_.push_back(m);
    }
    std::optional<AttemptForTest> now(AttemptForTest{session(number), {}, {}});
    withheld_.clear();
    deal_all(*now);
    const bool goes_on = now->parts.size() == now->session.dealings() && withheld_.empty();
    const bool done = goes_on && certify_all(*now);
    previous_ = std::move(now);
    return done;
  }

  void deal_all(AttemptForTest& now) {
    std::vector<Member> order = participants_;
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random_.below(i)]);
    for (const Member m : order) {
      const Session::Dealer* dealer = now.session.dealer(keys_[m].public_key());
      if (dealer == nullptr || now.parts.size() == now.session.dealings()) continue;
      if (!deal_one(now, m, dealer->identifier)) excluded_.insert(m);
    }
  }

  // False if the log takes nothing from this member.
  bool deal_one(AttemptForTest& now, Member m, const Identifier& identifier) {
    auto dealt = group_ ? threshold::reshare(now.session, keys_[m], shares_.at(m), random_)
                        : threshold::deal(now.session, keys_[m], random_);
    const DealLie lie = is_liar(m)
                            ? static_cast<DealLie>(random_.below(static_cast<std::uint64_t>(DealLie::kCount)))
                            : DealLie::kNone;
    if (lie == DealLie::kSilent) return false;
    Bytes bytes = serialize_public_part(dealt->public_part);
    if (lie == DealLie::kAlteredPart) bytes[random_.below(bytes.size() - 32)] ^= 1U;
    if (lie == DealLie::kOldPart && previous_ && previous_->parts.contains(identifier)) {
      bytes = serialize_public_part(previous_->parts.at(identifier));
    }
    if (lie == DealLie::kCopiedPart && !now.parts.empty()) {
      bytes = serialize_public_part(now.parts.begin()->second);
      dealt->private_part = now.private_parts.begin()->second;
    }
    const auto part = threshold::parse_public_part(bytes, now.session.threshold());
    if (!part || !verify_public_part(now.session, identifier, *part)) return false;
    now.add(identifier, {*part, std::move(dealt->private_part)});
    spoil(now, identifier, lie);
    if (lie == DealLie::kWithheld) withheld_.insert(m);
    if (lie == DealLie::kWithheld) excluded_.insert(m);
    return true;
  }

  // Lies inside the private part, whose hash the log holds.
  void spoil(AttemptForTest& now, const Identifier& identifier, DealLie lie) {
    Bytes& bytes = now.private_parts.at(identifier);
    if (lie == DealLie::kGarbled) {
      bytes[random_.below(bytes.size())] ^= 0x10U;
      now.parts.at(identifier).private_part = crypto::sha256(bytes);
    }
    if (lie != DealLie::kBadShare && lie != DealLie::kNoShare) return;
    Bytes plain(32, 0xff);
    if (lie == DealLie::kBadShare) plain[31] = 0;
    seal_for_test(now, identifier, keys_[participants_[random_.below(participants_.size())]], plain);
  }

  bool certify_all(const AttemptForTest& now) {
    const auto transcript = Transcript::create(now.session, now.parts);
    if (!transcript) return complain("verified parts make no transcript: " + transcript.error().message());
    std::map<Member, KeyShare> shares;
    for (const Member m : participants_) {
      threshold::Reception got = receive(*transcript, keys_[m], now.private_parts).value();
      if (got.share) {
        shares.emplace(m, std::move(*got.share));
      } else if (!is_liar(m) && !accuse(now, m, got)) {
        return false;
      }
    }
    std::set<Member> missing;
    threshold::Certificate certificate;
    for (std::size_t i = 1; i <= participants_.size(); ++i) {
      const Identifier recipient = threshold::identifier_for_test(i);
      const Member m = member_of(now.session.recipients()[i - 1]);
      const auto proof = end_of(now, *transcript, m, shares);
      if (proof && verify_certification(*transcript, recipient, *proof)) {
        certificate.push_back(*proof);
      } else {
        missing.insert(m);
      }
    }
    if (accused_) missing.clear();  // the next attempt has begun
    excluded_.insert(missing.begin(), missing.end());
    if (accused_ || !missing.empty()) return accused_ = false;
    if (!verify_certificate(*transcript, certificate)) return complain("good certifications fail together");
    return keep(*transcript, std::move(shares));
  }

  Member member_of(const crypto::Point& key) const {
    return static_cast<Member>(std::ranges::find(keys_, key, &EncryptionKey::public_key) - keys_.begin());
  }

  // An honest recipient without a share shows why. False if that does not succeed.
  bool accuse(const AttemptForTest& now, Member m, const threshold::Reception& got) {
    for (const threshold::Finding& finding : got.findings) {
      const Member dealer = member_of(now.session.dealer(finding.dealer)->encryption_key);
      if (!is_liar(dealer)) return complain("honest dealer found at fault: " + finding.error.message());
      const PublicPart& part = now.parts.at(finding.dealer);
      const auto complaint = threshold::complain(now.session, finding.dealer, part,
                                                 now.private_parts.at(finding.dealer), keys_[m], random_);
      if (!complaint) return complain("no complaint: " + complaint.error().message());
      const auto read = threshold::parse_complaint(serialize_complaint(*complaint));
      const auto verdict =
          verify_complaint(now.session, part, *now.session.recipient(keys_[m].public_key()), *read);
      if (!verdict || verdict->fault != threshold::Verdict::Fault::kDealer) {
        return complain("a true complaint was not upheld");
      }
      ++story_.complaints;
      last_complaint_ = *complaint;
      excluded_.insert(dealer);
      accused_ = true;
    }
    return true;
  }

  // What a member says in the end: its certification, a false one, or none.
  std::optional<threshold::Proof> end_of(const AttemptForTest& now, const Transcript& transcript, Member m,
                                         const std::map<Member, KeyShare>& shares) {
    const EndLie lie = is_liar(m)
                           ? static_cast<EndLie>(random_.below(static_cast<std::uint64_t>(EndLie::kCount)))
                           : EndLie::kNone;
    if (lie == EndLie::kFalseComplaint) complain_falsely(now, m);
    if (lie == EndLie::kSilent || !shares.contains(m)) return std::nullopt;
    threshold::Proof proof = certify(transcript, keys_[m], shares.at(m));
    if (lie == EndLie::kAlteredCertificate) proof.bytes[random_.below(64)] ^= 1U;
    return proof;
  }

  // Against an honest dealer: somebody else's complaint, made-up points, or a proof for something else.
  void complain_falsely(const AttemptForTest& now, Member m) {
    const auto& [dealer, part] =
        *std::next(now.parts.begin(), static_cast<std::ptrdiff_t>(random_.below(now.parts.size())));
    const crypto::Point& dealer_key = now.session.dealer(dealer)->encryption_key;
    if (is_liar(member_of(dealer_key))) return;
    threshold::Complaint complaint{dealer,
                                   multiply(keys_[m].secret(), part.ephemeral_key),
                                   multiply(keys_[m].secret(), dealer_key),
                                   {},
                                   {},
                                   now.private_parts.at(dealer)};
    if (last_complaint_ && chance(2)) complaint = *last_complaint_;
    complaint.dealer = dealer;
    if (chance(3)) complaint.private_part = now.private_parts.at(dealer);
    if (chance(3)) complaint.ephemeral = crypto::Point::generator();
    const auto verdict =
        verify_complaint(now.session, part, *now.session.recipient(keys_[m].public_key()), complaint);
    if (verdict && verdict->fault == threshold::Verdict::Fault::kDealer) {
      complain("a false complaint was upheld");
    }
    ++story_.false_complaints;
  }

  bool keep(const Transcript& transcript, std::map<Member, KeyShare> shares) {
    story_.excluded += excluded_.size();
    if (group_ && group_->group() != transcript.keys().group()) return complain("resharing changed the key");
    for (const Member m : participants_) {
      if (!shares.contains(m)) return complain("certified without a share");
    }
    group_ = transcript.keys();
    shares_ = std::move(shares);
    previous_.reset();
    return true;
  }

  void sign() {
    std::vector<const KeyShare*> signers;
    for (const auto& [member, share] : shares_) signers.push_back(&share);
    while (signers.size() > shape_.threshold) {
      signers.erase(signers.begin() + static_cast<std::ptrdiff_t>(random_.below(signers.size())));
    }
    std::vector<threshold::Nonces> nonces;
    std::vector<threshold::SignerCommitments> commitments;
    for (const KeyShare* share : signers) {
      nonces.push_back(commit(share->secret(), 1, random_));
      commitments.push_back({share->identifier(), nonces.back().commitments()});
    }
    const Bytes message{7};
    const auto session = threshold::SigningSession::create(*group_, {}, {message}, commitments);
    std::vector<threshold::SignerShares> answers;
    for (std::size_t k = 0; k < signers.size(); ++k) {
      answers.push_back(threshold::sign(*session, *signers[k], std::move(nonces[k])).value());
    }
    const auto result = aggregate(*session, answers, random_);
    if (!result->wrong.empty() ||
        !crypto::verify_signature(group_->group().key(), message, result->signatures.at(0))) {
      complain("the key does not sign");
    }
  }

  CeremonyShape shape_;
  threshold::SeededRandom random_;
  std::set<Member> liars_;
  std::vector<EncryptionKey> keys_;  // of the ceremony under way, by member
  std::set<Member> excluded_;
  std::vector<Member> participants_;
  std::set<Member> withheld_;
  bool accused_ = false;
  std::optional<AttemptForTest> previous_;
  std::optional<threshold::Complaint> last_complaint_;
  std::optional<GroupKeys> group_;
  std::map<Member, KeyShare> shares_;
  CeremonyStory story_;
};

}  // namespace

CeremonyStory run_ceremony(const CeremonyShape& shape, std::uint64_t seed) {
  return Run(shape, seed).play();
}

}  // namespace sim
