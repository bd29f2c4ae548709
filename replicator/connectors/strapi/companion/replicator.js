'use strict';
// What the replicator needs inside Strapi: who wrote last, on the row itself; a row for every change, in the change's own
// transaction; and an index that makes our id unique. Has your project a src/index.js already? Then call `register` and
// `bootstrap` from yours, as the index.js beside this file does.

const ENTITY = 'ENTITY_ATTRIBUTE';
const CHANGE = 'api::change.change';
const CHANGES_KEPT_DAYS = 30;
const DAY_MS = 24 * 3600 * 1000;
const STAMPED = new Set(['create', 'update', 'clone']);
// These take no data: what they make is a copy of another row, and would bear the name of that row's writer.
const COPIED = new Set(['publish', 'unpublish', 'discardDraft']);
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

const stamp = (strapi, context) => {
  const data = { ...(context.params.data || {}) };
  data.last_writer = writer(strapi);
  // A write that names no write id has none: otherwise a person's save would keep ours.
  if (!('write_id' in data)) data.write_id = null;
  context.params.data = data;
};

const writeId = (context) => (context.params.data || context.params).write_id || null;

const note = (strapi, context, documentId) =>
  strapi.db.query(CHANGE).create({
    data: {
      model_uid: context.uid,
      action: context.action,
      entity_document_id: documentId,
      actor: writer(strapi),
      write_id: writeId(context),
      publishedAt: new Date(),
    },
  });

const touched = (context, result) =>
  context.action === 'clone' || context.action === 'create' ? result?.documentId : context.params.documentId;

// Both or none: a change is noted if and only if it was made.
const written = (strapi, context, next) =>
  strapi.db.transaction(async () => {
    if (STAMPED.has(context.action)) stamp(strapi, context);
    const result = await next();
    const documentId = result && touched(context, result);
    if (!documentId || result.entries?.length === 0) return result;
    if (COPIED.has(context.action)) {
      const data = { last_writer: writer(strapi), write_id: writeId(context) };
      await strapi.db.query(context.uid).updateMany({ where: { documentId }, data });
    }
    await note(strapi, context, documentId);
    return result;
  });

module.exports = {
  writer,

  register(strapi) {
    strapi.documents.use((context, next) => {
      const action = STAMPED.has(context.action) || COPIED.has(context.action) || context.action === 'delete';
      return action && carried(strapi.contentTypes[context.uid]) ? written(strapi, context, next) : next();
    });
  },

  // `unique: true` is checked in JavaScript only: two requests at once pass it. The index is what holds. A type that asks
  // for it by `column` has one; one with draft & publish keeps two rows of a document and can have none.
  async bootstrap(strapi) {
    for (const type of Object.values(strapi.contentTypes)) {
      if (!carried(type) || type.options?.draftAndPublish || type.attributes[ENTITY].column?.unique) continue;
      const table = type.collectionName;
      await strapi.db.connection.raw('create unique index if not exists ?? on ?? (??)', [
        `${table}_${ENTITY}_unique`,
        table,
        ENTITY,
      ]);
    }
    const before = new Date(Date.now() - CHANGES_KEPT_DAYS * DAY_MS);
    await strapi.db.query(CHANGE).deleteMany({ where: { createdAt: { $lt: before } } });
  },
};
