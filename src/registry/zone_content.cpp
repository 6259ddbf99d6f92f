#include "registry/zone_content.h"

#include <array>
#include <set>
#include <vector>

#include "codec/dns_name.h"
#include "publish/dns/record_set.h"
#include "publish/dns/zone_text.h"

namespace registry {
namespace {

using resource::Object;
using resource::ObjectClass;

/// "OWNER TTL IN TYPE DATA".
struct Line {
  std::string_view owner;
  std::string_view ttl;
  std::string_view type;
  std::string_view data;
};

bool split_line(std::string_view text, Line& line) {
  std::string_view class_word;
  for (std::string_view* const word : {&line.owner, &line.ttl, &class_word, &line.type}) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return false;
    *word = text.substr(0, space);
    text.remove_prefix(space + 1);
  }
  line.data = text;
  return class_word == "IN" && codec::is_dns_name(line.owner);
}

/// The lines of a text by what they become. Views into the text.
class Reader {
 public:
  explicit Reader(std::string_view apex) : apex_(apex) {}

  bool take(const Line& line) {
    const bool is_apex = line.owner == apex_;
    if (line.type == "SOA") {
      soa_ = line.data;
      signed_ttl_ = line.ttl;
      return is_apex;
    }
    if (line.type == "DNSKEY") {
      delegation_ttl_ = line.ttl;
      return is_apex;
    }
    if (line.type == "NS") {
      if (is_apex) apex_ttl_ = line.ttl;
      cuts_[line.owner].name_servers.insert(line.data);
    } else if (line.type == "DS") {
      cuts_[line.owner].ds.insert(line.data);
    } else if (line.type == "A" || line.type == "AAAA") {
      hosts_[line.owner].insert(line.data);
    }
    return true;
  }

  std::vector<std::string> object_texts() const {
    std::vector<std::string> texts{zone_text()};
    for (const auto& [owner, cut] : cuts_) {
      if (owner == apex_) continue;
      std::string& text = texts.emplace_back("domain: ");
      text.append(owner).append("\nversion: 1\nholder: UNCLAIMED\nstatus: active\n");
      append_lines(text, "nserver", cut.name_servers);
      append_lines(text, "ds-rdata", cut.ds);
    }
    for (const auto& [owner, addresses] : hosts_) {
      std::string& text = texts.emplace_back("host: ");
      text.append(owner).append("\nversion: 1\n");
      append_lines(text, "address", addresses);
    }
    return texts;
  }

 private:
  using Values = std::set<std::string_view>;
  struct Cut {
    Values name_servers;
    Values ds;
  };

  static void append_lines(std::string& text, std::string_view name, const Values& values) {
    for (const std::string_view value : values) text.append(name).append(": ").append(value).append("\n");
  }

  std::string zone_text() const {
    constexpr std::array<std::string_view, 7> kSoaFields{"mname", "rname",  "",       "refresh",
                                                         "retry", "expire", "minimum"};
    std::string text = "zone: " + std::string(apex_) + "\nversion: 1\n";
    std::string_view rest = soa_;
    for (const std::string_view field : kSoaFields) {
      const std::size_t space = std::min(rest.find(' '), rest.size());
      if (!field.empty()) text.append(field).append(": ").append(rest.substr(0, space)).append("\n");
      rest.remove_prefix(std::min(space + 1, rest.size()));
    }
    if (const auto apex = cuts_.find(apex_); apex != cuts_.end())
      append_lines(text, "nserver", apex->second.name_servers);
    text.append("ttl: apex ").append(apex_ttl_).append("\nttl: delegation ").append(delegation_ttl_);
    return text.append("\nttl: signed ").append(signed_ttl_).append("\n");
  }

  std::string_view apex_;
  std::string_view soa_;
  std::string_view apex_ttl_;
  std::string_view delegation_ttl_;
  std::string_view signed_ttl_;
  std::map<std::string_view, Cut> cuts_;
  std::map<std::string_view, Values> hosts_;
};

}  // namespace

std::string content_text(const publish::UnsignedZone& zone, const publish::Release& release) {
  std::vector<const publish::RecordSet*> of_objects;
  std::uint32_t keys_ttl = 0;
  for (const publish::SignedSet& set : zone.sets) {
    const std::uint16_t type = set.records.type;
    if (type == publish::kTypeDnskey) keys_ttl = set.records.ttl_seconds;
    if (type != publish::kTypeDnskey && type != publish::kTypeNsec && type != publish::kTypeZonemd)
      of_objects.push_back(&set.records);
  }
  std::string text = publish::record_lines(of_objects);
  for (const publish::ZoneKey& key : release.keys)
    publish::append_record_line(text, release.apex, publish::kTypeDnskey, keys_ttl,
                                publish::dnskey_data(key));
  return text;
}

base::Result<ZoneContent> ZoneContent::parse(std::string_view text, std::string_view apex) {
  Reader reader(apex);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    Line line;
    if (end == std::string_view::npos || !split_line(text.substr(0, end), line) || !reader.take(line))
      return base::fail(kBadContent, "line " + std::to_string(number) + " is none of a zone's");
    text.remove_prefix(end + 1);
  }
  ZoneContent content;
  for (std::string& object_text : reader.object_texts()) {
    const std::string name = object_text.substr(0, object_text.find('\n'));
    auto object = Object::parse(std::move(object_text));
    if (!object) return base::fail(kBadContent, name + ": " + object.error().message());
    resource::ObjectId id = object->id();
    content.objects_.emplace(std::move(id), std::move(*object));
  }
  return content;
}

const Object* ZoneContent::find(const resource::ObjectId& id) const {
  const auto found = objects_.find(id);
  return found == objects_.end() ? nullptr : &found->second;
}

void ZoneContent::for_each(ObjectClass object_class, const std::function<void(const Object&)>& visit) const {
  for (const auto& [id, object] : objects_) {
    if (id.object_class == object_class) visit(object);
  }
}

}  // namespace registry
