// Aim: readers see the registry at the published checkpoint and nothing else: no state beyond it, no leaf
// that does not lead to it, no checkpoint that goes back; the index names what a scan of the log would name.
// Method: a view beside members' replicas on a disk in memory (tests/sim); receipts are judged by verify/,
// histories by a plain search of the leaves' texts; damage is done by hand.
#include "replica/view.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "note/checkpoint.h"
#include "record/builder.h"
#include "replica/record_receipts.h"
#include "replica/view_pump.h"
#include "sim/forgetful_files.h"
#include "sim/table.h"
#include "storage/checkpoint_file.h"
#include "storage/log_store.h"
#include "support/world.h"
#include "verify/receipt.h"

namespace replica {
namespace {

using actors::Draft;
using base::Result;
using resource::ObjectClass;
using resource::ObjectId;

const std::vector<std::string> kHandles{"MEMBER-A", "MEMBER-B", "MEMBER-C", "MEMBER-D"};

class ViewTest : public ::testing::Test {
 protected:
  ViewTest() : files(1), clock(actors::kGenesisTime), cast(4), table(files, clock, cast) {
    cast.now = actors::kGenesisTime + base::Seconds(60);
  }

  Result<std::unique_ptr<View>> open() {
    return View::open(
        {.files = &files, .log_folder = "MEMBER-A/log", .snapshot_folder = "MEMBER-A/snapshots"});
  }
  std::unique_ptr<View> opened() {
    auto view = open();
    EXPECT_TRUE(view) << view.error().message();
    return view ? std::move(*view) : nullptr;
  }
  void found() { ASSERT_TRUE(table.open(kHandles)); }
  void submit(const std::vector<Draft>& drafts) {
    for (const auto& done : table.submit(drafts)) ASSERT_TRUE(done) << done.error().message();
  }
  void grow() {
    found();
    clock.move_to(cast.now);
    submit(actors::standard_world(cast));
    submit(actors::close_founding(cast));
  }
  Draft routine_change(unsigned number) {
    cast.expires_after = 10 * actors::kDay + number;  // else the same record comes again
    return cast.proposal(
        "ORG-ALFA", "H1",
        {actors::change("domain", "alfa.",
                        {std::string(number % 2 == 0 ? "+" : "-") + " nserver: a.nic.beta."})});
  }
  static Result<base::Hash> state_of(const View& view) {
    return view.read([](const registry::Registry& registry, const LogIndex&, const Published& published) {
      EXPECT_EQ(registry.state(), published.state);
      return Result<base::Hash>(registry.state());
    });
  }
  void replace_checkpoint(const std::string& text) {
    ASSERT_TRUE(storage::replace_checkpoint(files, "MEMBER-A/log", base::as_bytes(text)));
  }
  std::string signed_checkpoint(base::TreeSize size, const base::Hash& root) {
    const note::Checkpoint checkpoint{std::string(actors::kOrigin), size, root};
    const std::vector<std::string> lines{note::sign_checkpoint(checkpoint, sim::log_signer())};
    return note::assemble_checkpoint(checkpoint, lines).value();
  }
  verify::Found judged(const Result<std::string>& receipt) {
    EXPECT_TRUE(receipt) << receipt.error().message();
    if (!receipt) return verify::Found::kNothing;
    const auto verdict =
        verify::verify_receipt(*receipt, sim::policy_of(table.registry().charter()), {clock.now(), {}});
    EXPECT_TRUE(verdict) << verdict.error().message();
    return verdict ? verdict->receipt.found : verify::Found::kNothing;
  }

