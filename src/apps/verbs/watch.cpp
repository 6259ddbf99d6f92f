// comity watch: what a server's registry does, as it happens. An event only wakes this program: what it prints
// comes from the log, through the cache that checks it.
#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "api/shapes.h"
#include "apps/http_door.h"
#include "apps/mirror.h"
#include "apps/place.h"
#include "apps/reading.h"
#include "apps/record_lines.h"
#include "apps/verbs.h"
#include "record/record.h"
#include "storage/annex_store.h"

namespace apps {
namespace {

using base::Result;
using nlohmann::ordered_json;
using record::Record;

inline constexpr base::ErrorKind kNeedsUrl{"needs-url", base::Category::kInvalid, "comity watch --help"};

constexpr std::chrono::seconds kPauseMin(1);
constexpr std::chrono::seconds kPauseMax(30);

// Everything that was said has been flushed and the cache survives any end, so an interrupt may end it here.
void end_on_interrupt() {
  struct sigaction action{};
  action.sa_handler = [](int) { ::_exit(0); };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

/// Where the last printed block ended.
class Watcher {
 public:
  Watcher(const ReadOptions& options, Console& console) : options_(&options), console_(&console) {}

  // Prints the blocks that came since. The cache is locked for no longer than that.
  Result<void> look() {
    ASSIGN_OR_RETURN(const Place place, Place::open(options_->dir, options_->access, *console_));
    ASSIGN_OR_RETURN(const Reading reading, Reading::open(place.files(), place.dir()));
    const base::TreeSize size = reading.checkpoint().size;
    if (!begun_) {
      begun_ = true;
      seen_ = size;
      if (!console_->json())
        console_->line(Style::kDim, "watching " + reading.folder().settings.origin + " from leaf " +
                                        std::to_string(size.value()) + " on; Ctrl-C ends this");
    }
    const storage::AnnexStore annexes(place.files(), reading.folder().layout.annex_folder());
    ordered_json records = ordered_json::array();
    TRY(reading.log().read_leaves(base::LeafIndex(seen_.value()), base::LeafIndex(size.value()),
                                  [&](base::LeafIndex index, base::ByteView leaf) -> Result<void> {
                                    ASSIGN_OR_RETURN(const Record record, Record::parse(base::as_text(leaf)));
                                    say(record, index, annexes, records);
                                    return {};
                                  }));
    seen_ = size;
    console_->flush();
    return {};
  }

 private:
  // People get each record as it comes, programs one object a block.
  void say(const Record& record, base::LeafIndex index, const storage::AnnexStore& annexes,
           ordered_json& records) {
    if (!console_->json()) {
      print_record(record, index, std::nullopt, annexes, *console_);
      return;
    }
    ordered_json json = api::record_json(record, index, annexes);
    if (record.kind() != record::Kind::kBlock) {
      records.push_back(std::move(json));
      return;
    }
    json["records"] = std::exchange(records, ordered_json::array());
    console_->line(json.dump());
  }

  const ReadOptions* options_;
  Console* console_;
  bool begun_ = false;
  base::TreeSize seen_;
};

}  // namespace

Result<Answer> run_watch(const ReadOptions& options, Console& console) {
  if (!is_url(options.dir))
    return base::fail(kNeedsUrl, options.dir + " is no URL; `comity log` reads folders");
  end_on_interrupt();
  Watcher watcher(options, console);
  TRY(watcher.look());
  std::chrono::seconds pause = kPauseMin;
  while (true) {
    std::optional<base::Error> refused;
    ASSIGN_OR_RETURN(const auto door, HttpDoor::create(options.dir));
    const auto ended = door->watch("/api/v1/events", [&] {
      const auto looked = watcher.look();
      if (!looked && looked.error().kind().category != base::Category::kUnavailable) refused = looked.error();
      if (looked) pause = kPauseMin;
      return !refused && looked.has_value();
    });
    if (refused) return std::unexpected(*refused);
    console.warn((ended ? std::string("the connection ended") : ended.error().message()) + "; again in " +
                 std::to_string(pause.count()) + " s");
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, kPauseMax);
    // Blocks may have come while nobody listened.
    const auto looked = watcher.look();
    if (!looked && looked.error().kind().category != base::Category::kUnavailable)
      return std::unexpected(looked.error());
  }
}

}  // namespace apps
