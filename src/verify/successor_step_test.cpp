// Aim: a client of a lost log walks to the successor that enough of its members signed, and to no other; receipts
// of the old log stay good up to its end.
// Method: the tiny registry ends and its members sign a genesis; every byte of the step altered; the known attacks one
// by one, each with everything else right.
#include "verify/successor_step.h"

#include <algorithm>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record/builder.h"
#include "verify/sample_registry.h"
#include "verify/walk.h"

namespace verify {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kNewOrigin = "new.example/root";

note::Signer governance(char letter, base::Byte number) {
  return sample_signer(std::string("MEMBER-") + letter, note::KeyType::kEd25519,
                       static_cast<base::Byte>(60 + 4 * (letter - 'A') + number));
}
std::string key_text(const note::Signer& signer) {
  return resource::serialize_key(signer.verifier_key().key);
}
std::string hash_text(const base::Hash& hash) {
  return codec::serialize_base64(hash.view());
}

/// Two of two governance keys a member, and what else an object has.
std::string member_text(char letter, const note::Signer& cosigner) {
  std::vector<std::string> keys = {key_text(governance(letter, 0)), key_text(governance(letter, 1))};
  std::ranges::sort(keys);
  const std::string handle(1, letter);
  return "member: MEMBER-" + handle + "\nversion: 1\norganisation: ORG-" + handle +
         "\ngovernance: " + keys[0] + "\ngovernance: " + keys[1] +
         "\ngovernance-threshold: 2\noperator: " + key_text(cosigner) +
         "\nregistrar: " + key_text(governance(letter, 2)) + "\n";
}

/// A log that ends with its members A to D, and the genesis of its successor, from which D is left out. Tests bend
/// one thing before they ask for the step.
struct Ending {
  SampleMembers before{"ABCD", 10, base::Epoch(1), 3};
  SampleRegistry registry;
  note::Signer log = sample_signer(std::string(kNewOrigin), note::KeyType::kEd25519, 2);
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<std::string> paragraphs{"delete member: MEMBER-D\n"};
  std::string signing = "ABC";
  std::vector<note::Signer> more_signers;
  std::size_t cosigners = 3;
  std::string origin{kNewOrigin};

  Ending() {
    for (const char letter : std::string("ABCD"))
      registry.objects[std::string("member:MEMBER-") + letter] =
          member_text(letter, before.signers[static_cast<std::size_t>(letter - 'A')]);
  }
  void set(const std::string& name, const std::string& value) { attributes.emplace_back(name, value); }

