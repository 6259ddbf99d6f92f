// comity draft, propose, sign, submit: from a wish to a record on the log.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "apps/key_files.h"
#include "apps/place.h"
#include "apps/reading.h"
#include "apps/record_maker.h"
#include "apps/remote_desk.h"
#include "apps/submitting.h"
#include "apps/verbs.h"
#include "base/limits.h"
#include "charter/release_entries.h"
#include "codec/base64.h"
#include "codec/time_text.h"
#include "os/posix_files.h"
#include "os/system_clock.h"
#include "record/draft.h"

namespace apps {
namespace {

using base::Result;

inline constexpr base::ErrorKind kBadWish{"bad-change", base::Category::kInvalid, "comity propose --help"};
inline constexpr base::ErrorKind kNothingHeld{"nothing-held", base::Category::kNotFound,
                                              "docs/formats/zones.md#on-the-log"};
inline constexpr base::ErrorKind kNothingToChange{"nothing-to-change", base::Category::kNotFound,
                                                  "comity draft --help"};

// "attribute=value" -> "- attribute: value\n".
Result<void> append_lines(std::string& paragraph, char sign, const std::vector<std::string>& wishes) {
  for (const std::string& wish : wishes) {
    const auto equals = wish.find('=');
    if (equals == std::string::npos || equals == 0) {
      return base::fail(kBadWish, "\"" + wish + "\": write attribute=value");
    }
    paragraph += sign;
    paragraph.append(" ").append(wish, 0, equals).append(": ").append(wish, equals + 1).append("\n");
  }
  return {};
}

Result<std::string> paragraph_of(const ChangeOptions& options, const resource::ObjectId& id) {
  std::string paragraph =
      options.action + " " + std::string(resource::class_name(id.object_class)) + ": " + id.key + "\n";
  TRY(append_lines(paragraph, '-', options.remove));
  TRY(append_lines(paragraph, '+', options.add));
  TRY(append_lines(paragraph, '=', options.set));
  return paragraph;
}

// Where the rules know no class for a change: something to be refused with their own words.
std::string_view fallback_class(const ChangeOptions& options) {
  if (!options.founding.empty() || !options.publish.empty()) return "A";
  if (options.object_class.empty() && options.paragraphs.empty()) return "E";
  return options.by.starts_with("ORG-") ? "H1" : "V";
}

// Paragraphs in a file are separated by empty lines.
void add_paragraphs(record::Builder& builder, std::string_view text) {
  std::string paragraph;
  const auto flush = [&] {
    if (!paragraph.empty()) builder.add_paragraph(paragraph);
    paragraph.clear();
  };
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty()) {
      flush();
    } else if (!line.starts_with('#')) {
      paragraph.append(line).append("\n");
    }
  }
  flush();
}

// Everything but the class, which follows from the rest.
Result<record::Builder> start_body(const ChangeOptions& options, const RecordMaker& maker) {
  ASSIGN_OR_RETURN(const base::Seconds expires_in, codec::parse_duration(options.expires_in));
  record::Builder builder = maker.begin(record::Kind::kProposal, options.by, expires_in);
  builder.set("subject", options.subject).set("founding", options.founding);
  if (options.override_checks) builder.set("override", "yes");
  if (!options.publish.empty()) {
    ASSIGN_OR_RETURN(const resource::ObjectId zone, parse_object("zone", options.publish));
    const charter::ReleaseEntry* const release = maker.state().release(zone.key);
    if (release == nullptr || !release->held)
      return base::fail(kNothingHeld, "zone " + zone.key + " is not held");
    builder.set("publish", release->held->batch);
  }
  TRY(maker.add_annex(builder, options.reason));
  return builder;
}

Result<std::string> finish_body(const ChangeOptions& options, const RecordMaker& maker,
                                record::Builder& builder) {
  const std::string_view fallback = fallback_class(options);
  builder.set("class", options.change_class.empty() ? fallback : std::string_view(options.change_class));
  ASSIGN_OR_RETURN(std::string body, builder.body());
  if (!options.change_class.empty()) return body;
  const auto classes = maker.classes_of(body);
  if (!classes || *classes == fallback) return body;
  builder.set("class", *classes);
  return builder.body();
}

Result<std::string> make_body(const ChangeOptions& options, const RecordMaker& maker, base::Files& files) {
  ASSIGN_OR_RETURN(record::Builder builder, start_body(options, maker));
  if (!options.object_class.empty()) {
    ASSIGN_OR_RETURN(const resource::ObjectId id, parse_object(options.object_class, options.key));
    ASSIGN_OR_RETURN(const std::string paragraph, paragraph_of(options, id));
    builder.add_paragraph(paragraph);
  }
  if (!options.paragraphs.empty()) {
    ASSIGN_OR_RETURN(const std::string text, read_input(files, options.paragraphs));
    add_paragraphs(builder, text);
  }
  return finish_body(options, maker, builder);
}

