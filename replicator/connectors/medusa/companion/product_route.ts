// Where a product stands in each system, as the replicator knows: asked here, so that its token stays on this server.
// Set REPLICATOR_API (its address, as http://replicator:8400), REPLICATOR_TOKEN, and REPLICATOR_SYSTEM if this Medusa is
// not called `medusa` in replicator.toml.
import type { MedusaRequest, MedusaResponse } from "@medusajs/framework/http"

const TIMEOUT_MS = 5_000

export const GET = async (req: MedusaRequest, res: MedusaResponse) => {
  const { REPLICATOR_API, REPLICATOR_TOKEN, REPLICATOR_SYSTEM = "medusa" } = process.env
  if (!REPLICATOR_API) return res.json({ standing: null, message: "REPLICATOR_API is not set on this server" })
  const name = `${REPLICATOR_SYSTEM}:product:${req.params.id}`
  const headers: Record<string, string> = REPLICATOR_TOKEN ? { authorization: `Bearer ${REPLICATOR_TOKEN}` } : {}
  try {
    const url = `${REPLICATOR_API.replace(/\/$/, "")}/api/entities/${encodeURIComponent(name)}`
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) })
    if (answer.status === 404) return res.json({ standing: null, message: "not replicated yet" })
    if (!answer.ok) return res.json({ standing: null, message: `the replicator answered ${answer.status}` })
    const { id, systems, conflicts } = (await answer.json()) as Portrait
    res.json({ standing: { id, systems: systems.map(shown), conflicts: conflicts.length }, message: null })
  } catch {
    res.json({ standing: null, message: "the replicator cannot be reached" })
  }
}

type Held = { system: string; state: string; owed: string | null; held: string | null; remote_id: string | null }
type Portrait = { id: string; systems: Held[]; conflicts: unknown[] }

const shown = ({ system, state, owed, held, remote_id }: Held) => ({ system, state, owed, held, remote_id })
