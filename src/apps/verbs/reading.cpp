// comity show, log, diff: what is written, without locking anything.
#include "apps/reading.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/shapes.h"
#include "apps/place.h"
#include "apps/record_lines.h"
#include "apps/verbs.h"
#include "codec/base64.h"
#include "codec/time_text.h"
#include "registry/replay.h"
#include "resource/values.h"
#include "storage/annex_store.h"

namespace apps {
namespace {

using api::object_json;
using api::reasons_of;
using api::record_json;
using base::Result;
using nlohmann::ordered_json;
using record::Record;

struct Opened {
  Place place;
  Reading reading;
  registry::Registry registry;
};

Result<Opened> open_at(const ReadOptions& options, Console& console) {
  ASSIGN_OR_RETURN(Place place, Place::open(options.dir, options.access, console));
  ASSIGN_OR_RETURN(Reading reading, Reading::open(place.files(), place.dir()));
  std::vector<std::string> warnings;
  ASSIGN_OR_RETURN(registry::Registry registry, reading.load_at(options.at, warnings));
  for (const std::string& warning : warnings) console.warn("passed over " + warning);
  return Opened{std::move(place), std::move(reading), std::move(registry)};
}

bool concerns(const Record& record, const resource::ObjectId& id) {
  return std::ranges::any_of(record.changes(), [&](const resource::Change& change) {
    return change.object_class == id.object_class && change.key == id.key;
  });
}

void print_whole_record(const Record& record, base::LeafIndex index, const storage::AnnexStore& annexes,
                        Console& console) {
  console.line(Style::kDim, "# leaf " + std::to_string(index.value()));
  for (const std::string& reason : reasons_of(record, annexes))
    console.line(Style::kDim, "# annex: " + reason);
  console.line(record.leaf());
}

// Proposals about one object, and every record and effect that names one of these proposals.
class LogFilter {
 public:
  explicit LogFilter(std::optional<resource::ObjectId> id) : id_(std::move(id)) {}
  bool takes(const Record& record) {
    if (!id_) return true;
    const std::string object = std::string(resource::class_name(id_->object_class)) + " " + id_->key;
    if (concerns(record, *id_) || record.value("object") == object) {
      proposals_.push_back(codec::serialize_base64(record.id().view()));
      return true;
    }
    const auto named = [&](std::string_view text) {
      return std::ranges::any_of(proposals_,
                                 [&](const std::string& proposal) { return text.ends_with(proposal); });
    };
    return std::ranges::any_of(record.attributes(), [&](const record::Attribute& attribute) {
      return (attribute.name == "proposal" || attribute.name == "effect") && named(attribute.value);
    });
  }

 private:
  std::optional<resource::ObjectId> id_;
  std::vector<std::string> proposals_;
};

using Objects = std::map<resource::ObjectId, std::string>;

Objects objects_of(const registry::Registry& registry) {
  Objects objects;
  registry.charter().for_each(charter::Tree::kObjects, [&](std::string_view, std::string_view text) {
    if (auto object = resource::Object::parse(std::string(text)))
      objects.emplace(object->id(), std::string(text));
  });
  return objects;
}

Result<resource::Object> parse_stored(const std::string& text) {
  return resource::Object::parse(text);
}

}  // namespace

Result<Answer> run_show(const ReadOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const resource::ObjectId id, parse_object(options.object_class, options.key));
  ASSIGN_OR_RETURN(const Opened opened, open_at(options, console));
  const resource::Object* const object = opened.registry.charter().find(id);
  if (object == nullptr) {
    console.line(console.json() ? "null" : id.trie_name() + " does not exist");
    return Answer::kNo;
  }
  if (console.json()) {
    console.line(object_json(*object).dump(2));
  } else {
    console.out(object->text());
  }
  return object->is_tombstone() ? Answer::kNo : Answer::kYes;
}

Result<Answer> run_log(const ReadOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const Place place, Place::open(options.dir, options.access, console));
  base::Files& files = place.files();
  ASSIGN_OR_RETURN(const Reading reading, Reading::open(files, place.dir()));
  std::optional<resource::ObjectId> id;
  if (!options.object_class.empty()) {
    ASSIGN_OR_RETURN(id, parse_object(options.object_class, options.key));
  }
  LogFilter filter(id);
  ordered_json list = ordered_json::array();
  const storage::LogFolder log = reading.log();
  const storage::AnnexStore annexes(files, reading.folder().layout.annex_folder());
  TRY(log.read_leaves(base::LeafIndex(0), base::LeafIndex(log.size().value()),
                      [&](base::LeafIndex index, base::ByteView leaf) -> Result<void> {
                        ASSIGN_OR_RETURN(const Record record, Record::parse(base::as_text(leaf)));
                        if (!filter.takes(record)) return {};
                        if (console.json()) {
                          list.push_back(record_json(record, index, annexes));
                        } else if (options.full) {
                          print_whole_record(record, index, annexes, console);
                        } else {
                          print_record(record, index, id, annexes, console);
                        }
                        return {};
                      }));
  if (console.json()) console.line(list.dump(2));
  return Answer::kYes;
}

Result<Answer> run_diff(const ReadOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const Opened before, open_at(options, console));
  std::vector<std::string> warnings;
  ASSIGN_OR_RETURN(const registry::Registry after, before.reading.load_at(options.at2, warnings));
  const Objects old_objects = objects_of(before.registry);
  ordered_json list = ordered_json::array();
  for (const auto& [id, text] : objects_of(after)) {
    const auto old = old_objects.find(id);
    if (old != old_objects.end() && old->second == text) continue;
    ASSIGN_OR_RETURN(const resource::Object now, parse_stored(text));
    std::optional<resource::Object> then;
    if (old != old_objects.end()) {
      ASSIGN_OR_RETURN(then, parse_stored(old->second));
    }
    const std::string difference = resource::serialize_difference(then ? &*then : nullptr, now);
    if (difference.empty()) continue;
    if (console.json()) {
      list.push_back({{"object", id.trie_name()}, {"difference", difference}});
    } else {
      console.line(difference);
    }
  }
  if (console.json()) console.line(list.dump(2));
  return Answer::kYes;
}

}  // namespace apps