// A draft without wishes shows what stands, as remarks, and leaves the lines to whoever edits it.
Result<std::string> make_open_draft(const ChangeOptions& options, const RecordMaker& maker) {
  ASSIGN_OR_RETURN(const resource::ObjectId id, parse_object(options.object_class, options.key));
  const resource::Object* const object = maker.state().find(id);
  if (object == nullptr || object->is_tombstone()) {
    return base::fail(kNothingToChange, id.trie_name() + " does not exist; --create makes it");
  }
  ASSIGN_OR_RETURN(record::Builder builder, start_body(options, maker));
  const std::string_view fallback = fallback_class(options);
  builder.set("class", options.change_class.empty() ? fallback : std::string_view(options.change_class));
  ASSIGN_OR_RETURN(std::string body, builder.body());
  std::string remarks = "What stands now:\n\n";
  remarks.append(object->text());
  remarks +=
      "\nWrite below what shall change: `- attribute: value` removes, `+ attribute: value` adds.\n"
      "The class stands for the usual case: H1 edits, H2 gives away, K claims, V is against the holder's "
      "will.\n"
      "Lines that begin with # are left out. Then: comity sign, comity submit.\n";
  body += "\nchange " + std::string(resource::class_name(id.object_class)) + ": " + id.key + "\n";
  return record::serialize_draft(body, remarks);
}

Result<std::string> make_draft(const ChangeOptions& options, const RecordMaker& maker, base::Files& files) {
  const bool wishes = !options.add.empty() || !options.remove.empty() || !options.set.empty() ||
                      options.action != "change" || options.object_class.empty();
  return wishes ? make_body(options, maker, files) : make_open_draft(options, maker);
}

Result<void> write_output(base::Files& files, const std::string& path, std::string_view text,
                          Console& console) {
  if (path.empty() || path == "-") {
    console.out(text);
    return {};
  }
  return base::replace_file(files, path, base::as_bytes(text), base::FileMode::kPublic);
}

Result<base::EpochSeconds> time_for_drafts(const Place& place, const Reading& reading,
                                           const registry::Registry& registry) {
  if (place.mirror() != nullptr) return time_for_records(registry.time(), os::SystemClock().now());
  ASSIGN_OR_RETURN(const auto clock, load_clock(place.files(), reading.folder()));
  return clock->now();
}

}  // namespace

Result<Answer> run_draft(const ChangeOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const Place place, Place::open(options.dir, options.access, console));
  ASSIGN_OR_RETURN(const Reading reading, Reading::open(place.files(), place.dir()));
  std::vector<std::string> warnings;
  ASSIGN_OR_RETURN(const registry::Registry registry, reading.load(warnings));
  ASSIGN_OR_RETURN(const base::EpochSeconds now, time_for_drafts(place, reading, registry));
  const std::vector<note::Signer> no_signers;
  const RecordMaker maker(place.files(), reading.folder().layout, registry.charter(), now, no_signers);
  ASSIGN_OR_RETURN(const std::string draft, make_draft(options, maker, place.files()));
  TRY(write_output(place.files(), options.output, draft, console));
  return Answer::kYes;
}

Result<Answer> run_propose(const ChangeOptions& options, Console& console) {
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const auto desk, Desk::open(options.dir, options.access, console));
  const RecordMaker maker = desk->maker();
  ASSIGN_OR_RETURN(const std::string body, make_body(options, maker, files));
  ASSIGN_OR_RETURN(std::string leaf, maker.sign(body));
  return submit_and_report(*desk, {std::move(leaf)}, console, Annexes::kMadeHere);
}

Result<Answer> run_sign(const SignOptions& options, Console& console) {
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const std::string text, read_input(files, options.file));
  // A record that has signatures already keeps them: signers need not sit in one place.
  std::vector<std::string> lines;
  const auto split = split_signatures(text, lines);
  if (!split) return std::unexpected(split.error().at(options.file));
  const std::string& body = *split;
  std::vector<std::string> paths = options.key_files;
  if (!options.dir.empty()) {
    ASSIGN_OR_RETURN(const std::vector<KeyFile> keys,
                     list_keys(files, FolderLayout{options.dir}.key_folder()));
    for (const KeyFile& key : keys) {
      const bool chosen = std::ranges::any_of(options.as, [&](const std::string& as) {
        return as == key.name || as == key.name + "." + key.role;
      });
      if (chosen) paths.push_back(key.path);
    }
  }
  if (paths.empty()) return base::fail(kNoKeys, "name a key: --key FILE, or --dir DIR --as HANDLE.ROLE");
  ASSIGN_OR_RETURN(const std::vector<note::Signer> signers, load_keys(files, paths));
  for (const note::Signer& signer : signers) lines.push_back(record::sign_line(body, signer));
  std::ranges::sort(lines);
  lines.erase(std::ranges::unique(lines).begin(), lines.end());
  ASSIGN_OR_RETURN(const std::string leaf, record::assemble(body, lines));
  TRY(write_output(files, options.output, leaf, console));
  return Answer::kYes;
}

Result<Answer> run_submit(const SubmitOptions& options, Console& console) {
  os::PosixFiles files;
  std::vector<std::string> leaves;
  for (const std::string& path : options.files) {
    ASSIGN_OR_RETURN(std::string leaf, read_input(files, path));
    leaves.push_back(std::move(leaf));
  }
  ASSIGN_OR_RETURN(const auto desk, Desk::open(options.dir, options.access, console));
  return submit_and_report(*desk, std::move(leaves), console, Annexes::kBroughtAlong);
}

}  // namespace apps
