// A member that lies in a ceremony: puts the dealing of the present attempt into its folder with one share spoiled. Its
// process, the real program, finds it there after a restart and deals it. For tests between processes.
// use: comity_spoil DIR HOME MEMBER VICTIM    (DIR: a registry's folder, read at its checkpoint; HOME: the liar's)
#include <algorithm>
#include <cstdio>
#include <string>

#include "apps/reading.h"
#include "apps/round_seats.h"
#include "base/check.h"
#include "charter/ceremonies.h"
#include "charter/ceremony_math.h"
#include "crypto/hash.h"
#include "os/posix_files.h"
#include "os/system_random.h"
#include "replica/ceremony_folder.h"
#include "threshold/key_generation.h"

namespace {

base::Result<bool> spoil(const std::string& dir, const std::string& home, const std::string& member,
                         const std::string& victim) {
  os::PosixFiles files;
  os::SystemRandom random;
  ASSIGN_OR_RETURN(const apps::Reading reading, apps::Reading::open(files, dir));
  std::vector<std::string> warnings;
  ASSIGN_OR_RETURN(const registry::Registry registry, reading.load(warnings));
  const charter::State& state = registry.charter();
  replica::CeremonyFolder folder(files, apps::ceremony_folder(apps::FolderLayout{home}, member));
  for (const record::RecordId& id : state.ceremonies()) {
    const charter::CeremonyEntry& entry = *state.ceremony(id);
    if (entry.phase != charter::CeremonyPhase::kDealing) continue;
    ASSIGN_OR_RETURN(const auto key, folder.key(id));
    if (!key) continue;
    ASSIGN_OR_RETURN(auto dealing,
                     threshold::deal(charter::session_of(state.ceremony_attempt(id)), *key, random));
    const auto participants = charter::participants_of(entry);
    for (std::size_t i = 0; i < participants.size(); ++i) {
      if (participants[i].member == victim) dealing.private_part[(i + 1) * threshold::kFrameBytes - 1] ^= 1;
    }
    dealing.public_part.private_part = crypto::sha256(dealing.private_part);
    TRY(folder.store_dealing(id, entry.attempt,
                             {threshold::serialize_public_part(dealing.public_part), dealing.private_part}));
    return true;
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5 || !crypto::start()) return 2;
  const auto done = spoil(argv[1], argv[2], argv[3], argv[4]);
  if (!done) std::fprintf(stderr, "%s\n", done.error().message().c_str());
  return done && *done ? 0 : 1;
}
