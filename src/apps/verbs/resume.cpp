// comity resume: a member that wrote evidence against its hub cosigns again, once its operator has looked.
#include "apps/registry_folder.h"
#include "apps/verbs.h"
#include "os/posix_files.h"
#include "replica/evidence_book.h"

namespace apps {

base::Result<Answer> run_resume(const ResumeOptions& options, Console& console) {
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const RegistryFolder folder, RegistryFolder::open(files, options.dir));
  const std::string own = folder.own_folder();
  ASSIGN_OR_RETURN(const auto halted, replica::EvidenceBook(files, own).halted());
  TRY(replica::resume_cosigning(files, own));
  console.line("cosigns again from its next start on; it had stopped for " +
               halted.value_or("no reason given"));
  return Answer::kYes;
}

}  // namespace apps
