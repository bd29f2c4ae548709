// On the page of a product: where it stands in each system.
import { defineWidgetConfig } from "@medusajs/admin-sdk"
import type { AdminProduct, DetailWidgetProps } from "@medusajs/framework/types"
import { Badge, Container, Heading, Text } from "@medusajs/ui"
import { useEffect, useState } from "react"

type Held = { system: string; state: string; owed: string | null; held: string | null; remote_id: string | null }
type Answer = {
  standing: { id: string; systems: Held[]; conflicts: number } | null
  message: string | null
}

const colour = ({ state, owed, held }: Held) =>
  held ? "red" : state === "not carried there" ? "grey" : owed || state !== "as wanted" ? "orange" : "green"

const ReplicatorWidget = ({ data }: DetailWidgetProps<AdminProduct>) => {
  const [answer, setAnswer] = useState<Answer>()

  useEffect(() => {
    const leaving = new AbortController()
    fetch(`/admin/replicator/products/${data.id}`, { credentials: "include", signal: leaving.signal })
      .then((response) => (response.ok ? response.json() : { standing: null, message: `answered ${response.status}` }))
      .then(setAnswer)
      .catch((error: Error) => leaving.signal.aborted || setAnswer({ standing: null, message: error.message }))
    return () => leaving.abort()
  }, [data.id, data.updated_at])

  return (
    <Container className="divide-y p-0">
      <div className="flex items-center justify-between px-6 py-4">
        <Heading level="h2">Replicated</Heading>
        {answer?.standing?.conflicts ? <Badge color="orange">conflicts: {answer.standing.conflicts}</Badge> : null}
      </div>
      {answer?.message ? <Text className="px-6 py-4" size="small">{answer.message}</Text> : null}
      {answer?.standing?.systems.map((each) => (
        <div key={each.system} className="flex items-center justify-between gap-4 px-6 py-4">
          <Text size="small" weight="plus">{each.system}</Text>
          <Badge size="2xsmall" color={colour(each)} title={each.held ?? each.owed ?? each.remote_id ?? ""}>
            {each.held ? "held" : each.state}
          </Badge>
        </div>
      ))}
    </Container>
  )
}

export const config = defineWidgetConfig({ zone: "product.details.side.after" })

export default ReplicatorWidget
