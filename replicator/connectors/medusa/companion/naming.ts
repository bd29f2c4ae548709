// What an event is about. Many name a part by an id that its record is not known by (a price, a level, a link): its
// product, variant, location are looked up here, where the database is, deleted rows included. Events about nothing
// that is replicated (orders, carts, customers) are not told at all.
import type { MedusaContainer } from "@medusajs/framework/types"
import { ContainerRegistrationKeys } from "@medusajs/framework/utils"

export type Told = { name: string; data: unknown; metadata: Record<string, unknown> }
export type About = Record<string, string | number | null>

// As they are: the id that is told is the one the record is known by.
const PLAIN = new Set([
  ...["product", "product.product", "product-variant", "product.product-variant", "product-category"],
  ...["product.product-category", "product-tag", "product.product-tag", "product-collection"],
  ...["product.product-collection", "product-type", "product.product-type", "region", "region.region"],
  ...["region.country", "fulfillment.shipping-profile", "shipping-option", "fulfillment.shipping-option"],
  ...["stock_location.stock-location", "store.store"],
])

const LEVELS = `select distinct v.variant_id, l.location_id from inventory_level l
  join product_variant_inventory_item v on v.inventory_item_id = l.inventory_item_id`
const OPTIONS = `select distinct l.product_id, l.product_option_id as option_id from product_product_option l`

// Noun of the event → what it is about, by the ids it tells.
const QUERIES: Record<string, string> = {
  "inventory-level": `${LEVELS} where l.id = any(?)`,
  "inventory-item": `${LEVELS} where l.inventory_item_id = any(?)`,
  "pricing.price": `select distinct s.variant_id, o.shipping_option_id, p.currency_code, p.min_quantity::int,
      p.max_quantity::int, r.value as region_id
    from price p
    left join product_variant_price_set s on s.price_set_id = p.price_set_id
    left join shipping_option_price_set o on o.price_set_id = p.price_set_id
    left join price_rule r on r.price_id = p.id and r.attribute = 'region_id'
    where p.id = any(?) and p.price_list_id is null`,
  "product-option": `${OPTIONS} where l.product_option_id = any(?)`,
  "product-option-value": `select distinct l.product_id, l.product_option_id as option_id, v.id as option_value_id
    from product_option_value v
    join product_product_option l on l.product_option_id = v.option_id where v.id = any(?)`,
  "product.product-image": `select distinct product_id from image where id = any(?)`,
  "shipping-option-type": `select id as shipping_option_id from shipping_option where shipping_option_type_id = any(?)`,
  "stock_location.stock-location-address": `select id as location_id from stock_location where address_id = any(?)`,
  "store.store-currency": `select distinct store_id from store_currency where id = any(?)`,
}
for (const [module, noun] of [
  ["inventory.inventory-level", "inventory-level"],
  ["inventory.inventory-item", "inventory-item"],
  ["product.product-option", "product-option"],
  ["product.product-option-value", "product-option-value"],
  ["fulfillment.shipping-option-type", "shipping-option-type"],
]) {
  QUERIES[module] = QUERIES[noun]
}

// Links tell the ids of their own rows.
const LINKS: Record<string, string> = {
  LinkProductSalesChannel: "select distinct product_id from product_sales_channel where id = any(?)",
  LinkProductShippingProfile: "select distinct product_id from product_shipping_profile where id = any(?)",
  LinkRegionPaymentProvider: "select distinct region_id from region_payment_provider where id = any(?)",
  LinkProductVariantInventoryItem: `select distinct v.variant_id, l.location_id from product_variant_inventory_item v
    join inventory_level l on l.inventory_item_id = v.inventory_item_id where v.id = any(?)`,
}

export const nounOf = (name: string) => name.slice(0, name.lastIndexOf("."))

// Whether an event is about something that is replicated.
export const isTold = (name: string) => {
  const noun = nounOf(name)
  return PLAIN.has(noun) || noun in QUERIES || noun in LINKS
}

export const idsOf = (data: unknown): string[] => {
  const id = (data as { id?: unknown } | null)?.id
  return (Array.isArray(id) ? id : [id]).filter((one): one is string => typeof one === "string")
}

// The records that an event is about; none where it names its record itself.
export const about = async (container: MedusaContainer, { name, data }: Told): Promise<About[]> => {
  const noun = nounOf(name)
  const query = QUERIES[noun] ?? LINKS[noun]
  const ids = idsOf(data)
  if (!query || !ids.length) return []
  const knex = container.resolve(ContainerRegistrationKeys.PG_CONNECTION)
  return (await knex.raw(query, [ids])).rows
}
