#include "apps/serving.h"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

#include "apps/policies.h"
#include "note/policy.h"
#include "replica/operator_key.h"

namespace apps {

using base::Result;

namespace {

/// The operator key that is in force for a member at the published state.
std::optional<crypto::PublicKey> operator_key_of(const replica::View& view, const std::string& member) {
  std::optional<crypto::PublicKey> key;
  const auto read = view.read([&](const registry::Registry& registry, const replica::LogIndex&,
                                  const replica::Published&) -> Result<void> {
    key = replica::operator_key_of(registry.charter(), member);
    return {};
  });
  return read ? key : std::nullopt;
}

api::Settings settings_of(const ServingParts& parts) {
  const FolderLayout& layout = parts.folder->layout;
  api::Settings settings;
  settings.role = parts.folder->settings.hub.empty() ? api::Role::kHub : api::Role::kReplica;
  settings.folders = {layout.log_folder(),      layout.annex_folder(), layout.snapshot_folder(),
                      layout.policies_folder(), layout.policy_file(),  layout.genesis_file()};
  settings.version = COMITY_VERSION;
  settings.contact = parts.config->contact;
  if (parts.desk) settings.desk = *parts.desk;
  settings.submitter = parts.submitter;
  settings.check_ready = parts.check_ready;
  return settings;
}

}  // namespace

// The server's threads ask this object for its measures: they end while all of it stands.
Serving::~Serving() {
  if (service_) stop(base::Seconds(0));
}

Result<std::unique_ptr<Serving>> Serving::load(const ServingParts& parts) {
  const FolderLayout& layout = parts.folder->layout;
  std::unique_ptr<Serving> serving(new Serving());
  serving->files_ = parts.files;
  serving->policy_file_ = layout.policy_file();
  ASSIGN_OR_RETURN(serving->view_,
                   replica::View::open({parts.files, layout.log_folder(), layout.snapshot_folder(),
                                        threads_of(*parts.config), parts.verified}));
  api::Settings settings = settings_of(parts);
  // The server comes after the service and goes before it.
  settings.more_measures = [self = serving.get(), more = parts.more_measures] {
    const net::Server* const server = self->listening_.load();
    std::vector<api::Measure> measures;
    if (server != nullptr) measures = api::measures_of(server->counters());
    measures.push_back({"comity_checkpoint_time_seconds",
                        "Time for which the published checkpoint counts by the policy; 0: it does not.",
                        api::Measure::Kind::kGauge,
                        static_cast<double>(self->counted_time().value_or(base::EpochSeconds(0)).value())});
    if (more) std::ranges::move(more(), std::back_inserter(measures));
    return measures;
  };
  serving->mailbox_ = std::make_unique<replica::Mailbox>(
      parts.folder->settings.origin, *parts.clock,
      [view = serving->view_.get()](const std::string& member) { return operator_key_of(*view, member); });
  settings.rounds = [mailbox = serving->mailbox_.get()](std::string_view message) {
    return mailbox->take(message);
  };
  serving->service_ =
      std::make_unique<api::Service>(*serving->view_, *parts.files, *parts.clock, std::move(settings));
  serving->pump_ = std::make_unique<replica::ViewPump>(*serving->view_);
  return serving;
}

Result<void> Serving::listen(const ServingParts& parts) {
  net::ServerOptions options;
  options.inherited_sockets = parts.inherited_sockets;
  if (options.inherited_sockets.empty()) options.listen = parts.config->listen;
  ASSIGN_OR_RETURN(options.tls, load_tls(*parts.files, parts.config->tls));
  if (options.tls) scheme_ = "https://";
  certificate_.emplace(*parts.files, parts.config->tls, options.tls);
  options.limits = server_limits(parts.config->limits);
  options.threads = threads_of(*parts.config);
  ASSIGN_OR_RETURN(server_, net::Server::start(std::move(options), service_->handler()));
  listening_ = server_.get();
  return {};
}

std::vector<std::string> Serving::addresses() const {
  std::vector<std::string> urls;
  for (const std::string& address : server_->addresses()) urls.push_back(scheme_ + address);
  return urls;
}

Result<bool> Serving::renew_certificate() {
  return certificate_->look(*server_, CertificateWatch::Clock::now());
}

std::optional<base::EpochSeconds> Serving::counted_time() const {
  std::string text;
  const auto known = view_->read([&](const registry::Registry&, const replica::LogIndex&,
                                     const replica::Published& now) -> Result<void> {
    text = now.text;
    return {};
  });
  if (!known) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  if (text == counted_text_) return counted_time_;
  const auto policy_text = read_policy(*files_, policy_file_);
  if (!policy_text) return std::nullopt;
  const auto policy = note::parse_policy(*policy_text);
  if (!policy) return std::nullopt;
  // A step's policy may be written a moment after its checkpoint: what does not count is looked at again.
  const auto counted = note::check_checkpoint(*policy, text);
  if (!counted) return std::nullopt;
  counted_text_ = std::move(text);
  counted_time_ = counted->as_of;
  return counted_time_;
}

void Serving::stop(base::Seconds grace) {
  service_->stop();
  if (server_) server_->stop(grace);
}

}  // namespace apps
