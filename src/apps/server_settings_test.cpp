// Aim: a server that runs gets a renewed certificate, and keeps the one it has while what lies there is not whole.
// Method: certificates made in a moment, written to files one after the other as renewers do; a client that trusts one.
#include "apps/server_settings.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "net/client.h"
#include "net/errors.h"
#include "net/tls_for_test.h"
#include "os/posix_files.h"

namespace apps {
namespace {

using std::chrono::seconds;

class CertificateTest : public ::testing::Test {
 protected:
  CertificateTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("comity-certificate-test-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
    config_ = {folder_ / "chain.pem", folder_ / "key.pem"};
  }
  ~CertificateTest() override { std::filesystem::remove_all(folder_); }

  static void write(const std::string& path, std::string_view text) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
    std::filesystem::permissions(path,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  void write_chain(const net::TlsIdentity& identity) {
    write(config_.certificate, identity.certificate_chain);
  }
  void write_key(const net::TlsIdentity& identity) {
    write(config_.key, base::as_text(identity.private_key.view()));
  }

  static std::unique_ptr<net::Server> start(std::optional<net::TlsIdentity> identity) {
    net::ServerOptions options;
    options.listen = {"127.0.0.1:0"};
    options.threads = 1;
    options.tls = std::move(identity);
    auto server = net::Server::start(std::move(options), [](const net::Request&, net::Reply reply) {
      reply.send(net::Response{200, {}, {}});
    });
    EXPECT_TRUE(server) << server.error().message();
    return std::move(server).value();
  }
  static bool is_shown(const net::Server& server, const net::TlsIdentity& identity) {
    net::ClientOptions trusting;
    trusting.trusted_certificates = identity.certificate_chain;
    return (*net::Client::create("https://" + server.addresses()[0], trusting))->get("/").has_value();
  }

  std::filesystem::path folder_;
  TlsConfig config_;
  os::PosixFiles files_;
  CertificateWatch::Clock::time_point now_ = CertificateWatch::Clock::now();
};

TEST_F(CertificateTest, HalfARenewalIsNotTakenAndTheOtherHalfIs) {
  const net::TlsIdentity first = net::make_identity("127.0.0.1");
  write_chain(first);
  write_key(first);
  auto loaded = load_tls(files_, config_);
  ASSERT_TRUE(loaded && *loaded);
  CertificateWatch watch(files_, config_, *loaded);
  const auto server = start(std::move(*loaded));
  EXPECT_FALSE(watch.look(*server, now_).value());  // nothing is new

  const net::TlsIdentity second = net::make_identity("127.0.0.1");
  write_chain(second);
  EXPECT_FALSE(watch.look(*server, now_ + seconds(9)).value());  // not looked at yet
  const auto half = watch.look(*server, now_ + seconds(10));
  ASSERT_FALSE(half);
  EXPECT_EQ(half.error().kind(), net::kBadTlsMaterial);
  EXPECT_TRUE(is_shown(*server, first));

  write_key(second);
  EXPECT_TRUE(watch.look(*server, now_ + seconds(20)).value());
  EXPECT_TRUE(is_shown(*server, second));
  EXPECT_FALSE(is_shown(*server, first));
  EXPECT_FALSE(watch.look(*server, now_ + seconds(30)).value());
}

TEST_F(CertificateTest, AKeyThatLiesOpenOrIsGoneIsNotTaken) {
  const net::TlsIdentity first = net::make_identity("127.0.0.1");
  write_chain(first);
  write_key(first);
  auto loaded = load_tls(files_, config_);
  ASSERT_TRUE(loaded && *loaded);
  CertificateWatch watch(files_, config_, *loaded);
  const auto server = start(std::move(*loaded));
  std::filesystem::permissions(config_.key, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const auto open = watch.look(*server, now_);
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().kind(), base::kFileExposed);
  std::filesystem::remove(config_.key);
  const auto gone = watch.look(*server, now_ + seconds(10));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind(), base::kFileMissing);
  EXPECT_TRUE(is_shown(*server, first));
}

TEST_F(CertificateTest, AServerWithoutOneGetsNone) {
  const auto server = start(std::nullopt);
  CertificateWatch watch(files_, {}, std::nullopt);
  EXPECT_FALSE(watch.look(*server, now_).value());
}

TEST(ServerLimits, SayWhatTheConfigurationSays) {
  LimitsConfig config;
  config.requests_per_second_per_peer = 7;
  config.header_timeout = base::Seconds(3);
  const net::ServerLimits limits = server_limits(config);
  EXPECT_EQ(limits.requests_per_second_per_peer, 7.0);
  EXPECT_EQ(limits.requests_burst_per_peer, 14.0);
  EXPECT_EQ(limits.header_timeout, seconds(3));
  EXPECT_EQ(limits.connections_max, config.connections);
}

}  // namespace
}  // namespace apps
