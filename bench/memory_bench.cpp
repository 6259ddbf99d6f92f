// Memory of one replica's state with many objects, loaded as from a snapshot. Floor: the bytes of the texts.
// Arguments: [OBJECTS] [THREADS]
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <malloc.h>

#include "base/check.h"
#include "bench/floors.h"
#include "bench/sample_registry.h"
#include "record/record.h"
#include "registry/registry.h"
#include "registry/verify_ahead.h"

namespace {

std::string number_text(std::size_t number) {
  char text[24];
  std::snprintf(text, sizeof text, "%07zu", number);
  return text;
}

/// As in a real root zone, four hosts to a domain; here each with one address of each family.
std::string host_text(std::size_t number) {
  char six[24];
  std::snprintf(six, sizeof six, "%zx", number + 1);
  return "host: h" + number_text(number) + ".nic.\nversion: 1\naddress: 192.0.2." +
         std::to_string(number % 256) + "\naddress: 2001:db8::" + (number < 0xffff ? six : "1") + "\n";
}
std::string domain_text(std::size_t number, std::size_t hosts) {
  const std::size_t first = number * 4 % (hosts - 4);
  std::string text = "domain: d" + number_text(number) + ".\nversion: 1\nholder: UNCLAIMED\nstatus: active\n";
  for (std::size_t i = 0; i < 4; ++i) text += "nserver: h" + number_text(first + i) + ".nic.\n";
  return text + "ds-rdata: 12345 13 2 AB34567890123456789012345678901234567890123456789012345678901234\n";
}

std::vector<std::string> texts_of(const charter::State& state, charter::Tree tree) {
  std::vector<std::string> texts;
  state.for_each(tree, [&](std::string_view, std::string_view text) { texts.emplace_back(text); });
  return texts;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const unsigned threads = argc > 2 ? static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)) : 2;
  CHECK(crypto::start().has_value());
  const bench::SampleRegistry sample(100);
  registry::TrustingChecker checker;
  std::string block_record;
  const auto genesis = record::Record::parse(std::string_view(sample.genesis()));
  CHECK(genesis.has_value());
  const auto founded = registry::Registry::found(*genesis, checker, block_record);
  CHECK(founded.has_value());

  const std::uint64_t before = bench::resident_bytes();
  std::vector<std::string> objects = texts_of(founded->charter(), charter::Tree::kObjects);
  const std::size_t hosts = count / 5 * 4;
  for (std::size_t i = 0; i < hosts; ++i) objects.push_back(host_text(i));
  for (std::size_t i = hosts; i < count; ++i) objects.push_back(domain_text(i - hosts, hosts));
  std::uint64_t bytes = 0;
  for (const std::string& text : objects) bytes += text.size();

  const std::uint64_t with_texts = bench::resident_bytes();
  std::optional<base::Result<registry::Registry>> loaded;
  const bench::Spent spent = bench::spend([&] {
    loaded.emplace(registry::Registry::from_texts(
        std::move(objects), texts_of(founded->charter(), charter::Tree::kRules), threads));
  });
  if (!*loaded) std::fprintf(stderr, "%s\n", loaded->error().message().c_str());
  CHECK(loaded->has_value());
  objects = {};
  const std::uint64_t after = bench::resident_bytes();
  ::malloc_trim(0);
  const double scale = 1e-6;
  std::printf("%zu objects loaded in %.2f s wall, %.2f s processor\n", count, spent.wall, spent.processor);
  std::printf(
      "resident: %.0f MB with the state, %.0f MB after trimming, %.0f MB at the peak (texts alone %.0f MB, "
      "process before %.0f MB)\n",
      scale * static_cast<double>(after), scale * static_cast<double>(bench::resident_bytes()),
      scale * static_cast<double>(bench::resident_bytes_max()), scale * static_cast<double>(with_texts),
      scale * static_cast<double>(before));
  std::printf("  floor: bytes of the texts %.0f MB, state / floor = %.2f\n",
              scale * static_cast<double>(bytes),
              static_cast<double>(after - before) / static_cast<double>(bytes));
  return 0;
}
