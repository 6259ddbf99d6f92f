// Aim: a paragraph turns one object into exactly one other, or is refused; the difference of two objects is
// the paragraph that leads from one to the other. Method: refusal tables for text and for application;
// properties over random pairs of objects of every class.
#include "resource/change.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "resource/charter_numbers.h"
#include "resource/object_generators.h"
#include "resource/sample_objects.h"

namespace resource {
namespace {

Object object_of(const std::string& text) {
  auto object = Object::parse(text);
  EXPECT_TRUE(object) << object.error().message();
  return std::move(*object);
}

base::Result<Object> apply_text(const Object* before, const std::string& paragraph) {
  const std::string text = "\n" + paragraph;
  const auto changes = parse_changes(text);
  EXPECT_TRUE(changes) << changes.error().message();
  return apply_change(before, changes->at(0));
}

std::string attributes_of(const Object& object) {
  return std::string(object.attributes_text());
}

TEST(ParseChanges, Refuses) {
  for (const char* text : {"create host: a.\n",
                           "\n",
                           "\n\ncreate host: a.\n",
                           "\ncreate host: a.",
                           "\ncreate host: a.\n\n",
                           "\ncreate host: A.\n",
                           "\ncreate hosts: a.\n",
                           "\nCreate host: a.\n",
                           "\nchange host: a.\n",
                           "\ncreate host: a.\n- address: 1.2.3.4\n",
                           "\ncreate host: a.\n= address: 1.2.3.4\n",
                           "\ndelete host: a.\n- address: 1.2.3.4\n",
                           "\nchange host: a.\n+address: 1.2.3.4\n",
                           "\nchange host: a.\n+ address: 1.2.3.4\n+ address: 1.2.3.4\n",
                           "\nchange host: a.\n+ address: 1.2.3.5\n+ address: 1.2.3.4\n",
                           "\nchange host: a.\n- address: 1.2.3.4\n+ address: 1.2.3.5\n",
                           "\nchange host: a.\n+ version: 3\n",
                           "\nchange host: a.\n+ address: \n",
                           "\nchange host: a.\n+ address:  1.2.3.4\n",
                           "\nchange host: a.\n+ address: 1.2.3.4 \n",
                           "\nchange host: a.\n+ address: \xc3\xa9\n",
                           "\nchange host: a.\n+ address: 1.2.3.4\n= address: 1.2.3.5\n",
                           "\nchange host: a.\n- address: 1.2.3.4\n= address: 1.2.3.5\n",
                           "\nchange host: b.\n+ address: 1.2.3.4\n\nchange host: a.\n+ address: 1.2.3.4\n",
                           "\ncreate host: a.\n\ndelete host: a.\n",
                           "\ncreate host: a.\n\ncreate domain: a.\n+ holder: ORG-A\n",
                           "\ncreate member: ORG-A\n",
                           "\nchange organisation: ORG-A\n+ org-name: \xe2\x80\x8b\n"}) {
    const auto changes = parse_changes(text);
    ASSERT_FALSE(changes) << text;
    EXPECT_EQ(changes.error().kind(), kBadChange);
    EXPECT_TRUE(changes.error().detail().starts_with("line ")) << changes.error().detail();
  }
}

TEST(ParseChanges, Accepts) {
  const std::string text =
      "\nchange organisation: ORG-A\n= auth: admin x\n= auth: admin y\n+"
      " org-name: \xd0\xa0\n- org-name: P\n";
  EXPECT_FALSE(parse_changes(text));  // `=` sorts after `+` and `-`
  const std::string sorted =
      "\nchange organisation: ORG-A\n+ org-name: \xd0\xa0\n- org-name: P\n= auth: admin x\n= auth: admin y\n"
      "\nchange domain: ru.\n= ds-rdata: none\n\ncreate host: a.\n\ndelete host: b.\n";
  const auto changes = parse_changes(sorted);
  ASSERT_TRUE(changes) << changes.error().message();
  ASSERT_EQ(changes->size(), 4U);
  std::string again;
  for (const Change& change : *changes) again += "\n" + serialize_change(change);
  EXPECT_EQ(again, sorted);
  EXPECT_TRUE(parse_changes("")->empty());
}

TEST(ParseChanges, NumbersLinesFromWhereItIsTold) {
  const auto changes = parse_changes("\ncreate host: a.\n+ address: 1.2.3.4\n+ address: 1.2.3.4\n", 10);
  ASSERT_FALSE(changes);
  EXPECT_TRUE(changes.error().detail().starts_with("line 13:")) << changes.error().detail();
}

TEST(ApplyChange, RefusesWhatIsStale) {
  const Object domain = object_of(sample_domain());
  const Object gone = Object::tombstone({ObjectClass::kDomain, "ru."}, base::Version(8));
  for (const auto& [before, paragraph] : std::vector<std::pair<const Object*, std::string>>{
           {&domain, "change domain: ru.\n- nserver: c.dns.ripn.net.\n"},
           {&domain, "change domain: ru.\n+ nserver: a.dns.ripn.net.\n"},
           {&domain, "change domain: ru.\n+ nserver: a.dns.ripn.net.\n- nserver: a.dns.ripn.net.\n"},
           {&domain, "create domain: ru.\n+ holder: ORG-A\n+ nserver: a.\n+ status: active\n"},
           {nullptr, "change domain: ru.\n+ nserver: a.\n"},
           {nullptr, "delete domain: ru.\n"},
           {&gone, "change domain: ru.\n= status: active\n"},
           {&gone, "delete domain: ru.\n"}}) {
    const auto after = apply_text(before, paragraph);
    ASSERT_FALSE(after) << paragraph;
    EXPECT_EQ(after.error().kind(), kStaleChange) << after.error().message();
  }
}

TEST(ApplyChange, RefusesWhatIsNoObject) {
  const Object domain = object_of(sample_domain());
  for (const char* paragraph :
       {"change domain: ru.\n+ holder: ORG-B\n", "change domain: ru.\n- holder: ORG-RIPN\n",
        "change domain: ru.\n+ nserver: C.\n", "change domain: ru.\n= nserver: none\n",
        "change domain: ru.\n= nserver: b\n", "change domain: ru.\n= ds-rdata: 1 8 2 00\n= ds-rdata: none\n",
        "change domain: ru.\n= status: active\n= status: inactive\n",
        "change domain: ru.\n- nserver: a.dns.ripn.net.\n- nserver: b.dns.ripn.net.\n"}) {
    const auto after = apply_text(&domain, paragraph);
    ASSERT_FALSE(after) << paragraph;
    EXPECT_EQ(after.error().kind(), kBadObject) << after.error().message();
  }
  const Object charter = object_of(default_charter());
  EXPECT_FALSE(apply_text(&charter, "change charter: registry\n+ lock: V 29d\n- lock: V 30d\n"));
  EXPECT_TRUE(apply_text(&charter, "change charter: registry\n+ lock: V 31d\n- lock: V 30d\n"));
}

TEST(ApplyChange, SetsAddsAndRemoves) {
  const Object domain = object_of(sample_domain());
  const Object moved =
      apply_text(&domain,
                 "change domain: ru.\n+ nserver: 0.dns.\n- nserver: b.dns.ripn.net.\n= ds-rdata: none\n"
                 "= registry-lock: none\n")
          .value();
  EXPECT_EQ(moved.text(),
            "domain: ru.\nversion: 8\nholder: ORG-RIPN\nstatus: active\nnserver: 0.dns.\nnserver: "
            "a.dns.ripn.net.\n");
  const Object same = apply_text(&moved, "change domain: ru.\n= status: active\n").value();
  EXPECT_EQ(attributes_of(same), attributes_of(moved));
  EXPECT_EQ(same.version().value(), 9U);
}

TEST(ApplyChange, CreationAfterDeletionContinuesTheVersion) {
  const Object host = apply_text(nullptr, "create host: a.\n").value();
  EXPECT_EQ(host.text(), "host: a.\nversion: 1\n");
  const Object gone = apply_text(&host, "delete host: a.\n").value();
  EXPECT_EQ(gone.text(), "host: a.\nversion: 2\nbecame: nothing\n");
  EXPECT_EQ(apply_text(&gone, "create host: a.\n+ address: 1.2.3.4\n").value().version().value(), 3U);
}

TEST(ApplyChange, AnOrganisationMayBeNamedNone) {
  const Object organisation = object_of(sample_organisation());
  const auto after = apply_text(&organisation, "change organisation: ORG-RIPN\n= org-name: none\n");
  EXPECT_EQ(after.value().value("org-name"), "none");
}

RC_GTEST_PROP(ApplyChange, TheDifferenceLeadsFromOneToTheOther, ()) {
  const ObjectClass object_class = any_class();
  const Object before = any_object(object_class);
  const Object after = any_object(object_class);
  const std::string paragraph = serialize_difference(&before, after);
  RC_ASSERT(paragraph.empty() == (attributes_of(before) == attributes_of(after)));
  if (paragraph.empty()) return;
  const auto applied = apply_text(&before, paragraph);
  RC_ASSERT(applied.has_value());
  RC_ASSERT(attributes_of(*applied) == attributes_of(after));
  RC_ASSERT(applied->version() == before.version().next());
  RC_ASSERT(Object::parse(std::string(applied->text())).has_value());
}

RC_GTEST_PROP(ApplyChange, SettingsLeadThereFromAnywhere, ()) {
  const ObjectClass object_class = any_class();
  const Object before = any_object(object_class);
  const Object after = any_object(object_class);
  const std::string paragraph = serialize_settings(before, after);
  RC_ASSERT(paragraph.empty() == (attributes_of(before) == attributes_of(after)));
  if (!paragraph.empty())
    RC_ASSERT(attributes_of(apply_text(&before, paragraph).value()) == attributes_of(after));
}

RC_GTEST_PROP(ApplyChange, CreationAndDeletionAreDifferencesToo, ()) {
  const Object object = any_object(any_class());
  const auto created = apply_text(nullptr, serialize_difference(nullptr, object));
  RC_ASSERT(created.has_value());
  RC_ASSERT(attributes_of(*created) == attributes_of(object));
  const Object gone = Object::tombstone(object.id(), object.version().next());
  const auto deleted = apply_text(&object, serialize_difference(&object, gone));
  RC_ASSERT(deleted.has_value());
  RC_ASSERT(deleted->text() == gone.text());
  const auto again = apply_text(&gone, serialize_difference(&gone, object));
  RC_ASSERT(again.has_value());
  RC_ASSERT(attributes_of(*again) == attributes_of(object));
  RC_ASSERT(serialize_difference(&object, object).empty());
  RC_ASSERT(serialize_difference(&gone, gone).empty());
}

RC_GTEST_PROP(ApplyChange, ADifferenceDoesNotApplyTwice, ()) {
  const ObjectClass object_class = any_class();
  const Object before = any_object(object_class);
  const Object after = any_object(object_class);
  const std::string paragraph = serialize_difference(&before, after);
  RC_PRE(!paragraph.empty());
  const Object once = apply_text(&before, paragraph).value();
  RC_ASSERT(apply_text(&once, paragraph).error().kind() == kStaleChange);
}

RC_GTEST_PROP(ParseChanges, TextOfARandomDifferenceIsCanonical, ()) {
  const ObjectClass object_class = any_class();
  const Object before = any_object(object_class);
  const Object after = any_object(object_class);
  for (const std::string& paragraph :
       {serialize_difference(&before, after), serialize_settings(before, after)}) {
    if (paragraph.empty()) continue;
    const std::string text = "\n" + paragraph;
    const auto changes = parse_changes(text);
    RC_ASSERT(changes.has_value());
    RC_ASSERT(serialize_change(changes->at(0)) == paragraph);
  }
}

}  // namespace
}  // namespace resource
