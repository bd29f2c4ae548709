// Where events are posted, and with which secret they are signed: told by `replicator connect medusa --apply`.
import type { MedusaRequest, MedusaResponse } from "@medusajs/framework/http"
import { MedusaError } from "@medusajs/framework/utils"
import { change, secretName, settings, type Settings } from "../../../../lib/replicator/outbox"

const shown = ({ url, secret }: Settings) => ({ url, secret_name: secretName(secret), actor: true })

export const GET = async (req: MedusaRequest, res: MedusaResponse) => {
  res.json({ companion: shown(await settings(req.scope)) })
}

export const POST = async (req: MedusaRequest, res: MedusaResponse) => {
  const given = (req.body ?? {}) as Record<string, unknown>
  const told: Partial<Settings> = {}
  for (const name of ["url", "secret"] as const) {
    const value = given[name]
    if (value === undefined) continue
    if (value !== null && typeof value !== "string")
      throw new MedusaError(MedusaError.Types.INVALID_DATA, `${name} is a text or null`)
    told[name] = value
  }
  if (told.url && !/^https?:\/\//.test(told.url))
    throw new MedusaError(MedusaError.Types.INVALID_DATA, "url is an address: http:// or https://")
  res.json({ companion: shown(await change(req.scope, told)) })
}
