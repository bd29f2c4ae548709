// Tells the replicator which records were written. What is to be told is kept in a table of its own, written in the
// item's transaction: what was rolled back is never told, and what was committed is told until it was taken.
//
// Settings (environment): REPLICATOR_HOOK_URL, REPLICATOR_HOOK_SECRET. Posts are signed as Standard Webhooks has it.
import { createHash, createHmac } from 'node:crypto';

const TABLE = 'replicator_outbox';
const COLLECTIONS = new Set(/* COLLECTIONS */ []);
const OWNERS = /* OWNERS */ {}; // junction → [its owner's collection, the column that names the owner]
const VERBS = new Set(['create', 'update', 'delete']);
const POSTED_MAX = 200;
const PATIENCE_MS = 10_000;
const WAITS_MS = [1_000, 5_000, 30_000, 60_000];
const LATER_MS = 1_000; // an array of updates says so before it is committed
const SWEEP_MS = 10_000; // and a long one longer before
const UNREADABLE = new Set([400, 409, 413]); // it was kept over there as rejected, and will never be taken
const KEY_PREFIX = 'whsec_';

const keyOf = (secret) =>
  secret.startsWith(KEY_PREFIX) ? Buffer.from(secret.slice(KEY_PREFIX.length), 'base64') : Buffer.from(secret);

// Rows of one collection and one verb go in one post, in the order in which they were written.
export const posts = (rows) => {
  const grouped = [];
  for (const row of rows) {
    const last = grouped.at(-1);
    if (last?.collection === row.collection && last.verb === row.verb) last.rows.push(row);
    else grouped.push({ collection: row.collection, verb: row.verb, rows: [row] });
  }
  return grouped.map(({ collection, verb, rows: told }) => ({
    numbers: told.map((row) => row.id),
    body: JSON.stringify({
      event: `items.${verb}`,
      collection,
      keys: told.map((row) => row.item),
      at: told.map((row) => Number(row.at)), // of a restored database the same numbers say something else
      numbers: told.map((row) => row.id),
    }),
  }));
};

export const signed = (body, secret, seconds) => {
  const id = `directus_${createHash('sha256').update(body).digest('hex').slice(0, 32)}`; // sent again, it is the same
  const proof = createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.${body}`).digest('base64');
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${proof}`,
  };
};

class Teller {
  constructor(database, logger, url, secret) {
    Object.assign(this, { database, logger, url, secret });
    this.telling = false;
    this.again = false;
    this.later = null;
    this.failures = 0;
  }

  start() {
    this.tell(); // what was not told before the process ended
    setInterval(() => this.tell(), SWEEP_MS).unref();
  }

  wake() {
    this.tell();
    this.tellLater(LATER_MS);
  }

  tellLater(wait) {
    if (this.later) return;
    this.later = setTimeout(() => {
      this.later = null;
      this.tell();
    }, wait).unref();
  }

  // One at a time. What another process tells as well has the same id, and is taken once.
  async tell() {
    if (this.failures && this.later) return; // not before the wait is over
    if (this.telling) {
      this.again = true;
      return;
    }
    this.telling = true;
    try {
      do {
        this.again = false;
        await this.drain();
      } while (this.again);
      this.failures = 0;
    } catch (error) {
      const wait = WAITS_MS[Math.min(this.failures, WAITS_MS.length - 1)];
      this.failures += 1;
      this.logger.warn(`replicator: not told yet, again in ${wait / 1000} s: ${error.message}`);
      clearTimeout(this.later);
      this.later = null;
      this.tellLater(wait);
    } finally {
      this.telling = false;
    }
  }

  async drain() {
    for (;;) {
      const rows = await this.database(TABLE).orderBy('id').limit(POSTED_MAX);
      if (!rows.length) return;
      for (const { body, numbers } of posts(rows)) {
        await this.post(body);
        await this.database(TABLE).whereIn('id', numbers).delete();
      }
    }
  }

  async post(body) {
    const headers = signed(body, this.secret, Math.floor(Date.now() / 1000));
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(this.url, { method: 'POST', headers, body, signal, redirect: 'error' });
    if (UNREADABLE.has(answer.status)) this.logger.error(`replicator: refused for good (${answer.status}): ${body}`);
    else if (!answer.ok) throw new Error(`answered ${answer.status}`);
  }
}

const prepared = async (database) => {
  if (await database.schema.hasTable(TABLE)) return;
  try {
    await database.schema.createTable(TABLE, (table) => {
      table.bigIncrements('id');
      table.string('collection', 64).notNullable();
      table.string('item', 255).notNullable();
      table.string('verb', 16).notNullable();
      table.bigInteger('at').notNullable();
    });
  } catch (error) {
    if (!(await database.schema.hasTable(TABLE))) throw error; // else another process was quicker
  }
};

// The record that a write is about: of a junction's row, whose owner changed, that owner.
const about = async (database, { action, collection, item }) => {
  if (COLLECTIONS.has(collection)) return { collection, item: String(item), verb: action };
  const [owners, column] = OWNERS[collection] ?? [];
  if (!owners || action === 'delete') return null;
  const row = await database(collection).where({ id: item }).first(column);
  return row?.[column] == null ? null : { collection: owners, item: String(row[column]), verb: 'update' };
};

const keep = (database, rows) => database(TABLE).insert(rows.map((row) => ({ ...row, at: Date.now() })));

export default ({ filter, action, init }, { env, logger, database }) => {
  const [url, secret] = [env.REPLICATOR_HOOK_URL, env.REPLICATOR_HOOK_SECRET];
  if (!url || !secret) {
    logger.warn('replicator: REPLICATOR_HOOK_URL or REPLICATOR_HOOK_SECRET is not set, so nothing is told');
    return;
  }
  const teller = new Teller(database, logger, String(url), String(secret));

  init('app.before', async () => {
    await prepared(database);
    teller.start();
  });

  // The one filter that runs inside of the item's own transaction, for whatever way it is written.
  filter('activity.create', async (payload, _meta, context) => {
    if (VERBS.has(payload.action)) {
      const row = await about(context.database, payload);
      if (row) await keep(context.database, [row]);
    }
    return payload;
  });

  // A junction's row tells whose it was only as long as it is there. If it is not deleted after all, no harm is done.
  for (const [junction, [owners, column]] of Object.entries(OWNERS)) {
    filter(`${junction}.items.delete`, async (keys, _meta, context) => {
      const rows = await context.database(junction).whereIn('id', keys).whereNotNull(column).distinct(column);
      const told = rows.map((row) => ({ collection: owners, item: String(row[column]), verb: 'update' }));
      if (told.length) await keep(context.database, told);
      return keys;
    });
  }

  for (const verb of VERBS) action(`items.${verb}`, () => teller.wake());
};