  std::string roots() const {
    const merkle::StateRoots roots = registry.roots();
    return hash_text(roots.objects) + " " + hash_text(roots.rules) + " " + hash_text(roots.ranges4) + " " +
           hash_text(roots.ranges6) + " " + hash_text(roots.asns);
  }
  std::string body() const {
    record::Builder builder(record::Kind::kGenesis, origin);
    builder.set("time", base::EpochSeconds(kSampleTime + 60)).set("clock", "virtual");
    builder.set("log-key", key_text(log));
    builder.set("predecessor", registry.origin + " " + hash_text(before.policy.header->genesis));
    const note::Checkpoint end = registry.checkpoint();
    builder.set("checkpoint", std::to_string(end.size.value()) + " " + hash_text(end.root));
    builder.set("policy", std::to_string(before.policy.header->epoch.value()));
    builder.set("roots", roots()).set("carried", "2").set("consent", "quorum");
    for (const auto& [name, value] : attributes) builder.set(name, value);
    for (const std::string& paragraph : paragraphs) builder.add_paragraph(paragraph);
    const auto text = builder.body();
    CHECK(text.has_value());
    return *text;
  }
  std::string genesis() const {
    const std::string text = body();
    std::vector<std::string> lines = {record::sign_line(text, log)};
    for (const char letter : signing) {
      lines.push_back(record::sign_line(text, governance(letter, 0)));
      lines.push_back(record::sign_line(text, governance(letter, 1)));
    }
    for (const note::Signer& signer : more_signers) lines.push_back(record::sign_line(text, signer));
    const auto leaf = record::assemble(text, lines);
    CHECK(leaf.has_value());
    return *leaf;
  }
  SuccessorStep step() const {
    SuccessorStep step;
    step.origin = origin;
    step.from = before.policy.header->epoch;
    step.to = step.from.next();
    step.genesis = genesis();
    for (const char letter : signing) {
      const std::string name = std::string("member:MEMBER-") + letter;
      step.signers.push_back({registry.objects.at(name), registry.prove(Trie::kObjects, name)});
    }
    step.block_record = registry.block_record();
    step.log_proof =
        registry.log_proof(registry.leaves.size(), registry.signed_checkpoint(before.first(cosigners)));
    return step;
  }
  std::string text() const { return serialize_successor_step(step()); }
  note::Policy expected() const {
    std::vector<note::PolicyMember> members;
    for (std::size_t i = 0; i < 3; ++i)
      members.push_back({before.policy.witnesses[i].name, before.signers[i].verifier_key().key});
    const auto leaf = record::Record::parse(std::string_view(genesis()));
    return note::make_policy(base::Epoch(2), leaf->id(), log.verifier_key(), std::move(members), 3);
  }
  base::Error refusal(const SuccessorStep& step) const {
    const auto walked = verify_successor_step(serialize_successor_step(step), before.policy);
    CHECK(!walked.has_value());
    return walked.error();
  }
  void expect_refused(std::string_view detail) const {
    const base::Error error = refusal(step());
    EXPECT_EQ(error.kind(), kNoSuccessor) << error.message();
    EXPECT_THAT(error.message(), HasSubstr(std::string(detail)));
  }
};

TEST(SuccessorStep, LeadsToTheSuccessorsPolicy) {
  const Ending ending;
  const std::string text = ending.text();
  EXPECT_TRUE(is_successor_step(text));
  const auto parsed = parse_successor_step(text);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(serialize_successor_step(*parsed), text);
  const auto succession = verify_successor_step(text, ending.before.policy);
  ASSERT_TRUE(succession) << succession.error().message();
  EXPECT_EQ(succession->policy, ending.expected());
  EXPECT_EQ(succession->end, ending.registry.checkpoint());
}

TEST(SuccessorStep, NoByteMayChange) {
  const Ending ending;
  const std::string right = ending.text();
  for (std::size_t i = 0; i < right.size(); ++i) {
    for (const char flip : {'\x01', '\x20'}) {
      std::string wrong = right;
      wrong[i] = static_cast<char>(wrong[i] ^ flip);
      ASSERT_FALSE(verify_successor_step(wrong, ending.before.policy)) << i << ": " << right.substr(i, 20);
    }
    ASSERT_FALSE(verify_successor_step(right.substr(0, i), ending.before.policy)) << i;
  }
  EXPECT_FALSE(verify_successor_step(right + "x", ending.before.policy));
}

TEST(SuccessorStep, ParserBoundsWhatIsCounted) {
  const std::string right = Ending().text();
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = right;
    const auto at = text.find(from);
    CHECK(at != std::string::npos);
    return text.replace(at, from.size(), to);
  };
  for (const std::string& wrong :
       {with("signers: 3", "signers: 32"), with("signers: 3", "signers: 4"), with("signers: 3", "signers: 2"),
        with("signers: 3", "signers: 03"), with("genesis: ", "genesis: 9"),
        with("genesis: ", "genesis: 18446744073709551616"), with("from: 1", "from: -1"),
        with("to: 2\n", "to: 2\nto: 2\n"), with("comity/1 successor new", "comity/1 successor  new"),
        with("comity/1 ", "comity/2 ")}) {
    EXPECT_FALSE(verify_successor_step(wrong, Ending().before.policy)) << wrong.substr(0, 120);
  }
  EXPECT_FALSE(parse_successor_step(right + std::string(1 << 20, 'x')));
}

TEST(SuccessorStep, TooFewSignersLeadNowhere) {
  Ending ending;
  ending.signing = "AB";
  ending.expect_refused("2 members signed, 3 of 4 are asked for");
  // Named, but not signed by all the keys that its object asks for.
  ending.signing = "ABC";
  SuccessorStep step = ending.step();
  const std::string body = ending.body();
  std::vector<std::string> lines = {record::sign_line(body, ending.log)};
  for (const char letter : std::string("ABC"))
    lines.push_back(record::sign_line(body, governance(letter, 0)));
  for (const char letter : std::string("AB")) lines.push_back(record::sign_line(body, governance(letter, 1)));
  step.genesis = *record::assemble(body, lines);
  EXPECT_THAT(ending.refusal(step).message(), HasSubstr("MEMBER-C did not sign the genesis"));
  // Keys of the right name that the old state does not know.
  lines.push_back(record::sign_line(body, sample_signer("MEMBER-C", note::KeyType::kEd25519, 99)));
  step.genesis = *record::assemble(body, lines);
  EXPECT_THAT(ending.refusal(step).message(), HasSubstr("MEMBER-C did not sign the genesis"));
  // One that stands there twice.
  ending.signing = "AB";
  step = ending.step();
  step.signers.push_back(step.signers.back());
  EXPECT_THAT(ending.refusal(step).message(), HasSubstr("sorted by handle, each once"));
}

