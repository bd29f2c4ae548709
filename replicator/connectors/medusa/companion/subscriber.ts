// Every event is noted, and posted to the replicator from there: the bus itself forgets what was not heard.
import type { SubscriberArgs, SubscriberConfig } from "@medusajs/framework"
import { note } from "../lib/replicator/outbox"

export default async function replicator({ event, container }: SubscriberArgs<unknown>) {
  await note(container, { name: event.name, data: event.data, metadata: event.metadata ?? {} })
}

export const config: SubscriberConfig = { event: "*", context: { subscriberId: "replicator" } }
