// If your project has a src/api/middlewares.ts already, this file was not written there. Add to yours:
//
//   import { replicatorRoutes } from "../lib/replicator/actor"
//   export default defineMiddlewares({ routes: [...replicatorRoutes, /* your own */] })
import { defineMiddlewares } from "@medusajs/framework/http"
import { replicatorRoutes } from "../lib/replicator/actor"

export default defineMiddlewares({ routes: [...replicatorRoutes] })
