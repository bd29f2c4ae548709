// What could not be posted is tried again, also after a restart, when nothing else happens.
import type { MedusaContainer } from "@medusajs/framework/types"
import { pump } from "../lib/replicator/outbox"

export default async function replicator(container: MedusaContainer) {
  await pump(container)
}

export const config = { name: "replicator", schedule: "* * * * *" }
