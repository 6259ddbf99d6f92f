#include "api/past.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "api/answers.h"
#include "api/registry_paths.h"
#include "api/request_parts.h"
#include "api/shapes.h"
#include "api/submitter.h"
#include "replica/load.h"
#include "resource/change.h"

namespace api {
namespace {

using base::Result;
using nlohmann::ordered_json;
using registry::Registry;
using replica::PointInTime;

constexpr std::size_t kWaitingMax = 16;
constexpr std::size_t kKeptDifferencesMax = 4;

std::map<resource::ObjectId, std::string> objects_of(const Registry& registry) {
  std::map<resource::ObjectId, std::string> objects;
  for (const auto object_class :
       {resource::ObjectClass::kCharter, resource::ObjectClass::kMember, resource::ObjectClass::kOrganisation,
        resource::ObjectClass::kZone, resource::ObjectClass::kDomain, resource::ObjectClass::kHost}) {
    registry.charter().for_each_object(object_class, [&](const resource::Object& object) {
      objects.emplace(object.id(), std::string(object.text()));
    });
  }
  return objects;
}

net::Response busy() {
  return refusal(base::Error(kTooBusy, "others ask about the past already; ask again in a moment"));
}

}  // namespace

Past::Past(const replica::View& view, std::uint64_t replayed_leaves_max)
    : view_(&view),
      replayed_leaves_max_(replayed_leaves_max),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Past::ask(std::function<net::Response()> work, Answer answer) {
  {
    const std::scoped_lock guard(mutex_);
    if (!stopped_ && questions_.size() < kWaitingMax) {
      questions_.push_back({std::move(work), std::move(answer)});
      asked_.notify_one();
      return;
    }
  }
  answer(busy());
}

void Past::stop() {
  std::deque<Question> left;
  {
    const std::scoped_lock guard(mutex_);
    stopped_ = true;
    left.swap(questions_);
  }
  for (Question& question : left) question.answer(busy());
}

void Past::run(const std::stop_token& stop) {
  while (true) {
    Question question;
    {
      std::unique_lock lock(mutex_);
      if (!asked_.wait(lock, stop, [&] { return !questions_.empty(); })) return;
      question = std::move(questions_.front());
      questions_.pop_front();
    }
    question.answer(question.work());
  }
}

struct Past::Point {
  PointInTime until;
  storage::LogFolder log;
  std::string name;  ///< never means anything else later
};

Result<Past::Point> Past::find_point(const std::string& text) const {
  const auto published = view_->published();
  if (!published) return base::fail(replica::kNothingPublished, "no checkpoint counts yet");
  ASSIGN_OR_RETURN(const storage::LogFolder log, view_->log());
  ASSIGN_OR_RETURN(const PointInTime until, replica::parse_point(text, published->checkpoint.size));
  // A moment that the log has not passed yet means something else with each block.
  const bool is_open = until.time >= published->time && until.size.value() > log.size().value();
  return Point{until, log, is_open ? text + " " + std::to_string(log.size().value()) : text};
}

// The registry at `point`; good until the next call.
Result<const Registry*> Past::registry_at(const Point& point) {
  if (registry_ && registry_name_ == point.name) return &*registry_;
  if (std::min(point.until.size, point.log.size()).value() > replayed_leaves_max_) {
    return base::fail(kTooFarBack, "that asks for a replay of more than " +
                                       std::to_string(replayed_leaves_max_) +
                                       " leaves; a mirror of one's own has no such limit");
  }
  registry_.reset();
  ASSIGN_OR_RETURN(Registry replayed, replica::replay_until(point.log, point.until));
  registry_name_ = point.name;
  registry_.emplace(std::move(replayed));
  return &*registry_;
}

Result<Past::Objects> Past::objects_at(const Point& point) {
  const auto present = view_->read([&](const Registry& registry, const replica::LogIndex&,
                                       const replica::Published& now) -> Result<std::optional<Objects>> {
    if (now.checkpoint.size != point.until.size) return std::nullopt;
    return objects_of(registry);
  });
  if (present && *present) return **present;
  ASSIGN_OR_RETURN(const Registry* const registry, registry_at(point));
  return objects_of(*registry);
}

Result<std::shared_ptr<const Past::Differences>> Past::differences_of(const std::string& from,
                                                                      const std::string& to) {
  ASSIGN_OR_RETURN(const Point first, find_point(from));
  ASSIGN_OR_RETURN(const Point second, find_point(to));
  const std::pair key(first.name, second.name);
  for (const auto& [known, list] : differences_) {
    if (known == key) return list;
  }
  ASSIGN_OR_RETURN(const Objects before, objects_at(first));
  ASSIGN_OR_RETURN(const Objects after, objects_at(second));
  auto list = std::make_shared<Differences>();
  for (const auto& [id, text] : after) {
    const auto old = before.find(id);
    if (old != before.end() && old->second == text) continue;
    ASSIGN_OR_RETURN(const resource::Object now, resource::Object::parse(text));
    std::optional<resource::Object> then;
    if (old != before.end()) {
      ASSIGN_OR_RETURN(then, resource::Object::parse(old->second));
    }
    std::string difference = resource::serialize_difference(then ? &*then : nullptr, now);
    if (!difference.empty()) list->push_back({id, std::move(difference)});
  }
  differences_.emplace_front(key, list);
  if (differences_.size() > kKeptDifferencesMax) differences_.pop_back();
  return list;
}

void Past::object_at(const resource::ObjectId& id, const std::string& at, Answer answer) {
  ask(
      [this, id, at]() -> net::Response {
        const auto point = find_point(at);
        if (!point) return refusal(point.error());
        const auto registry = registry_at(*point);
        if (!registry) return refusal(registry.error());
        const resource::Object* const object = (*registry)->charter().find(id);
        if (object == nullptr) {
          return refusal(base::Error(kNoSuchObject, id.trie_name() + " did not exist then"));
        }
        return json_answer(object->is_tombstone() ? 410 : 200, object_json(*object));
      },
      std::move(answer));
}

void Past::differences(std::string_view query_text, Answer answer) {
  auto query = Query::parse(query_text, {"from", "to", "skip", "limit"});
  if (!query) return answer(refusal(query.error()));
  const auto limit = query->number("limit", kPageUsual, kPageMax);
  const auto skip = query->number("skip", 0, std::uint64_t{1} << 40);
  if (!limit || !skip) return answer(refusal(limit ? skip.error() : limit.error()));
  if (!query->value("from") || !query->value("to")) {
    return answer(refusal(base::Error(kBadTarget, "\"from\" and \"to\" are asked for")));
  }
  const std::string from(*query->value("from"));
  const std::string to(*query->value("to"));
  ask(
      [this, from, to, skip = *skip, limit = *limit]() -> net::Response {
        const auto list = differences_of(from, to);
        if (!list) return refusal(list.error());
        const Differences& all = **list;
        ordered_json json{{"from", from}, {"to", to}, {"differences", ordered_json::array()}};
        const std::uint64_t begin = std::min<std::uint64_t>(skip, all.size());
        const std::uint64_t end = begin + std::min<std::uint64_t>(limit, all.size() - begin);
        for (std::uint64_t i = begin; i < end; ++i) {
          json["differences"].push_back({{"object", all[i].id.trie_name()}, {"difference", all[i].text}});
        }
        json["total"] = all.size();
        if (end < all.size()) json["next"] = end;
        return json_answer(200, json);
      },
      std::move(answer));
}

}  // namespace api
