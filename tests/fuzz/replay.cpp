// Aim: every parser of foreign bytes survives its corpus and many damaged copies of it, without libFuzzer.
// Method: each file of the corpus folder, then a fixed number of copies changed by a generator with a fixed
// seed, so that a failure comes back on every run. COMITY_FUZZ_RUNS sets the number of copies (default 3,000
// in all); COMITY_FUZZ_SAVE=FILE writes each input to FILE before it runs: after a crash FILE holds the
// culprit.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// Present in programs built with a sanitizer only; the name is the sanitizers' own.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

constexpr std::size_t kInputBytesMax = 128UL * 1024;
constexpr unsigned long kRunsDefault = 3000;
constexpr std::uint64_t kSeed = 0x436f6d697479;

struct Input {
  std::string name;
  std::string bytes;
};

std::string running;  // what a dying process prints: set before each run

void say_what_ran() {
  constexpr std::string_view kBefore = "\nfuzz replay: died on ";
  (void)!write(STDERR_FILENO, kBefore.data(), kBefore.size());
  (void)!write(STDERR_FILENO, running.data(), running.size());
  (void)!write(STDERR_FILENO, "\n", 1);
}

void on_signal(int number) {
  say_what_ran();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

std::vector<Input> load_corpus(int count, char** paths) {
  std::vector<std::filesystem::path> files;
  for (int i = 0; i < count; ++i) {
    if (std::filesystem::is_directory(paths[i])) {
      for (const auto& entry : std::filesystem::directory_iterator(paths[i])) files.push_back(entry.path());
    } else if (std::filesystem::exists(paths[i])) {
      files.emplace_back(paths[i]);
    }
  }
  std::ranges::sort(files);
  std::vector<Input> corpus;
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    corpus.push_back({file.filename().string(),
                      std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>())});
  }
  return corpus;
}

/// A copy of one input with one to four small wounds: bits, bytes, cuts, repeats, pieces of another input.
std::string damage(const std::vector<Input>& corpus, std::mt19937_64& random) {
  const auto below = [&random](std::size_t bound) {
    return static_cast<std::size_t>(random() % std::max<std::size_t>(bound, 1));
  };
  std::string bytes = corpus[below(corpus.size())].bytes;
  const std::size_t wounds = 1 + below(4);
  for (std::size_t i = 0; i < wounds; ++i) {
    const std::size_t at = below(bytes.size() + 1);
    const std::size_t span = 1 + below(std::min<std::size_t>(bytes.size() - at, 64));
    switch (below(7)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      case 1:
        if (at < bytes.size()) bytes[at] = static_cast<char>(below(256));
        break;
      case 2:
        bytes.erase(at, span);
        break;
      case 3:
        bytes.insert(at, bytes.substr(at, span));
        break;
      case 4:
        bytes.resize(at);
        break;
      case 5:
        bytes.insert(at, 1, " \n\t:=-+0\r\0\xff"[below(11)]);
        break;
      default: {
        const std::string& other = corpus[below(corpus.size())].bytes;
        bytes.insert(at, other.substr(below(other.size() + 1), 1 + below(256)));
      }
    }
  }
  if (bytes.size() > kInputBytesMax) bytes.resize(kInputBytesMax);
  return bytes;
}

void run(const std::string& name, const std::string& bytes) {
  running = name;
  if (const char* save = std::getenv("COMITY_FUZZ_SAVE")) std::ofstream(save, std::ios::binary) << bytes;
  // A heap copy of exactly this size lets the address sanitizer see one byte too far.
  const std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

}  // namespace

int main(int argc, char** argv) {
  for (const int number : {SIGABRT, SIGSEGV, SIGILL, SIGFPE, SIGBUS}) std::signal(number, on_signal);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(say_what_ran);

  std::vector<Input> corpus = load_corpus(argc - 1, argv + 1);
  std::printf("%zu files in the corpus\n", corpus.size());
  for (const Input& input : corpus) run(input.name, input.bytes);
  corpus.push_back({"(empty)", ""});

  const char* wish = std::getenv("COMITY_FUZZ_RUNS");
  const unsigned long runs = wish != nullptr ? std::strtoul(wish, nullptr, 10) : kRunsDefault;
  std::mt19937_64 random(kSeed);
  for (unsigned long i = 0; i < runs; ++i) run("damaged copy " + std::to_string(i), damage(corpus, random));
  std::printf("%lu damaged copies survived\n", runs);
  return corpus.size() > 1 ? 0 : (std::puts("no corpus: put a few real inputs there"), 1);
}
