-- A document with the values of `keys` made null; keys it does not have are not added.
create function public.erased(document jsonb, keys text[]) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select document || coalesce(
    (select jsonb_object_agg(k, null::jsonb) from unnest(keys) k where document ? k), '{}');
$$;
