// Who makes a change: the account of the request is stamped on every event that comes of it, those of modules and links
// included. Events without a request (scripts, jobs) have no actor.
import { AsyncLocalStorage } from "node:async_hooks"
import type { IEventBusModuleService } from "@medusajs/framework/types"
import type {
  AuthenticatedMedusaRequest,
  MedusaNextFunction,
  MedusaResponse,
  MiddlewareRoute,
} from "@medusajs/framework/http"
import { Modules } from "@medusajs/framework/utils"
import { note } from "./outbox"

type Actor = {
  actor_id?: string
  actor_type?: string
  request_id?: string
  method: string
  path: string
}

const MEMBERS = /^\/admin\/product-categories\/[^/]+\/products$/
const storage = new AsyncLocalStorage<Actor>()
const stamped = new WeakSet<object>()

// The interceptor gets the very object that is published, on the bus in memory and on the one in Redis alike. It is
// called within the request; subscribers are not, and may run in another process.
const stamp = (bus: IEventBusModuleService) => {
  if (stamped.has(bus)) return
  stamped.add(bus)
  bus.addInterceptor?.((message) => {
    const actor = storage.getStore()
    if (actor && message.metadata) message.metadata.actor = actor
  })
}

const whoAsks = (req: AuthenticatedMedusaRequest, res: MedusaResponse, next: MedusaNextFunction) => {
  if (req.method === "GET") return next()
  stamp(req.scope.resolve(Modules.EVENT_BUS))
  const actor: Actor = {
    actor_id: req.auth_context?.actor_id,
    actor_type: req.auth_context?.actor_type,
    request_id: req.get("x-request-id"),
    method: req.method,
    path: req.originalUrl.split("?")[0],
  }
  if (MEMBERS.test(actor.path)) res.on("finish", () => membersChanged(req, res, actor))
  return storage.run(actor, next)
}

// Putting products into a category and taking them out is the one change that Medusa tells nobody of.
const membersChanged = (req: AuthenticatedMedusaRequest, res: MedusaResponse, actor: Actor) => {
  if (res.statusCode >= 300) return
  const { add = [], remove = [] } = (req.body ?? {}) as { add?: string[]; remove?: string[] }
  void note(req.scope, { name: "product.updated", data: { id: [...add, ...remove] }, metadata: { actor } })
}

export const replicatorRoutes: MiddlewareRoute[] = [{ matcher: "/admin*", middlewares: [whoAsks] }]