TEST(SuccessorStep, InventedMembersHaveNoSay) {
  // A state of the attackers' own holds them; the genuine block record does not lead to it.
  Ending ending;
  SuccessorStep step = ending.step();
  Ending forged;
  forged.registry.objects["member:MEMBER-C"] = member_text('E', ending.before.signers[2]);
  const SuccessorStep other = forged.step();
  step.signers[2] = other.signers[2];
  EXPECT_FALSE(verify_successor_step(serialize_successor_step(step), ending.before.policy));
  // In the old state, but without a say by the old policy.
  ending.registry.objects["member:MEMBER-E"] = member_text('E', ending.before.signers[0]);
  ending.signing = "ABE";
  ending.expect_refused("MEMBER-E has no say");
}

TEST(SuccessorStep, TheEndMustCountAndBeTheOneNamed) {
  Ending ending;
  ending.cosigners = 2;
  EXPECT_EQ(ending.refusal(ending.step()).kind(), note::kNoQuorum);
  ending.cosigners = 3;
  // A later block, and an older one: the genesis names this one.
  const SuccessorStep genuine = ending.step();
  Ending older;
  older.registry.leaves.pop_back();
  SuccessorStep step = older.step();
  step.genesis = genuine.genesis;
  EXPECT_THAT(ending.refusal(step).message(), HasSubstr("the genesis names another checkpoint"));
  // The state that is carried over is the one under that checkpoint.
  ending.set("roots", hash_text({}) + " " + hash_text({}) + " " + hash_text({}) + " " + hash_text({}) + " " +
                          hash_text({}));
  ending.expect_refused("other roots");
}

TEST(SuccessorStep, RefusesOtherPlaces) {
  const Ending ending;
  const auto with = [](const std::function<void(Ending&)>& bend) {
    Ending bent;
    bend(bent);
    return bent;
  };
  with([](Ending& one) {
    one.set("predecessor", "other.example/root " + hash_text({}));
  }).expect_refused("not that of a successor of");
  base::Hash other;
  other.bytes[0] = 1;
  with([&](Ending& one) {
    one.set("predecessor", std::string(kSampleOrigin) + " " + hash_text(other));
  }).expect_refused("not that of a successor of");
  with([](Ending& one) { one.set("policy", "2"); }).expect_refused("leads from epoch");
  with([](Ending& one) { one.set("consent", "left"); }).expect_refused("founded by hand");
  SuccessorStep step = ending.step();
  step.to = base::Epoch(3);
  EXPECT_THAT(ending.refusal(step).message(), HasSubstr("next epoch"));
  step = ending.step();
  step.from = base::Epoch(0);
  EXPECT_THAT(ending.refusal(step).message(), HasSubstr("leads from epoch 0"));
  step = ending.step();
  step.origin = "third.example/root";
  EXPECT_THAT(ending.refusal(step).message(), HasSubstr("origin of its own"));
  step = ending.step();
  step.genesis = sample_ballot();
  EXPECT_EQ(ending.refusal(step).kind(), kNoSuccessor);
  // Replayed against another registry, or against an older policy of the same.
  for (note::Policy policy : {ending.before.policy, ending.before.policy}) {
    policy.header->epoch = base::Epoch(7);
    EXPECT_FALSE(verify_successor_step(ending.text(), policy));
    policy.header.reset();
    EXPECT_FALSE(verify_successor_step(ending.text(), policy));
  }
}

