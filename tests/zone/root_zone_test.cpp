// Aim: a zone goes in and comes out with the same NS, DS and address sets and TTLs, nothing lost and nothing
// added; and following a newer file leads to exactly that file, in batches of any size. Method: the sample
// zone, the real root zone and days of 2025 through parse, difference, batches and rendering; the rendered
// text and the file are compared as sets of lines read by a plain word splitter of our own, not by the parser
// under test.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/zone_file.h"
#include "publish/dns/zone_text.h"
#include "zone/data.h"
#include "zone/map_registry.h"

namespace zone_tests {
namespace {

using resource::ObjectClass;

std::string lowered(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return word;
}

/// "owner ttl type data" of each NS, DS, A and AAAA line. Understands what IANA's file and ours look like:
/// owner, TTL, IN, type, data on each line.
std::set<std::string> plain_sets(const std::string& text) {
  std::set<std::string> sets;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string owner, ttl, in, type, data, more;
    words >> owner >> ttl >> in >> type;
    if (type != "NS" && type != "DS" && type != "A" && type != "AAAA") continue;
    if (type == "DS") {
      words >> data >> more;
      data += " " + more;
      words >> more;
      data += " " + more + " ";
    }
    for (std::string rest; words >> rest;) data += rest;
    sets.insert(lowered(owner + " " + ttl + " " + type + " " + data));
  }
  return sets;
}

std::vector<std::string> without(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::vector<std::string> left;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(left));
  return left;
}

import::ParsedZone parsed(const std::string& text) {
  auto zone = import::parse_zone(base::as_bytes(text), ".");
  EXPECT_TRUE(zone) << zone.error().message();
  return zone ? std::move(*zone) : import::ParsedZone{};
}

std::string rendered(const MapRegistry& registry, const import::ParsedZone& zone) {
  auto text = publish::zone_text(registry, zone.apex, zone.soa.serial);
  EXPECT_TRUE(text) << text.error().message();
  return text ? std::move(*text) : std::string();
}

void expect_same_sets(const std::string& file, const std::string& ours, const std::string& what) {
  const auto theirs_set = plain_sets(file);
  const auto ours_set = plain_sets(ours);
  EXPECT_GT(theirs_set.size(), 10U) << what;
  EXPECT_THAT(without(theirs_set, ours_set), testing::IsEmpty()) << "lost, " << what;
  EXPECT_THAT(without(ours_set, theirs_set), testing::IsEmpty()) << "added, " << what;
}

std::string sample_zone() {
  std::ifstream file(std::string(COMITY_SOURCE_DIR) + "/data/sample-root.zone");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(RootZone, SampleComesOutStableInBatchesOfAnySize) {
  const import::ParsedZone zone = parsed(sample_zone());
  EXPECT_EQ(zone.left_out_count, 0U);
  EXPECT_EQ(zone.ttl_note_count, 0U);
  EXPECT_EQ(zone.delegations.size(), 16U);
  std::string first;
  for (const std::size_t bytes_max : {import::kBatchBytesMax, std::size_t{2'000}, std::size_t{400}}) {
    MapRegistry registry;
    const import::Difference difference = follow(registry, zone, bytes_max);
    EXPECT_THAT(difference.divergences, testing::IsEmpty());
    const std::string text = rendered(registry, zone);
    if (first.empty()) first = text;
    EXPECT_EQ(text, first);
    const import::ParsedZone again = parsed(text);
    EXPECT_EQ(again.delegations.size(), zone.delegations.size());
    EXPECT_EQ(again.hosts, zone.hosts);
    EXPECT_THAT(follow(registry, again).changes, testing::IsEmpty()) << "our own text changes nothing";
    EXPECT_EQ(rendered(registry, again), text);
  }
}

TEST(RootZone, RealRootComesOutWithTheSameSets) {
  const auto file = load_zone("root-20260822.zone.zst");
  if (!file) GTEST_SKIP() << "NO DATA: COMITY_DATA has no root zone, so the real root was NOT tested";
  const auto start = std::clock();
  const import::ParsedZone zone = parsed(*file);
  const auto after_parse = std::clock();
  EXPECT_EQ(zone.soa.serial, 2026082201U);
  EXPECT_EQ(zone.delegations.size(), 1438U);
  EXPECT_EQ(zone.hosts.size(), 5927U);
  EXPECT_EQ(zone.left_out_count, 0U);
  EXPECT_EQ(zone.ttl_note_count, 0U);
  MapRegistry registry;
  const auto difference = import::difference(zone, registry, {});
  ASSERT_TRUE(difference) << difference.error().message();
  const auto batches = import::make_batches(difference->changes);
  const auto after_batches = std::clock();
  ASSERT_TRUE(batches);
  follow(registry, zone);
  const auto before_text = std::clock();
  const std::string text = rendered(registry, zone);
  const auto end = std::clock();
  expect_same_sets(*file, text, "2026-08-22");
  const auto ms = [](std::clock_t ticks) { return static_cast<double>(ticks) * 1000 / CLOCKS_PER_SEC; };
  std::printf("root zone, processor time: parse %.1f ms, difference and %zu batches %.1f ms, text %.1f ms\n",
              ms(after_parse - start), batches->size(), ms(after_batches - after_parse),
              ms(end - before_text));
}

/// Two days in a row of each month: steps of a day and steps of a month. Every day of the year if
/// COMITY_NIGHT is set.
TEST(RootZone, FollowingTheNextDayGivesExactlyThatDay) {
  const bool all = std::getenv("COMITY_NIGHT") != nullptr;
  const auto days =
      load_days([all](const std::string& day) { return all || day.ends_with("14") || day.ends_with("15"); });
  if (days.empty()) {
    GTEST_SKIP() << "NO DATA: COMITY_DATA has no daily root zones, so following was NOT tested on real files";
  }
  EXPECT_EQ(days.size(), all ? 365U : 24U);
  MapRegistry registry;
  std::size_t largest = 0;
  for (const auto& [day, text] : days) {
    const bool first = registry.live_count(ObjectClass::kZone) == 0;
    const import::ParsedZone zone = parsed(text);
    const import::Difference difference = follow(registry, zone);
    EXPECT_THAT(difference.divergences, testing::IsEmpty()) << day;
    EXPECT_THAT(difference.unused_hosts, testing::IsEmpty()) << day;
    EXPECT_EQ(registry.live_count(ObjectClass::kDomain), zone.delegations.size()) << day;
    EXPECT_EQ(registry.live_count(ObjectClass::kHost), zone.hosts.size()) << day;
    expect_same_sets(text, rendered(registry, zone), day);
    if (!first) largest = std::max(largest, difference.changes.size());
  }
  std::printf("%zu days followed, the largest step had %zu changes\n", days.size(), largest);
}

TEST(RootZone, BindAcceptsTheRenderedZone) {
  if (std::system("command -v named-checkzone >/dev/null 2>&1") != 0) {
    GTEST_SKIP()
        << "NO named-checkzone (bind9-utils): the rendered zone was NOT checked by an independent reader";
  }
  const std::string file = load_zone("root-20260822.zone.zst").value_or(sample_zone());
  const import::ParsedZone zone = parsed(file);
  MapRegistry registry;
  follow(registry, zone);
  const std::string path = testing::TempDir() + "/comity-rendered.zone";
  std::ofstream(path, std::ios::binary) << rendered(registry, zone);
  EXPECT_EQ(std::system(("named-checkzone -q -i local . " + path).c_str()), 0);
  std::remove(path.c_str());
}

}  // namespace
}  // namespace zone_tests
