// What is to be told waits in a table until the replicator has taken it: through its restarts and ours, on any number of
// processes. Posts are signed as Standard Webhooks says. The table is bounded; what falls out of it is found later, by the
// replicator's listings.
import { createHash, createHmac } from "node:crypto"
import type { Logger, MedusaContainer } from "@medusajs/framework/types"
import { ContainerRegistrationKeys } from "@medusajs/framework/utils"
import { about, idsOf, isTold, type Told } from "./naming"

export type Settings = { url: string | null; secret: string | null }

const BATCH = 100 // events in one post
const KEPT = 100_000 // rows: days of a shop that nobody listens to
const LEASE_SECONDS = 60 // after which another process posts what this one did not
const WAIT_SECONDS_MAX = 300
const TIMEOUT_MS = 20_000
const DROPPED = new Set([400, 409, 413]) // the post itself is at fault: again would not help

const TABLES = `
  create table if not exists replicator_settings (
    one boolean primary key default true check (one), url text, secret text);
  create table if not exists replicator_outbox (
    id bigint generated always as identity primary key, told jsonb not null,
    due timestamptz not null default now(), attempts int not null default 0);
  create index if not exists replicator_outbox_due on replicator_outbox (due);`
const CLAIM = `
  update replicator_outbox set attempts = attempts + 1, due = now() + ? * interval '1 second'
  where id in (select id from replicator_outbox where due <= now() order by id limit ? for update skip locked)
  returning id, told, attempts`

const database = (container: MedusaContainer) => container.resolve(ContainerRegistrationKeys.PG_CONNECTION)
const log = (container: MedusaContainer): Logger => container.resolve(ContainerRegistrationKeys.LOGGER)

let made: Promise<unknown> | undefined
const tables = (container: MedusaContainer) => {
  // Several processes may come up at once, and `if not exists` alone does not keep them from making the same twice.
  made ??= database(container)
    .transaction(async (trx) => {
      await trx.raw("select pg_advisory_xact_lock(hashtext('replicator'))")
      await trx.raw(TABLES)
    })
    .catch((error: unknown) => {
      made = undefined
      throw error
    })
  return made
}

export const settings = async (container: MedusaContainer): Promise<Settings> => {
  await tables(container)
  const { rows } = await database(container).raw("select url, secret from replicator_settings")
  return rows[0] ?? { url: process.env.REPLICATOR_URL ?? null, secret: process.env.REPLICATOR_SECRET ?? null }
}

export const change = async (container: MedusaContainer, given: Partial<Settings>): Promise<Settings> => {
  const { url, secret } = { ...(await settings(container)), ...given }
  await database(container).raw(
    `insert into replicator_settings(url, secret) values (?, ?)
     on conflict (one) do update set url = excluded.url, secret = excluded.secret`,
    [url, secret]
  )
  return { url, secret }
}

// Keep an event to be told, if it is about something replicated and there is somebody to tell.
export const note = async (container: MedusaContainer, event: Told) => {
  if (!isTold(event.name) || !idsOf(event.data).length) return
  try {
    if (!(await settings(container)).url) return
    const told = { ...event, about: await about(container, event) }
    await database(container).raw("insert into replicator_outbox(told) values (?::jsonb)", [JSON.stringify(told)])
  } catch (error) {
    log(container).error(`replicator: ${event.name} was not noted: ${error}`)
    return
  }
  void pump(container)
}

let pumping: Promise<void> | undefined
let again = false
// Post what is due. One at a time in this process; others take other rows.
export const pump = (container: MedusaContainer): Promise<void> => {
  again = true
  pumping ??= (async () => {
    try {
      while (again) {
        again = false
        while (await post(container));
      }
    } catch (error) {
      log(container).warn(`replicator: what was to be told waits: ${error}`)
    } finally {
      pumping = undefined
    }
  })()
  return pumping
}

type Row = { id: string; told: object; attempts: number }

// Post one batch; whether there may be more.
const post = async (container: MedusaContainer): Promise<boolean> => {
  const { url, secret } = await settings(container)
  if (!url) return false
  const knex = database(container)
  const rows: Row[] = (await knex.raw(CLAIM, [LEASE_SECONDS, BATCH])).rows
  if (!rows.length) return false
  rows.sort((one, other) => Number(one.id) - Number(other.id))
  const ids = rows.map((row) => row.id)
  const body = JSON.stringify({ events: rows.map((row) => ({ seq: Number(row.id), ...row.told })) })
  const status = await send(url, secret, body)
  const taken = status >= 200 && status < 300 // 0, no answer at all, is none
  if (taken || DROPPED.has(status)) {
    await knex.raw("delete from replicator_outbox where id = any(?)", [ids])
    if (!taken) log(container).error(`replicator: ${url} answered ${status}: ${ids.length} events are dropped`)
    return rows.length === BATCH
  }
  const wait = Math.min(2 ** rows[0].attempts, WAIT_SECONDS_MAX)
  await knex.raw("update replicator_outbox set due = now() + ? * interval '1 second' where id = any(?)", [wait, ids])
  await knex.raw("delete from replicator_outbox where id <= (select max(id) from replicator_outbox) - ?", [KEPT])
  setTimeout(() => void pump(container), wait * 1000).unref()
  return false
}

// The status of the answer; 0 where there is none.
const send = async (url: string, secret: string | null, body: string): Promise<number> => {
  const id = `msg_${createHash("sha256").update(body).digest("hex").slice(0, 32)}`
  const moment = String(Math.floor(Date.now() / 1000))
  const headers: Record<string, string> = { "content-type": "application/json", "user-agent": "medusa-replicator" }
  if (secret) {
    const signature = createHmac("sha256", key(secret)).update(`${id}.${moment}.${body}`).digest("base64")
    Object.assign(headers, { "webhook-id": id, "webhook-timestamp": moment, "webhook-signature": `v1,${signature}` })
  }
  try {
    const answer = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) })
    await answer.arrayBuffer()
    return answer.status
  } catch {
    return 0
  }
}

const key = (secret: string) =>
  secret.startsWith("whsec_") ? Buffer.from(secret.slice("whsec_".length), "base64") : Buffer.from(secret)

// A name by which both sides can see that they have the same secret.
export const secretName = (secret: string | null) =>
  secret === null ? null : createHash("sha256").update(secret).digest("hex").slice(0, 16)