TEST(SuccessorStep, NobodyChangesMoreThanMayBe) {
  Ending ending;
  ending.paragraphs = {"delete member: MEMBER-C\n", "delete member: MEMBER-D\n"};
  ending.expect_refused("fewer than three members go on");
  ending.paragraphs = {"delete member: MEMBER-X\n"};
  ending.expect_refused("MEMBER-X is no member");
  ending.paragraphs = {"change member: MEMBER-A\n+ url: https://a.example/\n"};
  ending.expect_refused("only the operator key is replaced");
  const auto fresh = [] { return sample_signer("MEMBER-A", note::KeyType::kEd25519, 120); };
  const std::string old_key = key_text(ending.before.signers[0]);
  ending.paragraphs = {"change member: MEMBER-A\n- operator: " + old_key +
                       "\n+ operator: " + key_text(fresh()) + "\n"};
  ending.expect_refused("MEMBER-A did not sign for its new operator key");
  ending.more_signers.push_back(fresh());
  const auto replaced = verify_successor_step(ending.text(), ending.before.policy);
  ASSERT_TRUE(replaced) << replaced.error().message();
  EXPECT_EQ(replaced->policy.witnesses[0].key.key, fresh().verifier_key().key);
  EXPECT_EQ(replaced->policy.witnesses.size(), 4U);
  // The new key alone does not put itself in a member's place.
  ending.signing = "BCD";
  ending.expect_refused("MEMBER-A did not sign for its new operator key");
  Ending without_log;
  without_log.set("log-key", key_text(sample_signer(std::string(kNewOrigin), note::KeyType::kEd25519, 3)));
  without_log.expect_refused("the new log's key did not sign");
}

TEST(Walk, OldReceiptsStayGoodUpToTheEnd) {
  Ending ending;
  const std::vector<std::string> steps = {ending.text()};
  const auto walk = walk_steps(ending.before.policy, steps);
  ASSERT_TRUE(walk) << walk.error().message();
  EXPECT_EQ(walk->present, ending.expected());
  const auto receipt = [&] {
    const SampleRegistry& registry = ending.registry;
    return serialize_receipt(make_object_receipt(
        registry.origin, {resource::ObjectClass::kDomain, "ru."}, registry.objects.at("domain:ru."),
        registry.prove(Trie::kObjects, "domain:ru."), registry.block_record(),
        registry.log_proof(registry.leaves.size(), registry.signed_checkpoint(ending.before.first(3)))));
  };
  const std::string last = receipt();
  const auto verdict = verify_receipt(last, *walk, {});
  EXPECT_TRUE(verdict) << verdict.error().message();
  const std::vector<std::string> leaves = ending.registry.leaves;
  ending.registry.leaves.pop_back();
  EXPECT_TRUE(verify_receipt(receipt(), *walk, {}));
  // A hub that returned, with members that forgot what they had signed; then one that shows another history.
  const auto expect_beyond = [&] {
    EXPECT_TRUE(verify_receipt(receipt(), ending.before.policy, {}));
    const auto refused = verify_receipt(receipt(), *walk, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), kBeyondTheEnd) << refused.error().message();
  };
  ending.registry.leaves = leaves;
  ending.registry.leaves.push_back("later\n");
  expect_beyond();
  ending.registry.leaves = leaves;
  ending.registry.leaves[0] = "another\n";
  expect_beyond();
  // Without the walk the new policy knows nothing of the old log.
  const auto unknown = verify_receipt(last, Walk{walk->present, {}}, {});
  EXPECT_FALSE(unknown);
}

TEST(Walk, OfTwoSuccessorsTheFirstIsFollowedAndNoneLeadsBack) {
  const Ending ending;
  Ending second;
  second.origin = "second.example/root";
  second.log = sample_signer(second.origin, note::KeyType::kEd25519, 5);
  Walk walk{ending.before.policy, {}};
  ASSERT_TRUE(take_step(walk, ending.text()));
  const Walk before = walk;
  EXPECT_FALSE(take_step(walk, second.text()));
  EXPECT_FALSE(take_step(walk, ending.text()));
  EXPECT_EQ(walk.present, before.present);
  EXPECT_EQ(walk.ended.size(), 1U);
  // Given both, the second has nowhere to lead.
  const std::vector<std::string> both = {ending.text(), second.text()};
  const auto walked = walk_steps(ending.before.policy, both);
  ASSERT_TRUE(walked) << walked.error().message();
  EXPECT_EQ(walked->present, ending.expected());
}

}  // namespace
}  // namespace verify