  sim::ForgetfulFiles files;
  sim::StandingClock clock;
  actors::Cast cast;
  sim::Table table;
};

TEST_F(ViewTest, IsEmptyUntilSomethingIsPublished) {
  const auto view = opened();
  EXPECT_EQ(view->published(), nullptr);
  EXPECT_EQ(state_of(*view).error().kind(), kNothingPublished);
  EXPECT_EQ(view->receipt({ObjectClass::kDomain, "alfa."}).error().kind(), kNothingPublished);
  EXPECT_EQ(view->record_receipt(base::LeafIndex(0)).error().kind(), kNothingPublished);
  EXPECT_EQ(RecordReceipts::create(*view).error().kind(), kNothingPublished);
  EXPECT_FALSE(view->advance().value());
  found();
  EXPECT_TRUE(view->advance().value());
  EXPECT_EQ(state_of(*view).value(), table.registry().state());
  EXPECT_FALSE(view->advance().value());
}

TEST_F(ViewTest, FollowsEachBlockAndTellsListeners) {
  found();
  const auto view = opened();
  std::vector<std::uint64_t> heights;
  view->subscribe([&](const std::shared_ptr<const Published>& before, const Published& now) {
    EXPECT_LT(before->checkpoint.size, now.checkpoint.size);
    heights.push_back(now.height.value());
  });
  clock.move_to(cast.now);
  submit(actors::standard_world(cast));
  EXPECT_NE(state_of(*view).value(), table.registry().state()) << "readers see what was advanced to";
  ASSERT_TRUE(view->advance().value());
  EXPECT_EQ(state_of(*view).value(), table.registry().state());
  submit(actors::close_founding(cast));
  submit({routine_change(0)});
  ASSERT_TRUE(view->advance().value()) << "two blocks at once";
  EXPECT_EQ(state_of(*view).value(), table.registry().state());
  EXPECT_EQ(heights.size(), 2U);
  EXPECT_EQ(heights.back(), table.registry().height().value());
}

TEST_F(ViewTest, ReceiptsVerify) {
  grow();
  const auto view = opened();
  EXPECT_EQ(judged(view->receipt({ObjectClass::kDomain, "alfa."})), verify::Found::kValue);
  EXPECT_EQ(judged(view->receipt({ObjectClass::kDomain, "never."})), verify::Found::kNothing);
  EXPECT_EQ(judged(view->record_receipt(base::LeafIndex(3))), verify::Found::kRecord);
  const base::LeafIndex beyond(view->published()->checkpoint.size.value());
  const auto receipts = RecordReceipts::create(*view);
  ASSERT_TRUE(receipts);
  EXPECT_EQ((*receipts)->receipt(beyond).error().kind(), merkle::kLeafBeyondTree);
  for (base::LeafIndex leaf = beyond; leaf.value() > 0;) {  // from the end: bundles are left and come back to
    leaf = base::LeafIndex(leaf.value() - 1);
    EXPECT_EQ(judged((*receipts)->receipt(leaf)), verify::Found::kRecord);
    EXPECT_EQ((*receipts)->receipt(leaf).value(), view->record_receipt(leaf).value());
    EXPECT_TRUE((*receipts)->receipt(base::LeafIndex(0)));
  }
  EXPECT_EQ(view->record_receipt(beyond).error().kind(), merkle::kLeafBeyondTree);
  submit({routine_change(0)});
  EXPECT_EQ(judged(view->receipt({ObjectClass::kDomain, "alfa."})), verify::Found::kValue)
      << "the old checkpoint still counts";
  ASSERT_TRUE(view->advance().value());
  const auto receipt = view->receipt({ObjectClass::kDomain, "alfa."});
  EXPECT_EQ(judged(receipt), verify::Found::kValue);
  EXPECT_NE(receipt->find("nserver: a.nic.beta."), std::string::npos);
}

// Leaves whose text names the object, or one of the records that do.
std::vector<std::uint64_t> searched(const storage::LogFolder& log, const ObjectId& id) {
  const std::string object = std::string(class_name(id.object_class)) + " " + id.key;
  const std::string paragraph = std::string(class_name(id.object_class)) + ": " + id.key;
  std::vector<std::uint64_t> found;
  std::vector<std::string> ids;
  EXPECT_TRUE(
      log.read_leaves(base::LeafIndex(0), base::LeafIndex(log.size().value()),
                      [&](base::LeafIndex index, base::ByteView leaf) {
                        const std::string text(base::as_text(leaf));
                        const auto names = [&](const std::string& part) {
                          return text.find(part + "\n") != std::string::npos;
                        };
                        const bool own = names("create " + paragraph) || names("change " + paragraph) ||
                                         names("delete " + paragraph) || names("object: " + object);
                        const bool answers = std::ranges::any_of(ids, names);
                        if (own)
                          ids.push_back(codec::serialize_base64(record::Record::parse(text)->id().view()));
                        if (own || answers) found.push_back(index.value());
                        return Result<void>();
                      }));
  return found;
}

TEST_F(ViewTest, TheIndexNamesWhatASearchNames) {
  grow();
  // One that is locked for a day and then executed, and one that is objected to in vain.
  const Draft create = cast.proposal("MEMBER-A", "A",
                                     {actors::create("domain", "new.",
                                                     {"+ holder: ORG-DELTA", "+ status: active",
                                                      "+ nserver: a.nic.beta.", "+ nserver: b.nic.beta."})});
  std::vector<Draft> drafts = actors::with_votes(cast, create, 3);
  drafts.push_back(cast.acceptance("ORG-DELTA", create));
  submit(drafts);
  ASSERT_TRUE(table.advance_to(clock.now() + base::Seconds(2 * actors::kDay)));
  const auto fresh = opened();
  ASSERT_TRUE(table.store_snapshots());
  submit({routine_change(0)});
  ASSERT_TRUE(fresh->advance().value());
  const auto from_snapshot = opened();
  for (const View* view : {fresh.get(), from_snapshot.get()}) {
    const storage::LogFolder log = *view->log();
    ASSERT_TRUE(view->read([&](const registry::Registry& registry, const LogIndex& index,
                               const Published&) -> Result<void> {
      std::size_t objects = 0;
      for (const auto object_class : {ObjectClass::kDomain, ObjectClass::kHost, ObjectClass::kOrganisation}) {
        registry.charter().for_each_object(object_class, [&](const resource::Object& object) {
          const ObjectId id = object.id();
          const auto all = index.history(id, base::LeafIndex(0), 1'000);
          EXPECT_EQ(std::vector(all.begin(), all.end()), searched(log, id)) << id.trie_name();
          EXPECT_FALSE(all.empty());
          ++objects;
        });
      }
      EXPECT_GT(objects, 15U);
      const auto first_two = index.history({ObjectClass::kDomain, "new."}, base::LeafIndex(0), 2);
      EXPECT_EQ(first_two.size(), 2U);
      const auto rest = index.history({ObjectClass::kDomain, "new."}, base::LeafIndex(first_two[1] + 1), 99);
      EXPECT_EQ(rest.size() + 2,
                index.history({ObjectClass::kDomain, "new."}, base::LeafIndex(0), 99).size());
      EXPECT_GE(rest.size(), 4U) << "ballots, acceptance, and the block that executed it";
      EXPECT_TRUE(index.history({ObjectClass::kDomain, "never."}, base::LeafIndex(0), 9).empty());
      return {};
    }));
  }
}

TEST_F(ViewTest, TheIndexFindsRecordsAndBlocks) {
  grow();
  const auto view = opened();
  const storage::LogFolder log = *view->log();
  ASSERT_TRUE(view->read([&](const registry::Registry& registry, const LogIndex& index,
                             const Published&) -> Result<void> {
    std::uint64_t height = 0;
    TRY(log.read_leaves(base::LeafIndex(0), base::LeafIndex(index.size().value()),
                        [&](base::LeafIndex at, base::ByteView leaf) -> Result<void> {
                          ASSIGN_OR_RETURN(const record::Record record,
                                           record::Record::parse(base::as_text(leaf)));
                          EXPECT_EQ(index.height_of(at), base::Height(height));
                          if (record.kind() == record::Kind::kBlock) {
                            EXPECT_EQ(index.block(base::Height(height++)), at);
                            EXPECT_EQ(index.find(record.id()), std::nullopt);
                          } else {
                            EXPECT_EQ(index.find(record.id()), at);
                          }
                          return {};
                        }));
    EXPECT_EQ(height, registry.height().value() + 1);
    EXPECT_EQ(index.block(base::Height(height)), std::nullopt);
    EXPECT_EQ(index.find(base::Hash{}), std::nullopt);
    return {};
  })) << "log() inside of read() is for tests only";
}

TEST_F(ViewTest, ManyRecordsStayFindable) {
  // 5,000 ids grow the table several times.
  LogIndex index;
  std::vector<record::RecordId> ids;
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    Draft ballot = cast.ballot("MEMBER-A", actors::some_commitment(std::to_string(i)), "yes");
    const auto record = record::Record::parse(ballot.leaf());
    ASSERT_TRUE(record) << record.error().message();
    ids.push_back(record->id());
    index.take(base::LeafIndex(i), *record);
  }
  for (std::uint64_t i = 0; i < 5'000; ++i) ASSERT_EQ(index.find(ids[i]), base::LeafIndex(i));
  EXPECT_GT(index.bytes(), 5'000U * 16);
}

TEST_F(ViewTest, ACheckpointThatDoesNotGoOnIsRefused) {
  grow();
  const auto view = opened();
  const auto before = view->published();
  const base::Hash state = state_of(*view).value();
  const base::TreeSize size = before->checkpoint.size;
  replace_checkpoint(signed_checkpoint(size, base::Hash{}));
  EXPECT_EQ(view->advance().error().kind(), kForeignCheckpoint);
  replace_checkpoint(signed_checkpoint(base::TreeSize(2), before->checkpoint.root));
  EXPECT_EQ(view->advance().error().kind(), kForeignCheckpoint);
  replace_checkpoint("nonsense\n");
  EXPECT_FALSE(view->advance());
  EXPECT_EQ(view->published(), before);
  EXPECT_EQ(state_of(*view).value(), state);
  // The same size and root with other lines: something new to hand out, and no block.
  replace_checkpoint(signed_checkpoint(size, before->checkpoint.root));
  EXPECT_TRUE(view->advance().value());
  EXPECT_NE(view->published()->text, before->text);
  EXPECT_NE(view->receipt({ObjectClass::kDomain, "alfa."})->find(view->published()->text), std::string::npos);
}

TEST_F(ViewTest, AnAlteredLeafIsNotApplied) {
  grow();
  const auto view = opened();
  const base::Hash state = state_of(*view).value();
  submit({routine_change(0)});
  const std::string bundle =
      view->log()->path_of({merkle::TileKind::kEntries, 0, merkle::TileIndex(0),
                            static_cast<unsigned>(table.replica(0).info().size.value())});
  auto bytes = files.read(bundle, 1 << 24);
  ASSERT_TRUE(bytes) << bundle;
  const auto intact = *bytes;
  const std::string text(base::as_text(*bytes));
  const auto at = text.rfind("a.nic.beta.");
  ASSERT_NE(at, std::string::npos);
  (*bytes)[at] = 'b';  // another name server, well-formed all the same
  ASSERT_TRUE(files.write_synced(bundle, *bytes, base::FileMode::kPublic));
  EXPECT_EQ(view->advance().error().kind(), merkle::kBadLogProof);
  EXPECT_EQ(state_of(*view).value(), state);
  ASSERT_TRUE(files.write_synced(bundle, intact, base::FileMode::kPublic));
  EXPECT_TRUE(view->advance().value());
  EXPECT_EQ(state_of(*view).value(), table.registry().state());
}

TEST_F(ViewTest, ABlockThatTheRulesDoNotGiveStopsTheView) {
  grow();
  const auto view = opened();
  const registry::ApplicationInfo info = table.replica(0).info();
  auto store = storage::LogStore::open(files, "MEMBER-A/log", info.size, info.root);
  ASSERT_TRUE(store);
  record::BlockFields block;
  block.height = info.height.next();
  block.time = info.time;
  block.records = 0;
  const std::string leaf = record::serialize_block(actors::kOrigin, block);  // of a state of zeros
  const base::ByteView view_of_leaf = base::as_bytes(leaf);
  ASSERT_TRUE((*store)->append({&view_of_leaf, 1}));
  ASSERT_TRUE((*store)->sync());
  replace_checkpoint(signed_checkpoint((*store)->size(), (*store)->root()));
  EXPECT_EQ(view->advance().error().kind(), kViewStopped);
  EXPECT_EQ(state_of(*view).error().kind(), kViewStopped);
  EXPECT_EQ(view->receipt({ObjectClass::kDomain, "alfa."}).error().kind(), kViewStopped);
  EXPECT_EQ(view->advance().error().kind(), kViewStopped);
}

TEST_F(ViewTest, ReadersWithoutEndDoNotKeepBlocksOut) {
  grow();
  const auto view = opened();
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> reads = 0;
  {
    std::vector<std::jthread> readers;
    for (int i = 0; i < 3; ++i) {
      readers.emplace_back([&] {
        while (!done) {
          ASSERT_TRUE(state_of(*view));  // expects the state to be the published one's
          ASSERT_TRUE(view->receipt({ObjectClass::kDomain, "alfa."}));
          ++reads;
        }
      });
    }
    for (unsigned i = 0; i < 10; ++i) {
      submit({routine_change(i)});
      ASSERT_TRUE(view->advance().value());
    }
    done = true;
  }
  EXPECT_GT(reads, 0U);
  EXPECT_EQ(state_of(*view).value(), table.registry().state());
}

TEST_F(ViewTest, ThePumpAdvancesWhenWokenAndByItself) {
  found();
  const auto view = opened();
  const auto wait_for_state = [&] {
    for (int i = 0; i < 500 && state_of(*view).value() != table.registry().state(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return state_of(*view).value() == table.registry().state();
  };
  clock.move_to(cast.now);
  {
    ViewPump pump(*view, std::chrono::hours(1));
    submit(actors::standard_world(cast));
    pump.wake();
    EXPECT_TRUE(wait_for_state());
    EXPECT_EQ(pump.last_error(), std::nullopt);
    replace_checkpoint("nonsense\n");
    pump.wake();
    for (int i = 0; i < 500 && !pump.last_error(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_NE(pump.last_error(), std::nullopt);
  }
  ViewPump pump(*view, std::chrono::milliseconds(5));
  submit(actors::close_founding(cast));
  EXPECT_TRUE(wait_for_state());
}

}  // namespace
}  // namespace replica
