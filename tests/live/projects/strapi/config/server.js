module.exports = ({ env }) => ({
  host: env('HOST'),
  port: env.int('PORT'),
  app: { keys: ['a-key-of-tests', 'another-key-of-tests'] },
  logger: { updates: { enabled: false }, startup: { enabled: false } },
});
