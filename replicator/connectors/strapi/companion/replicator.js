'use strict';
// What the replicator needs inside Strapi: who wrote last, on the row itself, and an index that makes our id unique.

const ENTITY = 'ENTITY_ATTRIBUTE';
const WRITES = new Set(['create', 'update', 'clone']);
const NAMES = {
  'content-api-token': (credentials) => `api-token:${credentials.name}`,
  admin: (credentials) => `admin:${credentials.email}`,
  'users-permissions': (credentials) => `user:${credentials.username}`,
};

const carried = (type) => Boolean(type && type.attributes[ENTITY] && type.attributes.last_writer);

// Told by the server, never by the client. Outside of a request (cron, start-up) it is the system itself.
const writer = (strapi) => {
  const auth = strapi.requestContext.get()?.state?.auth;
  if (!auth?.credentials) return 'system';
  const name = NAMES[auth.strategy.name];
  return name ? name(auth.credentials) : auth.strategy.name;
};

module.exports = {
  register(strapi) {
    strapi.documents.use((context, next) => {
      if (WRITES.has(context.action) && carried(strapi.contentTypes[context.uid])) {
        const data = { ...(context.params.data || {}) };
        data.last_writer = writer(strapi);
        // A write that names no write id has none: otherwise a person's save would keep ours.
        if (!('write_id' in data)) data.write_id = null;
        context.params.data = data;
      }
      return next();
    });
  },

  // `unique: true` is checked in JavaScript only: two requests at once pass it. The index is what holds.
  async bootstrap(strapi) {
    for (const type of Object.values(strapi.contentTypes)) {
      if (!carried(type) || type.options?.draftAndPublish) continue;
      const table = type.collectionName;
      await strapi.db.connection.raw('create unique index if not exists ?? on ?? (??)', [
        `${table}_${ENTITY}_unique`,
        table,
        ENTITY,
      ]);
    }
  },
};
