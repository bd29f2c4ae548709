// No panel is built; its JSON API is there. Its limit on log-ins would stop a test that logs in five times.
module.exports = () => ({
  auth: { secret: 'a-secret-of-tests' },
  apiToken: { salt: 'a-salt-of-tests' },
  transfer: { token: { salt: 'a-salt-of-tests' } },
  secrets: { encryptionKey: 'an-encryption-key-of-tests-00000' },
  rateLimit: { enabled: false },
  serveAdminPanel: false,
  autoOpen: false,
  watchIgnoreFiles: ['**/*'],
  flags: { nps: false, promoteEE: false },
});
