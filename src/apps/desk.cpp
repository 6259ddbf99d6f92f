#include "apps/desk.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "apps/key_files.h"
#include "apps/remote_desk.h"
#include "apps/rounds_in_folder.h"
#include "apps/session.h"
#include "os/posix_files.h"

namespace apps {

using base::Result;

namespace {

/// Over a folder of this machine, with every member that lives in it.
class FolderDesk final : public Desk {
 public:
  static Result<std::unique_ptr<Desk>> open(const std::string& dir, const AccessOptions& access,
                                            Console& console) {
    std::unique_ptr<FolderDesk> desk(new FolderDesk());
    ASSIGN_OR_RETURN(desk->extra_, load_keys(desk->files_, access.key_files));
    const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
    SessionOptions options;
    options.threads = threads;
    options.zone_trouble = [self = desk.get()](const base::Error& error) {
      self->remarks_.push_back("the published zone could not be written: " + error.message());
    };
    ASSIGN_OR_RETURN(desk->session_, Session::open(desk->files_, dir, std::move(options)));
    for (const std::string& warning : desk->session_->warnings()) console.warn(warning);
    desk->layout_ = desk->session_->folder().layout;
    desk->layout_.keys = access.keys;
    return desk;
  }

  const registry::Registry& registry() const override { return session_->registry(); }
  base::TreeSize size() const override { return session_->sequencer().info().size; }
  base::Files& files() override { return files_; }
  const FolderLayout& layout() const override { return layout_; }
  RecordMaker maker() const override {
    return {session_->files(), layout_, registry().charter(), session_->clock().now(), extra_};
  }

  std::vector<Fate> submit(std::vector<std::string> leaves) override {
    std::vector<Fate> fates;
    for (const auto& done : session_->submit(std::move(leaves))) fates.push_back(fate_of(done));
    if (const auto erased = session_->apply_redactions(); !erased)
      remarks_.push_back(erased.error().message());
    std::ranges::move(play_rounds(*session_), std::back_inserter(remarks_));
    return fates;
  }
  Result<void> close() override { return session_->close(); }
  std::vector<std::string> remarks() const override {
    std::vector<std::string> remarks = remarks_;
    for (const auto& seat : session_->stopped())
      remarks.push_back(seat.member + " stopped cosigning: " + seat.reason.message());
    return remarks;
  }

 private:
  FolderDesk() = default;
  os::PosixFiles files_;
  std::unique_ptr<Session> session_;
  FolderLayout layout_;
  std::vector<note::Signer> extra_;
  std::vector<std::string> remarks_;
};

}  // namespace

Fate fate_of(const Result<registry::Submission>& done) {
  Fate fate;
  if (done) {
    fate.accepted = true;
    fate.place = *done;
    return fate;
  }
  fate.error = done.error();
  fate.rule = done.error().kind().name;
  fate.reason = done.error().detail();
  return fate;
}

Result<std::unique_ptr<Desk>> Desk::open(const std::string& where, const AccessOptions& access,
                                         Console& console) {
  if (is_url(where)) return open_remote_desk(where, access, console);
  const os::PosixFiles files;
  ASSIGN_OR_RETURN(const RegistryFolder folder, RegistryFolder::open(files, where));
  if (folder.settings.hub.empty()) return FolderDesk::open(where, access, console);
  // One member's folder knows its hub, and by which policy that is to be judged.
  AccessOptions at_hub = access;
  if (at_hub.keys.empty()) at_hub.keys = folder.layout.key_folder();
  if (at_hub.policy.empty()) at_hub.policy = folder.layout.policy_file();
  return open_remote_desk(folder.settings.hub, at_hub, console);
}

}  // namespace apps
